package owner

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/nats-io/nats.go"

	"weir/fleet/api"
	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/testengine"
	"weir/shop/capacity"
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
		cookie := b.enters(p)
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
func (b *town) enters(p Person) *http.Cookie {
	b.t.Helper()
	w := httptest.NewRecorder()
	c := b.e.NewContext(httptest.NewRequest("GET", "/", nil).WithContext(context.Background()), w)
	b.must(b.enter(c, p))
	return w.Result().Cookies()[0]
}

// TestAsksOfAShopAreDoneInTheirOrder: while a shop is away only the oldest ask is published, and the next when that is answered.
// Another shop is not held up.
func TestAsksOfAShopAreDoneInTheirOrder(t *testing.T) {
	b, ctx := opened(t), t.Context()
	private := map[string]ed25519.PrivateKey{}
	for _, store := range []string{"demo", "west"} {
		to, err := b.Adopt(ctx, store)
		b.must(err)
		private[store] = ed25519.NewKeyFromSeed(to.Own)
	}
	heard := b.hears()
	who := Person{ID: "p", Name: "p", Role: RoleBrand, Password: "x"}
	b.must(b.put(ctx, personAt+who.ID, who, 0))
	ask := func(store string, mode capacity.IntakeMode) string {
		a, err := b.ask(ctx, store, who, remote.Do{Intake: &remote.Intake{Mode: mode, Until: time.Now().Add(time.Hour)}})
		b.must(err)
		return a.ID
	}
	pause, open, other := ask("demo", capacity.IntakePaused), ask("demo", capacity.IntakeOpen), ask("west", capacity.IntakePaused)
	if got := heard(2); !slices.Equal(got, []string{pause, other}) {
		t.Fatalf("published %v, want %v", got, []string{pause, other})
	}
	later := time.Now().Add(time.Minute)
	if got := ids(b.due(later)); !slices.Equal(got, []string{pause, other}) {
		t.Errorf("asked again: %v", got)
	}
	answer := func(store, id string) {
		text, err := json.Marshal(remote.Answer{V: remote.Version, ID: id, Shop: store, Status: http.StatusOK, At: time.Now()})
		b.must(err)
		text = remote.Seal(private[store], "", remote.TypeAnswer, text)
		b.must(b.hear(ctx, &nats.Msg{Subject: "weir.v1." + store + ".answers.owner", Data: text}))
	}
	answer("demo", pause)
	if got := ids(b.due(time.Now())); !slices.Equal(got, []string{open}) {
		t.Errorf("after the answer: %v, want %v", got, open)
	}
}

// TestANewLinkEndsWhatWas: a sign-in from before a new link is good no more where its end was not written, and what was asked from
// there is not asked any more; it holds nobody else up.
func TestANewLinkEndsWhatWas(t *testing.T) {
	b, ctx := opened(t), t.Context()
	_, err := b.Adopt(ctx, "demo")
	b.must(err)
	sees := func(cookie *http.Cookie) bool {
		return b.send("GET", "/owner", "192.0.2.1", "", cookie).Code == http.StatusOK
	}
	begun := func(name string) Person {
		p := b.named(name)
		p.is.Password, p.is.Link = "x", ""
		b.must(b.put(ctx, personAt+p.is.ID, p.is, p.revision))
		return b.named(name).is
	}
	_, err = b.Add(ctx, Person{Name: "a", Role: RoleBrand})
	b.must(err)
	_, err = b.Add(ctx, Person{Name: "b", Role: RoleBrand})
	b.must(err)
	before, other := begun("a"), begun("b")
	do := remote.Do{Intake: &remote.Intake{Mode: capacity.IntakePaused, Until: time.Now().Add(time.Hour)}}
	first, err := b.ask(ctx, "demo", before, do)
	b.must(err)
	next, err := b.ask(ctx, "demo", other, do)
	b.must(err)
	if cookie := b.enters(before); !sees(cookie) {
		t.Fatal("not signed in")
	}
	later := time.Now().Add(time.Minute)
	if got := ids(b.due(later)); !slices.Equal(got, []string{first.ID}) {
		t.Fatalf("before: %v", got)
	}
	_, err = b.Relink(ctx, "a")
	b.must(err)
	late := b.enters(before) // as one that the end of all sign-ins has missed
	if after := begun("a"); sees(late) || !sees(b.enters(after)) {
		t.Error("the stolen phone is signed in, or the new one is not")
	}
	if got := ids(b.due(later.Add(time.Minute))); !slices.Equal(got, []string{next.ID}) {
		t.Errorf("after a new link: %v, want %v", got, next.ID)
	}
	b.must(b.Remove(ctx, "b"))
	if got := ids(b.due(later.Add(time.Hour))); len(got) != 0 {
		t.Errorf("of somebody who was taken out: %v", got)
	}
}

// TestGuessesKeepNobodyElseOut: somebody who guesses a name's password elsewhere, or codes and links, keeps out neither the person nor
// a shop.
func TestGuessesKeepNobodyElseOut(t *testing.T) {
	b, ctx := opened(t), t.Context()
	_, err := b.Add(ctx, Person{Name: "a", Role: RoleBrand})
	b.must(err)
	last := 0
	for range 4 {
		last = b.send("POST", "/owner/signin", "192.0.2.1", "name=a&password=wrong&code=1").Code
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("who guesses: %d", last) // the control
	}
	if w := b.send("POST", "/owner/signin", "198.51.100.7", "name=a&password=wrong&code=1"); w.Code != http.StatusForbidden {
		t.Errorf("at another address: %d", w.Code)
	}
	for range 40 {
		last = b.send("POST", remote.JoinPath, "192.0.2.1", joinBody).Code
		b.send("GET", "/owner/begin/x", "192.0.2.1", "")
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("who guesses codes: %d", last) // the control
	}
	code, err := b.newCode(ctx, "demo", Person{ID: "p", Name: "a"})
	b.must(err)
	right := strings.Replace(joinBody, `"x"`, strconv.Quote(code.Secret), 1)
	if w := b.send("POST", remote.JoinPath, "192.0.2.1", right); w.Code != http.StatusOK {
		t.Errorf("with a right code: %d %s", w.Code, w.Body)
	}
	if w := b.send("POST", "/owner/signin", "198.51.100.8", "name=a&password=wrong&code=1"); w.Code != http.StatusForbidden {
		t.Errorf("signing in after guesses of codes: %d", w.Code)
	}
}

func ids(list []Ask) (ids []string) {
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

// hears listens to what shops are asked. It returns a function that waits for so many ids, and takes the next ones only once.
func (b *town) hears() func(n int) []string {
	b.t.Helper()
	sub, err := b.engine.Conn.SubscribeSync("weir.v1.*.owner.commands")
	b.must(err)
	return func(n int) (list []string) {
		for len(list) < n {
			m, err := sub.NextMsg(10 * time.Second)
			b.must(err)
			payload, _, err := remote.Open(m.Data, remote.TypeCommand, func(string) (ed25519.PublicKey, bool) { return b.present().public(), true })
			b.must(err)
			var c remote.Command
			b.must(json.Unmarshal(payload, &c))
			list = append(list, c.ID)
		}
		return list
	}
}
