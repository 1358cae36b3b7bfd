package broker

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

const (
	// helloMax is how long a connection may take to say who it is.
	helloMax = 10 * time.Second
	// readBuffer is in bytes: most packets of a guest in one read.
	readBuffer = 4 << 10
	// arrivedMax is in bytes: what the machine takes in before we do. A guest that sends too fast finds out
	// soon, and little of it is still here when it goes.
	arrivedMax = 32 << 10
	// unreadMax is how many bytes may wait for a guest that does not read, answers of a short outage with
	// it. Whoever leaves more is disconnected: what it has to know waits in its session.
	unreadMax = 4 << 20
	// writeMax is how long a guest may take nothing of what waits for it.
	writeMax = 10 * time.Second
	// farewellMax is how long the last bytes may take when a connection ends.
	farewellMax = time.Second
)

var errUnread = errors.New("a guest does not read what is sent to it")

// conn is a guest's connection as the broker library sees it. What is read from it are whole packets that
// have been checked, no more of them than the guest's pace allows. What is written to it waits in a buffer:
// the library holds a lock while it writes, and a guest that does not read would hold up the shop.
type conn struct {
	net.Conn
	in    *bufio.Reader
	check checker
	rest  []byte                      // the part of a packet that the library has not read yet; only its reader uses it
	guest atomic.Pointer[mqtt.Client] // the client that has signed in; nil before
	ended chan struct{}

	backlog     backlog     // of the session that this connection has opened
	subscribing atomic.Bool // a SUBSCRIBE of the guest is being carried out

	mu      sync.Mutex
	pace    *pace // nil before a guest has signed in
	out     []byte
	closing bool
	cause   error         // why it is ending, when that is ours to say
	more    chan struct{} // holds one: there is something to write, or nothing more comes
}

func newConn(c net.Conn) *conn {
	plain := c
	if secure, ok := c.(*tls.Conn); ok {
		plain = secure.NetConn()
	}
	if tcp, ok := plain.(*net.TCPConn); ok {
		tcp.SetReadBuffer(arrivedMax) // an error shows when it is read from
	}
	return &conn{Conn: c, in: bufio.NewReaderSize(c, readBuffer), ended: make(chan struct{}), more: make(chan struct{}, 1)}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		next, err := readPacket(c.in, c.check.limit())
		if err == nil {
			err = c.check.check(next)
		}
		if err != nil {
			c.refuse(err)
			return 0, err
		}
		c.currentPace().wait(next, c.ended)
		c.rest = next.bytes
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// connackVersion is CONNACK, unacceptable protocol version. [MQTT-3.1.2-2]
var connackVersion = []byte{0x20, 2, 0, 1}

// refuse notes why a connection ends, and says so where the protocol has a word for it.
func (c *conn) refuse(err error) {
	if errors.Is(err, errVersion) {
		c.Write(connackVersion) // an error changes nothing: the connection ends
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = err
	}
}

func (c *conn) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

func (c *conn) currentPace() *pace {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pace
}

// adopt puts a connection on the pace of the account it has signed in to.
func (c *conn) adopt(p *pace) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pace = p
}

// Write implements net.Conn. It does not wait.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return 0, net.ErrClosed
	}
	if len(c.out)+len(p) > unreadMax {
		if c.cause == nil {
			c.cause = errUnread
		}
		c.shut()
		return 0, errUnread
	}
	c.out = append(c.out, p...)
	c.wake()
	return len(p), nil
}

func (c *conn) wake() {
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// shut ends the connection; the mutex is held.
func (c *conn) shut() {
	if c.closing {
		return
	}
	c.closing = true
	close(c.ended)
	c.Conn.SetReadDeadline(time.Unix(1, 0)) // whoever reads from it finds out; an error means that it is closed already
	c.wake()
}

// Close implements net.Conn. What has been written is sent, if that is quick.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut()
	return nil
}

// SetDeadline implements net.Conn. It is for reading: writing has a deadline of its own.
func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return net.ErrClosed
	}
	return c.Conn.SetReadDeadline(t)
}

// write sends what has been written until the connection ends, and then closes it.
func (c *conn) write() {
	defer c.Conn.Close() // the guest has everything it will get
	for range c.more {
		c.mu.Lock()
		batch, closing := c.out, c.closing
		c.out = nil
		c.mu.Unlock()
		if len(batch) > 0 {
			patience := writeMax
			if closing {
				patience = farewellMax
			}
			c.Conn.SetWriteDeadline(time.Now().Add(patience)) // an error shows in the write
			if _, err := c.Conn.Write(batch); err != nil {
				c.refuse(err)
				c.Close()
				return
			}
		}
		if closing {
			return
		}
	}
}
