package alarm

import (
	"crypto/tls"
	"time"

	"weir/printer"
	"weir/shop"
	"weir/shop/alert"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
)

// certificateWithin is how long before its end a certificate is an alarm: who renews it by hand needs days.
const certificateWithin = 14 * 24 * time.Hour

// Things is all that people who are not in the shop are told of.
func (a *Alarms) Things() []alert.Thing {
	state, now := a.Store.Snapshot(), a.Now()
	shopName := words.ZH.Of(state.Config.Name)
	var all []alert.Thing
	add := func(k alert.Kind, id string, text func(words.Lang) string) {
		all = append(all, alert.Thing{Kind: k, ID: id, Shop: shopName, Text: text})
	}
	for _, t := range a.troubles() {
		add(t.kind, t.text, func(l words.Lang) string { return l.T(t.text) })
	}
	if a.Clock != nil && a.Clock.Status().Words(words.ZH) != nil {
		add(alert.Clock, "", func(l words.Lang) string {
			if said := a.Clock.Status().Words(l); len(said) > 0 {
				return said[0]
			}
			return l.T("lights.working")
		})
	}
	if _, stopped := a.copyStopped(words.ZH); stopped {
		add(alert.Copy, "", func(l words.Lang) string {
			text, _ := a.copyStopped(l)
			return text
		})
	}
	for _, p := range a.Printers {
		if s := p.Status(); !s.Working() {
			add(alert.Printer, s.Name, func(l words.Lang) string { return a.down(l, s) })
		}
	}
	for _, light := range a.Network(words.ZH) {
		if !light.OK && light.Name != words.ZH.T("lights.platform") { // of the broker there is a sentence above
			add(alert.Platform, light.Name, func(l words.Lang) string { return l.T("alert.link_is_down", light.Name, light.Word) })
		}
	}
	if ends := certificateEnds(a.TLS); !ends.IsZero() && ends.Sub(now) < certificateWithin {
		add(alert.Certificate, "", func(l words.Lang) string {
			return l.T("alert.certificate_ends", ends.In(state.Config.Location).Format(time.DateOnly))
		})
	}
	intake(state, now, add)
	promises(state, now, add)
	menu(state, add)
	return all
}

func (a *Alarms) down(l words.Lang, s printer.Status) string {
	return l.T("alert.link_is_down", templates.PrinterWord(l, a.Store.Snapshot().Config.Printers, s.Name), s.Reason.Text(l))
}

// adder takes a thing.
type adder func(k alert.Kind, id string, text func(words.Lang) string)

// intake is whether orders to be made now are taken, within the opening hours.
func intake(state *shop.State, now time.Time, add adder) {
	whole := state.Capacity.Level(now, "")
	if whole.Reason == capacity.Closed {
		return
	}
	if whole.Level >= capacity.LevelSlots {
		add(alert.Intake, "", func(l words.Lang) string { return l.T("alert.takes_nothing", templates.ReasonWord(l, whole.Reason)) })
		return
	}
	for _, ch := range state.Config.Channels {
		if state.TakenNow(ch.ID, now) != capacity.IntakeOpen && ch.ID != shop.CounterChannel {
			add(alert.Intake, ch.ID, func(l words.Lang) string { return l.T("alert.channel_takes_nothing", l.Of(ch.Name)) })
		}
	}
}

// promises is what customers, platforms and the books are promised.
func promises(state *shop.State, now time.Time, add adder) {
	late := 0
	for o := range state.Orders.All() {
		if o.End == "" && o.State() != shop.OrderReady && o.Standing(now) == shop.Late {
			late++
		}
	}
	if late > 0 {
		add(alert.Promise, "", func(l words.Lang) string { return l.N(late, "owner_page.orders_are_past_their") })
	}
	if state.Capacity.Rate(now).Estimated {
		add(alert.Taps, "", func(l words.Lang) string { return l.T("alert.nobody_taps") })
	}
	if off := state.Lost(); off != 0 {
		add(alert.Cups, "", func(l words.Lang) string { return l.T("owner_page.the_cup_ledger_is", off) })
	}
	for _, c := range state.CampaignsOf("") {
		if at := c.State(now); at == shop.CampaignNoticed || at == shop.CampaignRevised {
			add(alert.Notice, c.ID.String(), func(l words.Lang) string { return l.T("alert.notice_waits", c.Notice.Name) })
		}
	}
	for _, day := range state.Counters.Unclosed {
		if open := len(state.OpenOf(day)); open > 0 {
			add(alert.Day, string(day), func(l words.Lang) string { return l.T("alert.day_is_open", string(day), open) })
		}
	}
}

// menu is what cannot be had.
func menu(state *shop.State, add adder) {
	for _, it := range state.Config.Menu.Items {
		if !state.Available(it.ID) {
			add(alert.SoldOut, it.ID, func(l words.Lang) string { return l.T("alert.is_sold_out", l.Of(it.Name)) })
		}
	}
}

// certificateEnds is when the certificate that the shop shows ends; zero without one.
func certificateEnds(secure *tls.Config) time.Time {
	if secure == nil || secure.GetCertificate == nil {
		return time.Time{}
	}
	c, err := secure.GetCertificate(&tls.ClientHelloInfo{})
	if err != nil || c == nil || c.Leaf == nil {
		return time.Time{}
	}
	return c.Leaf.NotAfter
}
