package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/wire"
)

func TestWhatIsAskedIsAnswered(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.Clock.Now, b.Remote())
	u.connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	for _, tt := range []struct {
		name, topic, payload, ref string
		status                    int
		body                      string // what its body has to contain
	}{
		{"an order", "orders", testshop.Order("a"), "a", 201, `"state":"accepted"`},
		{"the same again", "orders", testshop.Order("a"), "a", 200, `"state":"accepted"`},
		{"another order under its ref", "orders", strings.Replace(testshop.Order("a"), `"qty":1`, `"qty":2`, 1), "a", 409, "order-conflict"},
		{"an order that is wrong", "orders", `{"ref":"b","items":[{"item":"jasmine-milk-tea","qty":0}]}`, "b", 422, "/items/0/qty"},
		{"an order without a ref", "orders", `{"items":[]}`, "", 422, "/ref"},
		{"not JSON", "orders", `{"ref":"c",`, "", 400, "malformed"},
		{"nothing", "orders", ``, "", 400, "malformed"},
		{"too large", "orders", `{"ref":"d","place":"` + strings.Repeat("x", wire.BodyMax) + `"}`, "", 413, "too-large"},
		{"unknown without a name", "orders", `{"ref":"e","items":[{"item":"water","qty":1}]}`, "e", 422, "unknown-item"},
		{"an order without its items", "orders", `{"ref":"bare","downgraded":true,"items":[],"cups":2}`, "bare", 201, `"lines_unknown":true`},
		{"a part of it, too early", "cancel-part", `{"ref":"bare","cups":["c2-1"]}`, "bare", 409, "invalid-transition"},
		{"its items", "orders", `{"ref":"bare","items":[{"item":"grape","qty":2}]}`, "bare", 200, `"label":"2/2 多肉葡萄"`},
		{"a part of it", "cancel-part", `{"ref":"bare","cups":["c2-1"]}`, "bare", 200, `"state":"voided"`},
		{"a part that is none", "cancel-part", `{"id":"o2","lines":[7]}`, "", 422, "/lines/0"},
		{"a part that is not named", "cancel-part", `{"ref":"bare"}`, "bare", 422, "/cups"},
		{"taken back with its items", "cancel", `{"ref":"bare"}`, "bare", 200, `"state":"cancelled"`},
		{"the customer is here", "progress", `{"ref":"a","arrived":true}`, "a", 200, `"id":"o1"`},
		{"the rider is here, by id", "progress", `{"id":"o1","step":"courier_arrived"}`, "a", 200, `"id":"o1"`},
		{"progress of nothing", "progress", `{"ref":"zzz","arrived":true}`, "zzz", 404, "not-found"},
		{"progress that says nothing", "progress", `{"ref":"a"}`, "a", 422, "invalid"},
		{"taken back", "cancel", `{"ref":"a"}`, "a", 200, `"state":"cancelled"`},
		{"taken back again", "cancel", `{"ref":"a"}`, "a", 200, `"state":"cancelled"`},
		{"taken back before it comes", "cancel", `{"ref":"later"}`, "later", 202, `"state":"cancelled"`},
		{"comes after it was taken back", "orders", testshop.Order("later"), "later", 200, `"state":"cancelled"`},
		{"a notice that is wrong", "campaigns", `{"channel":"shangou","ref":"camp"}`, "camp", 422, "/window"},
		{"a day", "reconciliation", `{"ref":"q1"}`, "q1", 200, `"orders":[{"id":"o1","ref":"a","state":"cancelled","cups":1,"cups_made":0},` +
			`{"id":"o2","ref":"bare"`},
		{"a day's second page", "reconciliation", `{"ref":"q2","day":"2026-02-06","after":"o1","limit":1}`, "q2", 200, `"orders":[{"id":"o2"`},
		{"a day's first page", "reconciliation", `{"ref":"q3","day":"2026-02-06","limit":1}`, "q3", 200, `"count":3,"next":"o1"`},
		{"a day that is none", "reconciliation", `{"ref":"q4","day":"today"}`, "q4", 422, "/day"},
		{"resync that is wrong", "resync", `{"epoch":1}`, "", 422, "spent_work"},
	} {
		topic := "weir/v1/demo/" + tt.topic
		if tt.topic != "campaigns" {
			topic += "/shangou"
		}
		p.Say(topic, tt.payload)
		a := p.Answer("shangou", tt.ref)
		if a.Status != tt.status || !strings.Contains(string(a.Body), tt.body) {
			t.Errorf("%s: %d %s, want %d with %s", tt.name, a.Status, a.Body, tt.status, tt.body)
		}
	}
}

// TestAnIDWithInvisibleCharactersIsRefused: over every topic where a channel names something. The control is the same
// message without the mark.
func TestAnIDWithInvisibleCharactersIsRefused(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	for _, tt := range []struct {
		topic, payload string // the mark goes where the * is
		status         int    // of the control; 0 is no answer, which the next one would show
	}{
		{"orders", strings.Replace(testshop.Order("a"), `"a"`, `"a*"`, 1), 201},
		{"orders", strings.Replace(testshop.Order("b"), `"jasmine-milk-tea"`, `"jasmine*-milk-tea"`, 1), 201},
		{"progress", `{"ref":"a*","arrived":true}`, 200},
		{"progress", `{"id":"o*1","arrived":true}`, 200},
		{"cancel", `{"ref":"a*"}`, 200},
		{"cancel", `{"ref":"never*"}`, 202},
		{"campaigns", strings.Replace(tea, `"n-1"`, `"n-1*"`, 1), 201},
		{"campaigns", `{"id":"n*1","cancelled":true}`, 200},
		{"acks", `{"cursor":"1.*0"}`, 0},
		{"reconciliation", `{"day":"2026-02-06","after":"o*1"}`, 200},
	} {
		before := s.Snapshot()
		for i, mark := range []string{"\u200b", "\u00a0", "\ufe0f", "\u3164", "\u202e"} {
			nonce := fmt.Sprint("mark", i)
			p.Say("weir/v1/demo/"+tt.topic+"/shangou", strings.Replace(strings.Replace(tt.payload, "*", mark, 1), "{", `{"nonce":"`+nonce+`",`, 1))
			a := testshop.Decode[wire.Answer](t, p.Next("weir/v1/demo/answers/shangou").Payload())
			if a.Nonce != nonce || a.Status != 422 && a.Status != 400 {
				t.Errorf("%s %s with %+q: %d %s (%s), want 422", tt.topic, tt.payload, mark, a.Status, a.Body, a.Nonce)
			}
		}
		if after := s.Snapshot(); after.Orders.Len() != before.Orders.Len() || len(after.Campaigns) != len(before.Campaigns) {
			t.Errorf("%s %s with a mark has left something", tt.topic, tt.payload)
		}
		p.Say("weir/v1/demo/"+tt.topic+"/shangou", strings.Replace(strings.Replace(tt.payload, "*", "", 1), "{", `{"nonce":"plain",`, 1))
		if tt.status == 0 {
			continue
		}
		if a := testshop.Decode[wire.Answer](t, p.Next("weir/v1/demo/answers/shangou").Payload()); a.Nonce != "plain" || a.Status != tt.status {
			t.Errorf("%s %s, the control: %d %s, want %d", tt.topic, tt.payload, a.Status, a.Body, tt.status)
		}
	}
}

// mistaken is a shop that makes a mistake over some notices.
type mistaken struct{ *testshop.Shop }

func (s mistaken) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	if n, ok := c.(shop.GiveNotice); ok && n.Notice.Ref == "bad" {
		panic("a mistake of ours")
	}
	return s.Shop.Do(ctx, c)
}

func notice(channel, ref string) string {
	return fmt.Sprintf(`{"channel":%q,"ref":%q,"name":"free tea","window":{"start":"2026-02-06T07:00:00Z","end":"2026-02-06T07:30:00Z"},`+
		`"expected":[40,40]}`, channel, ref)
}

func TestANoticeIsAnsweredToItsChannel(t *testing.T) {
	s, b := mistaken{newShop(t)}, startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	p.Say("weir/v1/demo/campaigns", notice("meituan", "forged"))
	p.Say("weir/v1/demo/campaigns", notice("shangou", "bad"))
	if a := p.Answer("shangou", "bad"); a.Status != 500 || strings.Contains(string(a.Body), "mistake") {
		t.Errorf("a panic is answered %d %s, want 500 without detail", a.Status, a.Body)
	}
	p.Say("weir/v1/demo/campaigns", notice("shangou", "free-tea"))
	a := p.Answer("shangou", "free-tea")
	if a.Ref != "free-tea" || a.Re != "notice" || a.Status != 201 || !strings.Contains(string(a.Body), `"channel":"shangou"`) {
		t.Errorf("answer = %+v %s", a, a.Body)
	}
	if n := len(s.Snapshot().Campaigns); n != 1 {
		t.Errorf("%d campaigns, want one: the forged notice goes nowhere", n)
	}
}

// troubled is a shop whose disk fails for a while.
type troubled struct {
	*testshop.Shop
	failing atomic.Bool
}

var errDisk = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true, Detail: "not known"}

func (s *troubled) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	if _, isOrder := c.(shop.Place); isOrder && s.failing.Load() {
		return shop.Result{}, errDisk
	}
	return s.Shop.Do(ctx, c)
}

func TestAnOrderOfUnknownOutcomeIsAnsweredSoAndDeliveredAgain(t *testing.T) {
	for _, embedded := range []bool{true, false} {
		t.Run(fmt.Sprintf("embedded=%v", embedded), func(t *testing.T) {
			t.Parallel()
			s := &troubled{Shop: newShop(t)}
			s.failing.Store(true)
			var address string
			var remote Remote
			if embedded {
				b := startBroker(t)
				address, remote = b.Addr(), b.Remote()
			} else {
				m := newMosquitto(t)
				address, remote = m.Address, m.remote(t)
			}
			startUplink(t, s, s.Clock.Now, remote).connected(t)
			p := testshop.Join(t, address, "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
			p.Say("weir/v1/demo/orders/shangou", testshop.Order("a"))
			a := p.Answer("shangou", "a")
			if problem := testshop.Decode[wire.Problem](t, a.Body); a.Status != 503 || problem.Outcome != "unknown" || problem.NotMade {
				t.Fatalf("answer = %d %s, want 503 of unknown outcome", a.Status, a.Body)
			}
			s.failing.Store(false)
			for a = p.Answer("shangou", "a"); a.Status == 503; a = p.Answer("shangou", "a") {
			}
			if a.Status != 201 {
				t.Errorf("delivered again it is answered %d %s, want 201", a.Status, a.Body)
			}
		})
	}
}

func TestOneOrderSentManyTimesIsMadeOnce(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	const times = 100
	for range times {
		p.Publish("weir/v1/demo/orders/shangou", 1, false, testshop.Order("same"))
	}
	count := map[int]int{}
	for range times {
		count[p.Answer("shangou", "same").Status]++
	}
	if count[201] != 1 || count[200] != times-1 {
		t.Errorf("answers %v, want one 201 and 200 for the others", count)
	}
	if n := s.Snapshot().Orders.Len(); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func FuzzRead(f *testing.F) {
	for _, kind := range []string{wire.KindOrders, wire.KindCancel, wire.KindProgress, wire.KindAcks, wire.KindResync,
		wire.KindReconciliation, wire.KindCampaigns} {
		f.Add(kind, []byte(testshop.Order("a")))
		f.Add(kind, []byte(`{"ref":"a","final":true,"step":"arrived","epoch":1,"through":2,"spent_work":3,"channel":"shangou"}`))
		f.Add(kind, []byte(`{"ref":`))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		u := &Uplink{topics: wire.TopicsOf("demo")}
		r, ok := u.read(nil, payloadOnly{topic: "weir/v1/demo/" + kind + "/shangou", payload: body})
		if !ok {
			return
		}
		if len(r.seen.Ref) > wire.RefShown {
			t.Errorf("a ref of %d bytes is repeated", len(r.seen.Ref))
		}
		if _, err := json.Marshal(wire.Answer{Ref: r.seen.Ref, Nonce: r.seen.Nonce, Body: json.RawMessage("null")}); err != nil {
			t.Error(err)
		}
	})
}
