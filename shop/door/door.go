// Package door is the one way in for platforms. Each request, whoever carried it, goes through [Door.Do]: the quota,
// the reading of its body, the shop's decision, the answer, and the record of what became of it. HTTP (package api) and
// MQTT (package uplink) carry bytes, headers and topics; what an answer says is made here, so that they cannot differ.
//
// The calls that there are: [Order], [Cancel], [CancelPart], [Progress], [Ack], [Resync], [Notice], [Reconcile],
// [Availability], [Mark], [Hold], [DropHold].
package door

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

// Shop is what the door needs of the shop; [weir/server/store.Store] is one.
type Shop interface {
	// Do returns after the commit. A refusal is a *shop.Error.
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	Snapshot() *shop.State
	OrderByRef(ctx context.Context, channel, ref string) (*shop.Order, error)
	OrdersOfDay(ctx context.Context, day shop.Day, channel string) ([]*shop.Order, error)
}

// Config is what a [Door] is made of.
type Config struct {
	Shop  Shop
	Tally Tally            // counts refusals; nil: nobody counts
	Box   string           // id of the data directory, see store.Store.Box
	Quota *guard.Quota     // nil: guard.QuotaRate and guard.QuotaBurst for each channel
	Now   func() time.Time // the shop's clock
	Log   *slog.Logger
}

// Door takes the requests of all channels, from any number of goroutines.
type Door struct {
	shop   Shop
	box    string
	quota  *guard.Quota
	now    func() time.Time
	log    *slog.Logger
	record recorder

	mu       sync.Mutex
	resynced map[string]time.Time // per channel, by the machine's clock
}

// New makes a door.
func New(c Config) *Door {
	if c.Quota == nil {
		c.Quota = guard.NewQuota(guard.QuotaRate, guard.QuotaBurst)
	}
	return &Door{shop: c.Shop, box: c.Box, quota: c.Quota, now: c.Now, log: c.Log, record: newRecorder(c.Tally),
		resynced: map[string]time.Time{}}
}

// Message is a request as it was carried here.
type Message struct {
	// Body reads the body, and is not called for a channel that is over its quota. An error is a [*shop.Error], or a
	// fault of ours. nil is a request without a body.
	Body func() ([]byte, error)
	// Ref and Nonce are repeated in the answer; "" where they are not known. A call that finds the ref of an order
	// answers with that one.
	Ref, Nonce string
}

// request is a message on its way through.
type request struct {
	Message
	channel string
	command shop.Command // the command it became; nil when it could not be read
}

// body reads the body.
func (r *request) body() ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return r.Body()
}

// Do has a call carried out for a channel, and returns what there is to answer. The answer comes after the commit. What
// went wrong is an answer too: a [wire.Problem]. The channel is the key's or the topic's; who asks has been checked.
func (d *Door) Do(ctx context.Context, channel string, call Call, m Message) Answer {
	r := &request{Message: m, channel: channel}
	_, known := d.shop.Snapshot().Config.Channel(channel)
	if known {
		if wait := d.quota.Wait(channel, time.Now()); wait > 0 { // the machine's clock: it is the machine that is guarded
			return d.finish(call, r, tooMany(wait))
		}
	}
	a := d.carryOut(ctx, call, r)
	if known && !a.Created() {
		d.quota.Charge(channel, time.Now())
	}
	return d.finish(call, r, a)
}

// Refuse answers a request that whoever carries it cannot take in: there are too many at once.
func (d *Door) Refuse(channel string, call Call, m Message, retry time.Duration) Answer {
	return d.finish(call, &request{Message: m, channel: channel}, tooMany(retry))
}

// finish puts into an answer what all have, and keeps what became of the request.
func (d *Door) finish(call Call, r *request, a Answer) Answer {
	state := d.shop.Snapshot()
	a.Re, a.Ref, a.Nonce, a.Epoch, a.Box = call.re, r.Ref, r.Nonce, state.Counters.Epoch, d.box
	if call.re == reOrder {
		d.record.order(state.Config, r.channel, r.command, a, d.now())
	}
	return a
}

func tooMany(wait time.Duration) Answer {
	return Answer{Status: http.StatusTooManyRequests, Body: wire.TooMany(wait), Err: errQuota}
}

var errQuota = errors.New("too many requests")

// carryOut reads a request and does what it asks for.
func (d *Door) carryOut(ctx context.Context, call Call, r *request) (a Answer) {
	defer func() {
		if p := recover(); p != nil { // one request that goes wrong must not close the shop
			a = d.problem(ctx, call, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	a, err := call.run(ctx, d, r)
	if err != nil {
		return d.problem(ctx, call, r, err)
	}
	return a
}

// problem is the answer that an error is. What is our own fault is logged here and nowhere else.
func (d *Door) problem(ctx context.Context, call Call, r *request, err error) Answer {
	if errors.Is(err, shop.ErrNotFound) {
		err = notFound("there is no such order")
	}
	if e := (*shop.Error)(nil); !errors.As(err, &e) && ctx.Err() == nil {
		d.log.Error("cannot carry out a request", "re", call.re, "channel", r.channel, "error", err)
	}
	p := wire.NewProblem(err, d.menu())
	return Answer{Status: p.Status, Body: p, Err: err}
}

// Box is the name of the shop's data directory, which stands on every answer.
func (d *Door) Box() string { return d.box }

func (d *Door) menu() *shop.Menu { return d.shop.Snapshot().Config.Menu }

// Admit lets a request of a channel through that is none of the calls here, such as one that only reads, and charges
// it. wait is how long the channel has to wait instead; 0 is not at all.
func (d *Door) Admit(channel string) (wait time.Duration) {
	now := time.Now()
	if wait = d.quota.Wait(channel, now); wait == 0 {
		d.quota.Charge(channel, now)
	}
	return wait
}

func notFound(format string, args ...any) error {
	return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: fmt.Sprintf(format, args...)}
}
