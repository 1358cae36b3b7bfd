// Package platform is a reference platform: a router that sends a day's orders to a running shop over
// real HTTP or MQTT, obeys its leases, its level or nothing, and keeps a balance of every order it sent.
//
// It is the other end of the protocol and knows only what docs/protocol.md says: nothing of the shop's
// store, nothing of its rules but the router's own ([capacity.Router]).
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"weir/shop/bell"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Obey is what the router heeds of what the shop says.
type Obey string

// What a router can obey.
const (
	ObeyLease Obey = "lease" // credit; without it only what a level below 3 invites
	ObeyLevel Obey = "level" // the level alone
	ObeyNone  Obey = "none"  // nothing: every order is sent at once
)

// Arrival is an order of the day that is played.
type Arrival struct {
	At   time.Duration // time since the day began
	Cups int
}

// Config says what is played against which shop.
type Config struct {
	Door     Door
	Obey     Obey
	Arrivals []Arrival
	Speed    float64       // factor by which the day is played faster
	Accept   float64       // probability that a customer takes a slot that is offered
	Seed     uint64        // seed of the customers
	Wait     time.Duration // time after the last order for answers and for orders to be made
	Out      io.Writer     // running line and balance
	Prefix   string        // prefix of refs; "" makes a new one, so that a second run does not repeat the first
	Retry    time.Duration // pause before an order without an answer is sent again; 0: the default
}

const (
	// underWayMax bounds the orders that wait for an answer at one time, and with that the rate.
	underWayMax = 64
	// orderGap is the least time between two orders that are sent: 200 a second, ten times what a chain's
	// busiest shop has seen.
	orderGap = 5 * time.Millisecond
	// answerWait is how long an answer may take until the router asks again.
	answerWait = 5 * time.Second
	// triesMax is how often an order is sent with the same ref.
	triesMax = 6
	// lineEvery is how often the running line is written.
	lineEvery = time.Second
	// skew is the bound on the error of this clock that the protocol asks routers to keep.
	skew = 2 * time.Second
)

// Door is a way to a shop. Its methods may be called at the same time.
type Door interface {
	// Order sends an order and waits for the answer to this attempt, which its nonce tells from others. An error is that
	// none came: ask again with the same ref and another nonce.
	Order(ctx context.Context, nonce string, body []byte) (wire.Answer, error)
	// Resync tells the shop this router's counter. A door without such a message does nothing.
	Resync(ctx context.Context, counter capacity.Stamp) error
	// Menu is what can be ordered; empty when the door does not tell.
	Menu(ctx context.Context) ([]wire.MenuItem, error)
	// Run brings what the shop says until ctx ends.
	Run(ctx context.Context, hear Hearer) error
	// Close ends it.
	Close()
}

// Hearer takes in what the shop says by itself.
type Hearer interface {
	Report(wire.Capacity)
	Lease(capacity.Lease)
	Event(wire.Event)
	Late(wire.Answer) // to an order whose answer nobody waits for any more
}

// platform is one run.
type platform struct {
	Config
	router *router
	book   *balance
	menu   []wire.MenuItem
	wait   sync.WaitGroup
	slots  chan struct{}
}

// ErrBalance is a run whose balance does not close: the shop contradicted itself, or left orders unanswered.
var ErrBalance = errors.New("the balance does not close")

// Run plays the day. It ends by itself, and returns [ErrBalance] when an order was answered twice differently or
// not at all.
func Run(ctx context.Context, c Config) (Balance, error) {
	if c.Speed <= 0 {
		return Balance{}, fmt.Errorf("speed %v: want above 0", c.Speed)
	}
	if c.Prefix == "" {
		c.Prefix = "ref-" + strconv.FormatInt(time.Now().UnixMilli(), 36)
	}
	if c.Retry == 0 {
		c.Retry = answerWait
	}
	p := &platform{Config: c, router: &router{obey: c.Obey}, slots: make(chan struct{}, underWayMax)}
	p.book = newBalance()
	var err error
	if p.menu, err = c.Door.Menu(ctx); err != nil {
		return Balance{}, err
	}
	listening, stop := context.WithCancel(ctx)
	heard := make(chan error, 1)
	go func() { heard <- c.Door.Run(listening, p) }()
	lines := make(chan struct{})
	go func() { defer close(lines); p.lines(listening) }()
	err = p.play(ctx)
	if err == nil {
		err = p.settle(ctx)
	}
	stop()
	<-lines
	if failed := <-heard; failed != nil && ctx.Err() == nil {
		err = errors.Join(err, failed)
	}
	b := p.book.sum()
	b.write(c.Out)
	if err == nil && (b.Contradicted > 0 || b.Unanswered > 0) {
		err = ErrBalance
	}
	return b, err
}

// play sends the day's orders at their times.
func (p *platform) play(ctx context.Context) error {
	began := time.Now()
	rnd := rand.New(rand.NewPCG(p.Seed, 4))
	for i, a := range p.Arrivals {
		o := p.newOrder(i, a, rnd)
		at := began.Add(time.Duration(float64(a.At) / p.Speed))
		if !bell.Sleep(ctx, max(time.Until(at), orderGap)) {
			break
		}
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		p.wait.Go(func() {
			defer func() { <-p.slots }()
			p.live(ctx, o)
		})
	}
	p.wait.Wait()
	return ctx.Err()
}

// settle waits until every order that was accepted for now has left the shop, or for as long as was asked for. Those
// for a slot stay open: their time may be hours away.
func (p *platform) settle(ctx context.Context) error {
	end := time.Now().Add(p.Wait)
	for p.book.due() > 0 && time.Now().Before(end) {
		if !bell.Sleep(ctx, min(lineEvery/4, time.Until(end))) {
			return ctx.Err()
		}
	}
	return nil
}

// lines writes the running line.
func (p *platform) lines(ctx context.Context) {
	for bell.Sleep(ctx, lineEvery) {
		b := p.book.sum()
		fmt.Fprintf(p.Out, "sent %d  accepted %d  slots %d  refused %d  held back %d  asked again %d  ready %d  handed %d  %s\n",
			b.Sent, b.Accepted, b.Slots, b.refused(), b.HeldBack, b.AskedAgain, b.Made, b.Handed, p.router)
	}
}

// Report implements [Hearer].
func (p *platform) Report(c wire.Capacity) { p.router.report(c) }

// Lease implements [Hearer].
func (p *platform) Lease(l capacity.Lease) { p.router.take(l) }

// Event implements [Hearer].
func (p *platform) Event(e wire.Event) { p.book.event(e) }

// Late implements [Hearer]: a late answer must agree with those that were heard.
func (p *platform) Late(a wire.Answer) {
	if try := tryOf(a.Ref, a.Nonce); try > 0 && p.book.knows(a.Ref) {
		p.judge(&order{ref: a.Ref, try: try}, a)
	}
}
