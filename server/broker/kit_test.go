package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os/exec"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"weir/server/store"
	"weir/server/uplink"
	"weir/shop/door"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

// keyOf is the key of a channel in these tests.
func keyOf(channel string) string { return "key of " + channel }

func checkKey(channel, key string) bool {
	return (channel == "shangou" || channel == "meituan") && key == keyOf(channel)
}

// startBroker starts a broker on a loopback address.
func startBroker(t *testing.T) *Broker { t.Helper(); return startWith(t, Config{}) }

// startWith starts a broker; what c leaves out is as in a demo shop.
func startWith(t *testing.T, c Config) *Broker {
	t.Helper()
	c.Shop = "demo"
	if c.Log == nil {
		c.Log = slog.New(testLog{t})
	}
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	if c.Check == nil {
		c.Check = checkKey
	}
	b, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// openDoor connects as the shop does, and lets the guests in. It returns the shop's client.
func openDoor(t *testing.T, b *Broker) *guest {
	t.Helper()
	user, secret, dial := b.Inside()
	p := &guest{t: t, heard: make(chan paho.Message, 10000), gone: make(chan struct{})}
	opts := paho.NewClientOptions().AddBroker("tcp://broker").SetClientID("demo").SetUsername(user).SetPassword(secret).
		SetProtocolVersion(4).SetAutoReconnect(false).SetCleanSession(false).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return dial(t.Context()) }).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { p.heard <- m }).
		SetConnectionLostHandler(func(paho.Client, error) { close(p.gone) })
	p.Client = paho.NewClient(opts)
	if token := p.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("the shop connects: %v", token.Error())
	}
	t.Cleanup(p.leave)
	if token := p.Subscribe(wire.TopicsOf("demo").Orders("+"), 1, nil); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("the shop subscribes: %v", token.Error())
	}
	return p
}

// newShop is a real store of the demo shop, at noon.
func newShop(t *testing.T) *store.Store {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), t.TempDir(), config, slog.New(slog.DiscardHandler), noon())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	background(t, s.Run)
	return s
}

// noon is a clock that starts at noon in the demo shop.
func noon() func() time.Time {
	began := time.Now()
	return func() time.Time { return time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC).Add(time.Since(began)) }
}

// connect connects a shop to its broker.
func connect(t *testing.T, s *store.Store, b *Broker) *uplink.Uplink {
	t.Helper()
	log := slog.New(testLog{t})
	u := uplink.New(uplink.Config{Shop: s, Door: door.New(door.Config{Shop: s, Now: noon(), Log: log}), Remote: uplink.Within(b.Inside()), Reporter: wire.NewReporter(nil), Now: noon(), Log: log})
	background(t, u.Run)
	eventually(t, "the shop is connected to its broker", func() bool { return u.Status().Connected })
	return u
}

// background runs something until the end of the test.
func background(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wait.Wait() })
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

// guest is another program at the broker: it keeps what it hears.
type guest struct {
	paho.Client
	t     *testing.T
	heard chan paho.Message
	gone  chan struct{} // closed when the connection broke
}

// join connects a guest. id is its client id.
func join(t *testing.T, address, id, user, key string, subscribe ...string) *guest {
	t.Helper()
	p, err := tryJoin(t, address, id, user, key, subscribe...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// subackError is the return code of a refused subscription [MQTT-3.9.3-2].
const subackError = 0x80

func tryJoin(t *testing.T, address, id, user, key string, subscribe ...string) (*guest, error) {
	t.Helper()
	p := &guest{t: t, heard: make(chan paho.Message, 10000), gone: make(chan struct{})}
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

func (p *guest) leave() { p.Disconnect(100) }

// say publishes at QoS 1 and waits for the broker's acknowledgement.
func (p *guest) say(topic, payload string) {
	p.t.Helper()
	if token := p.Publish(topic, 1, false, payload); !token.WaitTimeout(patience) || token.Error() != nil {
		p.t.Fatalf("publish %s: %v", topic, token.Error())
	}
}

// next waits for a message on a topic; others are passed over.
func (p *guest) next(topic string) paho.Message {
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
func (p *guest) answer(channel, ref string) (a wire.Answer) {
	p.t.Helper()
	for {
		payload := p.next(wire.TopicsOf("demo").Answers(channel)).Payload()
		if err := json.Unmarshal(payload, &a); err != nil {
			p.t.Fatalf("%s: %v", payload, err)
		}
		if a.Ref == ref {
			return a
		}
	}
}

func order(ref string) string {
	return fmt.Sprintf(`{"ref":%q,"items":[{"item":"jasmine-milk-tea","qty":1}],"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}}`, ref)
}

// mosquittoPub runs mosquitto_pub and returns what it said and how it ended.
func mosquittoPub(t *testing.T, address string, args ...string) (string, error) {
	t.Helper()
	tool, err := exec.LookPath("mosquitto_pub")
	if err != nil {
		t.Fatal("mosquitto_pub is not installed: these tests need a client that is not ours; apt-get install mosquitto-clients")
	}
	host, port, _ := net.SplitHostPort(address)
	out, err := exec.Command(tool, append([]string{"-h", host, "-p", port, "-V", "mqttv311", "-q", "1"}, args...)...).CombinedOutput()
	return string(out), err
}
