package route

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	peerPrefix = "fleet.router."
	// beatEvery is how often a router says that it is there, peerLife how long it is believed: two beats may be lost.
	beatEvery = 2 * time.Second
	peerLife  = 7 * time.Second
)

// peers are the routers that are there, this one included.
type peers struct {
	own  string
	mu   sync.Mutex
	seen map[string]time.Time
}

func (p *peers) init(own string) { p.own, p.seen = own, map[string]time.Time{} }

func (p *peers) beat(ctx context.Context, conn *nats.Conn) error {
	for {
		_ = conn.Publish(peerPrefix+p.own, nil) // without a connection there is nobody to tell
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(beatEvery):
		}
	}
}

func (p *peers) heard(id string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[id] = now
	for other, at := range p.seen {
		if now.Sub(at) > peerLife {
			delete(p.seen, other)
		}
	}
}

// Peers is how many routers there are, at least one.
func (r *Router) Peers() int {
	r.peers.mu.Lock()
	defer r.peers.mu.Unlock()
	return max(1, len(r.peers.seen))
}

// home reports whether this router is the one that keeps a store's events: the highest of all by a hash of both names,
// so that when a router goes only its stores move.
func (p *peers) home(store string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := score(p.own, store)
	for id := range p.seen {
		if id != p.own && score(id, store) > own {
			return false
		}
	}
	return true
}

func score(router, store string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(router + "\x00" + store)) // a hash takes every byte
	return h.Sum64()
}
