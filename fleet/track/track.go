// Package track is the page of a customer: how their order stands, when it should be ready, and what can still be done.
//
// Whoever has its address may look; nothing else is asked. There are two addresses of an order. The one in the answer to
// whoever placed it can also cancel. The one on the paper only shows: riders and others at the counter read it, too. Both
// end a day after the order should be ready. Nothing on the page says who the customer is.
package track

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"weir/fleet/engine"
	"weir/fleet/lately"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/fleet/route"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates/page"
)

const (
	// keptFor is how long after an order should be ready, or was placed, its page is there. It is of use on the day
	// of the order, and the address may be read by anybody later.
	keptFor = 24 * time.Hour
	// lookRate and lookBurst bound the looks of one address: a page looks once in lookEvery, and a whole table may follow it.
	lookRate, lookBurst = rate.Limit(1), 20
	// looksMax bounds the addresses whose looks are counted. One that went out may be looked at lookBurst times more.
	looksMax = 1 << 16
	// lookAgain is when an address that was looked at too often has a look again, by lookRate.
	lookAgain = time.Second
	// atOnceMax bounds the pages that are read from the streams at the same time: orders go before.
	atOnceMax = 64
	// busyRetry is when somebody who found no room may come back, seconds: a page is read in far less.
	busyRetry = 5
	// secret is where the fleet's key is kept.
	secret = "fleet.secret.track"
)

// Track serves the pages.
type Track struct {
	now  func() time.Time
	zone *time.Location
	base atomic.Pointer[string]
	key  atomic.Pointer[key]
	open atomic.Pointer[route.Router]

	wrong *guard.Tries
	room  chan struct{}
	mu    sync.Mutex
	looks *lately.Map[string, *rate.Limiter] // by token
}

// New makes the pages of a fleet whose clock is now; zone is of the times that customers read. base is where they reach
// it, as in https://fleet.example; "" is not at all.
func New(base string, zone *time.Location, now func() time.Time) *Track {
	t := &Track{now: now, zone: zone, wrong: guard.NewTries(), room: make(chan struct{}, atOnceMax),
		looks: lately.New[string, *rate.Limiter](looksMax)}
	t.Reached(base)
	return t
}

// Reached says where customers reach the pages.
func (t *Track) Reached(base string) {
	base = strings.TrimRight(base, "/")
	t.base.Store(&base)
}

// Unlock reads the key that makes addresses, or makes it. All routers of a fleet have the same one.
func (t *Track) Unlock(ctx context.Context, e *engine.Engine) error {
	for {
		v, err := e.Get(ctx, engine.People, secret)
		if err != nil {
			return fmt.Errorf("read the key of customers' pages: %w", err)
		}
		if len(v.Data) == keySize {
			k := key(v.Data)
			t.key.Store(&k)
			return nil
		}
		fresh := make([]byte, keySize)
		rand.Read(fresh)
		if _, err := e.Put(ctx, engine.People, secret, fresh, v.Revision); err != nil && !errors.Is(err, engine.ErrConflict) {
			return fmt.Errorf("keep the key of customers' pages: %w", err)
		}
	}
}

// Open lets the pages be read.
func (t *Track) Open(r *route.Router) { t.open.Store(r) }

// Own implements [route.Pages].
func (t *Track) Own(k orders.Key) string { return t.url(Act, k) }

// Printed implements [route.Pages].
func (t *Track) Printed(k orders.Key) string { return t.url(Look, k) }

func (t *Track) url(may May, k orders.Key) string {
	key, base := t.key.Load(), *t.base.Load()
	if key == nil || base == "" {
		return ""
	}
	return base + "/t/" + key.token(may, k.Place())
}

// Routes mounts the pages.
func (t *Track) Routes(e *echo.Echo) {
	e.GET("/t/:token", t.page)
	e.POST("/t/:token/cancel", t.cancel)
	e.POST("/t/:token/lang", t.lang)
}

// visit is one look at an order by somebody who has an address of it.
type visit struct {
	echo.Context
	token  string
	may    May
	router *route.Router
	entry  orders.Entry
	status route.Status
}

// enter finds the order of a request. done is that the answer has been given.
func (t *Track) enter(c echo.Context) (v visit, done bool, err error) {
	token, key, router := c.Param("token"), t.key.Load(), t.open.Load()
	if key == nil || router == nil {
		return v, true, t.busy(c)
	}
	may, place, err := key.open(token)
	if err != nil {
		_, slow := t.wrong.Guess(guard.AddressKey(c.Request().RemoteAddr), false, time.Now())
		if soon := (guard.TooSoon{}); errors.As(slow, &soon) {
			return v, true, page.Refuse(c, page.Refusal{Problem: wire.TooMany(soon.Wait)}, true)
		}
		return v, true, t.gone(c)
	}
	if !t.mayLook(token) {
		return v, true, page.Refuse(c, page.Refusal{Problem: wire.TooMany(lookAgain), Back: "/t/" + token}, true)
	}
	select {
	case t.room <- struct{}{}:
		defer func() { <-t.room }()
	default:
		return v, true, t.busy(c)
	}
	entry, status, err := router.FindAt(c.Request().Context(), place)
	switch {
	case errors.Is(err, shop.ErrNotFound) || err == nil && t.over(status):
		return v, true, t.gone(c)
	case err != nil:
		return v, true, t.busy(c)
	}
	return visit{Context: c, token: token, may: may, router: router, entry: entry, status: status}, false, nil
}

// over reports whether an order is so long ago that its page has gone.
func (t *Track) over(s route.Status) bool {
	last := s.PlacedAt
	for _, at := range []time.Time{s.ReadyBy, s.ExpectedAt} {
		if at.After(last) {
			last = at
		}
	}
	return t.now().Sub(last) > keptFor
}

// mayLook counts a look at an address.
func (t *Track) mayLook(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, known := t.looks.Get(token)
	if !known {
		l = rate.NewLimiter(lookRate, lookBurst)
		t.looks.Put(token, l)
	}
	return l.Allow()
}

func (t *Track) page(c echo.Context) error {
	v, done, err := t.enter(c)
	if done {
		return err
	}
	return t.show(v, http.StatusOK, said(c.QueryParam("said")))
}

// cancel takes the order back at its shop. What was done is said on the page that follows, so that loading it again
// cancels nothing.
func (t *Track) cancel(c echo.Context) error {
	v, done, err := t.enter(c)
	if done {
		return err
	}
	if v.may != Act {
		return page.Refuse(c, page.Refusal{Problem: wire.NewProblem(&shop.Error{Kind: shop.Invalid, Type: wire.ProblemNotPermitted}, nil),
			Say: page.Lang(c).T("track.look_only"), Back: "/t/" + v.token}, true)
	}
	what := saidUnknown
	if r, err := v.router.Cancel(c.Request().Context(), v.entry.Key, false); err == nil {
		what = saidOf(r)
	}
	to := "/t/" + v.token + "?said=" + string(what)
	if lang := inAddress(v); lang != "" {
		to += "&lang=" + lang
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// inAddress is the language that an address names; "" is none.
func inAddress(c echo.Context) string {
	if l, ok := words.Parse(c.QueryParam("lang")); ok {
		return string(l)
	}
	return ""
}

// said is what the page says of the tap before it.
type said string

// What there is to say.
const (
	saidCancelled said = "cancelled"
	saidLate      said = "late"    // it is being made
	saidUnknown   said = "unknown" // the shop has not answered
)

// saidOf is what became of a cancellation. Only what the record or the shop says is said.
func saidOf(r route.Reply) said {
	if s, ok := r.Body.(route.Status); ok { // the record is closed, or in doubt
		if s.NotMade || s.Reason == "cancelled" {
			return saidCancelled
		}
		return saidUnknown
	}
	switch verdict, _ := r.Read(); verdict {
	case record.NotMade:
		return saidCancelled
	case record.TooLate:
		return saidLate
	}
	return saidUnknown
}

// lang remembers the language of this browser.
func (t *Track) lang(c echo.Context) error {
	page.SetLang(c)
	return c.Redirect(http.StatusSeeOther, page.Back("/t/"+c.Param("token"), "/"))
}

// headers are those of all pages, and two more: the address is a key, so it is told to no other site and to no index.
func headers(c echo.Context) {
	page.Headers(c)
	h := c.Response().Header()
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}
