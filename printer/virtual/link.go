package virtual

import (
	"net"
	"sync"
	"time"
)

// link is the one connection a printer has.
type link struct {
	conn net.Conn
	out  chan []byte // answers on their way
	gone bool        // guarded by the printer's mutex
}

// answersMax bounds answers nobody reads; a printer drops them too.
const answersMax = 64

// A connection that says nothing is closed, as real printers do: there is one place, and others wait for it.
const (
	// helloTimeout is for the first byte. A worker asks its first question as soon as it is connected.
	helloTimeout = 5 * time.Second
	// silenceMax is for each byte after that. A worker closes an unused connection after 30 seconds, so it never
	// meets this bound; real printers wait for about 90 seconds.
	silenceMax = 45 * time.Second
)

// answerTimeout bounds writing one answer to a host that does not read.
const answerTimeout = 5 * time.Second

// reset breaks the connection off, so that the host sees a reset and not an orderly end.
func (l *link) reset() {
	l.gone = true
	if tcp, ok := l.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // fails only on a dead connection
	}
	l.conn.Close() // likewise
}

func (p *Printer) serve(conn net.Conn) {
	l := &link{conn: conn, out: make(chan []byte, answersMax)}
	p.mu.Lock()
	if p.faults.Refuse || p.stopped {
		l.reset()
		p.mu.Unlock()
		return
	}
	p.link = l
	p.auto = false
	p.drop()
	p.mu.Unlock()

	var wg sync.WaitGroup
	wg.Go(func() { l.speak() })
	p.listen(l)

	p.mu.Lock()
	l.gone = true
	p.link = nil
	if p.faults.Forget {
		p.buf, p.starved = nil, 0
	}
	close(l.out)
	p.mu.Unlock()
	conn.Close() // already read to its end
	wg.Wait()
}

// listen takes bytes until the connection ends or has been silent for too long.
func (p *Printer) listen(l *link) {
	b := make([]byte, 512)
	for patience := helloTimeout; ; patience = silenceMax {
		l.conn.SetReadDeadline(time.Now().Add(patience)) // fails only on a dead connection, as does Read
		n, err := l.conn.Read(b)
		if p.take(l, b[:n]) != nil || err != nil {
			return
		}
	}
}

// speak writes answers until the connection ends.
func (l *link) speak() {
	for b := range l.out {
		l.conn.SetWriteDeadline(time.Now().Add(answerTimeout)) // fails only on a dead connection, as does Write
		if _, err := l.conn.Write(b); err != nil {
			l.conn.Close()
		}
	}
}

// answer sends b to whoever is connected now, as a printer's network board does. Called with the lock held.
func (p *Printer) answer(b []byte) {
	if p.link == nil || p.link.gone || p.faults.Mute || p.faults.Stall {
		return
	}
	select {
	case p.link.out <- b:
	default:
	}
}

// reply answers a status question, at once or late. Called with the lock held.
func (p *Printer) reply(b []byte) {
	if p.faults.SlowAnswer <= 0 {
		p.answer(b)
		return
	}
	time.AfterFunc(p.faults.SlowAnswer, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.answer(b)
	})
}

// Say sends bytes to the host that nobody asked for, as a printer with a loose cable does.
func (p *Printer) Say(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer(b)
}

// fence answers a fence, unless it is to be lost, when what stands before it is on paper. Called with the lock held.
func (p *Printer) fence(b []byte) {
	switch {
	case p.faults.NoFence:
	case p.faults.LoseFences > 0:
		p.faults.LoseFences--
	default:
		p.labour(func() { p.answer(b) })
	}
}
