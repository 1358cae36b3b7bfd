package broker

import (
	"bytes"
	"crypto/subtle"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/shop/wire"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Check says whether a key is a channel's and good. It is asked at sign-in, and again while a guest
// stays, so that a revoked key stops working. It must be quick.
type Check func(channel, key string) bool

// shopUser is the name the shop's own client signs in with. No channel can be called so.
const shopUser = "$shop"

// gate is the broker's doorkeeper: who may sign in, and what each may read and write.
//
//   - The shop's own client has a secret made at the start and may do everything.
//   - A channel signs in with its id and its key. It may write orders, cancel, progress, acks and
//     resync and reconciliation of its own and campaigns, and read lease, answers and events of its own, status and
//     capacity. A wildcard subscription is granted when it takes in one of these, and brings only these.
//   - A guest without a name is let in on a loopback listener only. It may read status and capacity,
//     which anybody may read over HTTP too, write nothing, and keep no session.
type gate struct {
	mqtt.HookBase
	topics wire.Topics
	shopID string // client id of the shop
	secret string
	check  Check
	open   bool // nameless guests may come in
	find   func(clientID string) (*mqtt.Client, bool)
	count  func() int

	relax bell          // rings when the shop has taken a message
	shut  chan struct{} // closed when the broker ends
	mu    sync.Mutex
	keys  map[string]guestKey // by client id
}

// guestKey is the key a session was opened with.
type guestKey struct {
	client       *mqtt.Client
	channel, key string
}

// ID implements mqtt.Hook.
func (g *gate) ID() string { return "gate" }

// Provides implements mqtt.Hook.
func (g *gate) Provides(b byte) bool {
	return bytes.Contains([]byte{
		mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnDisconnect, mqtt.OnClientExpired, mqtt.OnPublish, mqtt.OnQosComplete,
	}, []byte{b})
}

// OnConnectAuthenticate implements mqtt.Hook.
func (g *gate) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	user, key := string(pk.Connect.Username), string(pk.Connect.Password)
	if !g.admit(cl, user, key, pk.Connect.PasswordFlag) || !g.owns(cl, user) {
		return false
	}
	if user == "" && !pk.Connect.Clean {
		return false // nothing is kept for somebody nobody knows
	}
	// A will is published without another look: [OnACLCheck] never sees it.
	if pk.Connect.WillFlag && !g.may(user, pk.Connect.WillTopic, true) {
		return false
	}
	if user != shopUser && user != "" {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.keys[cl.ID] = guestKey{client: cl, channel: user, key: key}
	}
	return true
}

func (g *gate) admit(cl *mqtt.Client, user, key string, hasKey bool) bool {
	switch user {
	case shopUser:
		return cl.Net.Listener == insideName && subtle.ConstantTimeCompare([]byte(key), []byte(g.secret)) == 1
	case "":
		return g.open && !hasKey
	}
	return key != "" && g.check(user, key)
}

// owns keeps a client from taking over a session of somebody else by its client id: the session's
// waiting messages would come with it. The number of sessions is bounded here too.
func (g *gate) owns(cl *mqtt.Client, user string) bool {
	if (cl.ID == g.shopID) != (user == shopUser) {
		return false
	}
	old, ok := g.find(cl.ID)
	if !ok {
		return g.count() < sessionsMax
	}
	return string(old.Properties.Username) == user
}

// OnACLCheck implements mqtt.Hook. It is asked for every publish, every subscription and every delivery.
func (g *gate) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	user := string(cl.Properties.Username)
	return g.may(user, topic, write) && (user == "" || user == shopUser || g.stillGood(cl.ID))
}

func (g *gate) may(user, topic string, write bool) bool {
	switch {
	case user == shopUser:
		return true
	case user == "":
		return !write && takesIn(topic, g.topics.Public())
	case write:
		return slices.Contains(g.topics.Writable(user), topic)
	}
	return takesIn(topic, g.topics.Readable(user))
}

// takesIn reports whether a filter takes in one of the topics. A shared subscription has to name its
// topic: with a wildcard a guest could draw off what another member of the group may read.
func takesIn(filter string, topics []string) bool {
	if shared, ok := strings.CutPrefix(filter, "$share/"); ok {
		_, topic, _ := strings.Cut(shared, "/")
		return slices.Contains(topics, topic)
	}
	return slices.ContainsFunc(topics, func(t string) bool { return wire.Matches(filter, t) })
}

// stillGood looks the key up again that a session was opened with.
func (g *gate) stillGood(clientID string) bool {
	g.mu.Lock()
	k, ok := g.keys[clientID]
	g.mu.Unlock()
	return ok && g.check(k.channel, k.key)
}

// OnDisconnect implements mqtt.Hook.
func (g *gate) OnDisconnect(cl *mqtt.Client, _ error, expire bool) {
	if expire {
		g.OnClientExpired(cl)
	}
}

// OnClientExpired implements mqtt.Hook.
func (g *gate) OnClientExpired(cl *mqtt.Client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if k, ok := g.keys[cl.ID]; ok && k.client == cl {
		delete(g.keys, cl.ID)
	}
}

// OnPublish implements mqtt.Hook. A guest's message is never retained: an order that came again with
// each subscription would be asked and answered for ever. When the shop has much to take in, the
// guest's connection waits here, and with it the guest.
func (g *gate) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if string(cl.Properties.Username) == shopUser {
		return pk, nil
	}
	pk.FixedHeader.Retain = false
	if pk.TopicName == g.topics.Campaigns() && wire.Look(pk.Payload).Channel != string(cl.Properties.Username) {
		return pk, packets.CodeSuccessIgnore // confirmed, and goes nowhere: in somebody else's name
	}
	for !cl.Closed() {
		relax := g.relax.wait()
		if !g.busy() {
			break
		}
		select {
		case <-relax:
		case <-g.shut:
			return pk, packets.ErrRejectPacket
		case <-time.After(busyLook):
		}
	}
	return pk, nil
}

// busyLook is how often a waiting guest is looked at: it may have gone.
const busyLook = time.Second

// busy reports whether the shop has as many messages to take in as it may.
func (g *gate) busy() bool {
	own, ok := g.find(g.shopID)
	return ok && own.State.Inflight.Len() >= shopBacklogMax
}

// OnQosComplete implements mqtt.Hook: the shop has taken a message.
func (g *gate) OnQosComplete(cl *mqtt.Client, _ packets.Packet) {
	if cl.ID == g.shopID {
		g.relax.ring()
	}
}
