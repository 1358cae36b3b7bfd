package testshop

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/try"
	"weir/shop/wire"
)

// KeyOf is the key of a channel at a broker that asks [CheckKey].
func KeyOf(channel string) string { return "key of " + channel }

// CheckKey knows the keys of shangou and meituan, and no others.
func CheckKey(channel, key string) bool {
	return (channel == "shangou" || channel == "meituan") && key == KeyOf(channel)
}

// Guest is another program at the shop's broker. It keeps what it hears.
type Guest struct {
	mqtt.Client
	Heard chan mqtt.Message
	Gone  chan struct{} // closed when the connection broke
	t     testing.TB
}

// heardMax is how many messages a guest keeps: more than any test lets it hear.
const heardMax = 10000

// NewGuest connects a program with options of its own, and no others: it does not reconnect.
func NewGuest(t testing.TB, o *mqtt.ClientOptions) (*Guest, error) {
	t.Helper()
	g := &Guest{t: t, Heard: make(chan mqtt.Message, heardMax), Gone: make(chan struct{})}
	g.Client = mqtt.NewClient(o.SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(try.Patience).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { g.Heard <- m }).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(g.Gone) }))
	if token := g.Connect(); !token.WaitTimeout(try.Patience) || token.Error() != nil {
		return nil, fmt.Errorf("connect: %w", token.Error())
	}
	t.Cleanup(g.Leave)
	return g, nil
}

// Join connects a platform to a broker at host:port, and subscribes to topics. id is its client id; a user without a
// name has no session that is kept.
func Join(t testing.TB, address, id, user, key string, subscribe ...string) *Guest {
	t.Helper()
	g, err := TryJoin(t, address, id, user, key, subscribe...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// refused is the return code of a refused subscription [MQTT-3.9.3-2].
const refused = 0x80

// TryJoin is [Join] for a platform that may be refused.
func TryJoin(t testing.TB, address, id, user, key string, subscribe ...string) (*Guest, error) {
	t.Helper()
	g, err := NewGuest(t, mqtt.NewClientOptions().AddBroker("tcp://"+address).SetClientID(id).SetUsername(user).SetPassword(key).
		SetCleanSession(user == ""))
	if err != nil {
		return nil, err
	}
	for _, topic := range subscribe {
		token := g.Subscribe(topic, 1, nil)
		if !token.WaitTimeout(try.Patience) || token.Error() != nil {
			return nil, fmt.Errorf("subscribe %s: %v", topic, token.Error())
		}
		if code := token.(*mqtt.SubscribeToken).Result()[topic]; code == refused {
			return nil, fmt.Errorf("subscribe %s: refused", topic)
		}
	}
	return g, nil
}

// Leave disconnects, after 100 ms in which what is under way may end.
func (g *Guest) Leave() { g.Disconnect(100) }

// Say publishes at QoS 1 and waits for the broker's acknowledgement.
func (g *Guest) Say(topic, payload string) {
	g.t.Helper()
	if token := g.Publish(topic, 1, false, payload); !token.WaitTimeout(try.Patience) || token.Error() != nil {
		g.t.Fatalf("publish %s: %v", topic, token.Error())
	}
}

// Next waits for a message on a topic; others are passed over.
func (g *Guest) Next(topic string) mqtt.Message {
	g.t.Helper()
	for deadline := time.After(try.Patience); ; {
		select {
		case m := <-g.Heard:
			if m.Topic() == topic {
				return m
			}
		case <-deadline:
			g.t.Fatalf("nothing on %s", topic)
		}
	}
}

// Answer waits for the demo shop's answer to a ref.
func (g *Guest) Answer(channel, ref string) wire.Answer {
	g.t.Helper()
	for {
		a := Decode[wire.Answer](g.t, g.Next(wire.TopicsOf("demo").Answers(channel)).Payload())
		if a.Ref == ref {
			return a
		}
	}
}

// Decode reads JSON that has to be good.
func Decode[T any](t testing.TB, text []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
