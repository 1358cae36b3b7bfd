// Package engine is the message system under the fleet: NATS JetStream with its MQTT listener, embedded in this process,
// clustered with other processes like it, or somewhere else and reached by URL.
//
// It knows who may sign in and which streams there are. What the messages mean is the business of the packages above.
package engine

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config says what an embedded engine is.
type Config struct {
	Dir         string      // data directory
	Name        string      // of this node, unique in its cluster and the same after a restart
	MQTTAddr    string      // where the shops connect; port 0 picks one
	TLS         *tls.Config // of the shops' listener; nil is plain, for loopback
	ClusterAddr string      // where the other nodes connect; "" is no cluster
	Peers       []string    // addresses of the nodes, this one included; "" is no cluster
	ClusterKey  string      // what nodes show each other
	Admit       Admit
	Log         *slog.Logger
}

// Admit says whether a store may sign in with a key. Only the connection that asks waits for it; a few seconds are well.
type Admit func(store, key string) Verdict

// Verdict is what becomes of a sign-in.
type Verdict uint8

// The verdicts.
const (
	No    Verdict = iota // the store is not known, or the key is wrong: "not authorised"
	Yes                  // it comes in
	Later                // it cannot be said now: the connection ends without a word on the key, and the store comes again
)

// Engine is a connection to the message system, and the embedded server if it is one.
type Engine struct {
	JS       jetstream.JetStream
	Conn     *nats.Conn
	Replicas int // of each stream
	Dir      string
	handles  sync.Map     // stream handles by name
	wide     atomic.Int32 // how many streams keep orders; 0 is not known yet
	joined   atomic.Int64 // how often the connection was made again
	batches  sync.Mutex   // the messages of one batch go out one right after the other
	server   *server.Server
	secret   string
	mqtt     string
}

const (
	// routerUser is the name this process signs in with. No store can be called so.
	routerUser = "$router"
	// startMax bounds the start of the embedded server on a slow disk.
	startMax = 30 * time.Second
	// clusterName is the same for every fleet: who may join is decided by the key.
	clusterName = "weir-fleet"
	// payloadMax is the largest message: a body of 64 KiB and what is written around it.
	payloadMax = 256 << 10
	// signInMax is how long a shop may take to say who it is, on a slow line with TLS.
	signInMax = 10.0
	// askMax bounds each question to the streams; a cluster that changes its leader takes up to ten seconds.
	askMax = 5 * time.Second
	// reconnectEvery is how often a lost outside engine is tried again.
	reconnectEvery = time.Second
	// storeMax and memoryMax bound what the streams may take: far above a platform's day, and no guess of the disk's size.
	storeMax, memoryMax = 1 << 40, 8 << 30
)

// Start starts the embedded engine.
func Start(c Config) (*Engine, error) {
	e := &Engine{Replicas: 1, Dir: c.Dir, secret: rand.Text()}
	opts, err := e.options(c)
	if err != nil {
		return nil, err
	}
	door := &gate{secret: e.secret, admit: c.Admit, log: c.Log}
	opts.CustomClientAuthentication = door
	if e.server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("make the engine: %w", err)
	}
	door.server = e.server
	e.server.SetLoggerV2(logger{c.Log}, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(startMax) {
		e.Close()
		return nil, fmt.Errorf("start the engine: not ready after %v; is %s or %s in use by another program?",
			startMax, c.MQTTAddr, c.ClusterAddr)
	}
	if c.MQTTAddr != "" {
		e.mqtt = net.JoinHostPort(opts.MQTT.Host, strconv.Itoa(opts.MQTT.Port))
	}
	if err := e.connect("", nats.InProcessServer(e.server), nats.UserInfo(routerUser, e.secret)); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (e *Engine) options(c Config) (*server.Options, error) {
	opts := &server.Options{
		ServerName: c.Name, DontListen: true, NoSigs: true, NoLog: true, MaxPayload: payloadMax,
		JetStream: true, StoreDir: filepath.Join(c.Dir, "streams"), JetStreamMaxStore: storeMax, JetStreamMaxMemory: memoryMax,
		SyncAlways: true, // an acknowledged write must be on the disk: a shop acts on it
	}
	if err := os.MkdirAll(opts.StoreDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if c.MQTTAddr != "" {
		host, port, err := address(c.MQTTAddr)
		if err != nil {
			return nil, fmt.Errorf("shops' listener: %w", err)
		}
		opts.MQTT = server.MQTTOpts{Host: host, Port: port, TLSConfig: c.TLS, AuthTimeout: signInMax, TLSTimeout: signInMax}
	}
	if len(c.Peers) == 0 {
		return opts, nil
	}
	host, port, err := address(c.ClusterAddr)
	if err != nil {
		return nil, fmt.Errorf("cluster's listener: %w", err)
	}
	e.Replicas = min(len(c.Peers), 3)
	// This server opens its cluster port only once it listens for native clients. It does so on loopback, where the gate
	// lets nobody in: shops speak MQTT, and this process is inside.
	opts.DontListen, opts.Host, opts.Port = false, "127.0.0.1", server.RANDOM_PORT
	opts.Cluster = server.ClusterOpts{Name: clusterName, Host: host, Port: port, Username: routerUser, Password: c.ClusterKey}
	opts.MQTT.StreamReplicas = e.Replicas
	for _, peer := range c.Peers {
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats", Host: peer, User: url.UserPassword(routerUser, c.ClusterKey)})
	}
	return opts, nil
}

// address takes host and port apart. Port 0 picks one.
func address(text string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: want HOST:PORT", text)
	}
	port, err = strconv.Atoi(number)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("address %q: want a port from 0 to 65535", text)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// Dial reaches an engine that runs somewhere else.
func Dial(address string, replicas int) (*Engine, error) {
	e := &Engine{Replicas: replicas}
	return e, e.connect(address)
}

func (e *Engine) connect(address string, opts ...nats.Option) error {
	opts = append(opts, nats.Name("weir-fleet"), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectEvery), nats.Timeout(askMax),
		nats.ReconnectHandler(func(*nats.Conn) { e.joined.Add(1) }),
		nats.ReconnectBufSize(-1)) // what is published while the engine is away fails: it must not go out later
	conn, err := nats.Connect(address, opts...)
	if err != nil {
		return fmt.Errorf("connect to the engine: %w", err)
	}
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(askMax), jetstream.WithPublishAsyncTimeout(askMax))
	if err != nil {
		conn.Close()
		return fmt.Errorf("use the engine's streams: %w", err)
	}
	e.Conn, e.JS = conn, js
	return nil
}

// MQTTAddr is where shops connect, host and port; "" when the engine is somewhere else.
func (e *Engine) MQTTAddr() string { return e.mqtt }

// Ready waits until the streams answer, which in a cluster takes a majority of the nodes.
func (e *Engine) Ready(ctx context.Context) error {
	if err := persist(ctx, func(ask context.Context) error { _, err := e.JS.AccountInfo(ask); return err }); err != nil {
		return fmt.Errorf("the engine does not answer: %w", err)
	}
	return nil
}

// SignOut ends every connection of a store, so that a key that was taken back stops working at once.
func (e *Engine) SignOut(store string) error {
	if e.server == nil {
		return nil
	}
	conns, err := e.server.Connz(&server.ConnzOptions{Username: true, User: store, State: server.ConnOpen})
	if err != nil {
		return fmt.Errorf("find the store's connections: %w", err)
	}
	for _, c := range conns.Conns {
		if err := e.server.DisconnectClientByID(c.Cid); err != nil {
			return fmt.Errorf("end a connection of the store: %w", err)
		}
	}
	return nil
}

// Version is the version of the server.
func (e *Engine) Version() string { return e.Conn.ConnectedServerVersion() }

// Close ends the connection and the embedded server.
func (e *Engine) Close() {
	if e.Conn != nil {
		e.Conn.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
}
