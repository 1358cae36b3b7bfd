package broker

import (
	"fmt"
	"strings"
	"testing"

	"weir/server/testshop"
	"weir/shop/try"
	"weir/shop/wire"
)

// TestASessionKeepsSoManyBytes has large answers wait for a channel that is away, in every session that it may have. The
// control is a session of small ones, which keeps all.
func TestASessionKeepsSoManyBytes(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	of := func(channel string) string { return wire.TopicsOf("demo").Answers(channel) }
	for i := range sessionsMax {
		testshop.Join(t, b.Addr(), fmt.Sprint("away", i), "shangou", testshop.KeyOf("shangou"), of("shangou")).Leave()
	}
	testshop.Join(t, b.Addr(), "small", "meituan", testshop.KeyOf("meituan"), of("meituan")).Leave()
	waits := func(id string) (messages, bytes int) {
		cl, ok := b.server.Clients.Get(id)
		if !ok {
			t.Fatalf("there is no session %s", id)
		}
		for _, pk := range cl.State.Inflight.GetAll(false) {
			messages, bytes = messages+1, bytes+len(pk.Payload)
		}
		return messages, bytes
	}
	try.Until(t, "they have left", func() bool {
		cl, ok := b.server.Clients.Get("small")
		return ok && cl.Closed()
	})
	before := used(t)
	const large, count = 100 << 10, 100
	for range count {
		shop.Say(of("shangou"), strings.Repeat("x", large))
		shop.Say(of("meituan"), "kept")
	}
	// The broker acknowledges a message before it puts it into sessions.
	try.Until(t, "all small messages wait", func() bool { n, _ := waits("small"); return n == count })
	for i := range sessionsMax {
		if _, bytes := waits(fmt.Sprint("away", i)); bytes < backlogMax/2 || bytes > backlogMax+large {
			t.Errorf("%d bytes wait in session %d, want at most %d and one message", bytes, i, backlogMax)
		}
	}
	// Whoever comes back gets what waited, may subscribe again, and hears what comes then.
	back := testshop.Join(t, b.Addr(), "away0", "shangou", testshop.KeyOf("shangou"), of("shangou"))
	if m := back.Next(of("shangou")); len(m.Payload()) != large {
		t.Errorf("%d bytes waited", len(m.Payload()))
	}
	try.Until(t, "it has acknowledged everything", func() bool { n, _ := waits("away0"); return n == 0 })
	try.Until(t, "it is given what comes now", func() bool {
		shop.Say(of("shangou"), "now")
		for {
			select {
			case m := <-back.Heard:
				if string(m.Payload()) == "now" {
					return true
				}
			default:
				return false
			}
		}
	})
	back.Leave()
	for i := range sessionsMax {
		if cl, ok := b.server.Clients.Get(fmt.Sprint("away", i)); ok {
			b.gate.drop(cl)
		}
	}
	givenBack(t, before)
}
