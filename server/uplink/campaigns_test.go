package uplink

import (
	"strings"
	"testing"

	"weir/server/testshop"
	"weir/shop/wire"
)

const tea = `{"ref":"n-1","name":"免单","window":{"start":"2026-02-06T14:00:00+08:00","end":"2026-02-06T15:00:00+08:00"},` +
	`"expected":[10,20,30,0]}`

func named(channel string) string { return strings.Replace(tea, "{", `{"channel":"`+channel+`",`, 1) }

// TestANoticeIsItsSenders sends notices in the name of another channel, over a broker that does not know who sends.
func TestANoticeIsItsSenders(t *testing.T) {
	t.Parallel()
	s, m := newShop(t), newMosquitto(t)
	startUplink(t, s, s.Clock.Now, m.remote(t)).connected(t)
	p := testshop.Join(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou", "weir/v1/demo/answers/meituan")
	p.Say("weir/v1/demo/campaigns/shangou", tea)
	if a := p.Answer("shangou", "n-1"); a.Status != 201 {
		t.Errorf("a notice on the channel's own topic is answered %d %s", a.Status, a.Body)
	}
	before := len(s.Snapshot().Campaigns) // one
	p.Say("weir/v1/demo/campaigns", named("meituan"))
	if a := p.Answer("meituan", "n-1"); a.Status != 403 || !strings.Contains(string(a.Body), wire.ProblemNotPermitted) ||
		!strings.Contains(string(a.Body), "campaigns/{channel}") {
		t.Errorf("a notice of which nobody knows who sent it is answered %d %s", a.Status, a.Body)
	}
	// What the notice says of itself changes nothing: the topic is the channel's.
	p.Say("weir/v1/demo/campaigns/shangou", named("meituan"))
	p.Answer("shangou", "n-1")
	if n := len(s.Snapshot().Campaigns); n != before {
		t.Errorf("%d campaigns, want %d", n, before)
	}
}

func TestANoticeGoesAllTheWayInside(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	for _, topic := range []string{"weir/v1/demo/campaigns/shangou", "weir/v1/demo/campaigns"} {
		p.Say(topic, named("shangou"))
		if a := p.Answer("shangou", "n-1"); a.Status >= 300 {
			t.Errorf("%s: answered %d %s", topic, a.Status, a.Body)
		}
	}
}
