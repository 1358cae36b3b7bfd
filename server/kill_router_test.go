package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/wire"
)

const (
	// routerWindow is how many orders the router has on the way at once.
	routerWindow = 16
	// routerPatience bounds every wait of the router.
	routerPatience = 10 * time.Second
)

// overMQTT sends orders to the shop's broker and hears the answers, until the shop is gone. The broker's own
// confirmation says nothing: only an answer counts as told.
func (l *killLedger) overMQTT(ctx context.Context, broker string) {
	ctx, lost := context.WithCancel(ctx)
	defer lost()
	window := make(chan struct{}, routerWindow)
	client := paho.NewClient(paho.NewClientOptions().AddBroker(broker).SetClientID(fmt.Sprint("router-", routers.Add(1))).
		SetUsername(l.channel).SetPassword(l.key).SetAutoReconnect(false).SetConnectTimeout(routerPatience).
		SetConnectionLostHandler(func(paho.Client, error) { lost() }))
	defer client.Disconnect(0)
	if t := client.Connect(); !t.WaitTimeout(routerPatience) || t.Error() != nil {
		return // killed already
	}
	t := client.Subscribe("weir/v1/killed/answers/"+l.channel, 1, func(_ paho.Client, m paho.Message) {
		l.hearMQTT(m.Payload())
		<-window
	})
	if !t.WaitTimeout(routerPatience) || t.Error() != nil {
		return
	}
	for {
		select {
		case window <- struct{}{}:
		case <-ctx.Done():
			return
		}
		o := l.again()
		if o == nil || rand.Float64() >= repeatShare {
			o = l.draft()
		}
		client.Publish("weir/v1/killed/orders/"+l.channel, 1, false, o.body) // its token proves nothing
	}
}

// routers counts, so that each life has a client id of its own and no session is taken up again.
var routers atomic.Int64

func (l *killLedger) hearMQTT(payload []byte) {
	var answer wire.Answer
	err := json.Unmarshal(payload, &answer)
	l.mu.Lock()
	var about *killOrder
	if at := slices.IndexFunc(l.orders, func(o *killOrder) bool { return o.ref == answer.Ref }); at >= 0 {
		about = l.orders[at]
	}
	if err != nil || about == nil {
		l.lies = append(l.lies, fmt.Sprintf("an answer to nothing: %s", payload))
	}
	l.mu.Unlock()
	if about != nil {
		l.hear(about, answer.Status, answer.Body)
	}
}
