package main

import (
	"slices"
	"strings"
	"time"

	"weir/kds"
	"weir/server/access"
	"weir/server/adapter"
	"weir/shop/capacity"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"

	"github.com/labstack/echo/v4"
)

// trouble is what outside the shop's rules keeps it from taking orders.
func (h *house) trouble() capacity.Reason {
	if !h.store.Healthy() || h.store.Short() || h.twin.Down() {
		return wire.ReasonStorage
	}
	return ""
}

// unansweredShown is how long the board says that a caller went without an answer.
const unansweredShown = time.Minute

// troubles is what nobody in the shop may miss.
func (h *house) troubles(l words.Lang) []string {
	var all []string
	if !h.store.Healthy() {
		all = append(all, l.T("lights.orders_cannot_be_stored"))
	}
	if h.store.Short() {
		all = append(all, l.T("lights.the_disk_is_nearly"))
	}
	if h.store.Damaged() {
		all = append(all, l.T("lights.the_data_file_is"))
	}
	if at := h.store.Unanswered(); !at.IsZero() && time.Since(at) < unansweredShown {
		all = append(all, l.T("lights.a_request_went_unanswered"))
	}
	if h.clock != nil {
		all = append(all, h.clock.Status().Words(l)...)
	}
	status := h.uplink.Status()
	switch {
	case h.twin.Down():
		return append(all, l.T("lights.another_box_was_first"))
	case !h.twin.Met().IsZero():
		all = append(all, l.T("lights.another_box_has"))
	}
	if !status.Forged.IsZero() {
		all = append(all, l.T("lights.the_broker_keeps"))
	}
	if h.serve.Broker != "" && !status.Connected {
		all = append(all, l.T("lights.cut_off_from_the"))
	}
	return all
}

// network is the lights of the links to the outside.
func (h *house) network(l words.Lang) []templates.Light {
	s := h.uplink.Status()
	light := templates.Light{Name: l.T("lights.platform"), OK: s.Connected, Word: l.T("lights.connected")}
	if !s.Connected {
		light.Word = l.T("lights.not_connected")
	}
	lights := []templates.Light{light}
	for channel, off := range s.ClockOff {
		lights = append(lights, templates.Light{Name: channel, Word: l.T("lights.clock_off", off.Round(time.Second))})
	}
	for _, a := range h.adapters {
		lights = append(lights, adapterLight(l, a.Status(), h.now()))
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

// lights are the printers and the links to the outside.
func (h *house) lights(l words.Lang) []templates.Light {
	lights := h.network(l)
	for _, p := range h.printers {
		s := p.Status()
		light := templates.Light{Name: templates.PrinterWord(l, h.tally.Snapshot().Config.Printers, s.Name), OK: s.Working(), Word: l.T("lights.working")}
		if !light.OK {
			light.Word = s.Reason.Text(l)
		}
		lights = append(lights, light)
	}
	return lights
}

// watcher says who looks at a screen.
func watcher(c echo.Context) kds.Watcher {
	key, paired := access.Watcher(c)
	return kds.Watcher{Key: key, Paired: paired}
}

func (h *house) start() kds.Start {
	return kds.Start{Addresses: []string{h.url()}, Broker: h.brokerURL(), Version: version(), Demo: h.serve.Demo, Open: h.guard.Open()}
}
