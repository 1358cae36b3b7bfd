// Package watch is the page of a fleet: every shop, worst first, kept up to date by one stream. It can only be looked at
// from the machine itself (an SSH tunnel reaches it): the fleet has no sign-in for people yet.
package watch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/route"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/static"
	"weir/templates"
	"weir/templates/page"
)

const (
	// lookEvery is how often the page is drawn anew. All readers of a language share what was drawn.
	lookEvery = time.Second
	// lookEveryMany is the same where not every shop is drawn: then something differs each second, and a frame is larger.
	lookEveryMany = 5 * time.Second
	// beatEvery is how often a stream says that it is alive; live.js calls it dead after 25 s.
	beatEvery = 10 * time.Second
	// writeTimeout is how long a browser may take to accept a frame.
	writeTimeout = 5 * time.Second
	// streamsMax bounds the pages that look on.
	streamsMax = 64
	// busyRetry is when somebody who found no room may come back.
	busyRetry = 30 * time.Second
)

// Watch serves the page.
type Watch struct {
	now     func() time.Time
	router  atomic.Pointer[route.Router]
	streams atomic.Int64
	front   *guard.Front

	mu    sync.Mutex
	drawn map[words.Lang]*frame
}

// frame is the page as it was drawn last.
type frame struct {
	until time.Time // by the machine's clock
	html  []byte
}

// New makes the page of a fleet whose clock is now.
func New(now func() time.Time) *Watch {
	return &Watch{now: now, front: guard.NewFront(true, nil), drawn: map[words.Lang]*frame{}}
}

// Open shows what a router knows; before that the page says that the fleet is starting.
func (w *Watch) Open(r *route.Router) { w.router.Store(r) }

// Routes mounts the page and what it loads.
func (w *Watch) Routes(e *echo.Echo) {
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	e.GET("/", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/fleet") })
	e.GET("/fleet", w.inside(w.page))
	e.GET("/fleet/live", w.inside(w.live))
	e.POST("/lang", w.inside(w.lang))
	e.GET("/manifest.webmanifest", w.manifest)
}

// inside lets only callers on this machine through, under a name of this machine.
func (w *Watch) inside(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !guard.IsLoopback(r.RemoteAddr) || guard.ViaProxy(r) || w.front.Check(r) != nil {
			return &shop.Error{Kind: shop.Invalid, Type: wire.ProblemNotPermitted,
				Detail: "this page can only be read on the machine itself; use a tunnel"}
		}
		return h(c)
	}
}

func (w *Watch) page(c echo.Context) error {
	page.Headers(c)
	l := page.Lang(c)
	p := page.Light.New(c, l.T("fleet_page.title"), "fleet.css")
	p.Live = "/fleet/live?lang=" + string(l)
	f := w.view(l)
	f.Page = p
	return page.Show(c, http.StatusOK, templates.FleetPage(f))
}

// frame is the page's part as it is now, drawn at most once in its time.
func (w *Watch) frame(ctx context.Context, l words.Lang) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.drawn[l]
	if f != nil && time.Now().Before(f.until) {
		return f.html, nil
	}
	var html bytes.Buffer
	view, until := w.view(l), time.Now().Add(lookEvery)
	if err := templates.FleetFrame(view).Render(ctx, &html); err != nil {
		return nil, fmt.Errorf("draw the page: %w", err)
	}
	if len(view.Cities) > 0 {
		until = time.Now().Add(lookEveryMany)
	}
	w.drawn[l] = &frame{until, html.Bytes()}
	return html.Bytes(), nil
}

// live is the stream: the frame at once, then whenever it differs, and a beat.
func (w *Watch) live(c echo.Context) error {
	if w.streams.Add(1) > streamsMax {
		w.streams.Add(-1)
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(busyRetry.Seconds())))
		return c.String(http.StatusServiceUnavailable, page.Lang(c).T("board.too_many_screens"))
	}
	defer w.streams.Add(-1)
	header := c.Response().Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy in between must not collect
	ctx, l := c.Request().Context(), page.Lang(c)
	line := http.NewResponseController(c.Response())
	look, beat := time.NewTicker(lookEvery), time.NewTicker(beatEvery)
	defer look.Stop()
	defer beat.Stop()
	for last := []byte(nil); ; {
		html, err := w.frame(ctx, l)
		if err != nil {
			return err
		}
		if !bytes.Equal(html, last) {
			if send(c.Response(), line, "frame", static.Build()+"\n"+string(html)) != nil {
				return nil // the browser is gone
			}
			last = html
		}
		select {
		case <-look.C:
		case at := <-beat.C:
			if send(c.Response(), line, "beat", at.UTC().Format(time.RFC3339)) != nil {
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// send writes a server-sent event (WHATWG HTML, section 9.2) within a time of its own.
func send(to http.ResponseWriter, line *http.ResponseController, name, data string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\n", name)
	for text := range bytes.Lines([]byte(data)) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(text, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	if err := line.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("set the write deadline: %w", err)
	}
	if _, err := to.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	if err := line.Flush(); err != nil {
		return fmt.Errorf("flush an event: %w", err)
	}
	return line.SetWriteDeadline(time.Time{})
}

// lang remembers the language of this browser.
func (w *Watch) lang(c echo.Context) error {
	page.SetLang(c)
	return c.Redirect(http.StatusSeeOther, "/fleet")
}

func (w *Watch) manifest(c echo.Context) error {
	l := page.Lang(c)
	c.Response().Header().Set("Content-Type", "application/manifest+json")
	return c.JSON(http.StatusOK, map[string]any{
		"id": "/fleet", "name": l.T("fleet_page.title"), "short_name": l.T("page.weir"), "lang": l.Tag(), "start_url": "/fleet", "scope": "/",
		"icons": []map[string]string{{"src": static.URL("icon/weir.svg"), "sizes": "any", "type": "image/svg+xml"}},
	})
}
