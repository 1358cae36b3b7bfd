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

func TestClocksAreJudgedByTheFastestMessage(t *testing.T) {
	const tolerance = 2 * time.Second
	at := time.Now()
	for _, tt := range []struct {
		name  string
		offs  []time.Duration
		later time.Duration
		wrong bool
	}{
		{"good clocks, one slow message", []time.Duration{time.Second, 90 * time.Second, 0}, 0, false},
		{"ahead", []time.Duration{20 * time.Second, 25 * time.Second, 90 * time.Second}, 0, true},
		{"behind", []time.Duration{-3 * time.Second, time.Second, time.Second}, 0, true},
		{"within what leases allow", []time.Duration{-2 * time.Second, -time.Second, 0}, 0, false},
		{"too few to tell", []time.Duration{-time.Hour, -time.Hour}, 0, false},
		{"long ago", []time.Duration{-time.Hour, -time.Hour, -time.Hour}, clockWindow + 1, false},
	} {
		var c clocks
		for _, off := range tt.offs {
			c.hear("x", at, off)
		}
		if _, wrong := c.off("x", at.Add(tt.later), tolerance); wrong != tt.wrong {
			t.Errorf("%s: wrong = %v", tt.name, wrong)
		}
		if _, wrong := c.off("y", at, tolerance); wrong {
			t.Errorf("%s: a channel that was not heard is judged", tt.name)
		}
	}
	var c clocks
	for range 10 * clockKept {
		c.hear("x", at, 0)
	}
	if n := len(c.heard["x"]); n > clockKept {
		t.Errorf("%d samples kept", n)
	}
}

func TestAChannelWithAnotherClockGetsNoLeases(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.Clock.Now, b.Remote())
	u.connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"), "weir/v1/demo/answers/meituan")
	for i := range clockSamples {
		at := s.Clock.Now().Add(time.Minute).Format(time.RFC3339Nano)
		p.Say("weir/v1/demo/cancel/shangou", fmt.Sprintf(`{"ref":"c%d","sent_at":%q}`, i, at))
		p.Answer("shangou", fmt.Sprint("c", i))
		at = s.Clock.Now().Format(time.RFC3339Nano)
		other.Say("weir/v1/demo/cancel/meituan", fmt.Sprintf(`{"ref":"c%d","sent_at":%q}`, i, at))
		other.Answer("meituan", fmt.Sprint("c", i))
	}
	off := u.Status().ClockOff
	if len(off) != 1 || off["shangou"] > -59*time.Second || off["shangou"] < -61*time.Second {
		t.Errorf("clocks off %v, want shangou alone, a minute behind", off)
	}
	s.Must(t, shop.Tick{})
	p.Subscribe("weir/v1/demo/lease/shangou", 1, nil).WaitTimeout(try.Patience)
	other.Subscribe("weir/v1/demo/lease/meituan", 1, nil).WaitTimeout(try.Patience)
	if l := testshop.Decode[wire.Lease](t, other.Next("weir/v1/demo/lease/meituan").Payload()); l.Limit == 0 {
		t.Errorf("lease %+v of a channel whose clock is right", l)
	}
	select {
	case m := <-p.Heard:
		t.Errorf("%s %s although the clocks differ", m.Topic(), m.Payload())
	case <-time.After(300 * time.Millisecond):
	}
}
