package kds

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// ordersShown is how many of today's orders are listed: more is not looked through, a number is typed.
	ordersShown = 40
	// tailLeast is how many last digits of a reference or a phone find an order: fewer are a pick-up number or a platform's.
	tailLeast = 4
)

// meant finds the orders that a number means: the pick-up number, or the channel's own, with or without the channel's name
// ("37", "037", "美团 37", "meituan37"). Where no number is so, the last digits of the channel's reference or of the customer's
// phone find it.
func meant(config *shop.Config, orders []*shop.Order, code string) (list []*shop.Order) {
	code = wire.Typed(code)
	channel, number := "", code
	if at := strings.IndexFunc(number, unicode.IsDigit); at > 0 {
		channel, number = strings.TrimRight(number[:at], " #-:"), number[at:]
	}
	if number == "" {
		return nil
	}
	var tails []*shop.Order
	for _, o := range orders {
		written := strings.EqualFold(wire.Typed(o.DisplayNumber), code)
		theirs := trimZeros(wire.Typed(o.DisplayNumber)) == trimZeros(number) && (channel == "" || channelIs(config, o.Channel, channel))
		ours := channel == "" && trimZeros(o.PickupNumber()) == trimZeros(number)
		if written || theirs || ours {
			list = append(list, o)
		} else if len(code) >= tailLeast && (hasTail(o.Ref, code) || hasTail(o.Customer.PhoneTail, code)) {
			tails = append(tails, o)
		}
	}
	if len(list) == 0 {
		return tails
	}
	return list
}

func hasTail(whole, tail string) bool {
	return strings.HasSuffix(strings.ToLower(whole), strings.ToLower(tail))
}

// ordersPage finds orders of today, open and ended; without a number it lists the newest.
func (s *Screens) ordersPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	orders, err := s.Kitchen.OrdersOfDay(c.Request().Context(), state.Counters.Day, "")
	if err != nil {
		return fmt.Errorf("find an order: %w", err)
	}
	orders = slices.DeleteFunc(orders, func(o *shop.Order) bool { return o.Number == 0 }) // never accepted
	p := templates.Orders{Page: s.frame().New(c, l.T("orders.find"), "pages.css"), Asked: wire.Scanned(c.QueryParam("q"))}
	if p.Asked != "" {
		for o := range state.Orders.All() {
			if o.Day < state.Counters.Day {
				orders = append(orders, o) // yesterday's bag is still on the shelf
			}
		}
		orders = meant(state.Config, orders, p.Asked)
		if len(orders) == 1 {
			return c.Redirect(http.StatusSeeOther, s.Base+"/kds/orders/"+orders[0].ID.String())
		}
	}
	slices.Reverse(orders)
	p.More = max(0, len(orders)-ordersShown)
	for _, o := range orders[:min(len(orders), ordersShown)] {
		row := orderRow(state, l, o, now, false)
		row.Time = o.AcceptedAt.In(state.Config.Location).Format("15:04")
		p.Orders = append(p.Orders, row)
	}
	return page.Show(c, http.StatusOK, templates.OrdersPage(p))
}

// orderPage is one order, open or ended, with what can be done about it.
func (s *Screens) orderPage(c echo.Context) error {
	id, err := shop.ParseOrderID(c.Param("id"))
	if err != nil {
		return echo.ErrNotFound
	}
	o, err := s.Kitchen.Order(c.Request().Context(), id)
	if errors.Is(err, shop.ErrNotFound) {
		return echo.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("order page: %w", err)
	}
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	v := templates.OrderFound{
		ID: o.ID.String(), Number: o.PickupNumber(), Name: strings.TrimSpace(channelName(state.Config, l, o.Channel) + " " + o.DisplayNumber),
		Facts: orderFacts(state, l, o), Open: !o.State().Ended() && !o.OnStandby(),
		Print: len(state.Config.Printers) > 0 && !o.KitchenAt.IsZero(),
	}
	v.Page = s.frame().New(c, v.Number+" "+v.Name, "pages.css")
	v.Path = s.Base + "/kds/orders/" + v.ID
	labels := slices.ContainsFunc(state.Config.Printers, func(p shop.Printer) bool { return slices.Contains(p.Prints, shop.JobLabel) })
	for i := range o.Cups {
		cup := &o.Cups[i]
		row := templates.CupFound{
			CupRow: templates.CupRow{Card: cardOf(state, l, shop.Queued{Order: o, Cup: cup}, now), Word: templates.CupWord(l, cup.State)},
			Label:  labels && v.Print && cup.State < shop.Voided,
		}
		row.Time = cup.At.In(state.Config.Location).Format("15:04")
		replaced := slices.ContainsFunc(o.Cups, func(other shop.Cup) bool { return other.Replaces == cup.N })
		alive := !o.State().Ended() || o.State() == shop.OrderHanded
		row.Remake = alive && !replaced && (cup.State == shop.Making || cup.State == shop.Made || cup.State == shop.Handed)
		row.Missing = row.Remake && cup.State == shop.Handed
		v.Cups = append(v.Cups, row)
	}
	v.Compensate = compensations(state, l, o, now)
	if v.Open {
		v.End = &templates.Reasoned{
			ID: "end", Class: "stop", Href: s.Base + "/kds/orders/" + v.ID + "/release", Back: v.Path, Name: l.T("orders.release"),
			Say: l.T("cup_page.order_will_not_be", v.Number, len(o.Cups)), Reasons: releaseReasons(l),
		}
	}
	return page.Show(c, http.StatusOK, templates.OrderPage(v))
}

// compensations are what a person may give an order's customer, by the owner's rules; none once something was given.
func compensations(state *shop.State, l words.Lang, o *shop.Order, now time.Time) (list []templates.Choice) {
	for _, cause := range shop.Causes {
		if rule, ok := state.MayCompensate(o, cause, now); ok {
			list = append(list, templates.Choice{Value: string(cause),
				Name: l.T("orders.compensate_for", l.T("compensation."+string(cause)), rule.What)})
		}
	}
	return list
}

// given is what an order's customer was given; "" of an order that was kept.
func given(l words.Lang, o *shop.Order) string {
	if o.Compensation == nil {
		return ""
	}
	return l.T("orders.given", o.Compensation.What, l.T("compensation."+string(o.Compensation.Cause)))
}

// orderFacts is what became of an order, and when.
func orderFacts(state *shop.State, l words.Lang, o *shop.Order) []templates.Fact {
	clock := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.In(state.Config.Location).Format("15:04")
	}
	facts := []templates.Fact{
		{Name: l.T("cup_page.order"), Value: templates.OrderWord(l, o.State())},
		{Name: l.T("cup_page.reason"), Value: templates.EndWord(l, o.Reason)},
		{Name: l.T("cup_page.placed"), Value: clock(o.AcceptedAt)},
		{Name: l.T("shared.promised"), Value: clock(o.Promise.By())},
		{Name: l.T("orders.ready_at"), Value: clock(o.ReadyAt)},
		{Name: l.T("orders.ended_at"), Value: clock(o.EndedAt)},
		{Name: l.T("orders.compensation"), Value: given(l, o)},
		{Name: l.T("orders.platforms_reference"), Value: o.Ref},
	}
	if o.Channel == shop.CounterChannel {
		facts = facts[:len(facts)-1] // nobody outside knows it
	}
	return slices.DeleteFunc(facts, func(f templates.Fact) bool { return f.Value == "" })
}

// printAgain is POST /kds/orders/{id}/print {cups?}: an order's paper once more, or the label of one cup.
func (s *Screens) printAgain(c echo.Context) error {
	id, ask, err := askOrder(c)
	if err != nil {
		return s.refuse(c, err)
	}
	command := shop.PrintAgain{By: s.Who(c), Order: id}
	if len(ask.Cups.IDs) > 0 {
		command.Cup = ask.Cups.IDs[0].N
	}
	return s.carryOut(c, command)
}
