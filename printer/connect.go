package printer

import (
	"context"
	"errors"
	"time"
)

// ready gets the printer ready for a job. Where it cannot, it returns why, and how long to wait before another attempt;
// a wait alone means that there is nothing to say yet.
func (p *Printer) ready(ctx context.Context) (why Reason, wait time.Duration) {
	p.looked = time.Now()
	switch {
	case p.link == nil:
	case p.link.lost():
		p.dropped()
	case p.stale():
		p.hangUp()
	}
	if p.link == nil {
		if err := p.connect(ctx); err != nil {
			return p.unreachable(ctx, err)
		}
	}
	if p.voice() == VoiceMute {
		return ReasonNone, 0
	}
	c, err := p.look(ctx)
	switch {
	case errors.Is(err, errSilent) && (p.fault != ReasonNone || len(p.link.pledges) > 0 || p.silences < p.timing.Polls):
		return p.unreachable(ctx, err) // it may just be slow or full, and may owe us a fence
	case err != nil:
		p.hangUp()
		return p.unreachable(ctx, err)
	case c.reason != ReasonNone:
		return c.reason, p.timing.Blocked
	}
	if len(p.link.pledges) > 0 && !p.lateFence(ctx) {
		p.hangUp()
		return ReasonNone, p.timing.RetryMin
	}
	return p.sync(ctx)
}

// look asks how the printer stands and shows it.
func (p *Printer) look(ctx context.Context) (condition, error) {
	c, err := p.dialect.look(ctx, p.link)
	switch {
	case errors.Is(err, errSilent):
		if p.silences++; p.silences >= p.timing.Polls && p.fault == ReasonNone {
			p.board.set(p.now(), func(s *Status) { s.Reason, s.Error = ReasonSilent, err.Error() })
		}
	case err == nil:
		p.silences, p.fault = 0, c.reason
		p.link.idleProof(c)
		p.board.set(p.now(), func(s *Status) { s.Online, s.Reason, s.NearEnd, s.Error = true, c.reason, c.near, "" })
	}
	return c, err
}

// stale tells whether a connection is better not used again: one to a printer that never answers may be long dead
// without our knowing, and one on which a fence came that nobody waits for would confuse the next.
func (p *Printer) stale() bool {
	return p.link.strays > 0 || p.voice() == VoiceMute && time.Since(p.link.used) > p.timing.Answer
}

// lateFence waits for fences that are late before anything else is sent: an answer carries no name, so the next job's
// could be taken for it. It tells whether they came.
func (p *Printer) lateFence(ctx context.Context) bool {
	came := func(answer) bool { return len(p.link.pledges) == 0 }
	for deadline := time.Now().Add(p.timing.LateGrace); !came(answer{}) && time.Now().Before(deadline); {
		if _, err := p.link.await(ctx, p.pace(), came); err == nil || !errors.Is(err, errSilent) {
			break
		}
		if _, err := p.look(ctx); err != nil {
			break
		}
	}
	p.settle(ctx)
	return came(answer{})
}

// pace is how often a printer at work is looked at.
func (p *Printer) pace() time.Duration {
	if p.link.voice == VoiceIdle {
		return p.timing.Settle
	}
	return p.timing.Poll
}

// connect makes a connection and finds out whether the printer answers.
func (p *Printer) connect(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, p.timing.Dial)
	defer cancel()
	c, err := p.dial(dialing)
	if err != nil {
		return err
	}
	p.link = newLink(c, p.dialect, p.timing, &p.proofs)
	p.remains, err = p.link.greet(ctx, p.dialect, p.remains)
	switch {
	case errors.Is(err, errSilent) && !p.voice().Answers():
		p.board.set(p.now(), func(s *Status) { s.Online, s.Voice, s.Reason, s.Error = true, VoiceMute, ReasonNone, "" })
	case err != nil:
		p.hangUp()
		return err
	default:
		p.board.set(p.now(), func(s *Status) {
			s.Online, s.Error = true, ""
			if !s.Voice.Answers() {
				s.Voice = VoiceAnswers
			}
		})
	}
	p.retry = 0
	return nil
}

// sync makes sure once per connection that no older fence is under way.
func (p *Printer) sync(ctx context.Context) (why Reason, wait time.Duration) {
	if p.remains == settled {
		return ReasonNone, 0
	}
	voice, err := p.dialect.sync(ctx, p.link, p.remains, p.voice())
	switch {
	case errors.Is(err, errBlocked):
		return ReasonNone, p.timing.Blocked
	case err != nil:
		p.hangUp()
		return p.unreachable(ctx, err)
	}
	p.link.voice, p.remains = voice, settled
	p.board.set(p.now(), func(s *Status) { s.Voice = voice })
	return ReasonNone, 0
}

// unreachable notes that there is no way to the printer, and returns when to try again.
func (p *Printer) unreachable(ctx context.Context, err error) (why Reason, wait time.Duration) {
	if ctx.Err() != nil {
		return ReasonNone, 0
	}
	switch {
	case !errors.Is(err, errSilent):
		why, p.fault = ReasonUnreachable, ReasonNone
	case p.fault != ReasonNone:
		return p.fault, p.timing.RetryMax // its buffer is full of our questions, as a rule
	default:
		why = ReasonSilent
	}
	p.retry = min(max(p.timing.RetryMin, p.retry*2), p.timing.RetryMax)
	p.board.set(p.now(), func(s *Status) { s.Online, s.Reason, s.Error = false, why, err.Error() })
	return why, p.retry
}

// hangUp closes the connection. With a fence under way nobody knows how much of its job the printer keeps: the next
// connection clears away what may be left of it, and waits for older fences to pass.
func (p *Printer) hangUp() {
	if p.link == nil {
		return
	}
	p.remains = max(p.remains, unsynced)
	if len(p.link.pledges) > 0 {
		p.remains = halfJob
	}
	p.link.close()
	p.link, p.silences = nil, 0
}

// dropped hangs up on a connection that ended by itself. A printer that never answers may have lost the end of its last
// job with it.
func (p *Printer) dropped() {
	if p.voice() == VoiceMute {
		p.remains = halfJob
	}
	p.hangUp()
}

// voice is how much the printer tells, as far as is known.
func (p *Printer) voice() Voice { return p.Status().Voice }

// due tells whether a printer without a job is to be looked at: it owes a fence, or it was long ago.
func (p *Printer) due() bool {
	if p.link != nil && len(p.link.pledges) > 0 && time.Since(p.link.used) < p.timing.HoldAfter {
		return true
	}
	return time.Since(p.looked) >= p.lookAgain()
}

// lookAgain is how long a printer that has nothing to print is left alone.
func (p *Printer) lookAgain() time.Duration {
	if p.Status().Reason != ReasonNone {
		return p.timing.RetryMax
	}
	return p.timing.Look
}

// sleep ends a look without a job: others may want the printer's only connection.
func (p *Printer) sleep() {
	if p.link != nil && len(p.link.pledges) == 0 && time.Since(p.link.used) > p.timing.Idle {
		p.hangUp()
	}
}

// idle is what is done when there is nothing to print. It returns when to look again.
func (p *Printer) idle() time.Duration {
	again := max(p.lookAgain()-time.Since(p.looked), p.timing.RetryMin)
	if p.link == nil {
		return again
	}
	left := p.timing.Idle - time.Since(p.link.used)
	if left <= 0 && len(p.link.pledges) == 0 {
		p.hangUp()
		return again
	}
	return min(again, max(left, p.timing.Poll))
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
	case <-p.asked:
		p.tests++
	case <-timer.C:
	case a, ok := <-said:
		if ok {
			p.link.note(a)
		} else {
			p.dropped()
		}
	}
}
