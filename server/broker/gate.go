package broker

import (
	"bytes"
	"crypto/subtle"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/shop/bell"
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
//   - A channel signs in with its id and its key. It may write orders, cancel, progress, acks, resync,
//     reconciliation and campaigns of its own, and read lease, answers and events of its own, status and
//     capacity. A wildcard subscription is granted when it takes in one of these, and brings only these.
//   - A guest without a name is let in on a loopback listener only. It may read status and capacity,
//     which anybody may read over HTTP too, write nothing, and keep no session.
//   - Nobody but the shop has a will: the library publishes it without asking again.
type gate struct {
	mqtt.HookBase
	topics wire.Topics
	shopID string // client id of the shop
	secret string
	check  Check
	open   bool // nameless guests may come in
	server *mqtt.Server
	front  *front // nil without a listener
	log    *slog.Logger

	relax bell.Bell     // rings when the shop has taken a message
	shut  chan struct{} // closed when the broker ends

	signing sync.Mutex // held while a guest signs in: it counts what is there, and takes its place
	mu      sync.Mutex
	keys    map[*mqtt.Client]string // the key with which a channel's session was opened
	paces   map[string]*pace        // one for each account
}

const (
	// sessionsMax is the sessions of one channel, connected or not. When there are more, the one that has
	// been away for longest is forgotten.
	sessionsMax = 16
	// subscriptionsMax is the subscriptions of one session: all a channel may read, and each again shared.
	subscriptionsMax = 32
	// shopBacklogMax is the messages the shop has not taken yet, before its guests have to wait.
	shopBacklogMax = 256
)

// ID implements mqtt.Hook.
func (g *gate) ID() string { return "gate" }

// Provides implements mqtt.Hook.
func (g *gate) Provides(b byte) bool {
	return bytes.Contains([]byte{
		mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnSessionEstablished, mqtt.OnACLCheck, mqtt.OnPacketRead, mqtt.OnSubscribed,
		mqtt.OnDisconnect, mqtt.OnClientExpired, mqtt.OnPublish, mqtt.OnQosPublish, mqtt.OnQosComplete,
	}, []byte{b})
}

// OnConnect implements mqtt.Hook. The library resends messages with a topic alias of an older connection,
// so a guest gets none.
func (g *gate) OnConnect(cl *mqtt.Client, _ packets.Packet) error {
	cl.Properties.Props.TopicAliasMaximum = 0
	cl.State.TopicAliases.Outbound = mqtt.NewOutboundTopicAliases(0)
	return nil
}

// OnConnectAuthenticate implements mqtt.Hook.
func (g *gate) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	user, key := string(pk.Connect.Username), string(pk.Connect.Password)
	if user == shopUser {
		secret := subtle.ConstantTimeCompare([]byte(key), []byte(g.secret)) == 1
		return secret && cl.Net.Listener == insideName && cl.ID == g.shopID
	}
	guest, ok := cl.Net.Conn.(*conn)
	if !ok || cl.ID == g.shopID || pk.Connect.WillFlag || !g.admit(user, key, pk.Connect.PasswordFlag) {
		return false
	}
	if user == "" {
		if !pk.Connect.Clean {
			return false // nothing is kept for somebody nobody knows
		}
		cl.Properties.Props.SessionExpiryInterval = 0 // the session is not kept, however the client asks for it
	}
	g.signing.Lock()
	defer g.signing.Unlock()
	old, known := g.server.Clients.Get(cl.ID)
	if known && string(old.Properties.Username) != user {
		return false // the session, and the messages that wait in it, are somebody else's
	}
	var instead *conn
	if known {
		instead, _ = old.Net.Conn.(*conn)
	}
	if !g.front.seat(guest, user, instead) {
		g.full(cl, user)
		return false
	}
	if !known && user != "" {
		g.makeRoom(user)
	}
	guest.guest.Store(cl)
	guest.adopt(g.paceOf(user))
	g.mu.Lock()
	defer g.mu.Unlock()
	if user != "" {
		g.keys[cl] = key
	}
	return true
}

func (g *gate) admit(user, key string, hasKey bool) bool {
	if user == "" {
		return g.open && !hasKey
	}
	return key != "" && g.check(user, key)
}

// full tells a guest that it has come too often. Otherwise it would hear that its key is wrong.
func (g *gate) full(cl *mqtt.Client, user string) {
	g.log.Warn("an MQTT connection too many; it is refused", "channel", user, "max", guestsMax)
	code := packets.ErrQuotaExceeded
	if cl.Properties.ProtocolVersion < version5 {
		code = packets.ErrServerUnavailable
	}
	g.server.SendConnack(cl, code, false, nil) // one that does not hear it is gone
	cl.Stop(code)
}

// makeRoom forgets the session of a channel that has been away for longest, if it has as many as it may.
func (g *gate) makeRoom(user string) {
	count := 0
	var oldest *mqtt.Client
	for _, cl := range g.server.Clients.GetAll() {
		if string(cl.Properties.Username) != user {
			continue
		}
		count++
		if cl.Closed() && (oldest == nil || cl.StopTime() < oldest.StopTime()) {
			oldest = cl
		}
	}
	if count >= sessionsMax && oldest != nil {
		g.drop(oldest)
	}
}

// drop ends a connection and forgets its session.
func (g *gate) drop(cl *mqtt.Client) {
	cl.Stop(packets.ErrNotAuthorized)
	g.server.UnsubscribeClient(cl)
	cl.ClearInflights()
	if now, ok := g.server.Clients.Get(cl.ID); ok && now == cl {
		g.server.Clients.Delete(cl.ID)
	}
	g.forget(cl)
}

// recheck drops every session whose key is not good any more.
func (g *gate) recheck() {
	g.signing.Lock()
	defer g.signing.Unlock()
	g.mu.Lock()
	var gone []*mqtt.Client
	for cl, key := range g.keys {
		if !g.check(string(cl.Properties.Username), key) {
			gone = append(gone, cl)
		}
	}
	g.mu.Unlock()
	for _, cl := range gone {
		g.drop(cl)
	}
}

// left is told when a guest's connection has ended. The library forgets a session that is not to be kept,
// but not where its guest went before it was welcomed, or where it panicked.
func (g *gate) left(c *conn) {
	if cl := c.guest.Load(); cl != nil && !keeps(cl) {
		g.drop(cl)
	}
}

// keeps reports whether a session outlives its connection.
func keeps(cl *mqtt.Client) bool {
	if cl.Properties.ProtocolVersion < version5 {
		return !cl.Properties.Clean
	}
	return cl.Properties.Props.SessionExpiryInterval > 0
}

func (g *gate) paceOf(account string) *pace {
	g.mu.Lock()
	defer g.mu.Unlock()
	if account == "" {
		return g.front.stranger
	}
	p, ok := g.paces[account]
	if !ok {
		p = newPace(paceRate, paceBurst) // only channels with a good key come here, so there are few
		g.paces[account] = p
	}
	return p
}

// OnSessionEstablished implements mqtt.Hook: whoever had the session before is gone.
func (g *gate) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for old := range g.keys {
		if old.ID == cl.ID && old != cl {
			delete(g.keys, old)
		}
	}
}

// OnPacketRead implements mqtt.Hook. The packet has been checked by itself; this is about the session. The
// library heeds one error only, and ends the connection.
func (g *gate) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Type == packets.Subscribe && cl.ID != g.shopID && cl.State.Subscriptions.Len()+len(pk.Filters) > subscriptionsMax {
		return pk, packets.ErrRejectPacket
	}
	if c, ok := cl.Net.Conn.(*conn); ok && pk.FixedHeader.Type == packets.Subscribe {
		c.subscribing.Store(true)
	}
	return pk, nil
}

// OnSubscribed implements mqtt.Hook. The guests' door opens when the shop hears what comes in.
func (g *gate) OnSubscribed(cl *mqtt.Client, pk packets.Packet, _ []byte) {
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.subscribing.Store(false)
	}
	if cl.ID != g.shopID || g.front == nil {
		return
	}
	if slices.ContainsFunc(pk.Filters, func(s packets.Subscription) bool { return s.Filter == g.topics.Orders("+") }) {
		g.front.begin()
	}
}

// OnACLCheck implements mqtt.Hook. It is asked for every publish, every subscription and every delivery.
func (g *gate) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	user := string(cl.Properties.Username)
	return g.may(user, topic, write) && (user == "" || user == shopUser || g.stillGood(cl)) && (write || hasRoom(cl))
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
func (g *gate) stillGood(cl *mqtt.Client) bool {
	g.mu.Lock()
	key, ok := g.keys[cl]
	g.mu.Unlock()
	return ok && g.check(string(cl.Properties.Username), key)
}

func (g *gate) forget(cl *mqtt.Client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.keys, cl)
}

// OnDisconnect implements mqtt.Hook.
func (g *gate) OnDisconnect(cl *mqtt.Client, _ error, expire bool) {
	if expire || cl.IsTakenOver() {
		g.forget(cl)
	}
}

// OnClientExpired implements mqtt.Hook.
func (g *gate) OnClientExpired(cl *mqtt.Client) { g.forget(cl) }

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
		relax := g.relax.Wait()
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
	own, ok := g.server.Clients.Get(g.shopID)
	return ok && own.State.Inflight.Len() >= shopBacklogMax
}

// OnQosComplete implements mqtt.Hook: the shop has taken a message.
func (g *gate) OnQosComplete(cl *mqtt.Client, _ packets.Packet) {
	if cl.ID == g.shopID {
		g.relax.Ring()
	}
}
