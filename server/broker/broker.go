// Package broker is the MQTT broker inside the shop's process, for a shop that has no other, and its
// doorkeeper: who may sign in, and what each may read and write.
package broker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"weir/shop/wire"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// Limits of the embedded broker. One shop has a handful of routers; these leave room for screens and
// for mistakes, and keep a guest from filling the memory.
const (
	connectionsMax   = 64        // open sockets, signed in or not
	sessionsMax      = 64        // sessions remembered, connected or not
	sessionKept      = 24 * 3600 // seconds a session that is away is remembered: a router's outage
	inflightMax      = 4096      // messages kept for one session: a router may have so many requests out; an answer beyond is lost, and asked for again
	shopBacklogMax   = 256       // messages the shop has not taken yet, before its guests have to wait
	packetMax        = 128 << 10 // bytes; twice the largest order, so that a larger one still gets its answer
	writesPendingMax = 4096      // packets waiting for one socket, as many
	sysTopicsEvery   = 24 * 3600 // seconds; each time stops the world to count the memory
)

// insideName is the listener that only the shop itself can reach.
const insideName = "inside"

// Broker is the MQTT broker inside the process, for a shop that has no other. A channel signs in with
// its id and its key and has its own topics only. On a loopback address anybody may read status and
// capacity without signing in: they are public over HTTP too, and a newcomer's first mosquitto_sub
// shows something. On any other address nobody comes in without a key.
//
// The broker's memory goes with the process: what it has taken from a publisher and not yet passed on
// is lost when the process dies, so a router believes answers and not acknowledgements.
type Broker struct {
	server *mqtt.Server
	gate   *gate
	inside *pipes
	listen net.Listener // nil without a listener
}

// Config says what a [Broker] needs to know.
type Config struct {
	Shop    string // the shop's id: its topics, and the shop's client id
	Address string // host:port to listen on; "off" or "" is in-process only
	Check   Check
	Log     *slog.Logger
}

// Start starts the embedded broker. Stop it with [Broker.Close].
func Start(c Config) (*Broker, error) {
	b := &Broker{inside: newPipes()}
	if c.Address != "" && c.Address != "off" {
		listen, err := net.Listen("tcp", c.Address)
		if err != nil {
			return nil, fmt.Errorf("listen for MQTT: %w; choose another address with --broker-addr, or off", err)
		}
		b.listen = newDoor(listen)
	}
	b.server = mqtt.New(&mqtt.Options{
		Capabilities: capabilities(), SysTopicResendInterval: sysTopicsEvery,
		Logger: slog.New(quiet{c.Log.Handler()}),
	})
	b.gate = &gate{
		topics: wire.TopicsOf(c.Shop), shopID: c.Shop, secret: rand.Text(), check: c.Check, open: loopback(b.listen),
		find: b.server.Clients.Get, count: b.server.Clients.Len,
		keys: map[string]guestKey{}, shut: make(chan struct{}),
	}
	if err := b.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the broker: %w", err), b.Close())
	}
	return b, nil
}

func capabilities() *mqtt.Capabilities {
	limits := mqtt.NewDefaultServerCapabilities()
	limits.MaximumClients = connectionsMax
	limits.MaximumInflight = inflightMax
	limits.MaximumPacketSize = packetMax
	limits.MaximumClientWritesPending = writesPendingMax
	limits.MaximumSessionExpiryInterval = sessionKept
	limits.MaximumMessageExpiryInterval = 0 // otherwise a retained status would be forgotten after a day
	return limits
}

func (b *Broker) start() error {
	if err := b.server.AddHook(b.gate, nil); err != nil {
		return err
	}
	if err := b.server.AddListener(listeners.NewNet(insideName, newDoor(b.inside))); err != nil {
		return err
	}
	if b.listen != nil {
		if err := b.server.AddListener(listeners.NewNet("tcp", b.listen)); err != nil {
			return err
		}
	}
	return b.server.Serve()
}

// loopback reports whether only this machine can reach a listener.
func loopback(l net.Listener) bool {
	if l == nil {
		return false
	}
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// Addr is where the broker listens, host:port; "" when it does not.
func (b *Broker) Addr() string {
	if b.listen == nil {
		return ""
	}
	return b.listen.Addr().String()
}

// Inside is how the shop's own client reaches the broker: its user, its secret, and the way there, which
// is through the process.
func (b *Broker) Inside() (user, secret string, dial func(context.Context) (net.Conn, error)) {
	return shopUser, b.gate.secret, b.inside.dial
}

// Close ends every connection and waits for them.
func (b *Broker) Close() error {
	close(b.gate.shut)
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("stop the broker: %w", err)
	}
	return nil
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
