// Package store is the single writer: every change of the shop goes through [Store.Do], one after
// the other, and is on disk before anybody is told.
//
// This file, from top to bottom, is what happens to a command: the writer takes the commands that are waiting, decides
// them, commits once, replaces the snapshot, answers, and rings the bell.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"weir/shop"
	"weir/shop/bell"
)

const (
	// batchMax bounds how many commands share one commit, and so how long the first of them waits
	// for the last to be decided: about 5 ms.
	batchMax = 256
	// queueMax bounds the commands that wait for the writer. More than that is more than two seconds
	// of work on slow flash; callers then wait in their own connections.
	queueMax = 1024
	// lingerMax bounds how long the writer waits for the clients it has just answered, on a disk whose
	// commits take longer than this.
	lingerMax = 5 * time.Millisecond
	// doTimeout bounds the wait of a caller that has set no deadline of its own.
	doTimeout = 10 * time.Second
)

// Store holds the shop's state, in memory as an immutable snapshot and on disk as rows.
type Store struct {
	config *shop.Config
	log    *slog.Logger
	now    func() time.Time
	path   string
	box    string // see [Store.Box]

	receipts shop.ReceiptKey // of the data directory and its copies

	write      *sql.DB // one connection, used by Run alone
	read       *sql.DB
	rows       *rows // prepared statements on the write connection
	queue      chan request
	side       chan sideJob
	state      atomic.Pointer[shop.State]
	lock       *os.File
	broken     error         // why memory cannot be trusted; nil is healthy. Used by Run alone
	commitTook time.Duration // the last time. Used by Run alone
	healthy    atomic.Bool
	space      space
	short      atomic.Bool // the disk is too full for new orders
	damaged    atomic.Bool // the last check of the whole file found damage

	copier Copier // reads the log of changes all the time; nil is nobody

	sure func() bool // the clock is right, as far as anybody can tell; see OnlyWhenSure

	commits, orders atomic.Int64 // counted for the bench and for /metrics
	batches         batchCount

	unanswered atomic.Int64 // when a caller last went without an answer, nanoseconds since 1970; 0 is never

	bell bell.Bell // rings at each change
}

type request struct {
	command shop.Command
	after   func()       // called when the command has been decided, before the next one; nil is nothing
	reply   chan<- reply // has capacity 1: the writer never waits for a caller
}

type reply struct {
	result shop.Result
	err    error
}

// sideJob is work on the write connection that is not a command: keys, backup, purge.
type sideJob struct {
	do   func(context.Context, *sql.Conn) error
	done chan<- error
}

// Do has a command carried out and returns when it is on disk. A refusal is a [*shop.Error]. When the
// outcome is not known, because the disk failed or ctx ended while the command was under way, the
// error says so and the caller may ask again with the same ref.
func (s *Store) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	return s.do(ctx, request{command: c})
}

func (s *Store) do(ctx context.Context, r request) (shop.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, doTimeout)
	defer cancel()
	answer := make(chan reply, 1)
	r.reply = answer
	select {
	case s.queue <- r:
	case <-ctx.Done():
		s.leftUnanswered()
		return shop.Result{}, errUnknown
	}
	select {
	case r := <-answer:
		return r.result, r.err
	case <-ctx.Done():
		s.leftUnanswered()
		return shop.Result{}, errUnknown
	}
}

// leftUnanswered remembers that a caller went without an answer.
func (s *Store) leftUnanswered() { s.unanswered.Store(time.Now().UnixNano()) }

// Unanswered is when a caller last had no answer within the time it waited, which is ten seconds at most; zero is never.
// The board shows it as an alarm: a platform does not know what became of an order.
func (s *Store) Unanswered() time.Time {
	if at := s.unanswered.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// errUnknown is also the answer when the queue is full: the same order may have been sent before and be in the kitchen.
var errUnknown = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true,
	Detail: "it is not known whether this was stored; ask again with the same ref"}

// Run is the writer. It ends when ctx does, after the commands it has taken are answered.
func (s *Store) Run(ctx context.Context) error {
	conn, err := s.write.Conn(context.WithoutCancel(ctx)) // a shop that is stopped at once still answers
	if err != nil {
		return fmt.Errorf("open the write connection: %w", err)
	}
	defer conn.Close()
	if s.rows, err = prepare(context.WithoutCancel(ctx), conn); err != nil {
		return err
	}
	defer s.rows.close()
	batch, expected := make([]request, 0, batchMax), 1
	for {
		select {
		case r := <-s.queue:
			batch = s.gather(append(batch[:0], r), expected)
			s.carryOut(context.WithoutCancel(ctx), batch)
			s.boundWAL(context.WithoutCancel(ctx), conn)
			expected = len(batch) + len(s.queue)
		case job := <-s.side:
			job.done <- job.do(context.WithoutCancel(ctx), conn)
		case <-ctx.Done():
			s.drain(context.WithoutCancel(ctx))
			return nil
		}
	}
}

// gather takes the commands that are waiting. Clients that were answered together ask again at nearly the same time, so
// gather waits until as many commands as expected have come, but not longer than a commit takes. Without this wait half
// of the clients would share one commit and the other half the next one.
func (s *Store) gather(batch []request, expected int) []request {
	var late <-chan time.Time
	for len(batch) < batchMax {
		select {
		case r := <-s.queue:
			batch = append(batch, r)
			continue
		default:
		}
		if len(batch) >= expected {
			return batch
		}
		if late == nil {
			timer := time.NewTimer(min(s.commitTook, lingerMax))
			defer timer.Stop()
			late = timer.C
		}
		select {
		case r := <-s.queue:
			batch = append(batch, r)
		case <-late:
			return batch
		}
	}
	return batch
}

// drain answers what was sent before the end.
func (s *Store) drain(ctx context.Context) {
	for {
		select {
		case r := <-s.queue:
			s.carryOut(ctx, s.gather([]request{r}, 1))
		default:
			return
		}
	}
}

// carryOut decides a batch, commits it once, and answers.
func (s *Store) carryOut(ctx context.Context, batch []request) {
	before := s.Snapshot()
	replies := make([]reply, len(batch))
	after, err := s.transact(ctx, before, batch, replies)
	if err != nil {
		s.distrust(ctx, err)
		for _, r := range batch {
			r.reply <- reply{err: errUnknown}
		}
		return
	}
	if after.Counters.Seq != before.Counters.Seq {
		s.state.Store(&after)
		defer s.bell.Ring()
	}
	for i, r := range batch {
		r.reply <- replies[i]
	}
}

// transact decides each command on the state that the one before it left, and commits once.
func (s *Store) transact(ctx context.Context, state *shop.State, batch []request, replies []reply) (shop.State, error) {
	if s.broken != nil {
		return *state, s.broken
	}
	if err := s.rows.begin(ctx); err != nil {
		return *state, err
	}
	t := transaction{rows: s.rows, state: *state, touched: map[shop.OrderID]bool{}, short: s.short.Load()}
	for i, r := range batch {
		result, err := t.decide(ctx, r.command, s.now())
		if t.failed != nil {
			return *state, s.rows.rollback(ctx, t.failed)
		}
		replies[i] = reply{result, err}
		if r.after != nil {
			r.after()
		}
	}
	// After a failed write even a tick without events is written: that shows that the disk is good again.
	if len(t.events) == 0 && s.Healthy() {
		return t.settle(), s.rows.rollback(ctx, nil)
	}
	if err := t.write(ctx, state); err != nil {
		return *state, s.rows.rollback(ctx, err)
	}
	start := time.Now()
	if err := s.rows.commit(ctx); err != nil {
		return *state, s.rows.rollback(ctx, err)
	}
	s.commitTook = time.Since(start)
	if !s.healthy.Swap(true) {
		defer s.bell.Ring()
	}
	s.commits.Add(1)
	s.batches.add(len(batch))
	s.orders.Add(int64(t.placed))
	return t.settle(), nil
}

// distrust is called after a write error. It replaces the state in memory by what is in the rows: what was decided but
// not committed has not happened.
func (s *Store) distrust(ctx context.Context, cause error) {
	s.healthy.Store(false)
	s.log.Error("cannot write", "error", cause)
	s.outOfSpace(cause)
	state, err := s.load(ctx)
	if err != nil {
		s.broken = fmt.Errorf("reload after a write error: %w", err)
		return
	}
	s.broken = nil
	s.state.Store(&state)
	s.bell.Ring()
}

// Snapshot is the state after the last commit. It does not change; hold it as long as you like.
func (s *Store) Snapshot() *shop.State { return s.state.Load() }

// Bell is closed at the next change. Take it, then read the snapshot, then wait for it: a change in
// between is not missed.
func (s *Store) Bell() <-chan struct{} { return s.bell.Wait() }

// Healthy reports whether the last write went well.
func (s *Store) Healthy() bool { return s.healthy.Load() }

// Counts are the commits and the orders accepted since the start.
func (s *Store) Counts() (commits, orders int64) { return s.commits.Load(), s.orders.Load() }
