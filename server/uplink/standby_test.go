package uplink

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/try"
	"weir/shop/wire"
)

// platform is a router of shangou at the shop's broker, with what it heard of each ref.
type platform struct {
	*testshop.Guest
	t      *testing.T
	shop   *testshop.Shop
	events map[string][]wire.Event
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	s, b := openShop(t, "", &try.Clock{}), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	router := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"),
		"weir/v1/demo/answers/shangou", "weir/v1/demo/events/shangou")
	return &platform{t: t, shop: s, events: map[string][]wire.Event{}, Guest: router}
}

// ask sends a request and waits for its answer.
func (p *platform) ask(topic, ref, more string) wire.Answer {
	p.t.Helper()
	p.Say("weir/v1/demo/"+topic+"/shangou", fmt.Sprintf(`{"ref":%q%s}`, ref, more))
	for {
		if m := p.next(); m != nil && m.Ref == ref {
			return *m
		}
	}
}

// cups is an order of so many cups, for ask.
func cups(n int, more string) string {
	return fmt.Sprintf(`,"items":[{"item":"jasmine-milk-tea","qty":%d}],`+
		`"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}%s`, n, more)
}

// next takes in one message; an answer is returned.
func (p *platform) next() *wire.Answer {
	p.t.Helper()
	select {
	case m := <-p.Heard:
		if strings.Contains(m.Topic(), "/answers/") {
			a := testshop.Decode[wire.Answer](p.t, m.Payload())
			return &a
		}
		e := testshop.Decode[wire.Event](p.t, m.Payload())
		if known := p.events[e.Data.Ref]; !slices.ContainsFunc(known, func(old wire.Event) bool { return old.Seq == e.Seq }) {
			p.events[e.Data.Ref] = append(known, e)
		}
		// Acknowledged, because no more than 64 are out.
		p.Publish("weir/v1/demo/acks/shangou", 1, false, fmt.Sprintf(`{"epoch":%d,"through":%d}`, e.Epoch, e.Seq))
	case <-time.After(try.Patience):
		p.t.Fatal("nothing was heard")
	}
	return nil
}

// hears waits until an event of a type was heard of a ref.
func (p *platform) hears(ref, kind string) wire.Event {
	p.t.Helper()
	for {
		for _, e := range p.events[ref] {
			if e.Type == kind {
				return e
			}
		}
		p.next()
	}
}

// heard reports whether an event of a type was heard of a ref until now.
func (p *platform) heard(ref, kind string) bool {
	return slices.ContainsFunc(p.events[ref], func(e wire.Event) bool { return e.Type == kind })
}

// pass lets time pass, in the longest steps that a clock may make.
func (p *platform) pass(span time.Duration) {
	p.t.Helper()
	for range int(span / capacity.TickMax) {
		p.shop.Pass(p.t, capacity.TickMax)
	}
}

func order(t *testing.T, a wire.Answer) wire.Order {
	t.Helper()
	var o wire.Order
	if err := json.Unmarshal(a.Body, &o); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
	return o
}

func TestAnOrderWaitsForRoomOverMQTT(t *testing.T) {
	p := newPlatform(t)
	for i := 0; ; i++ {
		if a := p.ask("orders", fmt.Sprint("fill-", i), cups(2, "")); a.Status == 503 {
			break
		} else if a.Status != 201 || i > 100 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	waits := p.ask("orders", "w1", cups(2, `,"standby":true`))
	if o := order(t, waits); waits.Status != 202 || o.State != "waiting" || o.Until.IsZero() || o.Receipt != "" {
		t.Fatalf("%d %s", waits.Status, waits.Body)
	}
	if a := p.ask("orders", "w1", cups(2, `,"standby":true`)); a.Status != 202 {
		t.Errorf("sent again: %d %s", a.Status, a.Body)
	}
	late := p.ask("orders", "w2", cups(2, `,"standby":true,"standby_until":"2026-02-06T04:00:20Z"`))
	gone := p.ask("orders", "w3", cups(2, `,"standby":true`))
	if late.Status != 202 || gone.Status != 202 {
		t.Fatalf("%d, %d", late.Status, gone.Status)
	}
	if a := p.ask("cancel", "w3", ""); a.Status != 200 || order(t, a).State != "cancelled" {
		t.Errorf("cancelled: %d %s", a.Status, a.Body)
	}
	p.hears("w1", shop.ToldWaiting)
	p.pass(25 * time.Second)
	if e := p.hears("w2", shop.ToldExpired); e.Data.Reason != shop.ReasonNoRoom || len(e.Data.Alternatives) == 0 {
		t.Errorf("%+v", e.Data)
	}
	if p.heard("w1", shop.ToldAccepted) {
		t.Fatal("control: accepted before there was room")
	}
	for _, q := range p.shop.Snapshot().Queue("", time.Time{})[:6] {
		p.shop.Must(t, shop.Tap{By: "t", Cups: []shop.CupID{q.ID()}, To: shop.Made})
	}
	p.pass(capacity.TickMax)
	if e := p.hears("w1", shop.ToldAccepted); e.Data.ReadyBy.IsZero() || e.Data.PickupNumber == "" {
		t.Errorf("%+v", e.Data)
	}
	a := p.ask("orders", "w1", cups(2, `,"standby":true`))
	if o := order(t, a); a.Status != 200 || o.State != "accepted" || o.Receipt == "" {
		t.Errorf("sent again after it was accepted: %d %s", a.Status, a.Body)
	}
	if a := p.ask("orders", "w2", cups(2, "")); a.Status != 200 || order(t, a).State != "expired" {
		t.Errorf("sent again after its end: %d %s", a.Status, a.Body)
	}
}

// TestNewsBeforeAPromiseBreaksOverMQTT: delayed, early, passed and a reminder, each beside an order that hears nothing.
func TestNewsBeforeAPromiseBreaksOverMQTT(t *testing.T) {
	p := newPlatform(t)
	for i := range 8 {
		p.ask("orders", fmt.Sprint("before-", i), cups(3, ""))
	}
	mine := order(t, p.ask("orders", "mine", cups(1, "")))
	if r := order(t, p.ask("progress", "mine", `,"reminded":true`)); r.PositionCups != 24 || !r.ExpectedAt.After(p.shop.Clock.Now()) {
		t.Errorf("reminded: %+v", r)
	}
	if r := order(t, p.ask("progress", "mine", `,"arrived":true`)); !r.ExpectedAt.IsZero() {
		t.Errorf("control: another step says when it is expected: %+v", r)
	}
	p.shop.Must(t, shop.PutFirst{By: "tablet 1", Order: mine.ID - 1, Reason: "the customer is ill"})
	if e := p.hears("before-0", shop.ToldPassed); e.Data.Reason != shop.ReasonPutFirst || e.Data.ReadyBy.IsZero() {
		t.Errorf("passed: %+v", e.Data)
	}
	p.pass(shop.RequoteGap)
	for i := range 7 { // most of what is before it goes
		p.ask("cancel", fmt.Sprint("before-", i), "")
	}
	cancelled := p.shop.Clock.Now()
	if p.heard("mine", shop.ToldEarly) || p.heard("mine", shop.ToldPassed) {
		t.Fatalf("control: it was not passed, and nothing before it had gone: %+v", p.events["mine"])
	}
	p.pass(time.Minute)
	if e := p.hears("mine", shop.ToldEarly); !e.Data.ExpectedAt.Before(mine.Quote.ReadyBy) || !e.Data.ReadyBy.Equal(mine.Quote.ReadyBy) {
		t.Errorf("early: %+v", e.Data)
	}
	p.pass(12 * time.Minute) // nobody makes anything
	if e := p.hears("mine", shop.ToldDelayed); !e.Data.ExpectedAt.Equal(e.Data.ReadyBy) {
		t.Errorf("delayed: %+v", e.Data)
	}
	for _, e := range p.events["before-1"] {
		if e.Type == shop.ToldDelayed && e.Time.After(cancelled) {
			t.Errorf("control: an order that was cancelled at %v is told that it is late: %+v", cancelled, e)
		}
	}
}
