package uplink

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop"
	"weir/shop/wire"
)

// Limits of what is in work at once. All lanes together share the store's commits, so more of them do
// not make it faster.
const (
	lanesMax  = 64   // requests carried out at once
	laneMax   = 256  // requests waiting in one lane: a storm of one ref
	inWorkMax = 4096 // requests taken and not answered; no broker hands out more without an acknowledgement
	// floodRetry is when to ask again after a request that was one too many.
	floodRetry = 5 * time.Second
)

// request is one message that came in, as far as it could be read.
type request struct {
	link    *link
	message paho.Message
	kind    string // orders, cancel, …
	channel string
	ref     string // "" when there is none or it cannot be read
	command shop.Command
	fault   error     // why there is no command
	sentAt  time.Time // by the sender's clock; zero when it does not say
}

// inbox has requests carried out: many at once, those about one ref one after the other. Nothing in it
// outlives the process. What has not been acknowledged, the broker sends again.
type inbox struct {
	do    func(context.Context, *request)
	lanes [lanesMax]chan *request
	seed  maphash.Seed

	mu     sync.Mutex
	inWork int
	shut   bool
	idle   chan struct{} // closed when shut and nothing is in work
}

func newInbox(do func(context.Context, *request)) *inbox {
	in := &inbox{do: do, seed: maphash.MakeSeed(), idle: make(chan struct{})}
	for i := range in.lanes {
		in.lanes[i] = make(chan *request, laneMax)
	}
	return in
}

var (
	errFlood = errors.New("too many requests in work")
	errShut  = errors.New("the inbox is closed")
)

// put takes a request without waiting.
func (in *inbox) put(r *request) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.shut {
		return errShut
	}
	if in.inWork >= inWorkMax {
		return errFlood
	}
	lane := in.lanes[maphash.String(in.seed, r.channel+"\x00"+r.ref)%lanesMax]
	select {
	case lane <- r:
		in.inWork++
		return nil
	default:
		return errFlood
	}
}

func (in *inbox) done() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.inWork--
	if in.shut && in.inWork == 0 {
		close(in.idle)
	}
}

// run carries requests out until ctx ends.
func (in *inbox) run(ctx context.Context) {
	var wait sync.WaitGroup
	for _, lane := range in.lanes {
		wait.Go(func() {
			for {
				select {
				case r := <-lane:
					in.do(ctx, r)
					in.done()
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wait.Wait()
}

// close takes nothing more and waits for what is in work, at most so long.
func (in *inbox) close(patience time.Duration) {
	in.mu.Lock()
	in.shut = true
	empty := in.inWork == 0
	in.mu.Unlock()
	if empty {
		return
	}
	select {
	case <-in.idle:
	case <-time.After(patience):
	}
}

// read makes a request of a message. It does not wait for anything.
func (u *Uplink) read(l *link, m paho.Message) (*request, bool) {
	kind, channel, ok := u.topics.Parse(m.Topic())
	if !ok {
		return nil, false
	}
	r := &request{link: l, message: m, kind: kind, channel: channel}
	body := m.Payload()
	seen := wire.Look(body)
	r.sentAt, _ = time.Parse(time.RFC3339, seen.SentAt) // zero when it does not say
	switch kind {
	case wire.KindOrders:
		var d shop.Draft
		d, r.fault = wire.DecodeOrder(body)
		r.ref, r.command = d.Ref, shop.Place{Channel: channel, Draft: d}
	case wire.KindCancel:
		var c wire.Cancellation
		c, r.fault = wire.DecodeCancellation(body)
		r.ref, r.command = c.Ref, shop.Cancel{Channel: channel, Ref: c.Ref, Final: c.Final}
	case wire.KindProgress, wire.KindAcks, wire.KindResync, wire.KindReconciliation:
		r.ref = seen.Ref // about one ref in order; the rest is read when it is its turn
	case wire.KindCampaigns:
		r.channel, r.ref = seen.Channel, seen.Ref
	default:
		return nil, false
	}
	if r.fault != nil {
		r.command, r.ref = nil, seen.Ref
	}
	return r, true
}
