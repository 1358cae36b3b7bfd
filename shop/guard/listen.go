package guard

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Room is how many connections a [Listener] holds at once. A connection of net/http costs about 40 KiB.
type Room struct {
	Strangers  int // connections on which nobody has shown who they are
	Trusted    int // room for those who have, which no stranger can take
	PerAddress int // connections of one address; 0 is no bound. This machine itself has none: a proxy may run on it
}

const (
	// trustedFor is how long an address is remembered from which somebody came whom we know: a tablet that was off
	// over night still finds room.
	trustedFor = 24 * time.Hour
	// trustedMax bounds the addresses that are remembered; the oldest is forgotten first.
	trustedMax = 256
)

// Listener bounds how many connections are open, altogether and per address, and keeps room for those whom the server
// knows.
//
// When a stranger finds the strangers' room full, a connection of the address that has the most is closed, the oldest
// first. So one address cannot keep the others out, and many addresses cannot keep out one that has just come: it has
// time for a request, and whoever shows in it who they are ([Trust]) is a stranger no more.
type Listener struct {
	net.Listener
	room Room
	now  func() time.Time

	mu      sync.Mutex
	open    map[*bounded]bool
	of      map[string]int // connections of an address, all together
	count   [2]int         // strangers' connections, and those of the trusted
	trusted map[string]time.Time
	begun   uint64 // counts connections: the smaller number is the older one
}

// bounded is a connection that the listener counts.
type bounded struct {
	net.Conn
	listener *Listener
	address  string // "" is this machine or a socket without an address
	number   uint64
	trusted  bool
}

// Bound bounds what l accepts.
func Bound(l net.Listener, room Room) *Listener {
	return &Listener{Listener: l, room: room, now: time.Now, open: map[*bounded]bool{}, of: map[string]int{}, trusted: map[string]time.Time{}}
}

// Accept implements [net.Listener]. A connection that finds no room is closed at once and not returned.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, evicted := l.admit(inner)
		if evicted != nil {
			evicted.Close() // whoever reads from it finds out
		}
		if c != nil {
			return c, nil
		}
		inner.Close() // it has been promised nothing
	}
}

// admit finds room for a connection. c is nil where there is none; evicted is a connection that has to go for it.
func (l *Listener) admit(inner net.Conn) (c, evicted *bounded) {
	address := remoteKey(inner.RemoteAddr())
	l.mu.Lock()
	defer l.mu.Unlock()
	if address != "" && l.room.PerAddress > 0 && l.of[address] >= l.room.PerAddress {
		return nil, nil
	}
	since, known := l.trusted[address]
	trusted := known && l.now().Sub(since) < trustedFor && l.count[1] < l.room.Trusted
	if !trusted && l.count[0] >= l.room.Strangers {
		if evicted = l.worst(); evicted == nil || address != "" && l.of[address] >= l.of[evicted.address] {
			return nil, nil
		}
		l.forget(evicted)
	}
	l.begun++
	c = &bounded{Conn: inner, listener: l, address: address, number: l.begun, trusted: trusted}
	l.open[c] = true
	l.of[address]++
	l.count[pool(trusted)]++
	return c, evicted
}

// worst is the oldest stranger's connection of the address that has the most. The caller holds the lock.
func (l *Listener) worst() (worst *bounded) {
	for c := range l.open {
		if c.trusted {
			continue
		}
		if worst == nil || l.of[c.address] > l.of[worst.address] || l.of[c.address] == l.of[worst.address] && c.number < worst.number {
			worst = c
		}
	}
	return worst
}

// forget takes a connection out of the count. The caller holds the lock.
func (l *Listener) forget(c *bounded) {
	if !l.open[c] {
		return
	}
	delete(l.open, c)
	l.count[pool(c.trusted)]--
	if l.of[c.address]--; l.of[c.address] == 0 {
		delete(l.of, c.address)
	}
}

func pool(trusted bool) int {
	if trusted {
		return 1
	}
	return 0
}

// Close implements [net.Conn].
func (c *bounded) Close() error {
	c.listener.mu.Lock()
	c.listener.forget(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// remoteKey is the address that connections are counted by; this machine itself is "".
func remoteKey(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return ""
	}
	return AddressKey(a.String())
}

type connKey struct{}

// ConnContext is for [net/http.Server]: it lets [Trust] find the connection of a request, under TLS, too.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if counted, ok := c.(*bounded); ok {
		return context.WithValue(ctx, connKey{}, counted)
	}
	return ctx
}

// Trust says that whoever sent a request has shown who they are: its connection is a stranger's no more, and its address
// is remembered. Where the room of the trusted is full, the connection stays a stranger's.
func Trust(ctx context.Context) {
	c, ok := ctx.Value(connKey{}).(*bounded)
	if !ok {
		return // not on a bounded listener
	}
	l := c.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.address != "" {
		l.remember(c.address)
	}
	if c.trusted || !l.open[c] || l.count[1] >= l.room.Trusted {
		return
	}
	c.trusted = true
	l.count[0]--
	l.count[1]++
}

// remember keeps an address as one that somebody known came from. The caller holds the lock.
func (l *Listener) remember(address string) {
	if _, known := l.trusted[address]; !known && len(l.trusted) >= trustedMax {
		oldest := ""
		for a, at := range l.trusted {
			if oldest == "" || at.Before(l.trusted[oldest]) {
				oldest = a
			}
		}
		delete(l.trusted, oldest)
	}
	l.trusted[address] = l.now()
}
