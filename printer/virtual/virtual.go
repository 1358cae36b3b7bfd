// Package virtual is a printer without paper: it listens like a real one, answers like a real one, breaks on request,
// and shows what it was sent as a picture of paper made by decoding the bytes.
package virtual

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"weir/shop/bell"
)

// Language is what a printer understands: one of those below.
type Language struct{ decoder func(dots int) decoder }

// The languages spoken.
var (
	ESCPOS = &Language{func(dots int) decoder { return newEscpos(dots) }}
	TSPL   = &Language{func(dots int) decoder { return &tsplDecoder{width: dots, height: labelHeight} }}
	ZPL    = &Language{func(dots int) decoder { return &zplDecoder{width: dots, height: labelHeight} }}
)

// Faults is what is wrong with the printer. The zero value is a healthy one with plenty of paper.
type Faults struct {
	PaperOut   bool
	NearEnd    bool
	CoverOpen  bool
	PaperLines int           // above 0: paper runs out after so many more lines or labels; counts down
	Stall      bool          // takes no bytes and answers nothing, connection alive
	Mute       bool          // prints but never answers, as cheap ones do
	NoFence    bool          // answers questions, but never a fence
	LoseFences int           // so many of the next fences are not answered; counts down
	Slow       time.Duration // the mechanism takes so long for each ticket or label; its fence comes after that
	Refuse     bool          // connections are reset as soon as they are made: switched off
	Careless   bool          // without paper it carries on, printing on nothing, and says so in its fence
	Lag        time.Duration // so long after the first byte of a label it still says that it has nothing to do
	SlowAnswer time.Duration // status questions are answered so much later
	Forget     bool          // what is buffered is lost when the connection ends
}

// bufferBytes is how much the printer takes in while it cannot print; real ones have 45 B to 4 KB.
const bufferBytes = 4 << 10

// bufferBytesMax bounds an unfinished command; a longer one is dropped.
const bufferBytesMax = 1 << 20

// Printer is one virtual printer. Start it with Run. All methods may be called from anywhere.
type Printer struct {
	// Maker is the name the printer gives itself. With "EPSON" it also answers named fences. It is set before Run.
	Maker string

	mu      sync.Mutex
	cond    *sync.Cond // broadcast at every change of what follows
	faults  Faults
	decoder decoder
	buf     []byte
	starved int   // the decoder wants more than so many bytes of buf
	taken   int64 // bytes received since the start
	dropAt  int64 // taken at which the connection is reset; -1: never
	link    *link // where answers go; nil: nobody is connected
	auto    bool  // ESC/POS automatic status back is on
	lagging bool  // see Faults.Lag
	busy    bool  // the mechanism is at work on a ticket or label; see Faults.Slow
	stopped bool
	paper   paper
	trace   func(command string) // nil unless decoding only
	bell    bell.Bell
}

// decoder carries out what is in the buffer.
type decoder interface {
	// step carries out the first command of b and returns its length; 0 if b ends before the command does.
	step(p *Printer, b []byte) int
	// urgent is shown every byte as it comes in, answers what is answered at once, and puts the rest into the buffer.
	urgent(p *Printer, c byte)
}

// New returns a printer for paper of the given printable width in dots (384, 576; labels 320, until a label says its size).
func New(lang *Language, dots int) *Printer {
	p := &Printer{Maker: "WEIR", dropAt: -1}
	p.cond = sync.NewCond(&p.mu)
	p.paper.width = dots
	p.decoder = lang.decoder(dots)
	return p
}

// acceptPause is how long the printer waits before it tries again to take a connection. The usual cause is that the
// process has no file descriptors left.
const acceptPause = 100 * time.Millisecond

// Run serves ln until ctx ends, one connection at a time, as printers do. It closes ln. A connection that cannot be
// accepted is no reason to end; the only error is that somebody else has closed ln.
func (p *Printer) Run(ctx context.Context, ln net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	wg.Go(p.work)
	context.AfterFunc(ctx, func() {
		ln.Close() // its error changes nothing: Accept ends either way
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopped = true
		if p.link != nil {
			p.link.conn.Close()
		}
		p.cond.Broadcast()
	})
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept a print job: %w", err)
		}
		if err != nil {
			bell.Sleep(ctx, acceptPause)
			continue
		}
		p.serve(conn)
	}
}

// Faults returns what is wrong now.
func (p *Printer) Faults() Faults {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults
}

// Change changes what is wrong: change is given the faults as they are and edits them.
func (p *Printer) Change(change func(*Faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.faults)
	if p.faults.Refuse && p.link != nil {
		p.link.reset()
	}
	p.changed()
}

// DropAfter resets the connection once n more bytes have been taken in; 0 resets it now.
func (p *Printer) DropAfter(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropAt = p.taken + n
	p.drop()
}

// Taken is the number of bytes received since the start.
func (p *Printer) Taken() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

// Connected tells whether a host is connected.
func (p *Printer) Connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.link != nil
}

// Bell returns a channel that is closed at the next change of paper or faults.
func (p *Printer) Bell() <-chan struct{} {
	return p.bell.Wait()
}

// changed wakes the mechanism and whoever watches. Called with the lock held.
func (p *Printer) changed() {
	if p.auto {
		p.answer(p.autoStatus())
	}
	p.cond.Broadcast()
	p.bell.Ring()
}

// online tells whether the printer says it can print.
func (p *Printer) online() bool { return !p.faults.PaperOut && !p.faults.CoverOpen && !p.faults.Stall }

// able tells whether the mechanism works.
func (p *Printer) able() bool {
	f := p.faults
	return (!f.PaperOut || f.Careless) && !f.CoverOpen && !f.Stall && !p.lagging
}

// work is the mechanism: it carries out what is buffered, a command at a time, while it can.
func (p *Printer) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for !p.stopped && (p.busy || !p.able() || len(p.buf) <= p.starved) {
			p.cond.Wait()
		}
		if p.stopped {
			return
		}
		n := p.decoder.step(p, p.buf)
		if n == 0 && len(p.buf) > bufferBytesMax {
			n = 1
		}
		p.buf = p.buf[n:]
		p.starved = 0
		if n == 0 {
			p.starved = len(p.buf)
		}
		p.cond.Broadcast()
	}
}

// labour keeps the mechanism busy with a ticket or label for as long as it takes, then does what comes after.
func (p *Printer) labour(after func()) {
	if p.faults.Slow <= 0 {
		after()
		return
	}
	p.busy = true
	time.AfterFunc(p.faults.Slow, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.busy = false
		after()
		p.cond.Broadcast()
	})
}

// lag keeps the mechanism from beginning.
func (p *Printer) lag() {
	p.lagging = true
	time.AfterFunc(p.faults.Lag, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lagging = false
		p.cond.Broadcast()
	})
}

// errDropped ends a connection the printer itself has reset.
var errDropped = errors.New("the printer dropped the connection")

// take receives bytes, up to where the connection is to be dropped.
func (p *Printer) take(l *link, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.Lag > 0 && len(b) > 0 && len(p.buf) == 0 {
		p.lag()
	}
	for _, c := range b {
		for !p.stopped && !l.gone && (p.faults.Stall || !p.able() && len(p.buf) >= bufferBytes) {
			p.cond.Wait()
		}
		if p.stopped || l.gone {
			return errDropped
		}
		p.decoder.urgent(p, c)
		p.taken++
		p.drop()
	}
	p.cond.Broadcast()
	return nil
}

// drop resets the connection when its time has come.
func (p *Printer) drop() {
	if p.dropAt < 0 || p.taken < p.dropAt {
		return
	}
	p.dropAt = -1
	if p.link != nil {
		p.link.reset()
	}
	p.cond.Broadcast()
}
