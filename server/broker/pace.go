package broker

import (
	"net"
	"time"

	"golang.org/x/time/rate"

	"weir/shop/guard"
)

// How fast one account's packets are taken, all its connections together. Whoever sends faster waits: its
// packets stay in its own socket. This holds for every QoS; at QoS 0 nothing else would hold a guest back.
const (
	// paceRate is in messages a second for long. A shop hears of a few orders a second, and a router that
	// asks again after an outage stays far below. What the shop refuses as too much is the quota's business.
	paceRate = 200
	// paceBurst is in messages at once.
	paceBurst = 400
	// strangerRate and strangerBurst are for everybody together who has no name.
	strangerRate, strangerBurst = 50, 200
	// partCost is what an acknowledgement costs, in parts of a message. Five come to each order.
	messageCost, partCost = 8, 1
	// bytesRate and bytesBurst are in bytes a second, and at once: a full burst of large orders.
	bytesRate, bytesBurst = 1 << 20, 4 << 20
)

// Calls are the connections of one address (of IPv6, a customer's whole network), by the second and at once.
// Whoever calls more often is not answered: the address may be a loop that has gone wild, and each call costs
// a handshake.
const callsRate, callsBurst = 100, 300

// callersMax is the addresses that are remembered; a shop's network has fewer.
const callersMax = 1024

// callers bounds how often each address connects. One goroutine uses it.
type callers struct {
	perSecond rate.Limit
	seen      map[string]*rate.Limiter // one for each address
}

// may reports whether an address may connect once more.
func (c *callers) may(from net.Addr) bool {
	host := guard.AddressKey(from.String())
	l, ok := c.seen[host]
	if !ok {
		if len(c.seen) >= callersMax {
			clear(c.seen)
		}
		l = rate.NewLimiter(c.perSecond, callsBurst)
		c.seen[host] = l
	}
	return l.Allow()
}

// pace bounds how fast packets are taken.
type pace struct {
	packets, bytes *rate.Limiter
}

func newPace(perSecond, burst int) *pace {
	return &pace{
		packets: rate.NewLimiter(rate.Limit(perSecond*messageCost), burst*messageCost),
		bytes:   rate.NewLimiter(bytesRate, bytesBurst),
	}
}

// wait waits until a packet may be taken, or until the connection has ended.
func (p *pace) wait(next packet, ended <-chan struct{}) {
	if p == nil {
		return
	}
	now := time.Now()
	delay := max(p.packets.ReserveN(now, cost(next)).DelayFrom(now), p.bytes.ReserveN(now, len(next.bytes)).DelayFrom(now))
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ended:
	}
}

func cost(p packet) int {
	switch p.kind() {
	case typePuback, typePubrec, typePubrel, typePubcomp, typePingreq:
		return partCost
	}
	return messageCost
}
