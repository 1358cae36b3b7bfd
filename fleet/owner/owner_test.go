package owner

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/api"
	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/testengine"
	"weir/shop/remote"
)

// town is a fleet's pages over a real engine.
type town struct {
	*Owner
	t      *testing.T
	e      *echo.Echo
	engine *engine.Engine
}

func newTown(t *testing.T) *town {
	t.Helper()
	d := directory.New(nil)
	b := &town{t: t, e: echo.New(), engine: testengine.Start(t), Owner: New(Config{Base: "http://fleet.test", Name: "Weir", Directory: d,
		Broker: func() string { return "" }, Zone: time.UTC, Now: time.Now, Log: slog.New(slog.DiscardHandler)})}
	api.New(d, time.Now, b.Log).Routes(b.e)
	b.Routes(b.e)
	if err := d.Open(t.Context(), b.engine); err != nil {
		t.Fatal(err)
	}
	return b
}

// opened is a town that serves, with the shops demo and west.
func opened(t *testing.T) *town {
	b := newTown(t)
	b.must(b.Open(t.Context(), b.engine))
	for _, id := range []string{"demo", "west"} {
		_, err := b.Directory.Add(t.Context(), directory.Shop{ID: id, Name: id, Lat: 30, Lon: 120}, time.Now())
		b.must(err)
	}
	return b
}

func (b *town) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// send sends a form, or a body that begins with a brace, from an address.
func (b *town) send(method, path, from string, body string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://fleet.test"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	r.RemoteAddr = from + ":4000"
	for _, one := range cookies {
		r.AddCookie(one)
	}
	w := httptest.NewRecorder()
	b.e.ServeHTTP(w, r)
	return w
}

const joinBody = `{"secret":"x","shop":"demo","public":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`

// TestBeforeTheFleetHasStarted: pages and shops are told that the fleet is starting. The control is the same when it has.
func TestBeforeTheFleetHasStarted(t *testing.T) {
	b := newTown(t)
	cookie := &http.Cookie{Name: sessionCookie, Value: strings.Repeat("A", 26)}
	all := func() (list []int) {
		for _, one := range [][3]string{{"GET", "/owner/signin", ""}, {"POST", "/owner/signin", "name=a&password=b&code=1"},
			{"POST", "/owner/signout", "a=b"}, {"GET", "/owner", ""}, {"POST", remote.JoinPath, joinBody}} {
			list = append(list, b.send(one[0], one[1], "192.0.2.1", one[2], cookie).Code)
		}
		return list
	}
	for i, status := range all() {
		if status != http.StatusServiceUnavailable {
			t.Errorf("request %d: %d", i, status)
		}
	}
	if w := b.send("GET", "/owner/signin", "192.0.2.1", ""); !strings.Contains(w.Body.String(), "启动") {
		t.Errorf("%s", w.Body)
	}
	b.must(b.Open(t.Context(), b.engine))
	for i, status := range all() {
		if status == http.StatusServiceUnavailable {
			t.Errorf("when it has started, request %d: %d", i, status)
		}
	}
}

// TestOnlyTheWholeBrandManagesPeople: nobody of the brand is taken in with shops, and one that was before manages nobody.
func TestOnlyTheWholeBrandManagesPeople(t *testing.T) {
	b, ctx := opened(t), t.Context()
	if _, err := b.Add(ctx, Person{Name: "some", Role: RoleBrand, Shops: []string{"demo"}}); !errors.Is(err, ErrRole) {
		t.Errorf("%v", err)
	}
	for name, want := range map[string]int{"limited": http.StatusNotFound, "whole": http.StatusOK} {
		p := Person{ID: name, Name: name, Role: RoleBrand, Password: "x"}
		if name == "limited" {
			p.Shops = []string{"demo"}
		}
		b.must(b.put(ctx, personAt+p.ID, p, 0))
		cookie := b.enters(p.ID)
		if w := b.send("GET", "/owner/people", "192.0.2.1", "", cookie); w.Code != want {
			t.Errorf("%s sees the people: %d", name, w.Code)
		}
		form := url.Values{"name": {"new-" + name}, "role": {"read"}}.Encode()
		if w := b.send("POST", "/owner/people", "192.0.2.1", form, cookie); w.Code != want {
			t.Errorf("%s adds somebody: %d", name, w.Code)
		}
		if w := b.send("GET", "/owner", "192.0.2.1", "", cookie); strings.Contains(w.Body.String(), "/owner/people") != (want == 200) {
			t.Errorf("%s: the way to the people", name)
		}
	}
}

// enters signs somebody in and returns their cookie.
func (b *town) enters(person string) *http.Cookie {
	b.t.Helper()
	w := httptest.NewRecorder()
	c := b.e.NewContext(httptest.NewRequest("GET", "/", nil).WithContext(context.Background()), w)
	b.must(b.enter(c, person))
	return w.Result().Cookies()[0]
}
