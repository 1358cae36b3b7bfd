package kds

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// numbersMax is how many numbers of a lane the page carries, making and ready each. How many of them a screen has room
// for, pickup.js finds out; what has no room is counted: a customer whose number is not there knows why.
const numbersMax = 60

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
	p.Scripts = []string{"voice.js", "pickup.js"}
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
	slices.SortFunc(making, shop.CompareTurn) // as the kitchen makes them, or the cups before one would not be so
	slices.SortFunc(ready, func(a, b *shop.Order) int {
		return cmp.Or(b.ReadyAt.Compare(a.ReadyAt), cmp.Compare(b.ID, a.ID)) // the newest is looked for most
	})
	lanes := [2]templates.Lane{
		{ID: "own", Name: "pickup.lane_own"},
		{ID: "riders", Name: "pickup.lane_riders"},
	}
	ahead := 0
	for _, o := range making {
		lane := &lanes[laneOf(o)]
		if len(lane.Making) < numbersMax {
			c := calledOf(state, l, o)
			c.Ahead, c.Time = ahead, s.expected(state, l, o, now)
			lane.Making = append(lane.Making, c)
		} else {
			lane.MoreMaking++
		}
		for j := range o.Cups {
			if o.Cups[j].State.Unmade() {
				ahead++
			}
		}
	}
	for _, o := range ready {
		lane := &lanes[laneOf(o)]
		if len(lane.Ready) < numbersMax {
			lane.Ready = append(lane.Ready, calledOf(state, l, o))
		} else {
			lane.MoreReady++
		}
	}
	for _, lane := range lanes {
		if len(lane.Making)+len(lane.Ready) > 0 || lane.ID == "own" && len(making)+len(ready) == 0 {
			p.Lanes = append(p.Lanes, lane)
		}
	}
	p.Quote = quoteWord(l, state.Capacity.Quote(now, capacity.Cup), state.Capacity.Level(now, ""))
	if state.Intake(shop.CounterChannel, now).Mode == capacity.IntakePaused {
		p.Quote = l.T("pickup.not_taking_orders_now")
	}
	return p
}

// laneOf is where an order waits: 0 for people who fetch their own, 1 for riders.
func laneOf(o *shop.Order) int {
	if o.Fulfilment == shop.Delivery {
		return 1
	}
	return 0
}

// calledOf is an order by its numbers. A rider looks for the platform's number, a customer for the shop's: that one is large.
func calledOf(state *shop.State, l words.Lang, o *shop.Order) templates.Called {
	c := templates.Called{
		ID: o.ID.String(), Number: o.PickupNumber(), Channel: channelName(state.Config, l, o.Channel), Display: o.DisplayNumber,
		Big: o.PickupNumber(),
	}
	if o.ReadyTold {
		c.Called = o.ID.String() + "@" + strconv.FormatInt(o.ReadyAt.UnixMilli(), 10)
	}
	spelled := func(number string) string { return strings.Join(strings.Split(number, ""), " ") }
	c.Spoken = l.T("pickup.spoken", spelled(c.Number))
	if o.Fulfilment == shop.Delivery && o.DisplayNumber != "" {
		c.Big, c.Rider = o.DisplayNumber, true
		c.Spoken = l.T("pickup.spoken_rider", c.Channel, spelled(c.Display))
	}
	return c
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

// quoteWord is what an order placed now would wait: between the times by which half and nine of ten such orders are ready,
// as the quote of that order will say. It is never below a minute.
func quoteWord(l words.Lang, q capacity.Quote, level capacity.Level) string {
	if level.Level == capacity.LevelPaused || level.Reason == capacity.Staff {
		return l.T("pickup.not_taking_orders_now")
	}
	half, most := max(q.P50, time.Minute), max(q.P90, time.Minute)
	text := l.Span(half)
	switch {
	case l.Span(most) == text:
	case most < time.Hour:
		text = l.T("pickup.minutes_between", int((half+time.Minute/2)/time.Minute), l.Span(most))
	default:
		text = l.T("pickup.spans_between", text, l.Span(most))
	}
	return l.T("pickup.ordered_now_about", text) + " · " + l.N(q.Ahead, "pickup.cups_before_it")
}

func urlQuery(s string) string { return url.QueryEscape(s) }
