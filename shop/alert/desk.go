package alert

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/shop/bell"
	"weir/shop/words"
)

// FileName is the file in a shop's data directory that says what was told, so that a start tells nothing twice.
const FileName = "alerts.json"

// keptMax bounds what is read of that file, bytes.
const keptMax = 1 << 20

// LookEvery is how often a desk looks at what is wrong, by the machine's clock.
const LookEvery = 2 * time.Second

// terms are the times of a desk, by the machine's clock. Tests shorten them.
type terms struct {
	look  time.Duration // how often what is wrong is looked at
	pace  time.Duration // between two messages to one target
	first time.Duration // wait before the second try, doubled with each
	most  time.Duration // longest wait between two tries
	wrong time.Duration // wait after an answer that trying again will hardly change
}

var ordinary = terms{
	look:  LookEvery,
	pace:  4 * time.Second, // the robots of WeCom and DingTalk take 20 messages a minute
	first: 5 * time.Second,
	most:  5 * time.Minute,
	wrong: 15 * time.Minute,
}

// Config is what a desk is made of.
type Config struct {
	Targets []Target
	Look    func() []Thing // all that is wrong now; called each [LookEvery]
	Now     func() time.Time
	Local   *time.Location // of the hours in which targets are told
	Keep    Keeper         // where what was told is kept; nil is nowhere
	Roots   *x509.CertPool // for TLS; nil is the system's
	Pace    time.Duration  // between two looks, and two messages to a target; 0 is what services bear. Tests shorten it
	Log     *slog.Logger
}

// Keeper keeps what was told, so that a start, or somebody who takes over, tells nothing twice. The desk calls one method at
// a time.
type Keeper interface {
	Read() ([]byte, error) // what was written last; nothing if nothing was
	Write([]byte) error
}

// File is a [Keeper] by a file's name.
type File string

// Read implements [Keeper].
func (f File) Read() ([]byte, error) {
	info, err := os.Stat(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.Size() > keptMax:
		return nil, fmt.Errorf("%s has %d bytes: want at most %d", f, info.Size(), keptMax)
	}
	return os.ReadFile(string(f))
}

// Write implements [Keeper]. A power cut may lose the newest: then it is told twice.
func (f File) Write(text []byte) error {
	half := string(f) + ".half"
	if err := os.WriteFile(half, text, 0o600); err != nil {
		return err
	}
	return os.Rename(half, string(f))
}

// Desk tells targets what is wrong.
type Desk struct {
	config Config
	terms  terms
	seats  []*seat
	bell   bell.Bell // rings after each look

	keep sync.Mutex // one write at a time
}

// seat is a target with what it knows.
type seat struct {
	target Target
	sender sender

	mu     sync.Mutex
	table  table
	status Status
}

// Status is how a target stands.
type Status struct {
	Name    string
	To      string
	SentAt  time.Time // of the last message that arrived; zero is none since the start
	Sent    int       // messages that arrived since the start
	Failing time.Time // since when it cannot be told; zero: it can
	Error   string    // why; never with a secret in it
}

// New makes a desk. It is an error when a target is wrong or a file of one cannot be read.
func New(c Config) (*Desk, error) {
	if err := Check(c.Targets); err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	d := &Desk{config: c, terms: ordinary}
	if c.Pace > 0 {
		d.terms.look, d.terms.pace, d.terms.first = c.Pace, c.Pace, c.Pace
	}
	kept := d.read()
	for _, t := range c.Targets {
		s := &seat{target: t, status: Status{Name: t.Name, To: t.To}}
		var err error
		if s.sender, err = newSender(t, c.Roots); err != nil {
			return nil, fmt.Errorf("alerts: target %s: %w", t.Name, err)
		}
		s.table = table{target: &s.target, things: kept[t.Name]}
		d.seats = append(d.seats, s)
	}
	return d, nil
}

// Run looks and tells until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	if len(d.seats) == 0 {
		return nil
	}
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error {
		for ctx.Err() == nil {
			d.look()
			bell.Sleep(ctx, d.terms.look)
		}
		return nil
	})
	for _, s := range d.seats {
		all.Go(func() error { d.serve(ctx, s); return nil })
	}
	return all.Wait()
}

// look brings every table up to date.
func (d *Desk) look() {
	things, now := d.config.Look(), d.config.Now()
	for _, s := range d.seats {
		s.mu.Lock()
		before := s.table.left
		s.table.see(things, now)
		left := s.table.left
		s.mu.Unlock()
		if left > 0 && before == 0 {
			d.config.Log.Warn("more is wrong than a target can be told", "target", s.target.Name, "left_out", left)
		}
	}
	d.bell.Ring()
}

// serve tells one target, a message at a time.
func (d *Desk) serve(ctx context.Context, s *seat) {
	wait := d.terms.first
	for ctx.Err() == nil {
		ring := d.bell.Wait()
		m, about, over, ok := d.take(s)
		if !ok {
			select {
			case <-ring:
			case <-ctx.Done():
			}
			continue
		}
		err := s.sender.send(ctx, m)
		if ctx.Err() != nil {
			return
		}
		d.note(s, about, over, err)
		if err == nil {
			wait = d.terms.first
			bell.Sleep(ctx, d.terms.pace)
			continue
		}
		var r *refusal
		if errors.As(err, &r) && r.final {
			bell.Sleep(ctx, d.terms.wrong)
			continue
		}
		bell.Sleep(ctx, wait)
		wait = min(2*wait, d.terms.most)
	}
}

// take is the next message for a target.
func (d *Desk) take(s *seat) (m message, about known, over, ok bool) {
	now := d.config.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	k, over := s.table.next(now, d.config.Local)
	if k == nil {
		return m, about, over, false
	}
	return newMessage(s.target.lang(), *k, over, now, d.config.Local), *k, over, true
}

// note records what became of a message.
func (d *Desk) note(s *seat, about known, over bool, err error) {
	now := d.config.Now()
	s.mu.Lock()
	was := s.status.Failing
	if err != nil {
		s.status.Error = err.Error()
		if was.IsZero() {
			s.status.Failing = now
		}
	} else {
		s.table.told(about, over, now)
		s.status.SentAt, s.status.Failing, s.status.Error = now, time.Time{}, ""
		s.status.Sent++
	}
	s.mu.Unlock()
	switch {
	case err != nil && was.IsZero():
		d.config.Log.Warn("a target cannot be told", "target", s.target.Name, "service", s.target.To, "error", err)
	case err == nil && !was.IsZero():
		d.config.Log.Info("a target can be told again", "target", s.target.Name, "service", s.target.To)
	}
	if err == nil {
		if err := d.write(); err != nil {
			d.config.Log.Warn("cannot keep what was told", "error", err)
		}
	}
}

// Status is how each target stands.
func (d *Desk) Status() []Status {
	var all []Status
	for _, s := range d.seats {
		s.mu.Lock()
		all = append(all, s.status)
		s.mu.Unlock()
	}
	return all
}

// Try sends each target a message that says it is only a try, and calls said with what became of it.
func (d *Desk) Try(ctx context.Context, shop string, said func(target string, err error)) {
	now := d.config.Now()
	for _, s := range d.seats {
		l := s.target.lang()
		k := known{Kind: "try", Shop: shop, Text: l.T("alert.this_is_a_try"), Since: now}
		said(s.target.Name, s.sender.send(ctx, newMessage(l, k, false, now, d.config.Local)))
	}
}

// Knows reports whether a target was told of a thing that is not over.
func (d *Desk) Knows(target string, k Kind, id, shop string) bool {
	for _, s := range d.seats {
		if s.target.Name != target {
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return slices.ContainsFunc(s.table.things, func(t known) bool {
			return t.Kind == k && t.ID == id && t.Shop == shop && !t.Told.IsZero()
		})
	}
	return false
}

// read is what was told by a run before. What cannot be read costs a message that is told twice.
func (d *Desk) read() map[string][]known {
	kept := map[string][]known{}
	if d.config.Keep == nil {
		return kept
	}
	text, err := d.config.Keep.Read()
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		d.config.Log.Warn("cannot read what was told", "error", err)
		return map[string][]known{}
	}
	for name := range kept {
		kept[name] = kept[name][:min(len(kept[name]), knownMax)]
	}
	return kept
}

// write keeps what was told.
func (d *Desk) write() error {
	if d.config.Keep == nil {
		return nil
	}
	d.keep.Lock()
	defer d.keep.Unlock()
	kept := map[string][]known{}
	for _, s := range d.seats {
		s.mu.Lock()
		kept[s.target.Name] = s.table.kept()
		s.mu.Unlock()
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return d.config.Keep.Write(text)
}

// newMessage puts a thing into words.
func newMessage(l words.Lang, k known, over bool, now time.Time, local *time.Location) message {
	m := message{About: k, Over: over, At: now, Line: l.T("alert.raised", k.Shop, k.Text, k.Since.In(local).Format("15:04"))}
	if over {
		m.Line = l.T("alert.over", k.Shop, k.Text, k.Gone.In(local).Format("15:04"), l.Span(k.Gone.Sub(k.Since)))
	}
	return m
}
