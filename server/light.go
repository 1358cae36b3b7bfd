package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/kds"
	"weir/server/adapter"
	"weir/server/api"
	"weir/server/owner"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
	"weir/templates"
)

// trouble is what outside the shop's rules keeps it from taking orders.
func (h *house) trouble() capacity.Reason {
	if !h.store.Healthy() || h.store.Short() {
		return wire.ReasonStorage
	}
	return ""
}

// unansweredShown is how long the board says that a caller went without an answer.
const unansweredShown = time.Minute

// troubles is what nobody in the shop may miss.
func (h *house) troubles() []shop.Name {
	var all []shop.Name
	if !h.store.Healthy() {
		all = append(all, shop.Name{ZH: "存不了订单：磁盘或数据文件出错，请叫人", EN: "Orders cannot be stored: disk or data file trouble, call somebody"})
	}
	if h.store.Short() {
		all = append(all, shop.Name{ZH: "磁盘快满了：不再接新单，已接的照做，请叫人腾地方", EN: "The disk is nearly full: no new orders, those taken go on; call somebody to make space"})
	}
	if h.store.Damaged() {
		all = append(all, shop.Name{ZH: "数据文件有损坏：打烊后恢复最近的备份，请叫人", EN: "The data file is damaged: restore the last backup after closing, call somebody"})
	}
	if at := h.store.Unanswered(); !at.IsZero() && time.Since(at) < unansweredShown {
		all = append(all, shop.Name{ZH: "有请求没得到答复：平台会再问", EN: "A request went unanswered: the platform will ask again"})
	}
	if h.serve.Broker != "" && !h.uplink.Status().Connected {
		all = append(all, shop.Name{ZH: "与平台断开：新单进不来", EN: "Cut off from the platform: no new orders come in"})
	}
	return all
}

// network is the lights of the links to the outside.
func (h *house) network() []templates.Light {
	s := h.uplink.Status()
	light := templates.Light{Name: "MQTT", OK: s.Connected, Words: shop.Name{ZH: "已连接", EN: "connected"}}
	if !s.Connected {
		light.Words = shop.Name{ZH: "未连接", EN: "not connected"}
	}
	lights := []templates.Light{light}
	for channel, off := range s.ClockOff {
		lights = append(lights, templates.Light{Name: channel, Words: shop.Name{
			ZH: fmt.Sprintf("时钟差 %v，暂不授信", off.Round(time.Second)), EN: fmt.Sprintf("clock off by %v, no credit", off.Round(time.Second)),
		}})
	}
	for _, a := range h.adapters {
		lights = append(lights, adapterLight(a.Status(), h.now()))
	}
	slices.SortFunc(lights, func(a, b templates.Light) int { return strings.Compare(a.Name, b.Name) })
	return lights
}

// adapterLight is how a platform stands that is told by an adapter what it may send.
func adapterLight(s adapter.Status, now time.Time) templates.Light {
	light := templates.Light{Name: s.Channel, OK: true, Words: shop.Name{ZH: "已告知", EN: "told"}}
	switch {
	case s.Disabled:
		light.OK, light.Words = false, shop.Name{ZH: "平台已停用对接", EN: "the platform wants no more calls"}
	case s.ToldAt.IsZero() && s.Failing.IsZero():
		light.Words = shop.Name{ZH: "正在告知", EN: "being told"}
	case !s.Failing.IsZero():
		light.OK, light.Words = false, shop.Name{
			ZH: fmt.Sprintf("%v 没能告知平台", now.Sub(s.Failing).Round(time.Second)), EN: fmt.Sprintf("the platform cannot be told for %v", now.Sub(s.Failing).Round(time.Second)),
		}
	}
	return light
}

// counted is the shop as the MQTT door sees it: its orders are in the metrics as those of HTTP are.
type counted struct {
	*owner.Tally
	house *house // whose HTTP door has the metrics; it is opened after the MQTT door
}

// Do implements [uplink.Shop].
func (c counted) Do(ctx context.Context, command shop.Command) (shop.Result, error) {
	result, err := c.Tally.Do(ctx, command)
	if p, ok := command.(shop.Place); ok {
		outcome := api.OutcomeAccepted
		switch {
		case err != nil:
			outcome = api.Outcome(err)
		case result.Replayed:
			outcome = api.OutcomeReplayed
		}
		c.house.api.Metrics().Order(p.Channel, outcome)
	}
	return result, err
}

// lights are the printers and the links to the outside.
func (h *house) lights() []templates.Light {
	lights := h.network()
	for _, p := range h.printers {
		s := p.Status()
		light := templates.Light{Name: s.Name, OK: s.Working(), Words: shop.Name{ZH: "正常", EN: "working"}}
		if !light.OK {
			light.Words = shop.Name{ZH: s.Reason.Text("zh"), EN: s.Reason.Text("en")}
		}
		lights = append(lights, light)
	}
	return lights
}

func (h *house) start() kds.Start {
	return kds.Start{Addresses: []string{h.url()}, Broker: h.brokerURL(), Version: version(), Demo: h.serve.Demo, Open: h.guard.Open()}
}
