// Package alarm says what is wrong with a shop: what keeps it from taking orders, what nobody may miss, and the lights of its
// printers and of its links to the outside.
package alarm

import (
	"crypto/tls"
	"slices"
	"strings"
	"time"

	"weir/printer"
	"weir/server/adapter"
	"weir/server/clock"
	"weir/server/outbox"
	"weir/server/replica"
	"weir/server/uplink"
	"weir/shop"
	"weir/shop/alert"
	"weir/shop/capacity"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
)

// Store is what alarms need of the store; [store.Store] is one.
type Store interface {
	Healthy() bool         // what is asked for can be stored
	Short() bool           // the disk is nearly full
	Damaged() bool         // the file is damaged
	Unanswered() time.Time // when a caller last went without an answer; zero is never
	Snapshot() *shop.State
}

// Trouble is what outside the shop's rules keeps it from taking orders; "" is nothing.
func Trouble(store Store, twin *uplink.Twin) capacity.Reason {
	if !store.Healthy() || store.Short() || twin.Down() {
		return wire.ReasonStorage
	}
	return ""
}

// Alarms is what the parts of a shop say about themselves, in people's words.
type Alarms struct {
	Store    Store
	Twin     *uplink.Twin // nil where no other box can be on the broker
	Uplink   *uplink.Uplink
	Remote   bool               // the broker is the platform's, and not in this box
	Clock    *clock.Clock       // nil in a demo, which has one of its own
	Adapters []*adapter.Adapter //
	Outbox   []*outbox.Follower // who is told by calls
	Printers []*printer.Printer //
	Copy     *replica.Copy      // keeps a continuous copy; nil is none
	Desk     *alert.Desk        // tells people who are not here; nil where nobody is
	TLS      *tls.Config        // what the shop's listener shows; nil without TLS
	Now      func() time.Time   // the shop's clock
}

// unansweredShown is how long the board says that a caller went without an answer.
const unansweredShown = time.Minute

// trouble is something that nobody may miss: its kind for people outside, and the id of its sentence.
type trouble struct {
	kind alert.Kind
	text string
}

// Troubles is what nobody in the shop may miss.
func (a *Alarms) Troubles(l words.Lang) []string {
	var all []string
	for _, t := range a.troubles() {
		all = append(all, l.T(t.text))
	}
	if text, stopped := a.copyStopped(l); stopped {
		all = append(all, text)
	}
	if a.Clock != nil {
		all = append(all, a.Clock.Status().Words(l)...)
	}
	return all
}

// copyStopped says since when the continuous copy is not kept; stopped is false while it is, or where there is none.
func (a *Alarms) copyStopped(l words.Lang) (text string, stopped bool) {
	if a.Copy == nil {
		return "", false
	}
	s := a.Copy.Status()
	if !s.Stopped {
		return "", false
	}
	if s.Until.IsZero() {
		return l.T("lights.copy_has_not_begun", s.Target), true
	}
	return l.T("lights.copy_has_stopped", a.clockTime(s.Until)), true
}

// copyLight is how old the continuous copy is.
func (a *Alarms) copyLight(l words.Lang) (light templates.Light, ok bool) {
	if a.Copy == nil {
		return light, false
	}
	s := a.Copy.Status()
	light = templates.Light{Name: l.T("lights.copy"), OK: !s.Stopped, Word: l.T("lights.copied_until", a.clockTime(s.Until))}
	if s.Until.IsZero() {
		light.Word = l.T("lights.copy_begins")
	}
	if s.Error != "" {
		light.Word += " · " + s.Error
	}
	return light, true
}

// Copied says until when the shop is copied elsewhere; ok is false where it is not.
func (a *Alarms) Copied(l words.Lang) (text string, ok bool) {
	light, ok := a.copyLight(l)
	return light.Word, ok
}

// clockTime is a time of the machine as people in the shop read it.
func (a *Alarms) clockTime(at time.Time) string {
	return at.In(a.Store.Snapshot().Config.Location).Format(time.TimeOnly)
}

// troubles are those that have a fixed sentence, the gravest first.
func (a *Alarms) troubles() []trouble {
	var all []trouble
	if !a.Store.Healthy() {
		all = append(all, trouble{alert.Disk, "lights.orders_cannot_be_stored"})
	}
	if a.Store.Short() {
		all = append(all, trouble{alert.Disk, "lights.the_disk_is_nearly"})
	}
	if a.Store.Damaged() {
		all = append(all, trouble{alert.Disk, "lights.the_data_file_is"})
	}
	if at := a.Store.Unanswered(); !at.IsZero() && time.Since(at) < unansweredShown {
		all = append(all, trouble{alert.Unanswered, "lights.a_request_went_unanswered"})
	}
	status := a.Uplink.Status()
	switch {
	case a.Twin.Down():
		return append(all, trouble{alert.Twin, "lights.another_box_was_first"})
	case !a.Twin.Met().IsZero():
		all = append(all, trouble{alert.Twin, "lights.another_box_has"})
	}
	if !status.Forged.IsZero() {
		all = append(all, trouble{alert.Platform, "lights.the_broker_keeps"})
	}
	switch {
	case a.Remote && len(status.Deaf) > 0:
		all = append(all, trouble{alert.Platform, "lights.the_broker_lets_nothing"})
	case a.Remote && !status.Connected:
		all = append(all, trouble{alert.Platform, "lights.cut_off_from_the"})
	}
	return all
}

// Network is the lights of the links to the outside.
func (a *Alarms) Network(l words.Lang) []templates.Light {
	s := a.Uplink.Status()
	light := templates.Light{Name: l.T("lights.platform"), OK: s.Connected, Word: l.T("lights.connected")}
	if !s.Connected {
		light.Word = l.T("lights.not_connected")
	}
	lights := []templates.Light{light}
	for channel, off := range s.ClockOff {
		lights = append(lights, templates.Light{Name: channel, Word: l.T("lights.clock_off", off.Round(time.Second))})
	}
	for _, link := range a.Adapters {
		lights = append(lights, adapterLight(l, link.Status(), a.Now()))
	}
	for _, f := range a.Outbox {
		if s := f.Status(); s.Host != "" {
			lights = append(lights, outboxLight(l, s, a.Now()))
		}
	}
	slices.SortFunc(lights, func(a, b templates.Light) int { return strings.Compare(a.Name, b.Name) })
	return lights
}

// adapterLight is how a platform stands that is told by an adapter what it may send.
func adapterLight(l words.Lang, s adapter.Status, now time.Time) templates.Light {
	light := templates.Light{Name: s.Channel, OK: true, Word: l.T("lights.told")}
	switch {
	case s.Disabled:
		light.OK, light.Word = false, l.T("lights.the_platform_wants_no")
	case s.ToldAt.IsZero() && s.Failing.IsZero():
		light.Word = l.T("lights.being_told")
	case !s.Failing.IsZero():
		light.OK, light.Word = false, l.T("lights.cannot_be_told", l.Span(now.Sub(s.Failing)))
	}
	return light
}

// outboxLight is how somebody stands who is told events by calls.
func outboxLight(l words.Lang, s outbox.Status, now time.Time) templates.Light {
	light := templates.Light{Name: l.T("lights.told_by."+s.Kind, s.Channel), OK: true, Word: l.T("lights.told")}
	switch {
	case !s.Parked.IsZero():
		light.OK, light.Word = false, l.T("lights.events_parked")
	case !s.Failing.IsZero():
		light.OK, light.Word = false, l.T("lights.cannot_be_told", l.Span(now.Sub(s.Failing)))
	case s.Waiting() > 0:
		light.Word = l.T("lights.events_wait", s.Waiting())
	}
	return light
}

// Lights are the printers and the links to the outside.
func (a *Alarms) Lights(l words.Lang) []templates.Light {
	lights := a.Network(l)
	for _, p := range a.Printers {
		s := p.Status()
		light := templates.Light{Name: templates.PrinterWord(l, a.Store.Snapshot().Config.Printers, s.Name), OK: s.Working(),
			Word: l.T("lights.working")}
		if !light.OK {
			light.Word = s.Reason.Text(l)
		}
		lights = append(lights, light)
	}
	if light, ok := a.copyLight(l); ok {
		lights = append(lights, light)
	}
	if a.Desk != nil {
		for _, s := range a.Desk.Status() {
			light := templates.Light{Name: l.T("lights.alerts_to", s.Name), OK: s.Failing.IsZero(), Word: l.T("lights.working")}
			if !light.OK {
				light.Word = l.T("lights.alerts_fail", s.Error)
			}
			lights = append(lights, light)
		}
	}
	return lights
}
