// Package route carries an order to one shop. A router has no state of its own that matters: records, credit and what
// was ordered are in the streams, so any router goes on where another one died.
//
// An order's way: read its record, choose a shop, take credit and write the record (in a cluster at once), publish, hear the
// answer, write the record, answer the caller. Everything that happens to an open order goes through its [flight].
package route

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"weir/fleet/credit"
	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/feed"
	"weir/fleet/lately"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/fleet/table"
	"weir/shop"
)

// Config is what a router is made of.
type Config struct {
	Engine    *engine.Engine
	Directory *directory.Directory
	Menus     map[string]*shop.Menu // by revision: what an order's work is computed with
	Keep      time.Duration         // how long records are kept
	Restored  time.Time             // when the streams were put back from a copy; zero is never. See restored.go
	Pages     Pages                 // of customers; nil is none
	Now       func() time.Time
	Log       *slog.Logger
	Step      func(Step) // called after each step of an order's way; nil in service. A test ends the process in it
}

// Pages says where customers see how their orders stand.
type Pages interface {
	Own(orders.Key) string     // for whoever placed the order; "" is none
	Printed(orders.Key) string // for paper: it only shows; "" is none
}

// Router carries orders. Several goroutines may use it.
type Router struct {
	Config
	Table    *table.Table
	Feed     *feed.Feed
	Counts   Counts
	credit   *credit.Book
	orders   *orders.Book
	pictures pictures
	id       string
	inbox    string
	peers    peers
	busy     busy

	work     sync.WaitGroup
	rising   chan rise
	mu       sync.Mutex
	alive    context.Context // ends when the router stops; flights live in it
	flights  map[orders.Key]*flight
	sends    map[string]*flight // by nonce, until it is heard or the flight ends
	calls    map[orders.Key][]*call
	placing  map[orders.Key]*turn
	open     map[orders.Key]orders.Entry // records that are not finished, as last heard
	doubts   map[orders.Key]string       // by store: a person has to decide
	placed   recent
	resynced *lately.Map[string, time.Time]  // by store and channel
	unsure   *lately.Map[orders.Key, uint64] // the revision that a write went over which may get through yet
}

type rise struct {
	store string
	to    record.Identity
}

const (
	// heardMax bounds what shops said and this router has not looked at; beyond it the engine drops, and the router asks again.
	heardMax = 1 << 16
	// lookEvery is how often open records are looked through for what is overdue: little beside patienceOfOthers.
	lookEvery = time.Second
	// patienceOfOthers is how much later than due a record is taken over from the router that has it in hand: that one needs
	// less, unless it is gone.
	patienceOfOthers = 3 * time.Second
	// drainMax is how long what is in work may take when the router stops. What is open then, another router carries on.
	drainMax = 2 * time.Second
)

// New makes a router; the directory must tell its changes to the table, see [Router.Listed].
func New(c Config) *Router {
	r := &Router{
		Config: c, Feed: feed.New(c.Engine), credit: credit.New(c.Engine, c.word()), orders: orders.New(c.Engine), id: rand.Text(),
		rising: make(chan rise, heardMax), flights: map[orders.Key]*flight{}, sends: map[string]*flight{}, calls: map[orders.Key][]*call{},
		placing: map[orders.Key]*turn{}, open: map[orders.Key]orders.Entry{},
		doubts: map[orders.Key]string{}, resynced: lately.New[string, time.Time](resyncedMax),
		unsure: lately.New[orders.Key, uint64](unsureMax), busy: newBusy(),
	}
	r.inbox, r.pictures.inbox = nats.NewInbox(), nats.NewInbox()
	r.peers.init(r.id)
	r.Table = table.New(c.Now, func(store string, to record.Identity) {
		select {
		case r.rising <- rise{store, to}:
		default: // the overdue look finds the records, too
		}
	})
	return r
}

func (r *Router) nonce() string { return rand.Text() }

// Run carries orders until ctx ends. It calls ready once every shop and every open record is known.
func (r *Router) Run(ctx context.Context, ready func()) error {
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r.mu.Lock()
	r.alive = inner
	r.mu.Unlock()
	heard := make(chan *nats.Msg, heardMax)
	events := make(chan *nats.Msg, heardMax)
	for subject, to := range map[string]chan *nats.Msg{
		"weir.v1.*.status": heard, "weir.v1.*.answers.*": heard, r.inbox + ".*": heard, peerPrefix + "*": heard, "weir.v1.*.events.*": events,
	} {
		sub, err := r.Engine.Conn.ChanSubscribe(subject, to)
		if err != nil {
			return fmt.Errorf("listen to %s: %w", subject, err)
		}
		defer sub.Unsubscribe() // the connection may have gone, and the subscription with it
	}
	known, err := r.Engine.Resume(inner, engine.Cap, r.picture(ctx), func(subject string, v engine.Value) {
		r.Table.Hear(subject, v.Data)
		r.pictures.heardTo(v)
	})
	if err != nil {
		return err
	}
	group, work := errgroup.WithContext(inner)
	group.Go(func() error { return r.listen(work, heard) })
	group.Go(func() error { return r.keepEvents(work, events) })
	select {
	case <-known:
	case <-ctx.Done():
	}
	if err := errors.Join(r.orders.Follow(inner, r.noted), r.credit.Follow(inner)); err != nil {
		return err
	}
	group.Go(func() error { return r.show(work) })
	group.Go(func() error { return r.look(work) })
	group.Go(func() error { return r.peers.beat(work, r.Engine.Conn) })
	if ctx.Err() == nil {
		ready()
	}
	select {
	case <-ctx.Done():
	case <-work.Done():
	}
	r.drain()
	stop()
	err = group.Wait()
	r.work.Wait()
	return err
}

// drain lets what is in work come to its next stop.
func (r *Router) drain() {
	done := make(chan struct{})
	go func() { r.waitForCallers(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainMax):
	}
}

// listen takes in what shops say, in the order in which they said it: a status before the answers that come after it.
func (r *Router) listen(ctx context.Context, heard chan *nats.Msg) error {
	for {
		select {
		case m := <-heard:
			r.hear(m)
		case <-ctx.Done():
			return nil
		}
	}
}

// look takes over what is overdue, and sends accepted orders again to boxes that were restored.
func (r *Router) look(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.overdue(r.Now())
		case up := <-r.rising:
			r.prove(up.store)
		case <-ctx.Done():
			return nil
		}
	}
}

// noted takes in a record as it was written, by whatever router.
func (r *Router) noted(e orders.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.flights[e.Key]; f != nil {
		f.wake(note{entry: &e})
	}
	if e.Record.Finished() {
		delete(r.open, e.Key)
	} else {
		r.open[e.Key] = e
	}
	store := e.Record.Store()
	if e.Record.State == record.Doubt {
		r.doubts[e.Key] = store
	} else {
		delete(r.doubts, e.Key)
	}
	if e.Record.State != record.Placed {
		r.placed.cut(e.Key)
	} else if r.Now().Sub(e.At) < engine.BodyKeep {
		r.placed.put(e)
		if s, ok := r.Table.Get(store); ok && s.Self.Epoch > e.Record.At.Epoch {
			select {
			case r.rising <- rise{store, s.Self}:
			default:
			}
		}
	}
}

// overdue starts a flight for each record that nobody has carried on in time.
func (r *Router) overdue(now time.Time) {
	r.mu.Lock()
	var late []orders.Entry
	for k, e := range r.open {
		if r.flights[k] == nil && !e.Record.NextAt.IsZero() && now.After(e.Record.NextAt.Add(patienceOfOthers)) {
			late = append(late, e)
		}
	}
	r.placed.forget(now, engine.BodyKeep)
	r.mu.Unlock()
	for _, e := range late {
		r.Counts.TakenOver.Add(1)
		r.fly(e)
	}
}

// prove sends the orders that a shop had accepted in the last minutes again, if its epoch has risen since.
func (r *Router) prove(store string) {
	s, ok := r.Table.Get(store)
	if !ok {
		return
	}
	r.mu.Lock()
	list := r.placed.at(store, s.Self.Epoch)
	r.mu.Unlock()
	if len(list) > 0 {
		r.Log.Error("a shop's epoch has risen: its box was restored; accepted orders are sent again with its own receipts",
			"store", store, "epoch", s.Self.Epoch, "orders", len(list))
	}
	for _, e := range list {
		if f := r.fly(e); f != nil {
			f.wake(note{fact: record.Rose{Store: store, To: s.Self, Nonce: r.nonce(), Now: r.Now()}})
		}
	}
}

// subjectOf is a topic of a store as the engine names it.
func subjectOf(store, kind, channel string) string {
	return "weir.v1." + store + "." + kind + "." + channel
}
