// Package credit spends the shops' credit: one counter per store and channel for all routers, changed by
// compare-and-set, so that two routers never give out the same interval.
package credit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/fleet/engine"
	"weir/fleet/lately"
	"weir/shop/capacity"
)

const (
	// Skew bounds the error of this machine's clock, as the shops' protocol asks of routers.
	Skew = 2 * time.Second
	// triesMax bounds the races that one order runs for a shop's counter. Who loses so often takes another shop.
	triesMax = 6
	// countersMax bounds the counters that are remembered here: three channels of 300,000 shops, some 150 MB. One that went
	// out is read again when it is needed.
	countersMax = 1 << 20
)

// Book is the counters. Several goroutines may use it.
type Book struct {
	engine *engine.Engine
	word   string // of the restore after which every counter starts anew; "" is none

	mu    sync.Mutex
	known *lately.Map[account, counter] // what was last read or written here, to save the read
}

// account names a counter.
type account struct{ store, channel string }

func (a account) subject() string { return Subject(a.store, a.channel) }

// accountOf is the counter that a subject is of.
func accountOf(subject string) (a account, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 5 {
		return a, false
	}
	return account{parts[3], parts[4]}, true
}

type counter struct {
	router   capacity.Router
	word     string // of the last restore that it has started anew after
	revision uint64
}

// kept is the JSON of a counter.
type kept struct {
	capacity.Router
	Word string `json:"restored,omitempty"`
}

// New makes a book. word names the restore of the streams from a copy: a counter that does not bear it is older than what
// was spent. It starts anew, and gives nothing out before its shop has heard the word. "" is no restore.
func New(e *engine.Engine, word string) *Book {
	return &Book{engine: e, word: word, known: lately.New[account, counter](countersMax)}
}

// Subject is where a store's counter for a channel is kept.
func Subject(store, channel string) string {
	return "fleet.credit." + strconv.Itoa(engine.PartitionOf(store)) + "." + store + "." + channel
}

// Follow takes in what other routers write until ctx ends, so that the counters that are known here stay the newest ones,
// and an order does not have to lose a race to learn of it.
func (b *Book) Follow(ctx context.Context) error {
	return b.engine.Hear(ctx, engine.Orders, []string{"fleet.credit.*.*.*"}, func(subject string, v engine.Value) {
		a, ok := accountOf(subject)
		c, known := b.recall(a)
		if !ok || !known || c.revision >= v.Revision {
			return
		}
		if c, err := counterOf(subject, v); err == nil { // one that cannot be read is of a newer version
			b.keep(a, c)
		}
	})
}

// Spent is what came of asking for credit.
type Spent struct {
	Stamp *capacity.Stamp // nil: there is none
	// Stuck says that the shop has granted enough and that it was spent on orders which the shop never saw: tell it this counter.
	Stuck *capacity.Stamp
	// Hello is the word that the shop has to be told before it gives credit again.
	Hello string
}

// Debit is credit that was planned for an order and is not spent yet: its write has to go out together with the record
// of the order. Then say [Book.Paid], or [Book.Again] when it was not written, or may have been.
type Debit struct {
	Stamp capacity.Stamp
	key   account
	lease capacity.Lease
	work  capacity.Work
	next  counter // revision is of the counter that it goes over
}

// Spend takes credit for an order under a store's latest lease to the lease's channel.
func (b *Book) Spend(ctx context.Context, store string, l capacity.Lease, work capacity.Work, now time.Time) (s Spent, err error) {
	for range triesMax {
		d, s, err := b.Plan(ctx, store, l, work, now)
		if err != nil || d == nil {
			return s, err
		}
		err = b.write(ctx, d.key, d.next)
		if err == nil {
			return s, nil
		}
		b.forget(d.key) // it may have been written: then that credit is spent on nothing, and the shop writes it off
		if !errors.Is(err, engine.ErrConflict) {
			return Spent{}, err
		}
	}
	return Spent{}, nil
}

// Plan says what taking credit for an order under a store's latest lease would write; nil where there is none.
func (b *Book) Plan(
	ctx context.Context, store string, l capacity.Lease, work capacity.Work, now time.Time,
) (d *Debit, s Spent, err error) {
	if l.Seq == 0 {
		return nil, s, nil // no lease was heard
	}
	key := account{store, l.Channel}
	c, known := b.recall(key)
	for range triesMax {
		if !known {
			if c, err = b.read(ctx, key); err != nil {
				return nil, s, err
			}
		}
		if b.word != "" && c.word != b.word {
			err = b.write(ctx, key, counter{capacity.Router{Hello: b.word}, b.word, c.revision})
			if err != nil && !errors.Is(err, engine.ErrConflict) {
				b.forget(key)
				return nil, s, err
			}
			known = false
			continue
		}
		router := c.router.Take(l)
		next, stamp, ok := router.Send(now, work, Skew)
		switch {
		case ok:
			s.Stamp = &stamp
			return &Debit{stamp, key, l, work, counter{next, c.word, c.revision}}, s, nil
		case known: // another router may have read a newer lease
			known = false
			continue
		}
		s.Hello = router.Hello
		if router.Stuck(work) {
			s.Stuck = &capacity.Stamp{Epoch: router.Epoch, Spent: router.Spent}
		}
		return nil, s, nil
	}
	return nil, s, nil
}

// Write is what a debit writes.
func (d *Debit) Write() (engine.Write, error) {
	text, err := encode(d.key, d.next)
	return engine.Write{Subject: d.key.subject(), Data: text, Revision: d.next.revision, Marks: []engine.Mark{engine.Forever}}, err
}

// Paid says that a debit was written; revision is that of its counter, or 0 where it is not known.
func (b *Book) Paid(d *Debit, revision uint64) {
	if revision == 0 {
		b.forget(d.key)
		return
	}
	d.next.revision = revision
	b.keep(d.key, d.next)
}

// Again plans a debit anew that was not written, or of which that is not known: from the counter as the streams have it,
// where it is taken if it was written after all.
func (b *Book) Again(ctx context.Context, d *Debit, now time.Time) (*Debit, Spent, error) {
	b.forget(d.key)
	return b.Plan(ctx, d.key.store, d.lease, d.work, now)
}

// Left is the credit that is left, as far as is known here without asking anybody.
func (b *Book) Left(store, channel string, l capacity.Lease, now time.Time) capacity.Work {
	c, _ := b.recall(account{store, channel})
	r := c.router.Take(l)
	if !now.Before(r.ExpiresAt.Add(-Skew)) {
		return 0
	}
	return max(0, r.Limit-r.Spent)
}

func (b *Book) read(ctx context.Context, key account) (c counter, err error) {
	v, err := b.engine.Get(ctx, engine.Orders, key.subject())
	if err != nil {
		return c, err
	}
	if c, err = counterOf(key.subject(), v); err == nil {
		b.keep(key, c)
	}
	return c, err
}

func counterOf(key string, v engine.Value) (c counter, err error) {
	if c.revision = v.Revision; v.Revision == 0 {
		return c, nil
	}
	var text kept
	if err := json.Unmarshal(v.Data, &text); err != nil {
		return c, fmt.Errorf("read counter %s: %w", key, err)
	}
	c.router, c.word = text.Router, text.Word
	return c, nil
}

func (b *Book) write(ctx context.Context, key account, c counter) error {
	text, err := encode(key, c)
	if err != nil {
		return err
	}
	if c.revision, err = b.engine.Put(ctx, engine.Orders, key.subject(), text, c.revision, engine.Forever); err != nil {
		return err
	}
	b.keep(key, c)
	return nil
}

func encode(key account, c counter) ([]byte, error) {
	text, err := json.Marshal(kept{c.router, c.word})
	if err != nil {
		return nil, fmt.Errorf("encode counter %s: %w", key.subject(), err)
	}
	return text, nil
}

func (b *Book) recall(key account) (counter, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known.Get(key)
}

// keep remembers the newest.
func (b *Book) keep(key account, c counter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.known.Get(key); !ok || c.revision >= old.revision {
		b.known.Put(key, c)
	}
}

func (b *Book) forget(key account) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known.Delete(key)
}
