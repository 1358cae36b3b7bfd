package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"weir/server/broker"
	"weir/server/store"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		fmt.Fprintln(os.Stderr, runChild())
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what has to happen.
const patience = 30 * time.Second

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("still not so after %v: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond) // between two looks; what is waited for rings no bell
	}
}

// shopClock is noon in the demo shop, and goes on from there; tests may set it.
type shopClock struct {
	start time.Time
	shift atomic.Int64
}

func newShopClock() *shopClock { return &shopClock{start: time.Now()} }

func (c *shopClock) now() time.Time {
	return time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC).Add(time.Since(c.start) + time.Duration(c.shift.Load()))
}

// testShop is a real store of the demo shop.
type testShop struct {
	*store.Store
	clock *shopClock
	dir   string
	stop  func()
}

func openShop(t *testing.T, dir string, clock *shopClock) *testShop {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), dir, config, log, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	ts := &testShop{Store: s, clock: clock, dir: dir}
	ts.stop = sync.OnceFunc(func() {
		cancel()
		wait.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(ts.stop)
	return ts
}

func newShop(t *testing.T) *testShop { return openShop(t, t.TempDir(), newShopClock()) }

// do carries out a command that has to succeed.
func (s *testShop) do(t *testing.T, c shop.Command) shop.Result {
	t.Helper()
	r, err := s.Do(t.Context(), c)
	if err != nil {
		t.Fatalf("%#v: %v", c, err)
	}
	return r
}

// testUplink is a running uplink.
type testUplink struct {
	*Uplink
	stop func() // as SIGTERM does
}

// whole is a shop as the uplink and its door need it.
type whole interface {
	Shop
	door.Shop
}

func startUplink(t *testing.T, s whole, now func() time.Time, r Remote) *testUplink {
	t.Helper()
	return startWith(t, s, door.Config{}, now, r)
}

// startWith starts an uplink behind a door of its own making.
func startWith(t *testing.T, s whole, way door.Config, now func() time.Time, r Remote) *testUplink {
	t.Helper()
	return startOf(t, s, way, now, r, func(*Uplink) {})
}

// startOf starts an uplink that something has been changed about.
func startOf(t *testing.T, s whole, way door.Config, now func() time.Time, r Remote, change func(*Uplink)) *testUplink {
	t.Helper()
	u := newUplink(t, s, way, now, r, nil)
	change(u)
	return start(t, u)
}

// newUplink is an uplink that knows of another box, or may learn of one; it waits less than a real one.
func newUplink(t *testing.T, s whole, way door.Config, now func() time.Time, r Remote, twin *Twin) *Uplink {
	t.Helper()
	log := slog.New(testLog{t})
	way.Shop, way.Now, way.Log, way.Box = s, now, log, "box"
	u := New(Config{Shop: s, Door: door.New(way), Remote: r, Twin: twin, Reporter: wire.NewReporter(nil), Now: now, Log: log})
	u.settles = 0 // messages in tests have not waited anywhere
	u.resendMin, u.pauseMin, u.redeliverAfter = 200*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond
	u.twinSettles = time.Second // many times pauseMin
	return u
}

func start(t *testing.T, u *Uplink) *testUplink {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := u.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	tu := &testUplink{u, sync.OnceFunc(func() { cancel(); wait.Wait() })}
	t.Cleanup(tu.stop)
	return tu
}

func (u *testUplink) connected(t *testing.T) {
	t.Helper()
	for deadline := time.After(patience); ; {
		rung := u.Bell()
		if u.Status().Connected {
			return
		}
		select {
		case <-rung:
		case <-deadline:
			t.Fatalf("not connected: %+v", u.Status())
		}
	}
}

// testLog shows the log of a test that fails.
type testLog struct{ t *testing.T }

func (l testLog) Enabled(context.Context, slog.Level) bool { return true }
func (l testLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l testLog) WithGroup(string) slog.Handler            { return l }
func (l testLog) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += fmt.Sprintf(" %s=%v", a.Key, a.Value); return true })
	l.t.Logf("%s %s", r.Level, line)
	return nil
}

// keyOf is the key of a channel in these tests.
func keyOf(channel string) string { return "key of " + channel }

func checkKey(channel, key string) bool {
	return (channel == "shangou" || channel == "meituan") && key == keyOf(channel)
}

func startBroker(t *testing.T) *embedded {
	t.Helper()
	b, err := broker.Start(broker.Config{Shop: "demo", Address: "127.0.0.1:0", Check: checkKey, Log: slog.New(testLog{t})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &embedded{b}
}

// embedded is the broker inside the process.
type embedded struct{ *broker.Broker }

// Remote is the shop's own way to it.
func (b *embedded) Remote() Remote { return Within(b.Inside()) }

// platform is another program at the broker: it keeps what it hears.
type platform struct {
	paho.Client
	t      *testing.T
	topics wire.Topics
	heard  chan paho.Message
	gone   chan struct{} // closed when the connection broke
}

// join connects a platform, by host:port. id is its client id.
func join(t *testing.T, address, id, user, key string, subscribe ...string) *platform {
	t.Helper()
	p, err := tryJoin(t, address, id, user, key, subscribe...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tryJoin(t *testing.T, address, id, user, key string, subscribe ...string) (*platform, error) {
	t.Helper()
	p := &platform{t: t, topics: wire.TopicsOf("demo"), heard: make(chan paho.Message, 10000), gone: make(chan struct{})}
	opts := paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID(id).SetUsername(user).SetPassword(key).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(patience).SetCleanSession(user == "").
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { p.heard <- m }).
		SetConnectionLostHandler(func(paho.Client, error) { close(p.gone) })
	p.Client = paho.NewClient(opts)
	if token := p.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		return nil, fmt.Errorf("connect: %w", token.Error())
	}
	t.Cleanup(p.leave)
	for _, topic := range subscribe {
		token := p.Subscribe(topic, 1, nil)
		if !token.WaitTimeout(patience) || token.Error() != nil {
			return nil, fmt.Errorf("subscribe %s: %v", topic, token.Error())
		}
		if code := token.(*paho.SubscribeToken).Result()[topic]; code == subackError {
			return nil, fmt.Errorf("subscribe %s: refused", topic)
		}
	}
	return p, nil
}

func (p *platform) leave() { p.Disconnect(100) }

// say publishes at QoS 1 and waits for the broker's acknowledgement.
func (p *platform) say(topic, payload string) {
	p.t.Helper()
	if token := p.Publish(topic, 1, false, payload); !token.WaitTimeout(patience) || token.Error() != nil {
		p.t.Fatalf("publish %s: %v", topic, token.Error())
	}
}

// next waits for a message on a topic; others are passed over.
func (p *platform) next(topic string) paho.Message {
	p.t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case m := <-p.heard:
			if m.Topic() == topic {
				return m
			}
		case <-deadline:
			p.t.Fatalf("nothing on %s", topic)
		}
	}
}

// answer waits for the answer to a ref.
func (p *platform) answer(channel, ref string) wire.Answer {
	p.t.Helper()
	for {
		a := decode[wire.Answer](p.t, p.next(p.topics.Answers(channel)).Payload())
		if a.Ref == ref {
			return a
		}
	}
}

func decode[T any](t *testing.T, payload []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return v
}

func order(ref string) string {
	return fmt.Sprintf(`{"ref":%q,"items":[{"item":"jasmine-milk-tea","qty":1}],"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}}`, ref)
}
