package printer

import (
	"context"
	"errors"
	"slices"
	"time"

	"weir/printer/escpos"
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
	body, err := Encode(p.config.Model, t)
	if errors.Is(err, ErrUnfit) {
		return nil, ReasonUnfit, err
	}
	return body, ReasonRender, err
}

// send writes the bytes of a job that is in Sending, and leaves it in the state they deserve.
func (p *Printer) send(ctx context.Context, job Job, body []byte) {
	s := p.Status()
	confirms := !s.NoStatus && !s.NoFence
	if confirms {
		body = append(body, p.dialect.fence(p.link, job.ID)...)
		p.link.pledges = append(p.link.pledges, pledge{job: job.ID, id: escpos.FenceID(job.ID)})
	}
	p.link.used = time.Now()
	n, err := p.writeOut(ctx, body)
	switch {
	case n == 0 && err != nil:
		p.link.pledges = nil
		p.hangUp()
		p.move(ctx, job, Sending, Queued, ReasonNone)
	case err != nil:
		p.broken = true
		p.hangUp()
		p.move(ctx, job, Sending, Unconfirmed, lossReason(err))
	case s.NoStatus:
		p.move(ctx, job, Sending, Unconfirmed, ReasonNoStatus)
	case s.NoFence:
		p.move(ctx, job, Sending, Unconfirmed, ReasonNoFence)
	default:
		if p.move(ctx, job, Sending, Fenced, ReasonNone) {
			p.awaitFence(ctx, job, len(body))
		}
	}
}

// writeOut writes the whole job. A printer that takes no more bytes but says why is waited for; one that says nothing
// is given the time of a fence.
func (p *Printer) writeOut(ctx context.Context, body []byte) (int, error) {
	n, err := p.link.write(body, p.timing.fence(len(body)))
	return n, err
}

func lossReason(err error) Reason {
	if errors.Is(err, context.DeadlineExceeded) {
		return ReasonLate
	}
	return ReasonLost
}

// awaitFence waits until the printer proves that the job is through, looking meanwhile whether it says what keeps it.
// While it does, time stands still: the paper will be put in and the job printed.
func (p *Printer) awaitFence(ctx context.Context, job Job, bytes int) {
	deadline := time.Now().Add(p.timing.fence(bytes))
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(p.timing.Farewell, cancel) })
	defer stop()
	for {
		_, err := p.link.await(waiting, min(p.timing.Poll, time.Until(deadline)), func(answer) bool { return !p.link.awaits(job.ID) })
		switch {
		case err == nil:
			p.finish(ctx, job)
			return
		case waiting.Err() != nil:
			return // told to stop: the job stays fenced and is unconfirmed after the restart
		case errors.Is(err, errLost):
			p.hangUp()
			p.move(ctx, job, Fenced, Unconfirmed, ReasonLost)
			return
		case !time.Now().Before(deadline):
			p.move(ctx, job, Fenced, Unconfirmed, ReasonLate)
			return
		}
		c, err := p.dialect.look(waiting, p.link)
		if err != nil {
			continue // lost is seen by await; silent runs into the deadline
		}
		p.show(c)
		if c.reason != ReasonNone {
			deadline = time.Now().Add(p.timing.fence(bytes))
		}
	}
}

// finish writes down what the fence proves.
func (p *Printer) finish(ctx context.Context, job Job) {
	if slices.Contains(p.link.doubt, job.ID) {
		p.link.doubt = nil
		p.move(ctx, job, Fenced, Unconfirmed, ReasonPaper)
		return
	}
	p.link.passed = slices.DeleteFunc(p.link.passed, func(id int64) bool { return id == job.ID })
	p.move(ctx, job, Fenced, Done, ReasonNone)
}

// awaits tells whether the fence of a job is under way on this connection.
func (l *link) awaits(job int64) bool {
	return slices.ContainsFunc(l.pledges, func(m pledge) bool { return m.job == job })
}

// proves tells whether a job is among those whose fence came, by number or by the shorter name fences carry.
func (l *link) proves(passed []int64, job int64) bool {
	return slices.Contains(passed, job) || l.named && slices.Contains(passed, int64(escpos.FenceID(job)))
}
