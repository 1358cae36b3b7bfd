package route

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"

	"weir/fleet/record"
	"weir/fleet/table"
	"weir/fleet/testengine"
)

// heard is what a router knows of every shop.
func heard(r *Router) map[string]table.Shop {
	all := map[string]table.Shop{}
	for _, k := range r.Table.Heard() {
		all[k.ID] = *k.Shop
	}
	return all
}

// compared leaves out when a router itself has heard a report.
var compared = cmpopts.IgnoreFields(table.Shop{}, "HeardAt")

// TestARouterThatStartsAsksOneThatIsThere: it then knows what that one knows, also of a shop that no directory lists, and
// what was said meanwhile. Control: without another router it knows the same from the stream, and was shown nothing.
func TestARouterThatStartsAsksOneThatIsThere(t *testing.T) {
	e := testengine.Start(t)
	const shops = 2*partShops + 7 // several parts, and one that is not full
	var names []string
	for i := range shops {
		names = append(names, storeName(i))
		testengine.Open(t, e, storeName(i), channel, 1)
	}
	testengine.Open(t, e, "unlisted", channel, 1)
	one := startRouter(t, e, names...)
	if n := one.Counts.Shown.Load(); n != 0 {
		t.Errorf("%d shops were shown, and by whom?", n)
	}
	until(t, "the first knows every shop from the stream", func() bool { s := heard(one); return len(s) == shops+1 && whole(s) })
	one.Table.Answered(names[3], record.Identity{Epoch: 2, Box: "another"}) // its answers say so, and no status yet
	stop, told := make(chan struct{}), make(chan struct{})
	last := map[string]uint64{} // what each shop said last; read when told is closed
	go func() {
		defer close(told)
		for seq := uint64(2); ; seq++ {
			for _, name := range names[:50] {
				select {
				case <-stop:
					return
				default:
				}
				testengine.Open(t, e, name, channel, seq)
				last[name] = seq
			}
		}
	}()
	two := startRouter(t, e, names...)
	close(stop)
	<-told
	if n := two.Counts.Shown.Load(); n != shops+1 {
		t.Errorf("%d shops were shown of %d", n, shops+1)
	}
	until(t, "both have heard all that was said", func() bool {
		for _, all := range []map[string]table.Shop{heard(one), heard(two)} {
			for id, seq := range last {
				if s := all[id]; s.Report.Seq != seq || len(s.Leases) != 1 || s.Leases[0].Seq != int64(seq) {
					return false
				}
			}
		}
		return true
	})
	if d := gocmp.Diff(heard(one), heard(two), compared); d != "" {
		t.Errorf("they know different things: %s", d)
	}
	if s, _ := two.Table.Get(names[3]); s.Self.Box != "another" || s.RoseAt.IsZero() {
		t.Errorf("what no stream says was not told: %+v", s.Self)
	}
}

func whole(all map[string]table.Shop) bool {
	for _, s := range all {
		if !s.Online || s.Report.Seq == 0 || len(s.Leases) != 1 {
			return false
		}
	}
	return true
}

// TestAPictureThatDoesNotComeToItsEnd: whatever goes wrong with another router's picture, the stream is read.
func TestAPictureThatDoesNotComeToItsEnd(t *testing.T) {
	e := testengine.Start(t)
	for i := range 10 {
		testengine.Open(t, e, storeName(i), channel, 1)
	}
	for name, answer := range map[string]func(*nats.Msg){
		"no answer":  func(*nats.Msg) {},
		"no picture": func(m *nats.Msg) { m.Respond([]byte("?")) },
		"no parts": func(m *nats.Msg) {
			if m.Subject == pictureSubject {
				m.Respond([]byte(`{"place":{"made":"2026-02-06T00:00:00Z","seq":7},"shops":9,"ask":"fleet.nobody"}`))
			}
		},
		"a part that cannot be read": func(m *nats.Msg) {
			if m.Subject == pictureSubject {
				m.Respond([]byte(`{"place":{"made":"2026-02-06T00:00:00Z","seq":7},"shops":9,"ask":"fleet.liar"}`))
				return
			}
			part := nats.NewMsg(m.Reply)
			part.Header.Set(shopsHeader, "9")
			part.Data = []byte(strings.Repeat("\xff", 99))
			m.RespondMsg(part)
		},
		"a part of fewer shops than it says": func(m *nats.Msg) {
			if m.Subject == pictureSubject {
				m.Respond([]byte(`{"place":{"made":"2026-02-06T00:00:00Z","seq":7},"shops":9,"ask":"fleet.liar"}`))
				return
			}
			part := nats.NewMsg(m.Reply)
			part.Header.Set(shopsHeader, "9")
			m.RespondMsg(part)
		},
		"a place in another stream": func(m *nats.Msg) {
			m.Respond([]byte(`{"place":{"made":"2026-02-06T00:00:00Z","seq":7},"shops":0,"ask":"fleet.nobody"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, subject := range []string{pictureSubject, "fleet.liar.*.*"} {
				sub, err := e.Conn.QueueSubscribe(subject, "routers", answer)
				if err != nil {
					t.Fatal(err)
				}
				defer sub.Unsubscribe()
			}
			began := time.Now()
			r := startRouter(t, e)
			if s := heard(r); len(s) != 10 || !whole(s) {
				t.Errorf("after %v it knows of %d shops", time.Since(began), len(s))
			}
		})
	}
}

// TestRoutersThatStartTogetherAreShownOnePicture: a second question does not end the picture that the first router reads.
func TestRoutersThatStartTogetherAreShownOnePicture(t *testing.T) {
	e := testengine.Start(t)
	testengine.Open(t, e, "a", channel, 1)
	r := startRouter(t, e, "a")
	until(t, "it has heard of the shop", func() bool { return whole(heard(r)) && len(heard(r)) == 1 })
	until(t, "it answers", func() bool { _, err := e.Conn.Request(pictureSubject, nil, testPatience); return err == nil })
	var asks []string
	for range 2 {
		m, err := e.Conn.Request(pictureSubject, nil, testPatience)
		if err != nil {
			t.Fatal(err)
		}
		var head pictureHead
		if err := json.Unmarshal(m.Data, &head); err != nil || head.Shops != 1 {
			t.Fatalf("%s: %v", m.Data, err)
		}
		asks = append(asks, head.Ask)
	}
	part, err := e.Conn.Request(asks[0]+".0.1", nil, testPatience)
	if err != nil || part.Header.Get(shopsHeader) != "1" {
		t.Errorf("the first picture, after the second question: %v", err)
	}
}
