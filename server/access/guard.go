package access

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
)

// Config is what a [Guard] is made of.
type Config struct {
	Store    *store.Store
	Log      *slog.Logger
	Now      func() time.Time // the real clock, also when the shop's is fast; nil is time.Now
	Loopback bool             // the listener can be reached from this machine only
	Secure   bool             // browsers reach the shop over HTTPS
	Hosts    []string         // names the shop is reached by, besides its addresses
	URLs     func() []string  // where tablets reach it, the best first; see [guard.URLs]
	Root     *guard.Root      // the shop's private certificate authority; nil when there is none
}

// Guard knows who may do what: paired tablets, people with a PIN on them, the owner. What it knows is in
// memory, so that no request waits for the disk, and in the store, so that a restart forgets nobody.
type Guard struct {
	Config
	front   *guard.Front
	hasher  *guard.Hasher
	tries   *guard.Tries
	cookies guard.Cookies
	codes   guard.Codes

	mu       sync.Mutex
	devices  map[string]*device
	members  map[string]store.Member
	sessions map[guard.Hash]*session
	leashes  map[*leash]bool
}

// device and session are rows with what has not been written yet.
type device struct {
	store.Device
	written   time.Time // SeenAt as it is stored
	renewedAt time.Time // when the cookie was last sent
}

type session struct {
	store.Session
	written time.Time
}

const (
	// flushEvery is how often it is stored who was seen. What a crash forgets of it is no loss.
	flushEvery = time.Minute
)

var (
	// crewSpan ends a PIN's session when nobody touches the tablet, and after a shift.
	crewSpan = guard.Span{Idle: 30 * time.Minute, Limit: 12 * time.Hour}
	// ownerSpan ends the owner's, on a phone that is looked at several times a day.
	ownerSpan = guard.Span{Idle: 12 * time.Hour, Limit: 14 * 24 * time.Hour}
)

// New reads who may come in.
func New(ctx context.Context, c Config) (*Guard, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.URLs == nil {
		c.URLs = func() []string { return nil }
	}
	g := &Guard{
		Config: c, front: guard.NewFront(c.Loopback, c.Hosts), hasher: guard.NewHasher(), tries: guard.NewTries(),
		cookies: guard.Cookies{Secure: c.Secure},
		devices: map[string]*device{}, members: map[string]store.Member{}, sessions: map[guard.Hash]*session{},
		leashes: map[*leash]bool{},
	}
	all, err := c.Store.Access(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range all.Devices {
		g.devices[d.ID] = &device{Device: d, written: d.SeenAt}
	}
	for _, m := range all.Members {
		g.members[m.ID] = m
	}
	for _, s := range all.Sessions {
		g.sessions[guard.Hash(s.Hash)] = &session{Session: s, written: s.SeenAt}
	}
	return g, nil
}

// Run stores who was seen and drops what has expired, until ctx ends.
func (g *Guard) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := g.flush(ctx); err != nil && ctx.Err() == nil {
				g.Log.Warn("cannot store who was seen", "error", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// flush writes what Run has to write.
func (g *Guard) flush(ctx context.Context) error {
	devices, sessions, expired := g.unwritten()
	for _, h := range expired {
		if err := g.endSession(ctx, h); err != nil {
			return err
		}
	}
	if len(devices)+len(sessions) == 0 {
		return nil
	}
	return g.Store.Seen(ctx, devices, sessions)
}

// unwritten lists what has changed since the last time, and the sessions that are over.
func (g *Guard) unwritten() (devices []store.Device, sessions []store.Session, expired []guard.Hash) {
	now := g.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for l := range g.leashes { // a board that only shows is seen, too
		if d := g.devices[l.caller.DeviceID]; d != nil {
			d.SeenAt = now.UTC().Truncate(flushEvery)
		}
	}
	for _, d := range g.devices {
		if !d.SeenAt.Equal(d.written) {
			d.written = d.SeenAt
			devices = append(devices, d.Device)
		}
	}
	for h, s := range g.sessions {
		if g.over(s, now) {
			expired = append(expired, h)
		} else if !s.SeenAt.Equal(s.written) {
			s.written = s.SeenAt
			sessions = append(sessions, s.Session)
		}
	}
	return devices, sessions, expired
}

// over reports whether a session has come to its end. The caller holds the lock.
func (g *Guard) over(s *session, now time.Time) bool {
	span := crewSpan
	if s.Member == ownerID {
		span = ownerSpan
	}
	return span.Over(s.BeganAt, s.SeenAt, now)
}

// Open reports whether the shop is an open trial: it listens on this machine only, without TLS and host names, and no
// owner has been set. Whoever reaches it may do everything.
func (g *Guard) Open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open()
}

func (g *Guard) open() bool {
	return g.Loopback && !g.Secure && len(g.Hosts) == 0 && g.members[ownerID].ID == ""
}

// finishWithin bounds the end of what has been begun to be taken away.
const finishWithin = 10 * time.Second

// finish is for taking access away: it is done to the end, whether or not who asked is still there. Often
// they are not: they have just cut themselves off.
func finish(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
}

// audit writes into the log what was done to who may come in.
func (g *Guard) audit(ctx context.Context, by, what, about string) error {
	if _, err := g.Store.Do(ctx, shop.Audit{By: by, What: what, About: about}); err != nil {
		return fmt.Errorf("audit %s: %w", what, err)
	}
	return nil
}

// leash is a request under way. It is cut when its caller may no longer be here: a stream to a tablet that
// was stolen must not go on until the thief closes it.
type leash struct {
	caller Caller
	cut    context.CancelFunc
}

// hold puts a request on a leash; done takes it off.
func (g *Guard) hold(ctx context.Context, c Caller) (held context.Context, done func()) {
	held, cancel := context.WithCancel(ctx)
	l := &leash{c, cancel}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leashes[l] = true
	return held, func() {
		cancel()
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.leashes, l)
	}
}

// cut ends the requests of callers that may no longer be here. The caller of it holds the lock.
func (g *Guard) cut(gone func(Caller) bool) {
	for l := range g.leashes {
		if gone(l.caller) {
			l.cut()
		}
	}
}
