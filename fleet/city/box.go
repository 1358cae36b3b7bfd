package city

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/guard"
	"weir/shop/memory"
	"weir/shop/remote"
	"weir/shop/wire"
)

// box is one shop: its rules in memory, a crew, and the connection to the engine. What it answers goes through the same
// door as in a real shop.
type box struct {
	site     Site
	shop     *memory.Shop
	door     *door.Door
	reporter *wire.Reporter
	topics   wire.Topics
	conn     *nats.Conn
	clock    *Clock
	log      *slog.Logger
	rnd      *rand.Rand
	crew     crew
	number   int64 // of the last connection
	reported uint64
	lent     map[string]int64
	feeds    feeds
	desk     *remote.Desk // takes the commands of people outside
}

const (
	// stepEvery is how often a shop looks at its clock, by the machine's.
	stepEvery = 50 * time.Millisecond
	// reportSteps is how many steps lie between two looks at what is to be reported.
	reportSteps = 4
	// inboxMax bounds the requests that a shop has not looked at; the fleet asks again for what is dropped.
	inboxMax = 4096
	// quotaRate and quotaBurst guard nothing here: on a fast clock a channel asks faster than any real one.
	quotaRate, quotaBurst = 10_000, 10_000
)

func newBox(config shop.Config, site Site, c Config, seed uint64) *box {
	config.ID, config.Sisters = site.ID, nil
	b := &box{
		site: site, conn: c.Conn, clock: c.Clock, log: c.Log, reporter: wire.NewReporter(nil), topics: wire.TopicsOf(site.ID),
		rnd: rand.New(rand.NewPCG(seed, 4)), lent: map[string]int64{},
	}
	b.shop = memory.New(&config, c.Clock.Now)
	b.shop.Follow(b.feeds.note)
	b.door = door.New(door.Config{
		Shop: b.shop, Box: fmt.Sprintf("%016x", b.rnd.Uint64()), Quota: guard.NewQuota(quotaRate, quotaBurst), Now: c.Clock.Now, Log: c.Log,
	})
	b.desk = remote.New(remote.Config{Shop: b.shop, Box: b.door.Box(), Now: c.Clock.Now})
	b.crew = crew{shop: b.shop, rnd: b.rnd, log: c.Log, leaves: map[shop.OrderID]time.Time{}}
	return b
}

// on is a box that is switched on, until ctx ends. Then it says nothing more; the engine would say that it has gone, as
// it does with a connection's will, so that is said here. What it has in hand waits for it.
func (b *box) on(ctx context.Context) error {
	requests := make(chan *nats.Msg, inboxMax)
	for _, topic := range []string{
		b.topics.Orders("+"), b.topics.Cancel("+"), b.topics.Progress("+"), b.topics.Acks("+"), b.topics.Resync("+"),
		b.topics.Reconciliation("+"), b.topics.OwnerCommands(), b.topics.CampaignsOf("+"),
	} {
		sub, err := b.conn.ChanSubscribe(subjectOf(topic), requests)
		if err != nil {
			return fmt.Errorf("shop %s listens to %s: %w", b.site.ID, topic, err)
		}
		defer sub.Unsubscribe() // the connection may have gone, and the subscription with it
	}
	b.number = max(b.number+1, b.clock.Now().UnixMilli())
	b.reported, b.lent = 0, map[string]int64{}
	b.feeds.restart()
	b.status(true)
	defer b.status(false)
	step := time.NewTicker(stepEvery)
	defer step.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case m := <-requests:
			b.answer(ctx, m)
			continue
		case <-step.C:
		}
		b.crew.step(ctx, b.clock.Now())
		b.tell()
		if n%reportSteps == 0 {
			b.report()
		}
	}
}

// calls are what the topics ask for, as in a real shop.
var calls = map[string]door.Call{
	wire.KindOrders: door.Order, wire.KindCancel: door.Cancel, wire.KindProgress: door.Progress, wire.KindAcks: door.Ack,
	wire.KindResync: door.Resync, wire.KindReconciliation: door.Reconcile, wire.KindCampaigns: door.Notice,
}

// answer carries a request to the door and its answer back.
func (b *box) answer(ctx context.Context, m *nats.Msg) {
	kind, channel, ok := b.topics.Parse(strings.ReplaceAll(m.Subject, ".", "/"))
	if kind == wire.KindOwner {
		b.heed(ctx, m.Data)
		return
	}
	call, known := calls[kind]
	if !ok || !known {
		return
	}
	seen := wire.Look(m.Data)
	a := b.door.Do(ctx, channel, call, door.Message{Body: func() ([]byte, error) { return m.Data, nil }, Ref: seen.Ref, Nonce: seen.Nonce})
	if a.Again {
		b.reported, b.lent = 0, map[string]int64{}
		b.feeds.restart()
		b.status(true)
	}
	if quiet := kind == wire.KindAcks || kind == wire.KindResync; quiet && a.Err == nil {
		return
	}
	text, err := a.Envelope()
	if err != nil {
		b.log.Error("answer not written", "store", b.site.ID, "error", err)
		return
	}
	b.publish(b.topics.Answers(channel), text)
}

// heed has a command of people outside carried out, as a real shop does.
func (b *box) heed(ctx context.Context, message []byte) {
	answer, err := b.desk.Carry(ctx, message)
	if err != nil {
		b.log.Error("command not carried out", "store", b.site.ID, "error", err)
	}
	if answer != nil {
		b.publish(b.topics.OwnerAnswers(), answer)
	}
}

func (b *box) status(online bool) {
	b.publishJSON(b.topics.Status(), wire.Status{
		V: wire.Version, Shop: b.site.ID, Epoch: b.shop.Snapshot().Counters.Epoch, Conn: b.number, Online: online,
		At: b.clock.Now().UTC().Truncate(time.Millisecond),
	})
}

// report publishes the capacity report and the leases that are new.
func (b *box) report() {
	state := b.shop.Snapshot()
	if r := b.reporter.Report(state, b.clock.Now()); r.Seq != b.reported {
		b.publishJSON(b.topics.Capacity(), struct {
			wire.Capacity
			Log uint64 `json:"log_seq"`
		}{r, state.Counters.Seq})
		b.reported = r.Seq
	}
	for _, ch := range state.Config.Channels {
		if l := wire.NewLease(state, ch.ID); l != nil && l.Seq != b.lent[ch.ID] {
			b.publishJSON(b.topics.Lease(ch.ID), l)
			b.lent[ch.ID] = l.Seq
		}
	}
}

// tell sends what channels have not acknowledged.
func (b *box) tell() {
	state := b.shop.Snapshot()
	for _, ch := range state.Config.Channels {
		for _, e := range b.feeds.due(ch.ID, state.Counters.Acks[ch.ID], time.Now()) {
			b.publishJSON(b.topics.Events(ch.ID), e)
		}
	}
}

func (b *box) publishJSON(topic string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		b.log.Error("message not written", "topic", topic, "error", err)
		return
	}
	b.publish(topic, text)
}

func (b *box) publish(topic string, text []byte) {
	if err := b.conn.Publish(subjectOf(topic), text); err != nil && !b.conn.IsClosed() {
		b.log.Warn("message not published", "topic", topic, "error", err)
	}
}

// subjectOf is an MQTT topic as the engine names it.
func subjectOf(topic string) string {
	return strings.NewReplacer("/", ".", "+", "*").Replace(topic)
}
