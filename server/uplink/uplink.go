// Package uplink is MQTT for platforms: status, capacity, leases, answers and events out, orders and
// what belongs to them in, over a broker of its own or the platform's.
//
// asyncapi.yaml says what is on the wire. Three rules keep it true:
//
//   - Nothing is acknowledged before it is known. A request is acknowledged to the broker after the
//     commit; an event counts as told after the channel's own acknowledgement. What the broker or the
//     client library says in between moves nothing.
//   - Each connection begins with the whole truth and goes on with changes: what was waiting when the
//     last one broke is read from the shop again, not resent from a queue.
//   - Nothing waits without a bound. See the constants at the top of each file.
package uplink

import (
	"cmp"
	"context"
	crand "crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/bell"
	"weir/shop/door"
	"weir/shop/remote"
	"weir/shop/wire"
)

// AsyncAPI is the description of the door, an AsyncAPI 3.0 document.
//
//go:embed asyncapi.yaml
var AsyncAPI []byte

// Shop is what the uplink needs of the store.
type Shop interface {
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	Snapshot() *shop.State
	Bell() <-chan struct{}
	Feed(ctx context.Context, channel string, after uint64, limit int) ([]store.FeedEntry, error)
}

// Config is what an [Uplink] is made of.
type Config struct {
	Shop     Shop
	Door     *door.Door       // the one that HTTP uses too
	Remote   Remote           // from [Within] or [ParseURL]
	Reporter *wire.Reporter   // shared with the HTTP door, so that both give out the same reports
	Twin     *Twin            // what is known of another box with this shop's id; nil: nothing, and nothing is kept
	Now      func() time.Time // the shop's clock
	Log      *slog.Logger

	// Desk takes the commands of the owner's fleet; nil: they are not heard here. Only is that this broker is the fleet's and
	// nothing else comes or goes over it than those commands and the shop's reports.
	Desk *remote.Desk
	Only bool

	HearWithin time.Duration // how long what the shop writes to itself may take to come back; 0 is [echoMax]
}

// Uplink is one shop at one broker.
type Uplink struct {
	shop     Shop
	door     *door.Door
	remote   Remote
	reporter *wire.Reporter
	now      func() time.Time
	log      *slog.Logger
	topics   wire.Topics
	inbox    *inbox
	feeds    map[string]*bell.Bell // per channel: tell everything once more
	clocks   clocks
	run      string // names this run of the program
	twin     *Twin
	desk     *remote.Desk
	only     bool

	// Times that tests shorten.
	resendMin, pauseMin, redeliverAfter, settles, twinSettles, echoMax, echoEvery time.Duration

	encode func(any) ([]byte, error) // json.Marshal; a test makes it fail

	untold bool // this box stands down and has not told the other one yet; only the goroutine of Run uses it

	mu     sync.Mutex
	status Status
	conn   int64 // number of the last attempt to connect
	// Numbers of connections, see twin.go; 0 is none. published is the last whose status went out, joined the first of
	// this run, doubted that of another run which may be alive.
	published, joined, doubted int64
	reported                   time.Time // when the last capacity report went out
}

// New makes an uplink; [Uplink.Run] starts it.
func New(c Config) *Uplink {
	config := c.Shop.Snapshot().Config
	u := &Uplink{
		shop: c.Shop, door: c.Door, remote: c.Remote, reporter: c.Reporter, now: c.Now, log: c.Log,
		topics: wire.TopicsOf(config.ID), feeds: map[string]*bell.Bell{},
		resendMin: resendMin, pauseMin: pauseMin, redeliverAfter: redeliverAfter, settles: linkSettles,
		twinSettles: twinSettles, echoMax: cmp.Or(c.HearWithin, echoMax), echoEvery: echoEvery,
		encode: json.Marshal, run: crand.Text(), twin: c.Twin, desk: c.Desk, only: c.Only,
	}
	if u.twin == nil {
		u.twin = &Twin{}
	}
	for _, ch := range config.Channels {
		u.feeds[ch.ID] = &bell.Bell{}
	}
	u.inbox = newInbox(u.carryOut)
	return u
}

// How long to wait before connecting again, doubled from one failure to the next. A fleet that lost
// its broker together must not come back together: each wait is anything from half of it to all.
const (
	pauseMin = time.Second
	pauseMax = 30 * time.Second
	// steady is how long a connection has to last before the next failure counts as the first.
	steady = time.Minute
	// drainMax is how long what is in work may take when the shop closes.
	drainMax = 2 * time.Second
)

// Run keeps the shop connected until ctx ends. It then finishes what is in work, says goodbye and
// returns nil: a broker that cannot be reached is a state and not an error. The store must still be
// running until it returns.
func (u *Uplink) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var lanes sync.WaitGroup
	lanes.Go(func() { u.inbox.run(work) })
	defer lanes.Wait()
	defer stop()
	defer u.inbox.close(0)
	u.note(false, nil)
	pause := u.pauseMin
	for ctx.Err() == nil {
		if u.twin.Down() && !u.untold {
			u.note(false, errTwin)
			u.awaitClaim(ctx)
			continue
		}
		began := time.Now()
		err := u.session(ctx)
		if ctx.Err() != nil {
			break
		}
		u.note(false, err)
		u.log.Warn("no connection to the broker", "broker", u.remote.Name, "error", err)
		if errors.Is(err, errRedeliver) || errors.Is(err, errOldConn) || time.Since(began) > steady {
			pause = u.pauseMin
		}
		bell.Sleep(ctx, pause/2+rand.N(pause/2+1))
		pause = min(2*pause, pauseMax)
	}
	u.note(false, nil)
	return nil
}
