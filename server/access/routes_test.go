package access_test

import (
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/kds"
	"weir/server/access"
	"weir/server/api"
	"weir/server/owner"
	"weir/server/testshop"
	"weir/server/webhook"
	"weir/shop/door"
	"weir/shop/wire"
)

// public are the real routes that a stranger reaches. A route that appears in another package is behind a
// paired tablet or the owner until somebody adds it here and to the table.
var public = regexp.MustCompile(`^/(v1/.*|static.*|manifest\.webmanifest|problems.*|docs|openapi\.yaml|` +
	`healthz|readyz|board.*|lang|size|pair|ca\.crt|signout|owner/signin|owner/setup)$`)

// TestEveryRealRouteHasItsPlace asks for every route of the real screens, doors and pages, as a stranger and as
// a paired tablet. It never lets a handler run that changes something: it only looks at who is turned away.
func TestEveryRealRouteHasItsPlace(t *testing.T) {
	e, guard := wholeShop(t)
	server := httptest.NewServer(e)
	defer server.Close()
	stranger, tablet := browser(t), browser(t)
	code, err := guard.NewCode(t.Context(), "test", false)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tablet.PostForm(server.URL+"/pair", url.Values{"code": {code.Digits}, "name": {"出杯"}})
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	routes := 0
	for _, route := range e.Routes() {
		path := regexp.MustCompile(`:[a-z]+`).ReplaceAllString(strings.ReplaceAll(route.Path, "*", "x"), "x")
		if strings.HasSuffix(path, "/live") && public.MatchString(path) {
			continue // a stream does not end
		}
		routes++
		led := ledTo(t, stranger, route.Method, server.URL+path)
		if let := led == ""; let != public.MatchString(path) {
			t.Errorf("%s %s as a stranger: led to %q, want public %v", route.Method, route.Path, led, public.MatchString(path))
		}
		if strings.HasSuffix(path, "/live") || strings.HasPrefix(path, "/practice") {
			continue
		}
		owners := strings.HasPrefix(path, "/owner") && !public.MatchString(path)
		if led := ledTo(t, tablet, route.Method, server.URL+path); owners != strings.HasPrefix(led, "/owner") {
			t.Errorf("%s %s as a tablet: led to %q; is it in the table?", route.Method, route.Path, led)
		}
	}
	if routes < 60 {
		t.Errorf("%d routes were looked at: not the whole shop", routes)
	}
}

// ledTo is where somebody is led who asks, "" when they are let in.
func ledTo(t *testing.T, b *http.Client, method, address string) string {
	t.Helper()
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	resp, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, door := range []string{"/pair?", "/signin?", "/owner/signin?", "/owner/setup?", "/owner/again?"} {
		if strings.HasPrefix(resp.Header.Get("Location"), door) && resp.StatusCode == http.StatusSeeOther &&
			!strings.HasSuffix(r.URL.Path, "/owner/signin") {
			return strings.TrimSuffix(door, "?")
		}
	}
	return ""
}

func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// wholeShop is every door and page behind the guard, as the server plugs them together.
func wholeShop(t *testing.T) (*echo.Echo, *access.Guard) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := testshop.Open(t, testshop.Setup{Now: time.Now}).Store
	keys, err := access.NewKeys(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := access.New(t.Context(), access.Config{Store: s, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	tally, err := owner.NewTally(t.Context(), s, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhook.New(t.Context(), webhook.Config{Store: s, Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	calls, err := api.New(api.Config{Shop: s, Door: door.New(door.Config{Shop: s, Tally: tally, Now: time.Now, Log: log}), Keys: keys,
		Reporter: wire.NewReporter(nil), Log: log, Now: time.Now, Hooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	calls.Errors(e)
	e.Use(guard.Protect)
	calls.Routes(e)
	kds.New(kds.Config{Kitchen: s, Now: time.Now, Log: log, Who: access.Who}).Routes(e)
	guard.Routes(e)
	owner.New(owner.Config{Tally: tally, Guard: guard, Keys: keys, Now: time.Now, Log: log}).Routes(e)
	return e, guard
}
