// Package printer brings documents to paper: it builds tickets and labels from orders, and a spool worker for each
// printer sends them and believes only the printer's own answer that they are through.
package printer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/printer/virtual"
	"weir/shop/bell"
)

// Config is one printer as the shop has set it up.
type Config struct {
	Name    string
	Model   Model
	Address Address
	Stock   Stock // of a label printer
	// Reprint allows one marked reprint of a kitchen ticket or label that may not have come out, unasked. Receipts are
	// never reprinted unasked.
	Reprint bool
	// Age is for how long a moment of the shop's time is past for certain; nil takes it from now.
	Age func(time.Time) time.Duration
}

// Printer works off the spool of one printer.
type Printer struct {
	config  Config
	spool   Spool
	render  Render
	now     func() time.Time
	timing  Timing
	log     *slog.Logger
	dialect dialect
	dial    dial
	paper   *virtual.Printer // nil for a real one
	board   statusBoard
	ages    ages
	asked   chan struct{} // for a test page

	// What follows belongs to the goroutine of Run.
	link     *link
	remains  remains // of earlier connections; settled once this one is synced
	proofs   proofs
	fault    Reason        // what it last said keeps it from printing
	tests    int           // pages asked for
	silences int           // looks in a row without an answer
	retry    time.Duration // between attempts to connect
	looked   time.Time     // last attempt to find out how it stands
}

// New returns a printer that works once Run is called. log may be nil; a zero timing is DefaultTiming. The only error is
// an unknown kind of printer.
func New(c Config, spool Spool, render Render, now func() time.Time, timing Timing, log *slog.Logger) (*Printer, error) {
	kind, err := find(c.Model)
	if err != nil {
		return nil, fmt.Errorf("printer %s: %w", c.Name, err)
	}
	if timing == (Timing{}) {
		timing = DefaultTiming
	}
	if c.Age == nil {
		c.Age = func(at time.Time) time.Duration { return now().Sub(at) }
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Printer{
		config: c, spool: spool, render: render, now: now, timing: timing, remains: halfCommand,
		log: log.With("printer", c.Name), dialect: kind.dialect,
	}
	p.asked = make(chan struct{}, 1)
	p.board.now = Status{Name: c.Name, Model: c.Model, Address: c.Address.String(), Since: now()}
	switch c.Address.Scheme {
	case "tcp":
		p.dial = dialTCP(c.Address.Where)
	case "file":
		p.dial = openFile(c.Address.Where)
	case "virtual":
		p.paper = kind.virtual(c.Stock)
	}
	return p, nil
}

// Status is how the printer stands now.
func (p *Printer) Status() Status { return p.board.get() }

// Changed returns a channel that is closed when Status changes. Take it before reading Status.
func (p *Printer) Changed() <-chan struct{} { return p.board.bell.Wait() }

// Virtual is the printer behind a virtual address, to show its paper and to break it; nil for a real one.
func (p *Printer) Virtual() *virtual.Printer { return p.paper }

// Run works off the spool until ctx ends. The spool must outlive it: the state of the job in hand is still written.
// The only error it returns is that a virtual printer cannot listen; a real one that cannot be reached is a state.
func (p *Printer) Run(ctx context.Context) error {
	if p.paper == nil {
		p.work(ctx)
		return nil
	}
	where := p.config.Address.Where
	if where == "" {
		where = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", where)
	if err != nil {
		return fmt.Errorf("virtual printer %s: %w", p.config.Name, err)
	}
	p.dial = dialTCP(ln.Addr().String())
	// The worker ends first: it may still wait for the fence of the job in hand.
	paper, stop := context.WithCancel(context.WithoutCancel(ctx))
	var group errgroup.Group
	group.Go(func() error { return p.paper.Run(paper, ln) })
	group.Go(func() error {
		defer stop()
		p.work(ctx)
		return nil
	})
	return group.Wait()
}

// work is the life of the worker.
func (p *Printer) work(ctx context.Context) {
	defer p.hangUp()
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(ctx) })
	defer watching.Wait()
	for ctx.Err() == nil {
		bell := p.spool.Bell()
		pause := p.turn(ctx)
		p.rest(ctx, bell, pause)
	}
}

// recover looks after jobs that are under way although nobody works on them, for the process died or the storage failed
// in the middle: nobody knows whether they are on paper.
func (p *Printer) recover(ctx context.Context) {
	for _, job := range p.spool.Jobs(p.config.Name) {
		if (job.State == Sending || job.State == Fenced) && !p.proofs.of(job.ID) {
			p.remains = halfJob
			p.move(ctx, job, job.State, Unconfirmed, ReasonRestart)
		}
	}
}

// turn does what is to be done now and returns how long it can be left alone, unless the bell rings or the printer
// says something; 0 is not at all.
func (p *Printer) turn(ctx context.Context) time.Duration {
	p.settle(ctx)
	p.recover(ctx)
	job, found := p.next(ctx)
	if !found && p.tests == 0 && !p.due() {
		return p.idle()
	}
	why, pause := p.ready(ctx)
	switch {
	case p.tests > 0 && why == ReasonNone && pause == 0 && ctx.Err() == nil:
		p.tests = 0
		p.test(ctx)
	case p.tests > 0 && why != ReasonNone:
		p.tests = 0 // the reason is shown; nobody waits for the page any more when it is mended
	case !found:
		p.sleep()
		return max(pause, p.idle())
	case why != ReasonNone:
		p.block(ctx, job, why)
		return pause
	case pause > 0 || ctx.Err() != nil:
		return pause
	case job.State == Unconfirmed:
		p.reprint(ctx, job)
	default:
		p.print(ctx, job)
	}
	return 0
}

// next is the job to take in hand: the oldest that waits, or an unconfirmed one to be reprinted before it. Jobs that
// are too old are held on the way.
func (p *Printer) next(ctx context.Context) (Job, bool) {
	var first Job
	found := false
	jobs := p.spool.Jobs(p.config.Name)
	p.ages.note(jobs, p.config.Age)
	for _, job := range jobs {
		switch job.State {
		case Queued, Blocked:
			if p.tooOld(job) {
				p.hold(ctx, job)
			} else if !found {
				first, found = job, true
			}
		case Unconfirmed:
			if p.reprintable(job) {
				return job, true
			}
		}
	}
	return first, found
}

func (p *Printer) tooOld(job Job) bool { return p.ages.of(job) > p.timing.HoldAfter }

func (p *Printer) hold(ctx context.Context, job Job) {
	if job.State == Blocked && !p.move(ctx, job, Blocked, Queued, ReasonNone) {
		return
	}
	p.move(ctx, job, Queued, Held, ReasonOld)
	p.ages.forget(job.ID) // when a person lets it go it is due anew
}

// reprintable tells whether an unconfirmed job is to be reprinted unasked, and now.
func (p *Printer) reprintable(job Job) bool {
	if !p.config.Reprint || job.Reprint > 0 || job.Kind != Kitchen && job.Kind != Label || p.tooOld(job) {
		return false
	}
	if job.Reason.Silence() {
		return false // it was sent whole, and another copy would prove no more
	}
	return p.link == nil || !p.link.awaits(job.ID)
}

// reprint puts a marked copy in the place of an unconfirmed job.
func (p *Printer) reprint(ctx context.Context, job Job) {
	err := p.spool.Reprint(context.WithoutCancel(ctx), p.config.Name, job.ID)
	switch {
	case errors.Is(err, ErrStale):
		bell.Sleep(ctx, p.timing.RetryMin) // somebody was quicker; Jobs will show it
	case err != nil:
		p.storageTrouble(ctx, err)
	}
}

// block says why the next job cannot be printed.
func (p *Printer) block(ctx context.Context, job Job, why Reason) {
	if job.State == Blocked && job.Reason != why {
		if !p.move(ctx, job, Blocked, Queued, ReasonNone) {
			return
		}
		job.State = Queued
	}
	if job.State == Queued {
		p.move(ctx, job, Queued, Blocked, why)
	}
}

// settle writes down what fences prove, late ones too. A proof is kept until it is written.
func (p *Printer) settle(ctx context.Context) {
	if p.proofs.empty() {
		return
	}
	var unwritten proofs
	for _, job := range p.spool.Jobs(p.config.Name) {
		if p.proofs.of(job.ID) && (job.State == Fenced || job.State == Unconfirmed) && !p.move(ctx, job, job.State, Done, ReasonNone) {
			unwritten.jobs = append(unwritten.jobs, job.ID)
		}
	}
	p.proofs = unwritten
}

// move asks the spool for a change and tells whether it was made. A job that is no longer ours is left alone; while
// the storage is in trouble the change is asked for again.
func (p *Printer) move(ctx context.Context, job Job, from, to State, why Reason) bool {
	ctx = context.WithoutCancel(ctx)
	for try := range movesMax {
		err := p.spool.Move(ctx, Move{Job: job.ID, Printer: p.config.Name, From: from, To: to, Reason: why})
		switch {
		case err == nil:
			return true
		case errors.Is(err, ErrStale):
			return try > 0 && p.is(job.ID, to) // the try before may have been carried out after all
		}
		p.storageTrouble(ctx, err)
	}
	return false
}

// movesMax bounds asking for one change. A job left in a state under way is unconfirmed after a restart.
const movesMax = 3

func (p *Printer) is(job int64, state State) bool {
	for _, j := range p.spool.Jobs(p.config.Name) {
		if j.ID == job {
			return j.State == state
		}
	}
	return !state.Open()
}

// storageTrouble notes that the spool cannot be written and waits a little.
func (p *Printer) storageTrouble(ctx context.Context, err error) {
	p.log.Error("spool cannot be written", "err", err)
	bell.Sleep(ctx, p.timing.RetryMin)
}
