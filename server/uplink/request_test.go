package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop"
	"weir/shop/wire"
)

func TestWhatIsAskedIsAnswered(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.clock.now, b.Remote())
	u.connected(t)
	p := join(t, b.Addr(), "router", "shangou", keyOf("shangou"), "weir/v1/demo/answers/shangou")
	for _, tt := range []struct {
		name, topic, payload, ref string
		status                    int
		body                      string // what its body has to contain
	}{
		{"an order", "orders", order("a"), "a", 201, `"state":"accepted"`},
		{"the same again", "orders", order("a"), "a", 200, `"state":"accepted"`},
		{"another order under its ref", "orders", strings.Replace(order("a"), `"qty":1`, `"qty":2`, 1), "a", 409, "order-conflict"},
		{"an order that is wrong", "orders", `{"ref":"b","items":[{"item":"jasmine-milk-tea","qty":0}]}`, "b", 422, "/items/0/qty"},
		{"an order without a ref", "orders", `{"items":[]}`, "", 422, "/ref"},
		{"not JSON", "orders", `{"ref":"c",`, "", 400, "malformed"},
		{"nothing", "orders", ``, "", 400, "malformed"},
		{"too large", "orders", `{"ref":"d","place":"` + strings.Repeat("x", wire.BodyMax) + `"}`, "", 413, "too-large"},
		{"unknown without a name", "orders", `{"ref":"e","items":[{"item":"water","qty":1}]}`, "e", 422, "unknown-item"},
		{"the customer is here", "progress", `{"ref":"a","arrived":true}`, "a", 200, `"id":"o1"`},
		{"the rider is here, by id", "progress", `{"id":"o1","step":"courier_arrived"}`, "a", 200, `"id":"o1"`},
		{"progress of nothing", "progress", `{"ref":"zzz","arrived":true}`, "zzz", 404, "not-found"},
		{"progress that says nothing", "progress", `{"ref":"a"}`, "a", 422, "invalid"},
		{"taken back", "cancel", `{"ref":"a"}`, "a", 200, `"state":"cancelled"`},
		{"taken back again", "cancel", `{"ref":"a"}`, "a", 200, `"state":"cancelled"`},
		{"taken back before it comes", "cancel", `{"ref":"later"}`, "later", 202, `"state":"cancelled"`},
		{"comes after it was taken back", "orders", order("later"), "later", 200, `"state":"cancelled"`},
		{"a notice nobody takes", "campaigns", `{"channel":"shangou","ref":"camp"}`, "camp", 404, "not-found"},
		{"a day", "reconciliation", `{"ref":"q1"}`, "q1", 200, `"orders":[{"id":"o1","ref":"a","state":"cancelled","cups":1,"cups_made":0},{"id":"o2","ref":"later"`},
		{"a day's second page", "reconciliation", `{"ref":"q2","day":"2026-02-06","after":"o1","limit":1}`, "q2", 200, `"orders":[{"id":"o2"`},
		{"a day's first page", "reconciliation", `{"ref":"q3","day":"2026-02-06","limit":1}`, "q3", 200, `"count":2,"next":"o1"`},
		{"a day that is none", "reconciliation", `{"ref":"q4","day":"today"}`, "q4", 422, "/day"},
		{"resync that is wrong", "resync", `{"epoch":1}`, "", 422, "spent_work"},
	} {
		topic := "weir/v1/demo/" + tt.topic
		if tt.topic != "campaigns" {
			topic += "/shangou"
		}
		p.say(topic, tt.payload)
		a := p.answer("shangou", tt.ref)
		if a.Status != tt.status || !strings.Contains(string(a.Body), tt.body) {
			t.Errorf("%s: %d %s, want %d with %s", tt.name, a.Status, a.Body, tt.status, tt.body)
		}
	}
}

func TestANoticeReachesWhoeverTakesIt(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	u := New(Config{Shop: s, Remote: b.Remote(), Reporter: wire.NewReporter(nil), Now: s.clock.now, Log: slog.New(slog.DiscardHandler),
		Notice: func(_ context.Context, channel string, body []byte) (int, any, error) {
			if strings.Contains(string(body), "bad") {
				panic("a mistake of ours")
			}
			return 201, map[string]string{"channel": channel, "body": string(body)}, nil
		}})
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { u.Run(ctx) })
	defer wait.Wait()
	defer cancel()
	p := join(t, b.Addr(), "router", "shangou", keyOf("shangou"), "weir/v1/demo/answers/shangou")
	(&testUplink{Uplink: u}).connected(t)
	p.say("weir/v1/demo/campaigns", `{"channel":"meituan","ref":"forged"}`)
	p.say("weir/v1/demo/campaigns", `{"channel":"shangou","ref":"bad"}`)
	if a := p.answer("shangou", "bad"); a.Status != 500 || strings.Contains(string(a.Body), "mistake") {
		t.Errorf("a panic is answered %d %s, want 500 without detail", a.Status, a.Body)
	}
	p.say("weir/v1/demo/campaigns", `{"channel":"shangou","ref":"free-tea"}`)
	a := p.answer("shangou", "free-tea")
	if a.Ref != "free-tea" || a.Status != 201 || !strings.Contains(string(a.Body), `"channel":"shangou"`) {
		t.Errorf("answer = %+v %s", a, a.Body)
	}
}

// troubled is a shop whose disk fails for a while.
type troubled struct {
	*testShop
	failing atomic.Bool
}

var errDisk = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true, Detail: "not known"}

func (s *troubled) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	if _, isOrder := c.(shop.Place); isOrder && s.failing.Load() {
		return shop.Result{}, errDisk
	}
	return s.testShop.Do(ctx, c)
}

func TestAnOrderOfUnknownOutcomeIsAnsweredSoAndDeliveredAgain(t *testing.T) {
	for _, embedded := range []bool{true, false} {
		t.Run(fmt.Sprintf("embedded=%v", embedded), func(t *testing.T) {
			t.Parallel()
			s := &troubled{testShop: newShop(t)}
			s.failing.Store(true)
			var address string
			var remote Remote
			if embedded {
				b := startBroker(t)
				address, remote = b.Addr(), b.Remote()
			} else {
				m := newMosquitto(t)
				address, remote = m.address, m.remote()
			}
			startUplink(t, s, s.clock.now, remote).connected(t)
			p := join(t, address, "router", "shangou", keyOf("shangou"), "weir/v1/demo/answers/shangou")
			p.say("weir/v1/demo/orders/shangou", order("a"))
			a := p.answer("shangou", "a")
			if problem := decode[wire.Problem](t, a.Body); a.Status != 503 || problem.Outcome != "unknown" || problem.NotMade {
				t.Fatalf("answer = %d %s, want 503 of unknown outcome", a.Status, a.Body)
			}
			s.failing.Store(false)
			for a = p.answer("shangou", "a"); a.Status == 503; a = p.answer("shangou", "a") {
			}
			if a.Status != 201 {
				t.Errorf("delivered again it is answered %d %s, want 201", a.Status, a.Body)
			}
		})
	}
}

func TestOneOrderSentManyTimesIsMadeOnce(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.clock.now, b.Remote()).connected(t)
	p := join(t, b.Addr(), "router", "shangou", keyOf("shangou"), "weir/v1/demo/answers/shangou")
	const times = 100
	for range times {
		p.Publish("weir/v1/demo/orders/shangou", 1, false, order("same"))
	}
	count := map[int]int{}
	for range times {
		count[p.answer("shangou", "same").Status]++
	}
	if count[201] != 1 || count[200] != times-1 {
		t.Errorf("answers %v, want one 201 and 200 for the others", count)
	}
	if n := s.Snapshot().Orders.Len(); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// payloadOnly is a message without a connection.
type payloadOnly struct {
	paho.Message
	topic   string
	payload []byte
}

func (m payloadOnly) Topic() string   { return m.topic }
func (m payloadOnly) Payload() []byte { return m.payload }

// stuck is a shop whose writer does not come back until it is let go.
type stuck struct {
	*testShop
	release chan struct{}
}

func (s *stuck) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	select {
	case <-s.release:
		return s.testShop.Do(ctx, c)
	case <-ctx.Done():
		return shop.Result{}, errDisk
	}
}

// backlogMax is how much the embedded broker lets wait for the shop, see package broker.
const backlogMax = 256

func TestAFloodWaitsAtTheBrokersDoor(t *testing.T) {
	t.Parallel()
	s, b := &stuck{newShop(t), make(chan struct{})}, startBroker(t)
	u := startUplink(t, s, s.clock.now, b.Remote())
	u.connected(t)
	p := join(t, b.Addr(), "router", "shangou", keyOf("shangou"), "weir/v1/demo/answers/shangou")
	const flood = 3 * backlogMax
	var confirmed atomic.Int64
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range flood {
			if token := p.Publish("weir/v1/demo/orders/shangou", 1, false, order(fmt.Sprint("f", i))); token.WaitTimeout(patience) {
				confirmed.Add(1)
			}
		}
	})
	eventually(t, "the shop has as much as it may", func() bool { return confirmed.Load() >= backlogMax })
	time.Sleep(100 * time.Millisecond) // for what must not happen
	if n := confirmed.Load(); n > backlogMax+1 {
		t.Errorf("%d orders confirmed, %d at most should be on their way", n, backlogMax)
	}
	close(s.release)
	answered := map[string]bool{}
	for len(answered) < flood {
		a := decode[wire.Answer](t, p.next("weir/v1/demo/answers/shangou").Payload())
		answered[a.Ref] = true
	}
	wait.Wait()
}

func TestAFloodThatNoBrokerHoldsBackIsRefused(t *testing.T) {
	t.Parallel()
	s, m := &stuck{newShop(t), make(chan struct{})}, newMosquitto(t)
	startUplink(t, s, s.clock.now, m.remote()).connected(t)
	p := join(t, m.address, "router", "", "", "weir/v1/demo/answers/shangou")
	for range laneMax + 50 { // at QoS 0 nobody waits for anybody
		p.Publish("weir/v1/demo/orders/shangou", 0, false, order("same")).WaitTimeout(patience)
	}
	if a := p.answer("shangou", "same"); a.Status != 429 || !strings.Contains(string(a.Body), "quota-exceeded") {
		t.Errorf("one too many is answered %d %s, want 429", a.Status, a.Body)
	}
	close(s.release)
	for a := p.answer("shangou", "same"); a.Status != 201; a = p.answer("shangou", "same") {
	}
}

func TestInboxRefusesWhatIsOneTooMany(t *testing.T) {
	hold := make(chan struct{})
	in := newInbox(func(context.Context, *request) { <-hold })
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { in.run(ctx) })
	taken := 0
	for in.put(&request{channel: "c", ref: "same"}) == nil {
		taken++
	}
	if taken < laneMax || taken > laneMax+1 {
		t.Errorf("one lane took %d, want %d", taken, laneMax)
	}
	for i := 0; taken < inWorkMax && i < 100*inWorkMax; i++ {
		if in.put(&request{channel: "c", ref: fmt.Sprint(i)}) == nil {
			taken++
		}
	}
	if taken != inWorkMax {
		t.Errorf("all lanes took %d, want %d", taken, inWorkMax)
	}
	for i := range 1000 {
		if err := in.put(&request{channel: "c", ref: fmt.Sprint("more", i)}); !errors.Is(err, errFlood) {
			t.Fatalf("the inbox is full and says %v", err)
		}
	}
	close(hold)
	in.close(patience)
	if err := in.put(&request{}); !errors.Is(err, errShut) {
		t.Errorf("a closed inbox says %v", err)
	}
	cancel()
	wait.Wait()
	if in.inWork != 0 {
		t.Errorf("%d requests left", in.inWork)
	}
}

func TestInboxKeepsOneRefInOrder(t *testing.T) {
	var mu sync.Mutex
	got := map[string][]int{}
	in := newInbox(func(_ context.Context, r *request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.ref] = append(got[r.ref], len(got[r.ref]))
		if r.sentAt.Unix() != int64(len(got[r.ref])-1) {
			t.Errorf("%s: request %d came as number %d", r.ref, r.sentAt.Unix(), len(got[r.ref])-1)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { in.run(ctx) })
	for i := range 50 {
		for ref := range 40 {
			if err := in.put(&request{channel: "c", ref: fmt.Sprint(ref), sentAt: time.Unix(int64(i), 0)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	in.close(patience)
	cancel()
	wait.Wait()
}

func FuzzRead(f *testing.F) {
	for _, kind := range []string{wire.KindOrders, wire.KindCancel, wire.KindProgress, wire.KindAcks, wire.KindResync, wire.KindReconciliation, wire.KindCampaigns} {
		f.Add(kind, []byte(order("a")))
		f.Add(kind, []byte(`{"ref":"a","final":true,"step":"arrived","epoch":1,"through":2,"spent_work":3,"channel":"shangou"}`))
		f.Add(kind, []byte(`{"ref":`))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		u := &Uplink{topics: wire.TopicsOf("demo")}
		r, ok := u.read(nil, payloadOnly{topic: "weir/v1/demo/" + kind + "/shangou", payload: body})
		if !ok {
			return
		}
		if r.fault != nil && r.command != nil {
			t.Error("a message that cannot be read became a command")
		}
		if problem := (*shop.Error)(nil); r.fault != nil && !errors.As(r.fault, &problem) {
			t.Errorf("%v is not a refusal", r.fault)
		}
		if len(r.ref) > wire.RefShown {
			t.Errorf("a ref of %d bytes is repeated", len(r.ref))
		}
		if _, err := json.Marshal(wire.Answer{Ref: r.ref, Body: json.RawMessage("null")}); err != nil {
			t.Error(err)
		}
	})
}
