// Package connector connects platforms that push orders in a form of their own, each by a map of package shop/connector. A
// push is verified, carried to the door as any other order is, and answered after the commit. What became of it is told
// back from the channel's feed by package outbox.
package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/outbox"
	"weir/server/store"
	"weir/shop"
	"weir/shop/connector"
	"weir/shop/door"
	"weir/shop/guard"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

const (
	// Kind is what connectors are called among the followers of a feed.
	Kind = "connector"
	// pushMax is the size of a push in bytes. A large order of Ele.me has some 20 KiB.
	pushMax = 256 << 10
	// pushesMax bounds the pushes of one platform that are under way at once. Only signed ones count.
	pushesMax = 32
	// readWithin bounds how long a push is read. It is small, and platforms have good lines.
	readWithin = 3 * time.Second
	// readingMax bounds the pushes of everybody that are read at once: together they take at most 32 MiB.
	readingMax = 128
	// readingOfOne bounds those of one address.
	readingOfOne = 16
	// warnEvery is how often it is logged that pushes are refused. Anybody can send such pushes.
	warnEvery = time.Minute
	// answerWithin bounds how long a push waits for its commit. JD, the strictest, waits three seconds.
	answerWithin = 2 * time.Second
)

// Store is what connectors need of the shop; [store.Store] is one.
type Store interface {
	outbox.Shop
	AddErrand(ctx context.Context, e store.Errand) error
}

// Config is what connectors are made of.
type Config struct {
	Store Store
	Door  *door.Door
	Terms outbox.Terms     // zero: the ordinary ones
	Now   func() time.Time // the shop's clock
	Log   *slog.Logger
}

// Links are the connected platforms of a shop.
type Links struct {
	of         map[string]*link
	all        []*outbox.Follower
	reading    reading
	readWithin time.Duration // [readWithin]; tests shorten it
}

// link is one of them.
type link struct {
	Config
	channel  string
	config   shop.Connector
	by       *connector.Map
	follower *outbox.Follower
	client   *http.Client
	under    chan struct{} // signed pushes under way
	refused  refused
}

// New connects the platforms that shop.yaml names. It is an error when a map or a secret cannot be read.
func New(c Config) (*Links, error) {
	l := &Links{of: map[string]*link{}, reading: reading{of: map[string]int{}}, readWithin: readWithin}
	for _, ch := range c.Store.Snapshot().Config.Channels {
		if ch.Connector == nil {
			continue
		}
		one := &link{Config: c, channel: ch.ID, config: *ch.Connector, under: make(chan struct{}, pushesMax)}
		var err error
		if one.by, err = shopfile.MapOf(one.config.Map); err == nil {
			_, err = one.account()
		}
		if err != nil {
			return nil, fmt.Errorf("connector of channel %s: %w", ch.ID, err)
		}
		one.client = guard.NewCaller(callWithin, one.config.Inside)
		one.follower = outbox.New(outbox.Config{Shop: c.Store, Channel: ch.ID, Kind: Kind, Teller: one, Terms: c.Terms, Now: c.Now, Log: c.Log,
			Begin: c.Store.Snapshot().Counters.Feeds[ch.ID]}) // a platform is not told what happened before it was connected
		l.of[ch.ID] = one
		l.all = append(l.all, one.follower)
	}
	return l, nil
}

// Followers are those who tell the platforms; each has to be run.
func (l *Links) Followers() []*outbox.Follower { return l.all }

// Routes adds where platforms push to. Each push is verified by its signature.
func (l *Links) Routes(e *echo.Echo) {
	for _, path := range []string{"/v1/push/:channel", "/v1/push/:channel/:kind"} {
		e.POST(path, l.push)
		e.GET(path, l.push)
	}
}

// account is who the shop is at the platform. Secret and token are read each time: they are changed without a restart.
func (l *link) account() (connector.Account, error) {
	a := connector.Account{App: l.config.App, Store: l.config.Store, URL: l.config.URL, API: l.config.API}
	var err error
	if a.Secret, err = word(l.config.SecretFile); err == nil && l.config.TokenFile != "" {
		a.Token, err = word(l.config.TokenFile)
	}
	return a, err
}

// word reads a file that holds one word.
func word(file string) (string, error) {
	text, err := guard.ReadSecret(file)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	if len(strings.Fields(text)) != 1 {
		return "", fmt.Errorf("%s: want one word", file)
	}
	return text, nil
}

// push takes a push in. Whatever is wrong with it is answered with a status alone: who forges pushes learns nothing.
func (l *Links) push(c echo.Context) error {
	one := l.of[c.Param("channel")]
	if one == nil {
		return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "no platform is connected here"}
	}
	m, status, err := l.read(c, one)
	if err != nil {
		return err
	} else if status != http.StatusOK {
		return c.NoContent(status)
	}
	select {
	case one.under <- struct{}{}:
		defer func() { <-one.under }()
	default:
		return c.NoContent(http.StatusServiceUnavailable)
	}
	r := c.Request()
	guard.Trust(r.Context())
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	if status := one.take(ctx, m); status != http.StatusOK {
		return c.NoContent(status)
	}
	return c.JSONBlob(http.StatusOK, []byte(one.by.Push.Reply))
}

// take carries a push to the door. 200 says that it was taken: carried out, or refused with the refusal stored to be told.
func (l *link) take(ctx context.Context, m connector.Message) (status int) {
	switch m.Kind {
	case connector.Placed:
		return l.place(ctx, m)
	case connector.Cancelled:
		a := l.ask(ctx, door.Cancel, m.Ref, map[string]any{"ref": m.Ref, "final": true})
		if again(a) {
			return http.StatusServiceUnavailable
		}
	case connector.CancelWanted:
		a := l.ask(ctx, door.Cancel, m.Ref, map[string]any{"ref": m.Ref})
		f := connector.Fact{Type: "cancel.agreed", Ref: m.Ref}
		if again(a) {
			return http.StatusServiceUnavailable
		} else if a.Err != nil {
			f.Type, f.Reason = "cancel.refused", a.Outcome()
		}
		return l.errand(ctx, f)
	}
	return http.StatusOK
}

// place carries an order to the door. A refusal is final, and told to the platform.
func (l *link) place(ctx context.Context, m connector.Message) (status int) {
	a := l.Door.Do(ctx, l.channel, door.Order, door.Message{Ref: m.Ref, Body: func() ([]byte, error) { return m.Body, nil }})
	p, refused := a.Body.(wire.Problem)
	switch {
	case !refused:
		return http.StatusOK
	case again(a):
		return http.StatusServiceUnavailable // the platform pushes it again, under the same ref
	case p.Name() == shop.ProblemOrderConflict:
		l.Log.Warn("a platform pushed an order again with another content; what was accepted stands", "channel", l.channel, "ref", m.Ref)
		return http.StatusOK
	}
	f := connector.Fact{Type: "order.refused", Ref: m.Ref, Reason: p.Name()}
	if p.Refusal != nil && p.Refusal.Reason != "" {
		f.Reason = string(p.Refusal.Reason)
	}
	l.Log.Warn("an order of a platform is refused", "channel", l.channel, "ref", m.Ref, "problem", p.Name(), "detail", p.Detail)
	return l.errand(ctx, f)
}

func (l *link) ask(ctx context.Context, call door.Call, ref string, body any) door.Answer {
	return l.Door.Do(ctx, l.channel, call, door.Message{Ref: ref, Body: func() ([]byte, error) { return json.Marshal(body) }})
}

// again reports whether nothing was decided: the platform has to push once more.
func again(a door.Answer) bool {
	p, wrong := a.Body.(wire.Problem)
	return wrong && (a.Unknown() || p.Name() == shop.ProblemStorage || p.Name() == wire.ProblemQuota ||
		p.Status == http.StatusInternalServerError)
}

// errand stores what is to be told, before the push is answered. One is stored for each ref and type, so the refs that a channel
// may have (docs/protocol.md) bound how many wait.
func (l *link) errand(ctx context.Context, f connector.Fact) (status int) {
	doc, err := json.Marshal(f)
	if err == nil {
		err = l.Store.AddErrand(ctx, store.Errand{Name: l.follower.Name(), Key: f.Type + "/" + f.Ref, Doc: doc})
	}
	if err != nil {
		l.Log.Error("cannot store what a platform is to be told", "channel", l.channel, "error", err)
		return http.StatusServiceUnavailable
	}
	l.follower.Wake()
	return http.StatusOK
}
