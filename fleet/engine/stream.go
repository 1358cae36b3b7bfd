package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// The streams.
const (
	Stores = "STORES" // directory of shops, and the keys of channels
	Cap    = "CAP"    // what every shop said last: status, capacity, leases
	Feed   = "FEED"   // events for platforms
	People = "PEOPLE" // the fleet's own secrets, its people, and what they asked of shops
	Told   = "TOLD"   // which router does what must be done once, and what it has told people
	// Orders stands for the streams of what an order writes: the counter of credit per store and channel, the order as it
	// was sent while it may be needed again (the only personal data), and its record. See [Partitions].
	Orders = "ORD"
)

// How long things are kept.
const (
	// capKeep: a shop that was silent for a day is not a candidate whatever it said.
	capKeep = 24 * time.Hour
	// BodyKeep is how long an order can be sent again to its shop.
	BodyKeep = 10 * time.Minute
	// feedKeep is how long a platform may be away from its events.
	feedKeep = 7 * 24 * time.Hour
	// OrdersKeepMin and OrdersKeepMax bound how long records are kept: a shop keeps tombstones for 40 days.
	OrdersKeepMin, OrdersKeepMax = 3 * 24 * time.Hour, 35 * 24 * time.Hour
)

// streams is what the streams have to be. Each change of a value goes by compare-and-set on its subject, so nothing is
// read from a copy that may be behind, see [Engine.Get]; only whether a ref is new is asked at any node.
//
// n is how many keep orders. How long a message lives is said in the message where it is not as long as a record.
func streams(replicas, n int, ordersKeep time.Duration) []jetstream.StreamConfig {
	value := jetstream.StreamConfig{Storage: jetstream.FileStorage, Replicas: replicas, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardOld}
	of := func(base jetstream.StreamConfig, name string, age time.Duration, direct bool, subjects ...string) jetstream.StreamConfig {
		base.Name, base.MaxAge, base.AllowDirect, base.Subjects = name, age, direct, subjects
		return base
	}
	feed := value
	feed.MaxMsgsPerSubject = -1
	feed.Duplicates = 2 * time.Minute
	list := []jetstream.StreamConfig{
		of(value, Stores, 0, false, "fleet.store.*", "fleet.key.*"),
		reports(replicas),
		of(feed, Feed, feedKeep, false, "fleet.feed.*.*"),
		of(value, People, 0, false, "fleet.secret.*", "fleet.person.*", "fleet.session.*", "fleet.joined.*", "fleet.code.*", "fleet.ask.*.*"),
		of(value, Told, 0, false, "fleet.claim.*", "fleet.told.*"),
	}
	order := value
	order.AllowMsgTTL = true
	order.AllowAtomicPublish = n == 1 // several streams cannot share a batch
	for i := range n {
		list = append(list, of(order, orderStream(i, n), ordersKeep, true, orderSubjects(i, n)...))
	}
	return list
}

// reports is the stream of what shops say. It is true for a minute and a half, and a shop says it again when it connects:
// memory is enough, and ten thousand reports a second need not wait for a disk.
func reports(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: Cap, Storage: jetstream.MemoryStorage, Replicas: replicas, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardOld,
		MaxAge: capKeep, AllowDirect: true, Subjects: []string{"weir.v1.*.capacity", "weir.v1.*.status", "weir.v1.*.lease.*"},
	}
}

// MakeStreams makes the streams that are not there and brings the others up to date.
func (e *Engine) MakeStreams(ctx context.Context, ordersKeep time.Duration) error {
	if ordersKeep < OrdersKeepMin || ordersKeep > OrdersKeepMax {
		return fmt.Errorf("orders are kept for %v: want from %v to %v", ordersKeep, OrdersKeepMin, OrdersKeepMax)
	}
	n, err := e.widthFor(ctx)
	if err != nil {
		return err
	}
	var each errgroup.Group
	for _, c := range streams(e.Replicas, n, ordersKeep) {
		each.Go(func() error {
			err := persist(ctx, func(ask context.Context) error { _, err := e.JS.CreateOrUpdateStream(ask, c); return err })
			if err != nil {
				return fmt.Errorf("make stream %s: %w", c.Name, err)
			}
			return nil
		})
	}
	return each.Wait()
}

// pinned is the server version that the tests of this package were run with: the cliffs of its MQTT listener are
// looked at again before another one is used.
const pinned = "2.15.3"

// Check compares the engine with what the fleet relies on. Each finding is a sentence; none is well.
func (e *Engine) Check(ctx context.Context, ordersKeep time.Duration) (findings []string, err error) {
	if v := e.Version(); v != pinned {
		findings = append(findings, fmt.Sprintf("the server's version is %s; the tests pin %s", v, pinned))
	}
	n, err := e.widthFor(ctx)
	if err != nil {
		return nil, err
	}
	for _, want := range streams(e.Replicas, n, ordersKeep) {
		stream, err := e.JS.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			findings = append(findings, fmt.Sprintf("stream %s is not there", want.Name))
			continue
		}
		if err != nil {
			return findings, fmt.Errorf("ask for stream %s: %w", want.Name, err)
		}
		findings = append(findings, differences(stream.CachedInfo(), want)...)
	}
	return findings, nil
}

func differences(info *jetstream.StreamInfo, want jetstream.StreamConfig) (list []string) {
	got := info.Config
	differ := func(what string, got, want any) {
		if got != want {
			list = append(list, fmt.Sprintf("stream %s: %s is %v, want %v", info.Config.Name, what, got, want))
		}
	}
	differ("replicas", got.Replicas, want.Replicas)
	differ("storage", got.Storage, want.Storage)
	differ("messages kept a subject", got.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
	differ("age", got.MaxAge, want.MaxAge)
	differ("lives of its messages", got.AllowMsgTTL, want.AllowMsgTTL)
	differ("direct reads", got.AllowDirect, want.AllowDirect)
	if want.AllowAtomicPublish && !got.AllowAtomicPublish {
		list = append(list, fmt.Sprintf("stream %s: its server takes no atomic batches (from NATS server 2.12 on); "+
			"orders are written one value after the other, which is safe and slower", got.Name))
	}
	if !slices.Equal(got.Subjects, want.Subjects) {
		list = append(list, fmt.Sprintf("stream %s: subjects are %v, want %v", got.Name, got.Subjects, want.Subjects))
	}
	if c := info.Cluster; c != nil && got.Replicas > 1 {
		for _, r := range c.Replicas {
			if !r.Current || r.Offline {
				list = append(list, fmt.Sprintf("stream %s: node %s is behind or away", got.Name, r.Name))
			}
		}
	}
	return list
}
