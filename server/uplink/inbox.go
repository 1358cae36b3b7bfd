package uplink

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/door"
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

// request is one message that came in.
type request struct {
	link    *link
	message paho.Message
	kind    string // orders, cancel, …
	channel string
	seen    wire.Peek // the members that could be read at once
	// unproven: nobody has checked whether the channel sent it.
	unproven bool
}

// asked is the request as the door takes it.
func (r *request) asked() door.Message {
	return door.Message{Body: func() ([]byte, error) { return r.message.Payload(), nil }, Ref: r.seen.Ref, Nonce: r.seen.Nonce}
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
	lane := in.lanes[maphash.String(in.seed, r.channel+"\x00"+r.seen.Ref)%lanesMax]
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

// read makes a request of a message; ok is false for one that is nothing of the shop's. It does not wait for anything.
func (u *Uplink) read(l *link, m paho.Message) (r *request, ok bool) {
	kind, channel, ok := u.topics.Parse(m.Topic())
	if _, known := calls[kind]; !ok || !known {
		return nil, false
	}
	r = &request{link: l, message: m, kind: kind, channel: channel, seen: wire.Look(m.Payload())}
	if kind == wire.KindCampaigns && channel == "" {
		// The broker inside has compared the name with who sent it; another proves nothing of the sender.
		r.channel, r.unproven = r.seen.Channel, !u.remote.inside
	}
	return r, true
}
