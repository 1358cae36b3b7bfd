package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// Places at the guests' door. Each account has its own, so nobody can take another's. The shop's own
// client comes another way and takes none.
const (
	// guestsMax is the connections of one account: a router with its replicas, and some screens.
	guestsMax = 16
	// arrivingMax is the connections that have not signed in. When there are more, the oldest has to go:
	// whoever means well has said who it is within a second. All that a restart has cut off come at once.
	arrivingMax = 256
)

// acceptPause is how long the door waits when the machine has no room for another connection.
const acceptPause = 100 * time.Millisecond

// front is the guests' door: it takes their connections and knows all that are open.
type front struct {
	listener net.Listener
	secure   bool                 // it speaks TLS
	serve    func(net.Conn) error // the broker library's
	after    func(*conn)          // when a connection has ended
	log      *slog.Logger
	stranger *pace // shared by all connections that have not signed in
	callers  callers

	wait   sync.WaitGroup // for the connections and for run
	mu     sync.Mutex
	begun  bool
	closed bool
	open   map[*conn]string // the account a connection has signed in to; arriving before
	order  []*conn          // those that are arriving, the oldest first
}

// arriving is the account of a connection that has not signed in. No channel can be called so.
const arriving = "$arriving"

// begin opens the door, once. Until then the machine keeps those who call waiting.
func (f *front) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun && !f.closed {
		f.begun = true
		f.wait.Go(f.run)
	}
}

// run takes connections until the listener is closed.
func (f *front) run() {
	for {
		c, err := f.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			f.log.Warn("cannot take an MQTT connection", "error", err)
			time.Sleep(acceptPause) // no descriptors left, most likely
			continue
		}
		guest := newConn(c)
		if !f.callers.may(c.RemoteAddr()) || !f.enter(guest) {
			c.Close() // it has been promised nothing
			continue
		}
		f.wait.Go(guest.write)
		f.wait.Go(func() { f.attend(guest) })
	}
}

// enter notes a connection that has come.
func (f *front) enter(c *conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || c.Conn.SetReadDeadline(time.Now().Add(helloMax)) != nil {
		return false
	}
	if len(f.order) >= arrivingMax {
		f.order[0].Close()
		f.order = f.order[1:]
	}
	f.open[c] = arriving
	f.order = append(f.order, c)
	return true
}

// seat gives a connection a place of an account, if there is one. instead is a connection that it replaces.
func (f *front) seat(c *conn, account string, instead *conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := 0
	for other, of := range f.open {
		if of == account && other != instead {
			taken++
		}
	}
	if f.closed || taken >= guestsMax {
		return false
	}
	f.open[c] = account
	f.forgetArriving(c)
	return true
}

func (f *front) forgetArriving(c *conn) {
	for i, other := range f.order {
		if other == c {
			f.order = append(f.order[:i:i], f.order[i+1:]...)
			return
		}
	}
}

// attend serves a connection to its end.
func (f *front) attend(c *conn) {
	if err := contained(f.serve, c, f.log); err != nil {
		f.log.Debug("an MQTT connection has ended", "error", errors.Join(c.why(), err))
	}
	c.Close()
	f.after(c)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, c)
	f.forgetArriving(c)
}

// contained serves a connection. A panic in the library is the end of this connection and of nothing else:
// the library holds its locks with defer wherever it does more than to look something up.
func contained(serve func(net.Conn) error, c net.Conn, log *slog.Logger) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			log.Error("the broker library panicked; one connection is ended, the others go on", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	return serve(c)
}

// close ends every connection and waits for them.
func (f *front) close() error {
	err := f.listener.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.open {
		c.Close()
	}
	f.mu.Unlock()
	f.wait.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the door of the broker: %w", err)
	}
	return nil
}

// pipes is the shop's own way in, which is within the process.
type pipes struct {
	serve func(net.Conn) error // the broker library's
	log   *slog.Logger
	wait  sync.WaitGroup
	mu    sync.Mutex
	shut  bool
	open  map[net.Conn]struct{}
}

// dial connects to the broker.
func (p *pipes) dial(context.Context) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return nil, net.ErrClosed
	}
	here, there := net.Pipe()
	p.open[there] = struct{}{}
	p.wait.Go(func() {
		contained(p.serve, there, p.log) // how it ended, the shop's own client says
		there.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, there)
	})
	return here, nil
}

// close ends the shop's connections and waits for them.
func (p *pipes) close() {
	p.mu.Lock()
	p.shut = true
	for c := range p.open {
		c.Close()
	}
	p.mu.Unlock()
	p.wait.Wait()
}
