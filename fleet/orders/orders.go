// Package orders keeps the records of orders, changed by compare-and-set, and for ten minutes what was ordered, so that
// any router can send it again.
package orders

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/fleet/engine"
	"weir/fleet/record"
)

// Key names an order.
type Key struct{ Channel, Ref string }

// Place names an order without saying its ref: the hash stands for the ref in subjects, where a ref could not stand.
type Place struct {
	Channel   string
	Hash      [16]byte
	Partition uint8
}

// Place is where the order is kept.
func (k Key) Place() Place {
	sum := sha256.Sum256([]byte(k.Ref))
	return Place{Channel: k.Channel, Hash: [16]byte(sum[:16]), Partition: sum[31] % engine.Partitions}
}

func (p Place) subject(kind string) string {
	return fmt.Sprintf("fleet.%s.%d.%s.%s", kind, p.Partition, p.Channel, base64.RawURLEncoding.EncodeToString(p.Hash[:]))
}

func (k Key) subject() string { return k.Place().subject("ord") }
func (k Key) body() string    { return k.Place().subject("body") }

// Entry is a record as it is kept.
type Entry struct {
	Key      Key
	Record   record.Record
	Revision uint64    // 0 when there is none
	At       time.Time // of the last write; zero where this process wrote it
}

// kept is the JSON of an entry. The channel is in the subject.
type kept struct {
	Ref string `json:"ref"`
	record.Record
}

// Book is the records.
type Book struct{ engine *engine.Engine }

// New makes a book.
func New(e *engine.Engine) *Book { return &Book{e} }

// SeemsNew reports whether there seems to be no record; only a write that finds none makes it certain.
func (b *Book) SeemsNew(ctx context.Context, k Key) bool { return b.engine.SeemsNew(ctx, k.subject()) }

// Get reads a record. One that was never written is free.
func (b *Book) Get(ctx context.Context, k Key) (Entry, error) {
	v, err := b.engine.Get(ctx, engine.Orders, k.subject())
	if err != nil {
		return Entry{}, err
	}
	return entryOf(k, v)
}

// At reads the record at a place; its key is the entry's. One that was never written has no revision.
func (b *Book) At(ctx context.Context, p Place) (Entry, error) {
	v, err := b.engine.Get(ctx, engine.Orders, p.subject("ord"))
	if err != nil {
		return Entry{}, err
	}
	return entryOf(Key{Channel: p.Channel}, v)
}

func entryOf(k Key, v engine.Value) (Entry, error) {
	e := Entry{Key: k, Revision: v.Revision, At: v.At}
	if v.Revision == 0 {
		return e, nil
	}
	var text kept
	if err := json.Unmarshal(v.Data, &text); err != nil {
		return e, fmt.Errorf("read the record of %q: %w", k.Ref, err)
	}
	e.Record, e.Key.Ref = text.Record, text.Ref
	return e, nil
}

// Put writes a record over the one that was read. An error other than [engine.ErrConflict] leaves open whether it was
// written; then Put looks, and says yes when it finds its own.
func (b *Book) Put(ctx context.Context, old Entry, next record.Record) (Entry, error) {
	w, err := b.write(old, next)
	if err != nil {
		return old, err
	}
	revision, err := b.engine.Put(ctx, engine.Orders, w.Subject, w.Data, w.Revision)
	return b.written(ctx, old, next, revision, err)
}

// Open writes a record like Put, and keeps what was ordered: any router can send it then. Where the engine is
// [engine.Engine.Joint] both are written or none, and so is paid, the credit for it; paid is nil where it was written
// before. begun is called while the answer is waited for. paidAt is the revision of paid, 0 where it is not known.
func (b *Book) Open(
	ctx context.Context, old Entry, next record.Record, body []byte, paid *engine.Write, begun func(),
) (e Entry, paidAt uint64, err error) {
	w, err := b.write(old, next)
	if err != nil {
		return old, 0, err
	}
	// What was ordered goes before the record: a stream that syncs whole groups syncs both together, and where they are two
	// writes a router that dies between them leaves no record whose order nobody can send.
	writes := []engine.Write{
		{Subject: old.Key.body(), Data: body, Anyway: true, Marks: []engine.Mark{engine.Lives(engine.BodyKeep)}}, w,
	}
	if paid != nil {
		writes = append([]engine.Write{*paid}, writes...)
	}
	wait := b.engine.BeginAll(ctx, paid != nil, writes...)
	begun()
	at, err := wait()
	if err == nil && paid != nil {
		paidAt = at[0]
	}
	var revision uint64
	if err == nil {
		revision = at[len(at)-1]
	}
	e, err = b.written(ctx, old, next, revision, err)
	return e, paidAt, err
}

// write is a record as it is written over the one that was read.
func (b *Book) write(old Entry, next record.Record) (engine.Write, error) {
	text, err := json.Marshal(kept{old.Key.Ref, next})
	if err != nil {
		return engine.Write{}, fmt.Errorf("encode the record of %q: %w", old.Key.Ref, err)
	}
	return engine.Write{Subject: old.Key.subject(), Data: text, Revision: old.Revision}, nil
}

// written is the entry after a write, or what a look finds where the write's end is not known.
func (b *Book) written(ctx context.Context, old Entry, next record.Record, revision uint64, err error) (Entry, error) {
	switch {
	case err == nil:
		return Entry{Key: old.Key, Record: next, Revision: revision}, nil
	case errors.Is(err, engine.ErrConflict):
		return old, err
	}
	now, readErr := b.Get(ctx, old.Key)
	if readErr == nil && now.Revision != old.Revision && now.Record.Writer == next.Writer {
		return now, nil
	}
	return old, errors.Join(err, readErr)
}

// Body is what was ordered; nil when it is not kept any more.
func (b *Book) Body(ctx context.Context, k Key) ([]byte, error) {
	v, err := b.engine.Get(ctx, engine.Orders, k.body())
	return v.Data, err
}

// DropBody removes what was ordered: nobody will have to send it again.
func (b *Book) DropBody(ctx context.Context, k Key) error {
	return b.engine.Forget(ctx, engine.Orders, k.body())
}

// Follow calls f with every record and, a moment later, with what has changed, until ctx ends.
func (b *Book) Follow(ctx context.Context, f func(Entry)) error {
	return b.engine.Trail(ctx, engine.Orders, "fleet.ord.*.*.*", func(subject string, v engine.Value) {
		if e, err := entryOf(keyOf(subject), v); err == nil { // one that cannot be read is of a newer version: its routers know
			f(e)
		}
	})
}

func keyOf(subject string) Key {
	parts := strings.Split(subject, ".")
	if len(parts) != 5 {
		return Key{}
	}
	return Key{Channel: parts[3]}
}
