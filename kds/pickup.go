package kds

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// How many numbers the pick-up screen shows. What has no room is counted: a customer whose number is not
// there knows why.
const (
	makingShown = 12
	calledShown = 12
)

// pickupPage is the screen for customers and riders: what is being made, what can be fetched. It shows
// numbers only.
func (s *Screens) pickupPage(c echo.Context) error {
	state := s.Kitchen.Snapshot()
	v, err := viewOf(c, pickupScreen, state.Config)
	if err != nil {
		return err
	}
	p := s.pickup(state, v, s.Now())
	p.Page = s.frame().New(c, v.lang.T("pickup.pick_up"), "pickup.css")
	p.Live, p.Path = v.stream(s.Base), v.path(s.Base)
	p.Scripts = []string{"voice.js"}
	return page.Show(c, http.StatusOK, templates.PickupPage(p))
}

// pickup decides what is on the pick-up screen. An order is called when it is complete by the shop's check
// mode and its bump can no longer be undone, exactly when its channel is told.
func (s *Screens) pickup(state *shop.State, v view, now time.Time) templates.Pickup {
	l := v.lang
	p := templates.Pickup{Page: templates.Page{Lang: l, Base: s.Base, Path: v.path(s.Base)}, Shop: l.Of(state.Config.Name)}
	var making, ready []*shop.Order
	for o := range state.Orders.All() {
		switch {
		case o.State().Ended() || o.OnStandby() || o.State() == shop.OrderBooked || o.Channel == shop.CounterChannel && o.Number == 0:
		case o.ReadyTold && o.State() == shop.OrderReady:
			ready = append(ready, o)
		default:
			making = append(making, o)
		}
	}
	slices.SortFunc(making, func(a, b *shop.Order) int {
		return cmp.Or(a.Promise.By().Compare(b.Promise.By()), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(ready, func(a, b *shop.Order) int {
		return cmp.Or(b.ReadyAt.Compare(a.ReadyAt), cmp.Compare(b.ID, a.ID)) // the newest is looked for most
	})
	ahead := 0
	for i, o := range making {
		if i < makingShown {
			p.Making = append(p.Making, templates.Called{
				Number: o.PickupNumber(), Channel: channelName(state.Config, l, o.Channel), Display: o.DisplayNumber,
				Ahead: ahead, Time: s.expected(state, l, o, now),
			})
		}
		for j := range o.Cups {
			if o.Cups[j].State.Unmade() {
				ahead++
			}
		}
	}
	for _, o := range ready[:min(len(ready), calledShown)] {
		p.Ready = append(p.Ready, templates.Called{Number: o.PickupNumber(), Channel: channelName(state.Config, l, o.Channel),
			Display: o.DisplayNumber})
	}
	p.MoreMaking, p.MoreReady = max(0, len(making)-makingShown), max(0, len(ready)-calledShown)
	p.Quote = quoteWord(l, state.Capacity.Quote(now, capacity.Cup), state.Capacity.Level(now, ""))
	return p
}

// expected is when a customer may come: by the promise as it was last told, or, once that is broken, when the order should
// be ready as it stands now.
func (s *Screens) expected(state *shop.State, l words.Lang, o *shop.Order, now time.Time) string {
	by := o.Promise.By()
	if o.Standing(now) == shop.Late {
		_, ready, ok := state.StandsAt(o.ID, now)
		if !ok {
			return ""
		}
		by = ready
	}
	return promiseTime(l, by, now, state.Config.Location)
}

// quoteWord is what an order placed now would wait.
func quoteWord(l words.Lang, q capacity.Quote, level capacity.Level) string {
	if level.Level == capacity.LevelPaused || level.Reason == capacity.Staff {
		return l.T("pickup.not_taking_orders_now")
	}
	return l.T("pickup.ordered_now_about", l.Span(q.P50)) + " · " + l.N(q.Ahead, "pickup.cups_before_it")
}

func urlQuery(s string) string { return url.QueryEscape(s) }
