package printer_test

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// wire is a network of one listener, in memory, for tests in a bubble with its own clock. Like a socket, and unlike
// net.Pipe, each direction holds a while of bytes that nobody has read.
type wire struct {
	hold   int // bytes
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
	made   atomic.Int64
}

// dialled is how many connections were made.
func (w *wire) dialled() int64 { return w.made.Load() }

// wireBytes is what each direction of an ordinary wire holds.
const wireBytes = 64 << 10

func newWire(hold int) *wire {
	return &wire{hold: hold, calls: make(chan net.Conn), closed: make(chan struct{})}
}

func (w *wire) Dial(ctx context.Context) (net.Conn, error) {
	there, back := newHalf(w.hold), newHalf(w.hold)
	select {
	case w.calls <- &end{in: there, out: back}:
		w.made.Add(1)
		return &end{in: back, out: there}, nil
	case <-w.closed:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (w *wire) Addr() net.Addr { return end{} }

// half is one direction.
type half struct {
	hold   int
	mu     sync.Mutex
	cond   *sync.Cond
	buf    []byte
	closed bool
	until  time.Time // write deadline
}

func newHalf(hold int) *half {
	h := &half{hold: hold}
	h.cond = sync.NewCond(&h.mu)
	return h
}

func (h *half) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.cond.Broadcast()
}

// end is one end of a connection.
type end struct{ in, out *half }

func (e *end) Read(b []byte) (int, error) {
	h := e.in
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.buf) == 0 && !h.closed {
		h.cond.Wait()
	}
	if len(h.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(b, h.buf)
	h.buf = h.buf[n:]
	h.cond.Broadcast()
	return n, nil
}

func (e *end) Write(b []byte) (int, error) {
	h := e.out
	h.mu.Lock()
	defer h.mu.Unlock()
	written := 0
	for written < len(b) {
		room := min(h.hold-len(h.buf), len(b)-written)
		switch {
		case h.closed:
			return written, syscall.EPIPE
		case room > 0:
			h.buf = append(h.buf, b[written:written+room]...)
			written += room
			h.cond.Broadcast()
		case !h.until.IsZero() && !time.Now().Before(h.until):
			return written, os.ErrDeadlineExceeded
		default:
			h.cond.Wait()
		}
	}
	return written, nil
}

func (e *end) SetWriteDeadline(t time.Time) error {
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	e.out.until = t
	time.AfterFunc(time.Until(t), e.out.cond.Broadcast)
	return nil
}

func (e *end) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

func (e *end) SetDeadline(t time.Time) error { return e.SetWriteDeadline(t) }
func (*end) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }
func (end) LocalAddr() net.Addr              { return end{} }
func (end) RemoteAddr() net.Addr             { return end{} }
func (end) Network() string                  { return "wire" }
func (end) String() string                   { return "wire" }
