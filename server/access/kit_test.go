package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/store"
	"weir/shop/try"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// house is a guarded shop on real HTTP and a real store.
type house struct {
	*Guard
	t     *testing.T
	clock *clock
	store *store.Store
	url   string
}

// pages are what stands behind the guard, each as the real one is routed.
var pages = []string{
	"GET /", "GET /kds", "GET /kds/:station", "GET /kds/live", "POST /kds/cups/:id/:verb", "POST /kds/orders/:id/handover",
	"POST /kds/orders/:id/release", "POST /kds/orders/:id/first", "POST /kds/cups/:id/void", "POST /kds/cups/:id/discard",
	"GET /kds/release", "POST /kds/release", "GET /handoff", "GET /board", "GET /board/live", "GET /printers", "GET /practice/kds",
	"POST /lang",
	"POST /v1/device/scans",
	"POST /v1/orders", "GET /metrics", "GET /healthz", "GET /readyz", "GET /static/*", "GET /owner", "GET /owner/devices",
	"POST /owner/intake/:channel", "POST /owner/staff", "POST /owner/closing", "POST /owner/terms", "GET /owner/people",
	"POST /owner/people", "GET /owner/keys",
	"POST /owner/keys", "GET /owner/settlement", "GET /forgotten",
}

// guarded starts a shop that the whole network can reach, unless change says otherwise.
func guarded(t *testing.T, change func(*Config)) *house {
	t.Helper()
	s, _ := open(t, t.TempDir())
	return guardedStore(t, s, change)
}

func guardedStore(t *testing.T, s *store.Store, change func(*Config)) *house {
	t.Helper()
	h := &house{t: t, clock: &clock{at: try.Noon}, store: s}
	config := Config{Store: s, Log: slog.New(slog.DiscardHandler), Now: h.clock.now}
	if change != nil {
		change(&config)
	}
	var err error
	if h.Guard, err = New(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	h.hasher.Memory = 64 // KiB: most tests are about other things than how hard a secret is to guess
	server := httptest.NewServer(h.echo())
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *house) echo() *echo.Echo {
	e := echo.New()
	e.Use(h.Protect)
	h.Routes(e)
	for _, page := range pages {
		method, path, _ := strings.Cut(page, " ")
		e.Add(method, path, func(c echo.Context) error {
			if strings.HasSuffix(c.Path(), "/live") {
				return stream(c)
			}
			return c.String(http.StatusOK, "by "+Who(c))
		})
	}
	return e
}

// stream writes a first event and then waits until the request's context ends.
func stream(c echo.Context) error {
	c.Response().Header().Set("Content-Type", "text/event-stream")
	if _, err := io.WriteString(c.Response(), "data: hello\n\n"); err != nil {
		return err
	}
	c.Response().Flush()
	<-c.Request().Context().Done()
	return nil
}

// browser is somebody with a cookie jar.
type browser struct {
	*http.Client
	h *house
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, h}
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// does sends a request as a page does; form is nil for none.
func (b *browser) does(method, path string, form url.Values, change ...func(*http.Request)) answer {
	b.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, b.h.url+path, body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range change {
		c(r)
	}
	resp, err := b.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func (b *browser) get(path string) answer { b.h.t.Helper(); return b.does("GET", path, nil) }

func (b *browser) post(path string, fields ...string) answer {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.does("POST", path, form)
}

// tablet pairs a new browser by a code.
func (h *house) tablet(name string) *browser {
	h.t.Helper()
	b := h.browser()
	if a := b.post("/pair", "code", h.code(false), "name", name); a.status != http.StatusSeeOther {
		h.t.Fatalf("pairing %s: %d %s", name, a.status, wrongOf(a))
	}
	return b
}

func (h *house) code(owner bool) string {
	h.t.Helper()
	c, err := h.NewCode(h.t.Context(), "test", owner)
	if err != nil {
		h.t.Fatal(err)
	}
	return c.Digits
}

const ownersPassword = "correct horse"

// owner sets the password and signs in.
func (h *house) owner() *browser {
	h.t.Helper()
	b := h.browser()
	if a := b.post("/owner/setup", "code", h.code(true), "name", "老板", "password", ownersPassword,
		"again", ownersPassword); a.status != http.StatusSeeOther {
		h.t.Fatalf("set-up: %d %s", a.status, wrongOf(a))
	}
	return b
}

// member adds somebody with a PIN and returns their id.
func (h *house) member(name string, role Role, pin string) string {
	h.t.Helper()
	if err := h.AddMember(h.t.Context(), "test", name, role, pin); err != nil {
		h.t.Fatal(err)
	}
	for _, m := range h.Members() {
		if m.Name == name {
			return m.ID
		}
	}
	h.t.Fatalf("%s is not listed", name)
	return ""
}

var wrongLine = regexp.MustCompile(`role="alert">([^<]*)`)

// wrongOf is what a page says was wrong.
func wrongOf(a answer) string {
	if m := wrongLine.FindStringSubmatch(a.body); m != nil {
		return m[1]
	}
	return ""
}

// logged lists the newest entries of the log: what, by whom, about what.
func (h *house) logged(n int) []string {
	h.t.Helper()
	entries, err := h.store.Log(context.Background(), 0, n)
	if err != nil && !errors.Is(err, context.Canceled) {
		h.t.Fatal(err)
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, fmt.Sprintf("%s %s %s", e.By, e.Name, e.Body))
	}
	return lines
}
