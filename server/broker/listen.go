package broker

import (
	"context"
	"net"
	"sync"
	"time"
)

// helloMax is how long a connection may take to say who it is.
const helloMax = 10 * time.Second

// door is a listener that bounds how many connections are open, gives each a deadline for its first
// packet, and closes all of them when it closes. The broker alone would wait for ever for a
// connection that never says anything.
type door struct {
	net.Listener
	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

func newDoor(l net.Listener) *door {
	return &door{Listener: l, open: map[net.Conn]struct{}{}}
}

// Accept implements net.Listener. A connection too many is closed at once.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if guest, ok := d.enter(c); ok {
			return guest, nil
		}
		c.Close() // it has been promised nothing
	}
}

func (d *door) enter(c net.Conn) (net.Conn, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || len(d.open) >= connectionsMax || c.SetDeadline(time.Now().Add(helloMax)) != nil {
		return nil, false
	}
	d.open[c] = struct{}{}
	return &doorConn{c, d}, true
}

func (d *door) leave(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, c)
}

// Close implements net.Listener.
func (d *door) Close() error {
	err := d.Listener.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for c := range d.open {
		c.Close() // whoever reads from it finds out
	}
	return err
}

type doorConn struct {
	net.Conn
	door *door
}

// Close implements net.Conn.
func (c *doorConn) Close() error {
	c.door.leave(c.Conn)
	return c.Conn.Close()
}

// pipes is a listener that is reached from within the process only.
type pipes struct {
	calls chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{calls: make(chan net.Conn), done: make(chan struct{})} }

// dial connects to the listener.
func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.calls <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

// String implements net.Addr.
func (pipeAddr) String() string { return insideName }
