package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/capacity"
	"weir/shop/wire"
)

// brokerDoor reaches a shop over MQTT, as a platform does whose shops are behind NAT.
type brokerDoor struct {
	client  paho.Client
	topics  wire.Topics
	channel string
	mu      sync.Mutex
	hear    Hearer                      // nil until Run
	waiting map[string]chan wire.Answer // one for each attempt, by its nonce
}

const (
	connectWait = 10 * time.Second
	publishWait = 5 * time.Second
	goodbye     = 250 // ms for what is under way when the connection is closed
)

// Broker is the door of a shop over a broker. The channel signs in with its id and its key.
func Broker(address, shop, channel, key string) (Door, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("broker: want a URL such as tcp://127.0.0.1:1883")
	}
	if shop == "" || channel == "" {
		return nil, errors.New("broker: name the shop with --store-id and the channel with --channel")
	}
	if u.Scheme == "mqtt" {
		u.Scheme = "tcp"
	}
	b := &brokerDoor{topics: wire.TopicsOf(shop), channel: channel, waiting: map[string]chan wire.Answer{}}
	o := paho.NewClientOptions().AddBroker(u.String()).SetUsername(channel).SetPassword(key).
		SetClientID("platform-" + channel + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)).
		SetConnectTimeout(connectWait).SetConnectRetry(false).SetOrderMatters(false).SetOnConnectHandler(b.subscribe)
	b.client = paho.NewClient(o)
	if t := b.client.Connect(); !t.WaitTimeout(connectWait) || t.Error() != nil {
		b.client.Disconnect(0)
		return nil, fmt.Errorf("reach the broker at %s: %w", u.Host,
			errors.Join(t.Error(), errors.New("is it there, and are channel and key right?")))
	}
	return b, nil
}

// subscribe asks for everything this channel may read, after each connect.
func (b *brokerDoor) subscribe(client paho.Client) {
	client.SubscribeMultiple(map[string]byte{
		b.topics.Answers(b.channel): 1, b.topics.Events(b.channel): 1, b.topics.Lease(b.channel): 1, b.topics.Capacity(): 1,
	}, func(_ paho.Client, m paho.Message) { b.message(m.Topic(), m.Payload()) })
}

// message takes in one message. What cannot be read is not for this version.
func (b *brokerDoor) message(topic string, payload []byte) {
	b.mu.Lock()
	hear := b.hear
	b.mu.Unlock()
	switch topic {
	case b.topics.Answers(b.channel):
		var a wire.Answer
		if json.Unmarshal(payload, &a) == nil {
			b.answer(a, hear)
		}
	case b.topics.Events(b.channel):
		var e wire.Event
		if json.Unmarshal(payload, &e) == nil && hear != nil {
			hear.Event(e)
			b.ack(e)
		}
	case b.topics.Lease(b.channel):
		var l wire.Lease
		if json.Unmarshal(payload, &l) == nil && hear != nil {
			hear.Lease(l.Lease)
		}
	case b.topics.Capacity():
		var c wire.Capacity
		if json.Unmarshal(payload, &c) == nil && hear != nil {
			hear.Report(c)
		}
	}
}

func (b *brokerDoor) answer(a wire.Answer, hear Hearer) {
	b.mu.Lock()
	waiting := b.waiting[a.Nonce]
	b.mu.Unlock()
	select {
	case waiting <- a:
	default: // nobody waits any more: it must still say the same
		if hear != nil {
			hear.Late(a)
		}
	}
}

// ack says that an event is kept here. Events come in order, so the highest covers all before it.
func (b *brokerDoor) ack(e wire.Event) {
	text, err := json.Marshal(wire.Through{Epoch: e.Epoch, Through: e.Seq})
	if err == nil {
		b.client.Publish(b.topics.Acks(b.channel), 1, false, text) // an ack that is lost is sent with the next event
	}
}

// Order implements [Door].
func (b *brokerDoor) Order(ctx context.Context, nonce string, body []byte) (wire.Answer, error) {
	answer := make(chan wire.Answer, 1)
	b.mu.Lock()
	b.waiting[nonce] = answer
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.waiting, nonce)
		b.mu.Unlock()
	}()
	b.client.Publish(b.topics.Orders(b.channel), 1, false, body) // its loss shows as no answer
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return wire.Answer{}, errors.New("no answer over the broker")
	}
}

// Resync implements [Door].
func (b *brokerDoor) Resync(_ context.Context, counter capacity.Stamp) error {
	text, err := json.Marshal(counter)
	if err != nil {
		return fmt.Errorf("encode the counter: %w", err)
	}
	t := b.client.Publish(b.topics.Resync(b.channel), 1, false, text)
	if !t.WaitTimeout(publishWait) {
		return errors.New("the broker does not take a resync")
	}
	return t.Error()
}

// Menu implements [Door]: there is none over MQTT.
func (b *brokerDoor) Menu(context.Context) ([]wire.MenuItem, error) { return nil, nil }

// Run implements [Door]. It asks for everything retained once more: what came before it listened is repeated.
func (b *brokerDoor) Run(ctx context.Context, hear Hearer) error {
	b.mu.Lock()
	b.hear = hear
	b.mu.Unlock()
	t := b.client.Publish(b.topics.Resync(b.channel), 1, false, []byte("{}"))
	if !t.WaitTimeout(publishWait) || t.Error() != nil {
		return fmt.Errorf("ask for the retained messages: %w", errors.Join(t.Error(), errors.New("no answer from the broker")))
	}
	<-ctx.Done()
	return nil
}

// Close implements [Door].
func (b *brokerDoor) Close() { b.client.Disconnect(goodbye) }
