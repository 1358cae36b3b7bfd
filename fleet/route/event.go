package route

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/engine"
	"weir/fleet/lately"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/shop"
	"weir/shop/wire"
)

// lanes is how many shops' events are kept at the same time, because each waits for a disk; those of one shop come one after
// the other.
const lanes = 16

// toldMax bounds the shops and channels of a lane of which it is remembered what was left to their home router: those of
// 300,000 shops and three channels. Of one that went out an event may wait for one more turn.
const toldMax = 1 << 16

// keepEvents stores what shops tell and says to them how far it is stored.
func (r *Router) keepEvents(ctx context.Context, events chan *nats.Msg) error {
	var work sync.WaitGroup
	defer work.Wait()
	var lane [lanes]chan *nats.Msg
	for i := range lane {
		lane[i] = make(chan *nats.Msg, heardMax/lanes)
		work.Go(func() {
			told := lately.New[string, wire.Cursor](toldMax) // the last event of each shop that was left to its home router
			for {
				select {
				case m := <-lane[i]:
					r.keep(ctx, m, told)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	for {
		select {
		case m := <-events:
			parts := strings.Split(m.Subject, ".")
			select {
			case lane[score(parts[2], "")%lanes] <- m:
			default: // the shop tells it again
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// keep stores one event. The shop's home router does so at once; another one does when it is told again.
func (r *Router) keep(ctx context.Context, m *nats.Msg, told *lately.Map[string, wire.Cursor]) {
	parts := strings.Split(m.Subject, ".")
	store, channel := parts[2], parts[4]
	var e wire.Event
	if json.Unmarshal(m.Data, &e) != nil || e.Seq == 0 {
		r.Counts.Garbled.Add(1)
		return
	}
	if !r.peers.home(store) {
		last, _ := told.Get(m.Subject)
		if e.Epoch > last.Epoch || e.Epoch == last.Epoch && e.Seq > last.Seq {
			told.Put(m.Subject, wire.Cursor{Epoch: e.Epoch, Seq: e.Seq})
			return
		}
	}
	through, fresh, err := r.Feed.Keep(ctx, store, channel, e, m.Data)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Warn("event not kept; the shop tells it again", "store", store, "error", err)
		}
		return
	}
	r.step(StepEventKept)
	if fresh {
		r.Counts.Events.Add(1)
		if e.Type == shop.ToldHanded || e.Type == shop.ToldUnclaimed {
			r.Counts.Made.Add(1)
		}
		r.happened(ctx, store, orders.Key{Channel: channel, Ref: e.Data.Ref}, e)
	}
	r.step(StepEventRead)
	if through == (wire.Cursor{}) {
		return
	}
	text, err := json.Marshal(wire.Through{Epoch: through.Epoch, Through: through.Seq})
	if err == nil {
		_ = r.Engine.Conn.Publish(subjectOf(store, "acks", channel), text) // one that is lost is sent with the next event
	}
}

// happened takes an event into the record that it is about: how far the order is, when it should be ready, how it ended.
func (r *Router) happened(ctx context.Context, store string, key orders.Key, e wire.Event) {
	if key.Ref == "" || !strings.HasPrefix(e.Type, "order.") {
		return
	}
	fact := record.Happened{Store: store, Type: e.Type, ID: e.Data.ID, Number: e.Data.PickupNumber, ReadyBy: e.Data.ReadyBy,
		Expected: e.Data.ExpectedAt}
	r.mu.Lock()
	f := r.flights[key]
	_, open := r.open[key]
	r.mu.Unlock()
	if f != nil {
		f.wake(note{fact: fact})
		return
	}
	switch e.Type {
	case shop.ToldHanded, shop.ToldUnclaimed, shop.ToldCancelled, shop.ToldReleased,
		shop.ToldMaking, shop.ToldReady, shop.ToldUnready, shop.ToldDelayed, shop.ToldEarly:
	default:
		if !open { // it changes nothing here
			return
		}
	}
	for range writeTries {
		entry, err := r.orders.Get(ctx, key)
		if err != nil || entry.Revision == 0 {
			return // not an order of the fleet's, or nothing can be read: the day's reconciliation shows it
		}
		next, _ := record.Decide(entry.Record, fact)
		if same(next, entry.Record) {
			return
		}
		next.Writer = r.nonce()
		if _, err = r.orders.Put(ctx, entry, next); !errors.Is(err, engine.ErrConflict) {
			return
		}
	}
}

// resync tells a shop a channel's counter, so that it writes off what it never saw. At most every half minute.
func (r *Router) resync(store, channel string, message any) {
	key, now := store+" "+channel, time.Now()
	r.mu.Lock()
	last, _ := r.resynced.Get(key)
	recent := now.Sub(last) < resyncEvery
	if !recent {
		r.resynced.Put(key, now)
	}
	r.mu.Unlock()
	text, err := json.Marshal(message)
	if recent || err != nil {
		return
	}
	_ = r.Engine.Conn.Publish(subjectOf(store, "resync", channel), text) // one that is lost is sent again
}

// resyncEvery is half of what a shop takes to write off credit of orders that it never saw.
const resyncEvery = 30 * time.Second

// resyncedMax bounds the shops and channels of which it is remembered when they were told: more than are told in that time.
// One that went out may be told twice, which changes nothing.
const resyncedMax = 1 << 17
