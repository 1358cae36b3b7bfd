// Package broker is the MQTT broker inside the shop's process, for a shop that has no other, and its
// doorkeeper: who may sign in, and what each may read and write.
package broker

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"

	mqtt "github.com/mochi-mqtt/server/v2"
	"golang.org/x/time/rate"

	"weir/shop/wire"
)

// Limits of the broker library. Those on connections and packets are ours: see front.go and packet.go.
const (
	sessionKept      = 24 * 3600 // seconds a session that is away is remembered: a router's outage
	inflightMax      = 1024      // messages kept for one session; an answer beyond is lost, and asked for again
	writesPendingMax = 1024      // packets waiting for one connection, as many
	sysTopicsEvery   = 24 * 3600 // seconds; each time stops the world to count the memory
)

// The listeners, as the library knows them.
const (
	insideName = "inside" // the listener that only the shop itself can reach
	guestName  = "guests"
)

// Broker is the MQTT broker inside the process, for a shop that has no other. A channel signs in with
// its id and its key and has its own topics only. On a loopback address anybody may read status and
// capacity without signing in: they are public over HTTP too, and a newcomer's first mosquitto_sub
// shows something. On any other address nobody comes in without a key, and all speak TLS.
//
// The broker's memory goes with the process: what it has taken from a publisher and not yet passed on
// is lost when the process dies, so a router believes answers and not acknowledgements.
type Broker struct {
	server *mqtt.Server
	gate   *gate
	inside *pipes
	front  *front // nil without a listener
}

// Config says what a [Broker] needs to know.
type Config struct {
	Shop    string      // the shop's id: its topics, and the shop's client id
	Address string      // host:port to listen on; "off" or "" is in-process only
	TLS     *tls.Config // for guests; nil: no TLS, which is allowed on a loopback address only
	Check   Check
	Log     *slog.Logger
}

// Start starts the broker. Guests are let in when the shop's own client has connected, see [Broker.Inside],
// and has asked for its orders: before, the broker would take orders that nobody hears of. Stop it with
// [Broker.Close].
func Start(c Config) (*Broker, error) {
	b := &Broker{}
	b.server = mqtt.New(&mqtt.Options{
		Capabilities: capabilities(), SysTopicResendInterval: sysTopicsEvery,
		Logger: slog.New(quiet{c.Log.Handler()}),
	})
	b.inside = &pipes{serve: b.establish(insideName), log: c.Log, open: map[net.Conn]struct{}{}}
	b.gate = &gate{
		topics: wire.TopicsOf(c.Shop), shopID: c.Shop, secret: rand.Text(), check: c.Check, log: c.Log, server: b.server,
		keys: map[*mqtt.Client]string{}, paces: map[string]*pace{}, shut: make(chan struct{}),
	}
	if err := b.listen(c); err != nil {
		return nil, err
	}
	b.gate.front = b.front
	if err := errors.Join(b.server.AddHook(b.gate, nil), b.server.Serve()); err != nil {
		return nil, errors.Join(fmt.Errorf("start the broker: %w", err), b.Close())
	}
	return b, nil
}

func (b *Broker) listen(c Config) error {
	if c.Address == "" || c.Address == "off" {
		return nil
	}
	l, err := net.Listen("tcp", c.Address)
	if err != nil {
		return fmt.Errorf("listen for MQTT: %w; choose another address with --broker-addr, or off", err)
	}
	near := loopback(l)
	switch {
	case near: // keys do not leave the machine, and its own tools need no certificate
	case c.TLS != nil:
		secure := c.TLS.Clone()
		secure.NextProtos = nil // those are of HTTP
		l = tls.NewListener(l, secure)
	default:
		l.Close() // nobody has been let in
		return fmt.Errorf("the broker on %s would send channel keys over the network in the clear: add --tls auto or --tls files, "+
			"or keep it on this machine with --broker-addr 127.0.0.1:1883, or off", c.Address)
	}
	b.gate.open = near
	b.front = &front{
		listener: l, secure: !near, serve: b.establish(guestName), after: b.gate.left, log: c.Log,
		stranger: newPace(strangerRate, strangerBurst), callers: callers{callsRate, map[string]*rate.Limiter{}}, open: map[*conn]string{},
	}
	return nil
}

// establish is how the library serves a connection, to its end.
func (b *Broker) establish(listener string) func(net.Conn) error {
	return func(c net.Conn) error { return b.server.EstablishConnection(listener, c) }
}

func capabilities() *mqtt.Capabilities {
	limits := mqtt.NewDefaultServerCapabilities()
	limits.MaximumInflight = inflightMax
	limits.MaximumPacketSize = packetMax + 1 // the library counts one byte of the fixed header
	limits.MaximumClientWritesPending = writesPendingMax
	limits.MaximumSessionExpiryInterval = sessionKept
	limits.MaximumMessageExpiryInterval = 0 // otherwise a retained status would be forgotten after a day
	limits.TopicAliasMaximum = 0
	limits.Compatibilities.NoInheritedPropertiesOnAck = true // what a guest sends is not sent back to it
	return limits
}

// loopback reports whether only this machine can reach a listener.
func loopback(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// URL is where the broker is reached by guests; "" when it does not listen.
func (b *Broker) URL() string {
	switch {
	case b.front == nil:
		return ""
	case b.front.secure:
		return "ssl://" + b.Addr()
	}
	return "tcp://" + b.Addr()
}

// Addr is where the broker listens, host:port; "" when it does not.
func (b *Broker) Addr() string {
	if b.front == nil {
		return ""
	}
	return b.front.listener.Addr().String()
}

// Inside is how the shop's own client reaches the broker: its user, its secret, and the way there, which
// is through the process and needs no place.
func (b *Broker) Inside() (user, secret string, dial func(context.Context) (net.Conn, error)) {
	return shopUser, b.gate.secret, b.inside.dial
}

// Recheck asks of every session again whether its key is good. Where it is not, the connection ends and
// the session is forgotten, with all that waits in it. Call it when a key has been revoked.
func (b *Broker) Recheck() { b.gate.recheck() }

// Close ends every connection and waits for them.
func (b *Broker) Close() error {
	close(b.gate.shut)
	var err error
	if b.front != nil {
		err = b.front.close()
	}
	b.inside.close()
	// The library waits for connections while new ones may be counted, which is a race; now there are none,
	// and none can come.
	return errors.Join(err, b.server.Close())
}

// quiet makes the broker's own talk fit for a shop's log: a guest with a wrong key or a broken
// connection heals itself, and packets may hold personal data.
type quiet struct{ slog.Handler }

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }

// Enabled implements slog.Handler.
func (q quiet) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }
