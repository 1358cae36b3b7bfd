package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Write is one of several values that are written together.
type Write struct {
	Subject  string
	Data     []byte
	Revision uint64 // that the subject must still have; 0 is "never written". Not compared where Anyway is set
	Anyway   bool   // written whatever was there
	Marks    []Mark
}

// Headers of an atomic batch (NATS ADR-50). The server takes a batch or refuses it when the message with the commit comes.
const (
	batchIDHeader     = "Nats-Batch-Id"
	batchSeqHeader    = "Nats-Batch-Sequence"
	batchCommitHeader = "Nats-Batch-Commit"
)

// Joint reports whether all values of orders can be written together, all or none of them: they are in one stream, and its
// server knows atomic batches (from 2.12 on). Streams of one node, and those of an older server, are written one by one.
func (e *Engine) Joint(ctx context.Context) bool {
	if n, err := e.width(ctx); err != nil || n != 1 {
		return false
	}
	s, err := e.streamOf(ctx, Orders, orderProbe)
	return err == nil && s.CachedInfo().Config.AllowAtomicPublish
}

// BeginAll writes several values of orders in their order and does not wait; wait says how it ended, with the revision of
// each. Where the engine is [Engine.Joint] all are written or none: then [ErrConflict] says that some subject had another
// revision than its write names, and not which one. Elsewhere each is written by itself, whatever becomes of the others,
// and no write may rest on one before it; with whole nothing is written there.
func (e *Engine) BeginAll(ctx context.Context, whole bool, writes ...Write) (wait func() ([]uint64, error)) {
	list, err := e.messages(ctx, writes)
	if err != nil {
		return func() ([]uint64, error) { return nil, err }
	}
	if len(list) > 1 && e.Joint(ctx) {
		return e.beginBatch(ctx, list)
	}
	if whole {
		return func() ([]uint64, error) { return nil, errNoBatches } // it was one when the caller asked
	}
	return e.beginEach(ctx, list)
}

func (e *Engine) beginBatch(ctx context.Context, list []*nats.Msg) (wait func() ([]uint64, error)) {
	id := rand.Text()
	for i, m := range list {
		m.Header.Set(batchIDHeader, id)
		m.Header.Set(batchSeqHeader, strconv.Itoa(i+1))
	}
	last := list[len(list)-1]
	last.Header.Set(batchCommitHeader, "1")
	ack, err := e.publishBatch(list[:len(list)-1], last)
	return func() ([]uint64, error) {
		seq, err := acked(ctx, last.Subject, ack, err)
		if errors.Is(err, errNoBatches) {
			e.handles.Delete(last.Header.Get(jetstream.ExpectedStreamHeader)) // its settings are others now
		}
		if err != nil {
			return nil, err
		}
		revisions := make([]uint64, len(list)) // a batch is stored without a gap, and its answer names the last
		for i := range revisions {
			revisions[i] = seq - uint64(len(list)-1-i)
		}
		return revisions, nil
	}
}

// publishBatch sends the messages of one batch one right after the other, so that few batches are open at once: the server
// refuses more than fifty of a stream.
func (e *Engine) publishBatch(first []*nats.Msg, last *nats.Msg) (jetstream.PubAckFuture, error) {
	e.batches.Lock()
	defer e.batches.Unlock()
	for _, m := range first {
		if err := e.Conn.PublishMsg(m); err != nil {
			return nil, err
		}
	}
	return e.JS.PublishMsgAsync(last)
}

// beginEach writes messages one by one.
func (e *Engine) beginEach(ctx context.Context, list []*nats.Msg) (wait func() ([]uint64, error)) {
	acks, errs := make([]jetstream.PubAckFuture, len(list)), make([]error, len(list))
	for i, m := range list {
		acks[i], errs[i] = e.JS.PublishMsgAsync(m)
	}
	return func() ([]uint64, error) {
		revisions := make([]uint64, len(list))
		for i, m := range list {
			revisions[i], errs[i] = acked(ctx, m.Subject, acks[i], errs[i])
		}
		return revisions, errors.Join(errs...)
	}
}

// messages are the writes as messages.
func (e *Engine) messages(ctx context.Context, writes []Write) ([]*nats.Msg, error) {
	list := make([]*nats.Msg, len(writes))
	for i, w := range writes {
		m, err := e.message(ctx, Orders, w.Subject, w.Data, w.Marks)
		if err != nil {
			return nil, err
		}
		if !w.Anyway {
			m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(w.Revision, 10))
		}
		list[i] = m
	}
	return list, nil
}

// acked waits for the answer to a write that was begun.
func acked(ctx context.Context, subject string, ack jetstream.PubAckFuture, err error) (uint64, error) {
	if err != nil {
		return 0, refusal(subject, err)
	}
	select {
	case a := <-ack.Ok():
		return a.Sequence, nil
	case err := <-ack.Err(): // also when no answer comes for a while
		return 0, refusal(subject, err)
	case <-ctx.Done():
		return 0, refusal(subject, ctx.Err())
	}
}

// batchesDisabled is the server's code for a batch to a stream that takes none.
const batchesDisabled = 10174

var errNoBatches = errors.New("the stream takes no atomic batches")

// refusal is what an error of a write means: that it was refused, or that nobody knows.
func refusal(subject string, err error) error {
	said := (*jetstream.APIError)(nil)
	switch {
	case errors.As(err, &said) && (said.ErrorCode == wrongLastSequence || said.ErrorCode == wrongLastSequenceConstant):
		return ErrConflict
	case errors.As(err, &said) && said.ErrorCode == batchesDisabled:
		return fmt.Errorf("write %s: %w", subject, errNoBatches)
	case errors.As(err, &said):
		return fmt.Errorf("write %s: %w", subject, err)
	}
	return fmt.Errorf("write %s: %w", subject, errors.Join(ErrUnsure, err))
}
