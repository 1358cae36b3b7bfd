package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"weir/shop/bell"
)

// Leader is one of several routers that does a thing which must be done once, such as telling people what is wrong. Who
// leads says so again and again under a subject of the stream [Told]; who sees for a while that nothing new is said takes
// over. No two clocks are compared: each router measures by its own how long nothing was said.
//
// Two may lead for a moment, when one was frozen: what a leader keeps has to be written by compare-and-set.
type Leader struct {
	Engine *Engine
	Name   string        // of the thing; a part of a subject
	ID     string        // of this router, different at each start
	For    time.Duration // how long a word holds; 0 is [leadFor]
}

// leadFor is how long a leader may say nothing before another one takes over: several renewals, and the choice of a new
// leader of the stream.
const leadFor = 30 * time.Second

// renewals is how often in that time a leader says that it leads.
const renewals = 6

// Run waits until this router leads, and then lets lead do the thing, again and again, until ctx ends. lead's context ends
// when it is not certain any more that this router leads. seen is told each time whether the stream has answered.
func (l *Leader) Run(ctx context.Context, seen func(error), lead func(context.Context) error) error {
	term := l.For
	if term == 0 {
		term = leadFor
	}
	subject := "fleet.claim." + l.Name
	var last Value
	heard := time.Now()
	for ctx.Err() == nil {
		v, err := l.Engine.Get(ctx, Told, subject)
		seen(err)
		switch {
		case err != nil:
			heard = time.Now() // what was said meanwhile is not known
		case v.Revision != last.Revision || len(v.Data) == 0:
			heard = time.Now()
		}
		free := err == nil && (len(v.Data) == 0 || v.Revision == last.Revision && time.Since(heard) >= term)
		if err == nil {
			last = v
		}
		if free {
			revision, err := l.Engine.Put(ctx, Told, subject, []byte(l.ID), v.Revision)
			if err == nil {
				if err := l.hold(ctx, subject, revision, term, seen, lead); err != nil {
					return err
				}
				heard = time.Now()
				continue
			}
		}
		bell.Sleep(ctx, term/renewals)
	}
	return nil
}

// hold lets lead work while this router says that it leads.
func (l *Leader) hold(
	ctx context.Context, subject string, revision uint64, term time.Duration, seen func(error), lead func(context.Context) error,
) error {
	work, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- lead(work) }()
	beat := time.NewTicker(term / renewals)
	defer beat.Stop()
	for said := time.Now(); ; {
		select {
		case err := <-ended:
			l.release(subject, revision)
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("lead %s: %w", l.Name, err)
			}
			return nil
		case <-beat.C:
		}
		if work.Err() != nil {
			continue // lead ends soon
		}
		next, err := l.renew(ctx, subject, revision)
		seen(err)
		switch {
		case err == nil:
			revision, said = next, time.Now()
		case errors.Is(err, ErrConflict) || time.Since(said) > term*2/3:
			stop()
		}
	}
}

// renew says again that this router leads. A write of which it is not known whether it got through is looked at.
func (l *Leader) renew(ctx context.Context, subject string, revision uint64) (uint64, error) {
	next, err := l.Engine.Put(ctx, Told, subject, []byte(l.ID), revision)
	if !errors.Is(err, ErrConflict) {
		return next, err
	}
	v, look := l.Engine.Get(ctx, Told, subject)
	if look == nil && bytes.Equal(v.Data, []byte(l.ID)) {
		return v.Revision, nil
	}
	return 0, errors.Join(err, look)
}

// release lets another router take over at once.
func (l *Leader) release(subject string, revision uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), releaseMax)
	defer cancel()
	_, _ = l.Engine.Put(ctx, Told, subject, nil, revision) // or they wait for the term
}

// releaseMax is how long a router that ends waits for it.
const releaseMax = time.Second
