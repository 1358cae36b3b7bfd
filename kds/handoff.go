package kds

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// Bounds of the hand-over's lists. What has no room is counted.
const (
	readyShown   = 24
	heldShown    = 8
	matchesShown = 12
)

// handoffPage is where orders leave: scan or type, see what is missing, give it out.
func (s *Screens) handoffPage(c echo.Context) error {
	state := s.Kitchen.Snapshot()
	v, err := viewOf(c, handoffScreen, state.Config)
	if err != nil {
		return err
	}
	h := s.handoff(state, v, s.Now())
	h.Page = s.frame().New(c, v.lang.T("shared.hand_over"), "handoff.css")
	h.Live, h.Path = v.stream(s.Base), v.path(s.Base)
	h.Scripts, h.Hand = []string{"scan.js"}, newHand()
	h.Find = s.Base + "/kds/orders"
	if code := wire.Scanned(c.QueryParam("code")); code != "" {
		h.Code = code
		h.Matches = matchesOf(state, v.lang, found(state, code), s.Now())
		h.NoMatch = len(h.Matches) == 0
		h.Find += "?q=" + urlQuery(code)
	}
	return page.Show(c, http.StatusOK, templates.HandoffPage(h))
}

// handoff decides what is on the hand-over screen.
func (s *Screens) handoff(state *shop.State, v view, now time.Time) templates.Handoff {
	l := v.lang
	h := templates.Handoff{
		Page: templates.Page{Lang: l, Base: s.Base, Path: v.path(s.Base)}, Mode: state.Settings.CheckMode,
		ModeWord: templates.CheckWord(l, state.Settings.CheckMode),
		Shelf:    state.Capacity.Report(now).ShelfBags, ShelfMax: state.Settings.ShelfMax, Alarms: s.alarms(state, l, nil, now),
	}
	h.ShelfFull = h.ShelfMax > 0 && h.Shelf >= h.ShelfMax
	for o := range state.Orders.All() {
		if o.OnStandby() {
			continue // nothing will be made of it before it is accepted
		}
		if !o.State().Ended() && (!o.CourierAt.IsZero() || !o.ArrivedAt.IsZero()) {
			h.Riders++
		}
		switch {
		case o.State().Ended():
		case o.DueOnArrival && o.KitchenAt.IsZero():
			h.Held = append(h.Held, tileOf(state, l, o, now))
		case o.State() == shop.OrderReady && o.Day < state.Counters.Day:
			h.Unclaimed = append(h.Unclaimed, o.ID.String())
			h.Ready = append(h.Ready, tileOf(state, l, o, now))
		case o.State() == shop.OrderReady:
			h.Ready = append(h.Ready, tileOf(state, l, o, now))
		case !o.CourierAt.IsZero() || !o.ArrivedAt.IsZero():
			h.Waiting = append(h.Waiting, tileOf(state, l, o, now))
		}
	}
	// Whoever stands here longest comes first, then the longest on the shelf.
	slices.SortStableFunc(h.Ready, func(a, b templates.Tile) int {
		if a.Here != b.Here && a.Here {
			return -1
		} else if a.Here != b.Here {
			return 1
		}
		return cmp.Or(cmp.Compare(a.HereSince, b.HereSince), cmp.Compare(a.Since, b.Since))
	})
	slices.SortStableFunc(h.Waiting, func(a, b templates.Tile) int { return cmp.Compare(a.HereSince, b.HereSince) })
	h.MoreReady, h.Ready = len(h.Ready)-min(len(h.Ready), readyShown), h.Ready[:min(len(h.Ready), readyShown)]
	h.MoreHeld, h.Held = len(h.Held)-min(len(h.Held), heldShown), h.Held[:min(len(h.Held), heldShown)]
	h.Waiting = h.Waiting[:min(len(h.Waiting), heldShown)]
	if v.order != 0 {
		h.InHand = s.inHand(state, v, now)
	}
	return h
}

// tileOf is an order as it is found on the shelf.
func tileOf(state *shop.State, l words.Lang, o *shop.Order, now time.Time) templates.Tile {
	t := templates.Tile{
		ID: o.ID.String(), Number: o.PickupNumber(), Channel: channelName(state.Config, l, o.Channel), Display: o.DisplayNumber,
		Cups: len(o.Cups), Complete: o.Complete(state.Settings.CheckMode),
		State: templates.OrderWord(l, o.State()), Late: o.Standing(now) == shop.Late, Bring: bringWord(l, o),
	}
	if since, waits := o.RiderWaits(); waits {
		t.Here, t.HereWord, t.HereSince = true, l.T("handoff.here_since", l.Span(now.Sub(since))), since.UnixMilli()
	} else if !o.CourierEta.IsZero() && !o.State().Ended() {
		t.HereWord = l.T("handoff.rider_comes", o.CourierEta.In(state.Config.Location).Format("15:04"))
	}
	if !o.ReadyAt.IsZero() {
		t.Since = o.ReadyAt.UnixMilli()
		t.Time = l.Span(now.Sub(o.ReadyAt))
	} else {
		t.Time = promiseTime(l, o.Promise.By(), now, state.Config.Location)
	}
	return t
}

// placeMax is how much of where an order goes is shown, in characters: an address is shorter.
const placeMax = 60

// bringWord says where an order is brought to; "" when it is fetched.
func bringWord(l words.Lang, o *shop.Order) string {
	to := o.BringTo
	if to == "" {
		to = o.Customer.Address
	}
	if long := []rune(to); len(long) > placeMax {
		to = string(long[:placeMax-1]) + "…"
	}
	switch {
	case to == "":
		return ""
	case o.DistanceM > 0:
		return l.T("handoff.bring_far", to, fmt.Sprintf("%.1f", float64(o.DistanceM)/1000))
	}
	return l.T("handoff.bring_to", to)
}

// inHand is the order that is being given out, cup by cup.
func (s *Screens) inHand(state *shop.State, v view, now time.Time) *templates.InHand {
	l := v.lang
	o, open := state.Order(v.order)
	if !open {
		return &templates.InHand{Gone: true, Say: l.T("handoff.this_order_has_ended")}
	}
	mode := state.Settings.CheckMode
	p := &templates.InHand{
		Tile: tileOf(state, l, o, now), Ask: modeAsk(l, mode), Bag: v.bag, Reasons: partReasons(l), Scanned: "",
	}
	made, packed := 0, 0
	for i := range o.Cups {
		c := &o.Cups[i]
		if !c.State.Open() {
			continue
		}
		q := shop.Queued{Order: o, Cup: c}
		row := templates.CupRow{Card: cardOf(state, l, q, now), Word: templates.CupWord(l, c.State), Made: c.State == shop.Made,
			Packed: !c.PackedAt.IsZero()}
		if row.Made {
			made++
		}
		if row.Packed {
			packed++
			p.Scanned = strings.TrimPrefix(p.Scanned+","+row.ID, ",")
		}
		p.Cups = append(p.Cups, row)
	}
	for i := range o.Lines {
		if item := state.Config.Menu.Of(&o.Lines[i]).Item(o.Lines[i].Item); item != nil && item.Cups == 0 {
			p.Extras = append(p.Extras, fmt.Sprintf("%s ×%d", l.Of(item.Name), o.Lines[i].Qty))
		}
	}
	p.Missing = len(p.Cups) - made
	switch mode {
	case shop.CheckCup:
		p.Unscanned = len(p.Cups) - packed
		p.Say = l.T("handoff.of_cups_scanned", packed, len(p.Cups))
	case shop.CheckBag:
		if !v.bag && packed == 0 {
			p.Unscanned = 1
		}
	}
	p.Ready = p.Missing == 0 && p.Unscanned == 0
	return p
}

// foundAt is something that a scan has led to: where to go on, for a page's script.
type foundAt struct {
	To     string `json:"to"`
	Stream string `json:"stream,omitempty"` // the stream of the order in hand; empty when the page has to be loaded
}

// goTo answers a scan with the place to go on: an order in hand, or (with a code) what was found for it.
func (s *Screens) goTo(c echo.Context, v view, code string) error {
	at := foundAt{To: v.path(s.Base), Stream: v.stream(s.Base)}
	if code != "" {
		at = foundAt{To: s.Base + "/handoff?code=" + urlQuery(code)}
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, at)
	}
	return c.Redirect(http.StatusSeeOther, at.To)
}

// found looks for the open orders that a number means.
func found(state *shop.State, code string) []*shop.Order {
	var open []*shop.Order
	for o := range state.Orders.All() {
		if !o.State().Ended() && !o.OnStandby() {
			open = append(open, o)
		}
	}
	orders := meant(state.Config, open, code)
	return orders[:min(len(orders), matchesShown)]
}

func channelIs(config *shop.Config, id, said string) bool {
	ch, ok := config.Channel(id)
	return strings.EqualFold(id, said) || ok && (strings.EqualFold(ch.Name.ZH, said) || strings.EqualFold(ch.Name.EN, said))
}

func trimZeros(number string) string { return strings.TrimLeft(number, "0") }

func matchesOf(state *shop.State, l words.Lang, orders []*shop.Order, now time.Time) (list []templates.Tile) {
	for _, o := range orders {
		list = append(list, tileOf(state, l, o, now))
	}
	return list
}

// arrived is POST /handoff/orders/{id}/arrived: the customer is here; what was held is made now.
func (s *Screens) arrived(c echo.Context) error {
	id, err := shop.ParseOrderID(c.Param("id"))
	if err != nil {
		return s.refuse(c, noSuch("order", c.Param("id")))
	}
	if _, err := readAsk(c); err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.Progress{By: s.Who(c), Order: id, Step: shop.Arrived})
}

func modeAsk(l words.Lang, mode string) string {
	switch mode {
	case shop.CheckCup:
		return l.T("handoff.scan_the_code_of")
	case shop.CheckBag:
		return l.T("handoff.scan_the_bags_slip")
	}
	return ""
}

// partReasons are why only a part of an order leaves, or why it leaves unscanned.
func partReasons(l words.Lang) []string {
	return []string{
		l.T("handoff.customer_takes_a_part"), l.T("handoff.the_rest_is_remade"),
		l.T("handoff.label_unreadable"), l.T("handoff.rider_does_not_wait"),
	}
}
