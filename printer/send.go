package printer

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"
	"weir/shop/bell"
)

// print sends one job and sees it through.
func (p *Printer) print(ctx context.Context, job Job) {
	body, why, err := p.encode(ctx, job)
	if err != nil {
		p.log.Error("job cannot be made", "job", job.ID, "kind", job.Kind, "err", err)
		if job.State == Blocked && !p.move(ctx, job, Blocked, Queued, ReasonNone) {
			return
		}
		p.move(ctx, job, Queued, Failed, why)
		return
	}
	if !p.move(ctx, job, job.State, Sending, ReasonNone) {
		bell.Sleep(ctx, p.timing.RetryMin) // cancelled or moved away; Jobs will show it
		return
	}
	p.board.set(p.now(), func(s *Status) { s.Printing = job.ID })
	p.send(ctx, job, body)
	p.board.set(p.now(), func(s *Status) { s.Printing = 0 })
}

func (p *Printer) encode(ctx context.Context, job Job) ([]byte, Reason, error) {
	t, err := p.render(ctx, job)
	if err != nil {
		return nil, ReasonRender, err
	}
	t.Kind, t.Reprint = job.Kind, job.Reprint
	body, err := Encode(p.config.Model, p.config.Stock, t)
	if errors.Is(err, ErrUnfit) {
		return nil, ReasonUnfit, err
	}
	return body, ReasonRender, err
}

// send writes the bytes of a job that is in Sending, and leaves it in the state they deserve.
func (p *Printer) send(ctx context.Context, job Job, body []byte) {
	voice := p.voice()
	if voice.Confirms() {
		body = append(body, p.dialect.fence(p.link, job.ID)...)
		p.link.pledge(job.ID)
	}
	p.link.used = time.Now()
	n, err := p.writeOut(ctx, body)
	switch {
	case n == 0 && err != nil:
		p.link.pledges = nil // nothing was sent, so nothing of this job can come back
		p.dropped()
		p.move(ctx, job, Sending, Queued, ReasonNone)
		bell.Sleep(ctx, p.timing.RetryMin)
	case err != nil:
		p.hangUp()
		p.remains = halfJob
		p.move(ctx, job, Sending, Unconfirmed, ReasonLost)
	case voice == VoiceMute:
		p.move(ctx, job, Sending, Unconfirmed, ReasonNoStatus)
	case !voice.Confirms():
		p.move(ctx, job, Sending, Unconfirmed, ReasonNoFence)
	default:
		if p.move(ctx, job, Sending, Fenced, ReasonNone) {
			p.awaitFence(ctx, job, len(body))
		}
	}
}

// writeOut writes the whole job. A printer that has stopped taking bytes in the middle of it, for want of paper as a
// rule, is waited for: a half job helps nobody. It cannot be asked what is wrong without putting the question into the job.
func (p *Printer) writeOut(ctx context.Context, body []byte) (int, error) {
	l := p.link
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(p.timing.Farewell, func() { l.conn.SetWriteDeadline(time.Now()) }) // fails only on a closed one
	})()
	written, last := 0, time.Now()
	for {
		n, err := l.write(body[written:], p.timing.FenceBase)
		written += n
		if n > 0 {
			last = time.Now()
		}
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil || time.Since(last) > p.timing.Stuck {
			return written, err
		}
		p.board.set(p.now(), func(s *Status) { s.Reason, s.Error = ReasonSilent, err.Error() })
	}
}

// awaitFence waits until the printer proves that the job is through, looking meanwhile whether it says what keeps it.
// While it does, time stands still: the paper will be put in and the job printed.
func (p *Printer) awaitFence(ctx context.Context, job Job, bytes int) {
	deadline := time.Now().Add(p.timing.fence(bytes))
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(p.timing.Farewell, cancel) })()
	came := func(answer) bool { return !p.link.awaits(job.ID) }
	for !came(answer{}) {
		_, err := p.link.await(waiting, min(p.pace(), time.Until(deadline)), came)
		if errors.Is(err, errSilent) {
			var c condition
			if c, err = p.look(waiting); err == nil && c.reason != ReasonNone {
				deadline = time.Now().Add(p.timing.fence(bytes))
			}
		}
		switch {
		case waiting.Err() != nil:
			return // told to stop: the job stays fenced and is unconfirmed after the restart
		case errors.Is(err, errLost):
			p.hangUp()
			p.move(ctx, job, Fenced, Unconfirmed, ReasonLost)
			return
		case !came(answer{}) && !time.Now().Before(deadline):
			p.move(ctx, job, Fenced, Unconfirmed, ReasonLate)
			return
		}
	}
	p.finish(ctx, job)
}

// finish writes down what the fence proves.
func (p *Printer) finish(ctx context.Context, job Job) {
	if slices.Contains(p.link.doubt, job.ID) {
		p.link.doubt = nil
		p.move(ctx, job, Fenced, Unconfirmed, ReasonPaper)
		return
	}
	p.settle(ctx)
}

// awaits tells whether the fence of a job is under way on this connection.
func (l *link) awaits(job int64) bool {
	return slices.ContainsFunc(l.pledges, func(m pledge) bool { return m.job == job })
}
