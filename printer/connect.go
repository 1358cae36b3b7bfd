package printer

import (
	"context"
	"errors"
	"time"
)

// prepare gets the printer ready for a job. Where it cannot, the job is blocked and prepare returns false and how long
// to wait before another attempt.
func (p *Printer) prepare(ctx context.Context, job Job) (time.Duration, bool) {
	if p.link != nil && p.stale() {
		p.hangUp()
	}
	if p.link != nil && len(p.link.pledges) > 0 && !p.lateFence(ctx) {
		p.hangUp()
	}
	if p.link == nil {
		if err := p.connect(ctx); err != nil {
			return p.unreachable(ctx, job, err), false
		}
	}
	if p.Status().NoStatus {
		return 0, true
	}
	c, err := p.dialect.look(ctx, p.link)
	if err != nil {
		p.hangUp()
		return p.unreachable(ctx, job, err), false
	}
	p.show(c)
	if c.reason != ReasonNone {
		p.block(ctx, job, c.reason)
		return p.timing.Poll, false
	}
	if err := p.sync(ctx); err != nil {
		p.hangUp()
		return p.unreachable(ctx, job, err), false
	}
	return 0, true
}

// stale tells whether a connection is better not used again: one to a printer that never answers may be long dead
// without our knowing, and one on which a fence came that nobody waits for would confuse the next.
func (p *Printer) stale() bool {
	return p.link.stray || p.Status().NoStatus && time.Since(p.link.used) > p.timing.Answer
}

// lateFence waits for fences that are late before anything else is sent: an answer carries no name, so the next job's
// could be taken for it. It tells whether they came.
func (p *Printer) lateFence(ctx context.Context) bool {
	_, err := p.link.await(ctx, p.timing.LateGrace, func(answer) bool { return len(p.link.pledges) == 0 })
	p.settle(ctx)
	return err == nil
}

// connect makes a connection and finds out whether the printer answers.
func (p *Printer) connect(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, p.timing.Dial)
	defer cancel()
	c, err := p.dial(dialing)
	if err != nil {
		return err
	}
	p.link = newLink(c, p.dialect, p.timing)
	p.link.used = time.Now()
	err = p.dialect.greet(ctx, p.link, p.broken)
	switch {
	case errors.Is(err, errSilent) && !p.answered:
		p.link.asked = 0
		p.board.set(p.now(), func(s *Status) { s.Online, s.NoStatus, s.Reason, s.Error = true, true, ReasonNone, "" })
	case err != nil:
		p.hangUp()
		return err
	default:
		p.answered = true
		p.board.set(p.now(), func(s *Status) { s.Online, s.NoStatus, s.Error = true, false, "" })
	}
	p.retry = 0
	return nil
}

// sync makes sure once per connection that no older fence is under way.
func (p *Printer) sync(ctx context.Context) error {
	if p.link.synced {
		return nil
	}
	err := p.dialect.sync(ctx, p.link, p.broken)
	if err != nil && !errors.Is(err, errSilent) {
		return err
	}
	p.link.synced = true
	p.broken = false
	p.board.set(p.now(), func(s *Status) { s.NoFence = err != nil })
	return nil
}

// unreachable blocks a job because there is no way to the printer, and returns when to try again.
func (p *Printer) unreachable(ctx context.Context, job Job, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	why := ReasonUnreachable
	if errors.Is(err, errSilent) {
		why = ReasonSilent
	}
	p.retry = min(max(p.timing.RetryMin, p.retry*2), p.timing.RetryMax)
	p.board.set(p.now(), func(s *Status) { s.Online, s.Reason, s.Error = false, why, err.Error() })
	p.block(ctx, job, why)
	return p.retry
}

// show makes what the printer said its status.
func (p *Printer) show(c condition) {
	p.board.set(p.now(), func(s *Status) { s.Reason, s.NearEnd = c.reason, c.near })
}

// hangUp closes the connection. Fences under way are not forgotten: the next connection is synced.
func (p *Printer) hangUp() {
	if p.link == nil {
		return
	}
	if len(p.link.pledges) > 0 {
		p.broken = true
	}
	p.link.close()
	p.link = nil
}

// idle is what is done when there is nothing to print. It returns when to look again.
func (p *Printer) idle() time.Duration {
	if p.link == nil {
		return p.timing.Idle
	}
	left := p.timing.Idle - time.Since(p.link.used)
	if left <= 0 {
		p.hangUp()
		return p.timing.Idle
	}
	return left
}

// rest waits until there may be something to do.
func (p *Printer) rest(ctx context.Context, bell <-chan struct{}, pause time.Duration) {
	if pause <= 0 {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	var said <-chan answer
	if p.link != nil {
		said = p.link.said
	}
	select {
	case <-ctx.Done():
	case <-bell:
	case <-timer.C:
	case a, ok := <-said:
		if ok {
			p.link.note(a)
		} else {
			p.hangUp()
		}
	}
}
