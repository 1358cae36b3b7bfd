package broker

import (
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// backlogMax is in bytes: what may wait in one session for an acknowledgement, beside [inflightMax] messages. That is a
// thousand answers of an outage. A message beyond is lost for the session, as one beyond inflightMax is: answers are asked
// for again, and events come again until the channel has acknowledged them.
const backlogMax = 2 << 20

// backlogLook is the least time between two counts of a session that is full: a count looks at each message.
const backlogLook = time.Second

// backlog estimates what waits in one session. The library does not say of every message when it has gone, so the estimate
// only grows, and all is counted anew when it is above the bound.
type backlog struct {
	mu    sync.Mutex
	bytes int
	full  time.Time // when a count last was above the bound; zero: it was not
}

func (b *backlog) add(pk packets.Packet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes += len(pk.TopicName) + len(pk.Payload)
}

// takes reports whether a session may be given one more message.
func (b *backlog) takes(cl *mqtt.Client) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes <= backlogMax {
		return true
	}
	now := time.Now()
	if !b.full.IsZero() && now.Sub(b.full) < backlogLook {
		return false
	}
	b.bytes = 0
	for _, pk := range cl.State.Inflight.GetAll(false) {
		b.bytes += len(pk.TopicName) + len(pk.Payload)
	}
	if b.bytes <= backlogMax {
		b.full = time.Time{}
		return true
	}
	b.full = now
	return false
}

// OnQosPublish implements mqtt.Hook: a message waits in a session.
func (g *gate) OnQosPublish(cl *mqtt.Client, pk packets.Packet, _ int64, _ int) {
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.backlog.add(pk)
	}
}

// hasRoom reports whether a guest's session may be given one more message. A guest that asks for a subscription is not being
// given one.
func hasRoom(cl *mqtt.Client) bool {
	c, ok := cl.Net.Conn.(*conn)
	return !ok || c.subscribing.Load() || c.backlog.takes(cl)
}
