// Package tell tells people what is wrong with a fleet's shops: above all of a shop that cannot tell itself any more.
//
// One of the routers tells. What each target was told is in the engine, so whoever takes over tells nothing twice. A router
// that cannot reach the engine knows nothing of the shops and says of itself that it cannot.
package tell

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/fleet/engine"
	"weir/shop/alert"
	"weir/shop/bell"
	"weir/shop/words"
)

// Config is what a teller is made of.
type Config struct {
	Engine  *engine.Engine
	Targets []Target
	Router  string           // the name of this one, as people know it
	Look    func() []Wrong   // all that is wrong at the shops; called each two seconds
	Now     func() time.Time // the fleet's clock
	Local   *time.Location   // of the hours in which targets are told
	Dir     string           // where a router keeps what it told of itself
	Log     *slog.Logger
	Term    time.Duration // after how long another router takes over; 0 is half a minute
	Pace    time.Duration // see [alert.Config]
}

// Tell tells the targets.
type Tell struct {
	config Config
	own    *alert.Desk  // for what this router says of itself
	desks  []*desk      // by target
	leads  atomic.Bool  // this router tells of the shops
	away   atomic.Int64 // ns: since when the engine does not answer; 0 is that it does

	mu   sync.Mutex
	seen []Wrong   // as looked at last
	at   time.Time // by the machine's clock
}

// desk is a target and how it is told while this router tells.
type desk struct {
	target Target
	desk   atomic.Pointer[alert.Desk] // nil while another router tells
}

// New makes a teller. It is an error when a target is wrong or a file of one cannot be read.
func New(c Config) (*Tell, error) {
	t := &Tell{config: c}
	var own []alert.Target
	for i := range c.Targets {
		at := &c.Targets[i]
		d := &desk{target: *at}
		if _, err := alert.New(alert.Config{Targets: []alert.Target{at.Target}, Log: c.Log}); err != nil {
			return nil, err
		}
		t.desks = append(t.desks, d)
		if at.whole() && len(own) < ownMax {
			own = append(own, at.Target)
		}
	}
	var err error
	t.own, err = alert.New(alert.Config{Targets: own, Look: t.self, Now: c.Now, Local: c.Local, Log: c.Log, Pace: c.Pace,
		Keep: alert.File(filepath.Join(c.Dir, alert.FileName))})
	return t, err
}

// ownMax bounds the targets that are told of routers: a desk has no more.
const ownMax = 16

// Run tells until ctx ends.
func (t *Tell) Run(ctx context.Context) error {
	if len(t.desks) == 0 {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return t.own.Run(ctx) })
	leader := engine.Leader{Engine: t.config.Engine, Name: "alerts", ID: rand.Text(), For: t.config.Term}
	group.Go(func() error { return leader.Run(ctx, t.answered, t.lead) })
	return group.Wait()
}

// answered notes whether the engine has answered.
func (t *Tell) answered(err error) {
	switch {
	case err == nil || errors.Is(err, engine.ErrConflict):
		t.away.Store(0)
	case t.away.Load() == 0:
		t.away.Store(t.config.Now().UnixNano())
	}
}

// self is what this router says of itself.
func (t *Tell) self() []alert.Thing {
	if t.away.Load() == 0 {
		return nil
	}
	return []alert.Thing{{Kind: alert.Engine, ID: t.config.Router, Shop: "weir-fleet " + t.config.Router,
		Text: func(l words.Lang) string { return l.T("fleet_alert.engine") }}}
}

// lead tells of the shops, as long as this router is the one that does.
func (t *Tell) lead(ctx context.Context) error {
	t.leads.Store(true)
	defer t.leads.Store(false)
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range t.desks {
		group.Go(func() error { return t.tell(ctx, d) })
	}
	return group.Wait()
}

// tell tells one target.
func (t *Tell) tell(ctx context.Context, d *desk) error {
	shelf := &shelf{engine: t.config.Engine, subject: subjectOf(d.target.Name), writer: rand.Text() + "\n"}
	if err := shelf.load(ctx); err != nil {
		return nil // ctx has ended
	}
	lang := words.ZH
	if l, ok := words.Parse(d.target.Lang); ok && d.target.Lang != "" {
		lang = l
	}
	desk, err := alert.New(alert.Config{
		Targets: []alert.Target{d.target.Target}, Keep: shelf, Now: t.config.Now, Local: t.config.Local, Log: t.config.Log,
		Pace: t.config.Pace,
		Look: func() []alert.Thing {
			var mine []Wrong
			for _, w := range t.look() {
				if d.target.concerns(&w) && d.target.Wants(w.Kind) {
					mine = append(mine, w)
				}
			}
			known := func(k alert.Kind, id, shop string) bool { return d.desk.Load().Knows(d.target.Name, k, id, shop) }
			return fold(mine, known, lang)
		},
	})
	if err != nil {
		return fmt.Errorf("make a desk again: %w", err) // New has made the same one
	}
	d.desk.Store(desk)
	defer d.desk.Store(nil)
	return desk.Run(ctx)
}

// look is all that is wrong; all targets share one look.
func (t *Tell) look() []Wrong {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); now.Sub(t.at) >= cmp.Or(t.config.Pace, alert.LookEvery)/2 {
		t.seen, t.at = t.config.Look(), now
	}
	return t.seen
}

// Try sends each target a message that says it is only a try, and calls said with what became of it.
func (t *Tell) Try(ctx context.Context, said func(target string, err error)) error {
	for _, d := range t.desks {
		desk, err := alert.New(alert.Config{Targets: []alert.Target{d.target.Target}, Now: t.config.Now, Local: t.config.Local,
			Log: t.config.Log})
		if err != nil {
			return err
		}
		desk.Try(ctx, words.ZH.T("fleet_alert.all"), said)
	}
	return nil
}

func subjectOf(target string) string {
	sum := sha256.Sum256([]byte(target))
	return "fleet.told." + hex.EncodeToString(sum[:12])
}

// shelf keeps what a target was told in the engine. What it writes begins with a line that names the writer.
type shelf struct {
	engine   *engine.Engine
	subject  string
	writer   string
	text     []byte
	revision uint64
}

// load reads what was told, however long the engine takes.
func (s *shelf) load(ctx context.Context) error {
	for {
		v, err := s.engine.Get(ctx, engine.Told, s.subject)
		if err == nil {
			_, s.text, _ = bytes.Cut(v.Data, []byte("\n"))
			s.revision = v.Revision
			return nil
		}
		if !bell.Sleep(ctx, loadEvery) {
			return ctx.Err()
		}
	}
}

const (
	// loadEvery is the time between two questions of what was told.
	loadEvery = time.Second
	// keepMax bounds one write of what was told: the engine answers in milliseconds, or has no leader.
	keepMax = 5 * time.Second
)

// Read implements [alert.Keeper].
func (s *shelf) Read() ([]byte, error) { return s.text, nil }

// Write implements [alert.Keeper]. What another router has written since is not overwritten: that one tells now.
func (s *shelf) Write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), keepMax)
	defer cancel()
	text = append([]byte(s.writer), text...)
	revision, err := s.engine.Put(ctx, engine.Told, s.subject, text, s.revision)
	if errors.Is(err, engine.ErrConflict) || errors.Is(err, engine.ErrUnsure) { // a write before may have got through late
		v, look := s.engine.Get(ctx, engine.Told, s.subject)
		if look != nil || v.Revision != s.revision && !bytes.HasPrefix(v.Data, []byte(s.writer)) {
			return errors.Join(err, look)
		}
		revision, err = s.engine.Put(ctx, engine.Told, s.subject, text, v.Revision)
	}
	if err == nil {
		s.revision = revision
	}
	return err
}
