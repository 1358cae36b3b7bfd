package owner

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"weir/printer"
	"weir/server/access"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/words"
	"weir/static"
	"weir/templates"
)

// house is a shop with its owner's pages on real HTTP and a real store.
type house struct {
	t     *testing.T
	clock *try.Clock
	tally *Tally
	door  *door.Door
	guard *access.Guard
	pages *Pages
	url   string
}

// opened starts a shop on a directory that is open from ten to ten.
func opened(t *testing.T, dir string) *house {
	t.Helper()
	h := &house{t: t, clock: &try.Clock{}}
	log := slog.New(slog.DiscardHandler)
	s := testshop.Open(t, testshop.Setup{Dir: dir, Clock: h.clock, Change: testshop.TenToTen})
	var err error
	if h.tally, err = NewTally(t.Context(), s.Store, h.clock.Now, log); err != nil {
		t.Fatal(err)
	}
	h.door = door.New(door.Config{Shop: s, Tally: h.tally, Now: h.clock.Now, Log: log})
	h.guard, err = access.New(t.Context(), access.Config{Store: s.Store, Log: log, Now: h.clock.Now,
		URLs: func() []string { return []string{"https://192.168.1.20:8443"} }})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := access.NewKeys(t.Context(), s.Store)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.Use(h.guard.Protect)
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	h.guard.Routes(e)
	h.pages = New(Config{
		Tally: h.tally, Guard: h.guard, Keys: keys, Now: h.clock.Now, Log: log,
		Lights: func(l words.Lang) []templates.Light {
			return []templates.Light{{Name: "kitchen", Word: printer.ReasonPaper.Text(l)}}
		},
	})
	h.pages.Routes(e)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// browser is somebody with a cookie jar who follows redirects, as a browser without script does.
type browser struct {
	*http.Client
	h *house
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar}, h}
}

// owner is the owner's phone, signed in.
func (h *house) owner() *browser {
	h.t.Helper()
	b := h.browser()
	code, err := h.guard.NewCode(h.t.Context(), "console", true)
	if err != nil {
		h.t.Fatal(err)
	}
	b.post("/owner/setup", 200, "code", code.Digits, "name", "老板", "password", "correct horse", "again", "correct horse")
	return b
}

// manager is a paired tablet with a manager signed in.
func (h *house) manager() *browser {
	h.t.Helper()
	b := h.browser()
	code, err := h.guard.NewCode(h.t.Context(), "console", false)
	if err != nil {
		h.t.Fatal(err)
	}
	b.post("/pair", 404, "code", code.Digits, "name", "前台") // leads to the start page, which is not here
	if err := h.guard.AddMember(h.t.Context(), "console", "李姐", access.Manager, "1470"); err != nil {
		h.t.Fatal(err)
	}
	b.post("/signin", 200, "member", h.guard.Members()[0].ID, "pin", "1470", "back", "/owner")
	return b
}

// post sends a form and returns the page it leads to.
func (b *browser) post(path string, want int, fields ...string) string {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.does("POST", path, want, form)
}

func (b *browser) get(path string) string { b.h.t.Helper(); return b.does("GET", path, 200, nil) }

func (b *browser) does(method, path string, want int, form url.Values) string {
	b.h.t.Helper()
	r, err := http.NewRequest(method, b.h.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if resp.StatusCode != want {
		b.h.t.Fatalf("%s %s: %d, want %d\n%.600s", method, path, resp.StatusCode, want, body)
	}
	return string(body)
}

// do has a command carried out that must go well.
func (h *house) do(c shop.Command) shop.Result {
	h.t.Helper()
	r, err := h.tally.Do(h.t.Context(), c)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// order is an order of so many cups from a channel.
func order(channel, ref string, cups int) shop.Place {
	return shop.Place{Channel: channel, Draft: shop.Draft{
		Ref: ref, Fulfilment: shop.Pickup, Totals: &shop.Totals{TotalFen: 1500}, Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: cups}},
	}}
}

// has fails unless a page has every text.
func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q:\n%.3000s", text, content(page))
		}
	}
}

// lacks fails if a page has any of the texts.
func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
}

// content is a page without its head.
func content(page string) string {
	_, after, _ := strings.Cut(page, "<body")
	return after
}
