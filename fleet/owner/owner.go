// Package owner is the fleet's people: owners who are not in their shops, and the brand. They sign in with a password and a
// second factor, see their shops, and act in them by commands that the fleet signs and each shop decides on.
//
// What is known is in the stream of people: who they are, who is signed in, which shops have joined, and what was asked of
// them. Any router of the fleet goes on where another one has died.
package owner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/route"
	"weir/shop/guard"
	"weir/shop/remote"
)

// Config is what the pages are made of.
type Config struct {
	Base      string // where browsers reach them; "" until [Owner.Reached]
	Name      string // of the fleet, as shops and people read it
	Broker    func() string
	Directory *directory.Directory
	Zone      *time.Location
	Now       func() time.Time // the fleet's clock, by which commands expire
	Log       *slog.Logger
}

// Owner serves the people of a fleet.
type Owner struct {
	Config
	engine *engine.Engine
	router atomic.Pointer[route.Router]
	front  atomic.Pointer[guard.Front]
	base   atomic.Pointer[string]
	hasher *guard.Hasher
	tries  *guard.Tries // of sign-ins
	links  *guard.Tries // of one-time links
	codes  *guard.Tries // with which shops join
	trial  guard.Hash   // of the demo's link; zero is none
	isDemo atomic.Bool
	ready  atomic.Bool // what is known was read; before that nothing is served

	mu       sync.Mutex
	people   map[string]kept[Person]
	sessions map[string]kept[session] // by the hash of the token
	joined   map[string]kept[joined]  // by store
	asks     map[string]kept[Ask]     // by id
	keys     kept[keys]
	tried    map[string]attempt // when an ask was last published from here
	views    map[string]seen
	epochs   map[string]int64
	changed  chan struct{}
}

// kept is a value with its revision in the stream.
type kept[T any] struct {
	is       T
	revision uint64
}

// seen is how a shop said that it stands.
type seen struct {
	view *remote.View
	at   time.Time // by the machine's clock
}

// New makes the pages.
func New(c Config) *Owner {
	o := &Owner{Config: c, hasher: guard.NewHasher(), tries: guard.NewTries(), links: guard.NewTries(), codes: guard.NewTries(),
		people:   map[string]kept[Person]{},
		sessions: map[string]kept[session]{}, joined: map[string]kept[joined]{}, asks: map[string]kept[Ask]{}, tried: map[string]attempt{},
		views: map[string]seen{}, epochs: map[string]int64{}, changed: make(chan struct{})}
	o.Reached(c.Base)
	return o
}

// Reached says where browsers reach the pages.
func (o *Owner) Reached(base string) {
	base = strings.TrimRight(base, "/")
	o.base.Store(&base)
	var names []string
	if host := hostOf(base); host != "" {
		names = []string{host}
	}
	o.front.Store(guard.NewFront(false, names))
}

// Address is where browsers reach the pages; "" when that is not known.
func (o *Owner) Address() string { return *o.base.Load() }

// The subjects.
const (
	personAt, sessionAt, joinedAt = "fleet.person.", "fleet.session.", "fleet.joined."
	askAt, codeAt, keysAt         = "fleet.ask.", "fleet.code.", "fleet.secret.owner"
)

// Open reads what is known and follows it until ctx ends, and makes the fleet's key if there is none. Before it
// has returned, pages and shops are answered that the fleet is starting.
func (o *Owner) Open(ctx context.Context, e *engine.Engine) error {
	o.engine = e
	done, err := e.Follow(ctx, engine.People, []string{personAt + "*", sessionAt + "*", joinedAt + "*", askAt + "*.*", keysAt}, o.take)
	if err != nil {
		return fmt.Errorf("read the people: %w", err)
	}
	select {
	case <-done:
		if err := o.ensureKey(ctx); err != nil {
			return err
		}
		o.ready.Store(true)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take takes one value in. An empty one is gone.
func (o *Owner) take(subject string, v engine.Value) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := subject[strings.LastIndexByte(subject, '.')+1:]
	switch {
	case strings.HasPrefix(subject, personAt):
		keep(o.people, last, v)
	case strings.HasPrefix(subject, sessionAt):
		keep(o.sessions, last, v)
	case strings.HasPrefix(subject, joinedAt):
		keep(o.joined, last, v)
	case strings.HasPrefix(subject, askAt):
		keep(o.asks, last, v)
	case subject == keysAt:
		var k keys
		if json.Unmarshal(v.Data, &k) == nil {
			o.keys = kept[keys]{k, v.Revision}
		}
	}
	close(o.changed)
	o.changed = make(chan struct{})
}

func keep[T any](m map[string]kept[T], id string, v engine.Value) {
	var is T
	if len(v.Data) == 0 || json.Unmarshal(v.Data, &is) != nil {
		delete(m, id)
		return
	}
	m[id] = kept[T]{is, v.Revision}
}

// put writes a value if nobody else has since it was read, and waits until it is known here.
func (o *Owner) put(ctx context.Context, subject string, value any, revision uint64) error {
	var text []byte
	if value != nil {
		var err error
		if text, err = json.Marshal(value); err != nil {
			return fmt.Errorf("write %s: %w", subject, err)
		}
	}
	written, err := o.engine.Put(ctx, engine.People, subject, text, revision)
	if err != nil {
		return err
	}
	return o.settle(ctx, subject, written)
}

// settleMax bounds the wait until what was written is known here.
const settleMax = 10 * time.Second

func (o *Owner) settle(ctx context.Context, subject string, revision uint64) error {
	timer := time.NewTimer(settleMax)
	defer timer.Stop()
	for {
		o.mu.Lock()
		is, changed := o.revisionOf(subject), o.changed
		o.mu.Unlock()
		if is >= revision || is == 0 && revision > 0 && o.gone(ctx, subject, revision) {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return errors.New("it was written, and is not known here yet")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gone reports whether what was written was that there is nothing any more, or is not followed.
func (o *Owner) gone(ctx context.Context, subject string, revision uint64) bool {
	if strings.HasPrefix(subject, codeAt) {
		return true
	}
	v, err := o.engine.Get(ctx, engine.People, subject)
	return err == nil && v.Revision >= revision && len(v.Data) == 0
}

// revisionOf is how new a value is here. The caller holds mu.
func (o *Owner) revisionOf(subject string) uint64 {
	last := subject[strings.LastIndexByte(subject, '.')+1:]
	switch {
	case strings.HasPrefix(subject, personAt):
		return o.people[last].revision
	case strings.HasPrefix(subject, sessionAt):
		return o.sessions[last].revision
	case strings.HasPrefix(subject, joinedAt):
		return o.joined[last].revision
	case strings.HasPrefix(subject, askAt):
		return o.asks[last].revision
	case subject == keysAt:
		return o.keys.revision
	}
	return 0
}

// Routes mounts the pages.
func (o *Owner) Routes(e *echo.Echo) {
	e.GET("/owner/signin", o.guarded(o.signInPage))
	e.POST("/owner/signin", o.guarded(o.signIn))
	e.POST("/owner/signout", o.guarded(o.signOut))
	e.POST("/owner/lang", o.guarded(o.lang))
	e.GET("/owner/begin/:token", o.guarded(o.beginPage))
	e.POST("/owner/begin/:token", o.guarded(o.begin))
	e.GET("/owner/demo/:token", o.guarded(o.demo))
	e.GET("/owner", o.signed(o.shopsPage))
	e.GET("/owner/shop/:store", o.signed(o.shopPage))
	e.POST("/owner/shop/:store/intake", o.signed(o.setIntake))
	e.POST("/owner/shop/:store/staff", o.signed(o.setStaff))
	e.POST("/owner/shop/:store/notice", o.signed(o.answerNotice))
	e.POST("/owner/shop/:store/join", o.signed(o.makeCode))
	e.GET("/owner/people", o.signed(o.peoplePage))
	e.POST("/owner/people", o.signed(o.addPerson))
	e.POST("/owner/people/:id/link", o.signed(o.newLink))
	e.POST("/owner/people/:id/remove", o.signed(o.removePerson))
	e.POST(remote.JoinPath, o.join)
}
