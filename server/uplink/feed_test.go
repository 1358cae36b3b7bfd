package uplink

import (
	"fmt"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestWindowRepeatsUntilItIsRead(t *testing.T) {
	at := time.Unix(0, 0)
	w := newWindow(0, resendMin)
	fill := func(last uint64) (sent []uint64) {
		for w.room() > 0 && w.sent < last {
			w.out(w.sent+1, at)
			sent = append(sent, w.sent)
		}
		return sent
	}
	if sent := fill(200); len(sent) != windowMax || sent[0] != 1 {
		t.Fatalf("first round sent %d events from %d, want %d from 1", len(sent), sent[0], windowMax)
	}
	var pauses []time.Duration
	for range 8 { // nobody reads
		pauses = append(pauses, w.due.Sub(at))
		w.look(0, w.due.Add(-1))
		if sent := fill(200); sent != nil {
			t.Fatalf("sent %v before the pause is over", sent)
		}
		at = w.due
		w.look(0, at)
		if sent := fill(200); len(sent) != windowMax || sent[0] != 1 {
			t.Fatalf("repeated %v, want all that is out", sent)
		}
	}
	if pauses[0] != resendMin || pauses[1] != 2*resendMin || pauses[7] != resendMax {
		t.Errorf("pauses %v, want doubling from %v to %v", pauses, resendMin, resendMax)
	}
	w.look(40, at)
	if sent := fill(200); len(sent) != 40 || sent[0] != windowMax+1 {
		t.Errorf("after an ack of 40 sent %v, want the next 40", sent)
	}
	w.look(104, at)
	if !w.due.IsZero() {
		t.Error("something is due although everything is read")
	}
}

func TestWindowHoldsWhatIsOnItsWayWhenAPartIsAcknowledged(t *testing.T) {
	at := time.Unix(0, 0)
	w := newWindow(10, resendMin)
	for seq := uint64(11); seq <= 20; seq++ {
		w.out(seq, at)
	}
	at = at.Add(resendMin - 1)
	w.look(15, at)
	if w.sent != 20 || w.due != at.Add(resendMin) {
		t.Errorf("sent %d due %v, want 20 and a whole pause", w.sent, w.due.Sub(at))
	}
	w.later(at)
	if w.room() != 0 {
		t.Error("goes on at once after a failure")
	}
	at = w.due
	w.look(15, at)
	if w.sent != 15 || w.room() != windowMax {
		t.Errorf("after the pause sent = %d, room = %d, want to begin again with 16", w.sent, w.room())
	}
}

// TestWhoOnlyListensMissesNothing: a reader that never acknowledges still hears each new event at once.
func TestWhoOnlyListensMissesNothing(t *testing.T) {
	at := time.Unix(0, 0)
	w := newWindow(0, resendMin)
	for seq := uint64(1); seq <= 10; seq++ {
		at = at.Add(time.Second)
		w.look(0, at)
		for w.sent < seq {
			if w.room() == 0 {
				t.Fatalf("event %d cannot go out: %+v", seq, *w)
			}
			w.out(w.sent+1, at)
		}
	}
}

// readFeed reads a channel's events as a reader should: it takes each that is the next one and passes
// over the rest. What it has taken has no gap by construction; a test asks whether all came.
type readFeed struct {
	p     *testshop.Guest
	at    wire.Cursor
	seen  int
	again int // repetitions
}

func (f *readFeed) take(e wire.Event) (isNext bool) {
	switch {
	case e.Epoch < f.at.Epoch || e.Epoch == f.at.Epoch && e.Seq <= f.at.Seq:
		f.again++
		return false
	case e.Epoch == f.at.Epoch && e.Seq != f.at.Seq+1:
		return false // the one before it has not come yet
	}
	f.at = wire.Cursor{Epoch: e.Epoch, Seq: e.Seq}
	f.seen++
	return true
}

func (f *readFeed) ack(channel string) {
	f.p.Publish(demoTopics.Acks(channel), 1, false, fmt.Sprintf(`{"epoch":%d,"through":%d}`, f.at.Epoch, f.at.Seq))
}

func TestEventsAreRepeatedUntilAcknowledged(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.Clock.Now, b.Remote())
	u.connected(t)
	for i := range 5 {
		s.Must(t, shop.Place{Channel: "shangou", Draft: shop.Draft{Ref: fmt.Sprint("o", i),
			Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}}}})
	}
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/events/shangou")
	f := &readFeed{p: p, at: wire.Cursor{Epoch: 1}}
	const topic = "weir/v1/demo/events/shangou"
	for f.again < 2 { // it came too late for the first round, so all it hears is repeated
		f.take(testshop.Decode[wire.Event](t, p.Next(topic).Payload()))
	}
	if got := u.Status().Unacked["shangou"]; got != 5 {
		t.Errorf("unacknowledged = %d, want 5: the broker's word moves nothing", got)
	}
	for f.at.Seq < 5 {
		f.ack("shangou")
		for !f.take(testshop.Decode[wire.Event](t, p.Next(topic).Payload())) {
		}
	}
	f.ack("shangou")
	try.Until(t, "all is acknowledged", func() bool { return u.Status().Unacked["shangou"] == 0 })
}

func TestAcksThatCannotBe(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	s.Must(t, shop.Place{Channel: "shangou", Draft: shop.Draft{Ref: "o", Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}}}})
	for _, tt := range []struct {
		payload string
		status  int
	}{
		{`{"epoch":1,"through":2}`, 400},
		{`{"epoch":0,"through":1}`, 410},
		{`{"epoch":7,"through":1}`, 400},
		{`{"epoch":1}`, 422},
		{`{`, 400},
	} {
		p.Say("weir/v1/demo/acks/shangou", tt.payload)
		if a := p.Answer("shangou", ""); a.Status != tt.status {
			t.Errorf("ack %s: %d %s, want %d", tt.payload, a.Status, a.Body, tt.status)
		}
	}
	if got := s.Snapshot().Counters.Acks["shangou"]; got != 0 {
		t.Errorf("the cursor moved to %d", got)
	}
}
