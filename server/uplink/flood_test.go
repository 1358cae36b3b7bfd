package uplink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/guard"
	"weir/shop/try"
	"weir/shop/wire"
)

// TestAFloodOverMQTTIsToldToWaitAsOverHTTP: who floods is told to wait, and nobody else. Orders that are accepted are
// bounded by the kitchen and not counted.
func TestAFloodOverMQTTIsToldToWaitAsOverHTTP(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	startWith(t, s, door.Config{Quota: guard.NewQuota(0.001, 5)}, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	ask := func(p *testshop.Guest, channel, kind, ref, payload string) wire.Answer {
		t.Helper()
		p.Say("weir/v1/demo/"+kind+"/"+channel, payload)
		return p.Answer(channel, ref)
	}
	for i := range 12 {
		ref := fmt.Sprint("taken", i)
		if a := ask(p, "shangou", "orders", ref, testshop.Order(ref)); a.Status != 201 {
			t.Fatalf("order %d: %d %s", i, a.Status, a.Body)
		}
	}
	for range 5 {
		if a := ask(p, "shangou", "orders", "taken0", testshop.Order("taken0")); a.Status != 200 {
			t.Fatalf("the same again: %d %s", a.Status, a.Body)
		}
	}
	for _, tt := range []struct{ kind, ref, payload, re string }{
		{"orders", "more", testshop.Order("more"), "order"}, {"cancel", "taken0", `{"ref":"taken0"}`, "cancel"},
		{"acks", "", `{"epoch":1,"through":1}`, "ack"},
	} {
		a := ask(p, "shangou", tt.kind, tt.ref, strings.Replace(tt.payload, "{", `{"nonce":"n7",`, 1))
		problem := testshop.Decode[wire.Problem](t, a.Body)
		if a.Status != 429 || a.Re != tt.re || a.Nonce != "n7" || problem.Name() != "quota-exceeded" || problem.RetryAfter <= 0 {
			t.Errorf("%s over the quota: %+v %s", tt.kind, a, a.Body)
		}
	}
	other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"), "weir/v1/demo/answers/meituan")
	if a := ask(other, "meituan", "orders", "mine", testshop.Order("mine")); a.Status != 201 {
		t.Errorf("another channel pays for it: %d %s", a.Status, a.Body)
	}
	if n := s.Snapshot().Orders.Len(); n != 13 {
		t.Errorf("%d orders, want 13", n)
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
	*testshop.Shop
	release chan struct{}
}

func (s *stuck) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	select {
	case <-s.release:
		return s.Shop.Do(ctx, c)
	case <-ctx.Done():
		return shop.Result{}, errDisk
	}
}

// backlogMax is how much the embedded broker lets wait for the shop, see package broker.
const backlogMax = 256

func TestAFloodWaitsAtTheBrokersDoor(t *testing.T) {
	t.Parallel()
	s, b := &stuck{newShop(t), make(chan struct{})}, startBroker(t)
	u := startUplink(t, s, s.Clock.Now, b.Remote())
	u.connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	const flood = 3 * backlogMax
	var confirmed atomic.Int64
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range flood {
			if token := p.Publish("weir/v1/demo/orders/shangou", 1, false, testshop.Order(fmt.Sprint("f", i))); token.WaitTimeout(try.Patience) {
				confirmed.Add(1)
			}
		}
	})
	try.Until(t, "the shop has as much as it may", func() bool { return confirmed.Load() >= backlogMax })
	time.Sleep(100 * time.Millisecond) // for what must not happen
	if n := confirmed.Load(); n > backlogMax+1 {
		t.Errorf("%d orders confirmed, %d at most should be on their way", n, backlogMax)
	}
	close(s.release)
	answered := map[string]bool{}
	for len(answered) < flood {
		a := testshop.Decode[wire.Answer](t, p.Next("weir/v1/demo/answers/shangou").Payload())
		answered[a.Ref] = true
	}
	wait.Wait()
}

func TestAFloodThatNoBrokerHoldsBackIsRefused(t *testing.T) {
	t.Parallel()
	s, m := &stuck{newShop(t), make(chan struct{})}, newMosquitto(t)
	startUplink(t, s, s.Clock.Now, m.remote(t)).connected(t)
	p := testshop.Join(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou")
	for range laneMax + 50 { // at QoS 0 nobody waits for anybody
		p.Publish("weir/v1/demo/orders/shangou", 0, false, testshop.Order("same")).WaitTimeout(try.Patience)
	}
	if a := p.Answer("shangou", "same"); a.Status != 429 || !strings.Contains(string(a.Body), "quota-exceeded") {
		t.Errorf("one too many is answered %d %s, want 429", a.Status, a.Body)
	}
	close(s.release)
	for a := p.Answer("shangou", "same"); a.Status != 201; a = p.Answer("shangou", "same") {
	}
}

func TestInboxRefusesWhatIsOneTooMany(t *testing.T) {
	hold := make(chan struct{})
	in := newInbox(func(context.Context, *request) { <-hold })
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { in.run(ctx) })
	taken := 0
	for in.put(&request{channel: "c", seen: wire.Peek{Ref: "same"}}) == nil {
		taken++
	}
	if taken < laneMax || taken > laneMax+1 {
		t.Errorf("one lane took %d, want %d", taken, laneMax)
	}
	for i := 0; taken < inWorkMax && i < 100*inWorkMax; i++ {
		if in.put(&request{channel: "c", seen: wire.Peek{Ref: fmt.Sprint(i)}}) == nil {
			taken++
		}
	}
	if taken != inWorkMax {
		t.Errorf("all lanes took %d, want %d", taken, inWorkMax)
	}
	for i := range 1000 {
		if err := in.put(&request{channel: "c", seen: wire.Peek{Ref: fmt.Sprint("more", i)}}); !errors.Is(err, errFlood) {
			t.Fatalf("the inbox is full and says %v", err)
		}
	}
	close(hold)
	in.close(try.Patience)
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
		ref := r.seen.Ref
		got[ref] = append(got[ref], len(got[ref]))
		if r.seen.SentAt != fmt.Sprint(len(got[ref])-1) {
			t.Errorf("%s: request %s came as number %d", ref, r.seen.SentAt, len(got[ref])-1)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { in.run(ctx) })
	for i := range 50 {
		for ref := range 40 {
			if err := in.put(&request{channel: "c", seen: wire.Peek{Ref: fmt.Sprint(ref), SentAt: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	in.close(try.Patience)
	cancel()
	wait.Wait()
}
