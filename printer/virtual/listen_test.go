package virtual_test

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"weir/printer/virtual"
)

// queue is a listener in memory: Accept returns what is in it, one after another.
type queue struct {
	next  chan any // a net.Conn or an error
	ended chan struct{}
}

func (q *queue) Accept() (net.Conn, error) {
	select {
	case next := <-q.next:
		if err, failed := next.(error); failed {
			return nil, err
		}
		return next.(net.Conn), nil
	case <-q.ended:
		return nil, net.ErrClosed
	}
}

func (q *queue) Close() error   { close(q.ended); return nil }
func (q *queue) Addr() net.Addr { return &net.TCPAddr{} }

// connect puts a connection into the queue and returns the host's end of it.
func (q *queue) connect() net.Conn {
	host, printer := net.Pipe()
	q.next <- printer
	return host
}

// onQueue runs a printer behind a queue, on the test's own clock.
func onQueue(t *testing.T, f func(t *testing.T, q *queue, ended <-chan error)) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{next: make(chan any, 10), ended: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- virtual.New(virtual.ESCPOS, 384).Run(ctx, q) }()
		f(t, q, ended)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// online asks whether the printer can print, and waits so long for the answer.
func online(t *testing.T, host net.Conn, patience time.Duration) {
	t.Helper()
	if err := host.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, host, "\x10\x04\x01", 1); got != "\x12" {
		t.Errorf("answered %q", got)
	}
}

// A process without file descriptors cannot accept. That ends no printer, and so no shop.
func TestAFailedAcceptIsTriedAgain(t *testing.T) {
	onQueue(t, func(t *testing.T, q *queue, ended <-chan error) {
		for range 3 {
			q.next <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		host := q.connect()
		defer host.Close()
		online(t, host, 10*time.Second)
		select {
		case err := <-ended:
			t.Errorf("the printer has ended: %v", err)
		default:
		}
	})
}

// A listener that somebody else has closed accepts nothing any more: the printer says so and leaves nothing running.
func TestAListenerThatIsGoneEndsThePrinter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &gone{}
		if err := virtual.New(virtual.ESCPOS, 384).Run(t.Context(), q); !errors.Is(err, net.ErrClosed) {
			t.Errorf("run: %v, want that the listener is closed", err)
		}
	})
}

// gone is a listener that is closed.
type gone struct{ queue }

func (*gone) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (*gone) Close() error              { return net.ErrClosed }

// Any program on the machine can connect and say nothing. Others print all the same, after a while.
func TestASilentConnectionDoesNotKeepThePrinter(t *testing.T) {
	onQueue(t, func(t *testing.T, q *queue, _ <-chan error) {
		silent := q.connect()
		defer silent.Close()
		host := q.connect()
		defer host.Close()
		online(t, host, 6*time.Second)

		// A worker lets its connection rest for half a minute, and finds it as it was.
		time.Sleep(30 * time.Second)
		online(t, host, time.Second)

		// One that falls silent later has to go as well.
		next := q.connect()
		defer next.Close()
		online(t, next, 46*time.Second)
		if _, err := host.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the silent connection: %v, want its end", err)
		}
	})
}
