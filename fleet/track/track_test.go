package track

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/nats-io/nats.go"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/fleet/route"
	"weir/fleet/testengine"
	"weir/shop/try"
)

// desk is the pages of a fleet whose router is there and whose shops are not.
type desk struct {
	*Track
	engine *engine.Engine
	book   *orders.Book
	door   *echo.Echo
	clock  time.Time
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{engine: testengine.Start(t), door: echo.New(), clock: try.Noon}
	now := func() time.Time { return d.clock }
	d.book = orders.New(d.engine)
	d.Track = New("https://fleet.example/", time.FixedZone("", 8*3600), now)
	if err := d.Unlock(t.Context(), d.engine); err != nil {
		t.Fatal(err)
	}
	d.Open(route.New(route.Config{Engine: d.engine, Directory: directory.New(nil), Keep: engine.OrdersKeepMin, Pages: d.Track, Now: now,
		Log: try.Log(t)}))
	d.Routes(d.door)
	return d
}

// placed keeps the record of an order that a shop has taken.
func (d *desk) placed(t *testing.T, ref string, change func(*record.Record)) orders.Key {
	t.Helper()
	k := orders.Key{Channel: "shangou", Ref: ref}
	r := record.Record{State: record.Placed, PlacedAt: try.Noon, At: &record.Attempt{
		Store: "hubin", ID: "o37", Number: "037", ReadyBy: try.Noon.Add(12 * time.Minute),
	}}
	if change != nil {
		change(&r)
	}
	if _, err := d.book.Put(t.Context(), orders.Entry{Key: k}, r); err != nil {
		t.Fatal(err)
	}
	return k
}

// call opens an address that the fleet has given out.
func (d *desk) call(t *testing.T, method, url string, most time.Duration) *httptest.ResponseRecorder {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	path, ours := strings.CutPrefix(url, "https://fleet.example")
	if !ours {
		t.Fatalf("%q is not of this fleet", url)
	}
	w := httptest.NewRecorder()
	d.door.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, path, nil))
	return w
}

func (d *desk) look(t *testing.T, url string) *httptest.ResponseRecorder {
	t.Helper()
	return d.call(t, http.MethodGet, url, 10*time.Second)
}

// TestThePageSaysHowTheOrderStands: where it is, when it is ready and how that has changed, in both languages; never the
// ref.
func TestThePageSaysHowTheOrderStands(t *testing.T) {
	d := open(t)
	for name, tt := range map[string]struct {
		change  func(*record.Record)
		zh, en  string
		without string
	}{
		"in the queue": {nil, "已接单，排队中", "Ready by 12:12", "接单时说"},
		"making":       {func(r *record.Record) { r.At.Step = record.Making }, "正在做", "Being made", "凭取餐号取"},
		"ready":        {func(r *record.Record) { r.At.Step = record.Ready }, "做好了", "Show the pick-up number", "确定取消"},
		"delayed": {func(r *record.Record) { r.At.Changed = try.Noon.Add(20 * time.Minute) },
			"接单时说 12:12，晚了8分钟", "12:12 was said at first: 8 min later.", "早了"},
		"early": {func(r *record.Record) { r.At.Changed = try.Noon.Add(9 * time.Minute) },
			"接单时说 12:12，早了3分钟", "12:12 was said at first: 3 min earlier.", "晚了"},
		"handed":    {func(r *record.Record) { r.State, r.Why = record.Ended, "handed" }, "已取走", "Picked up", "确定取消"},
		"released":  {func(r *record.Record) { r.State, r.Why = record.Ended, "released" }, "门店做不了这一单", "cannot make", "确定取消"},
		"nobody":    {func(r *record.Record) { r.State, r.At = record.Free, nil }, "没有门店接这一单", "No shop has taken", "037"},
		"not known": {func(r *record.Record) { r.State, r.NextAt = record.Open, try.Noon }, "正在问门店", "Asking the shop", "037"},
	} {
		url := d.Own(d.placed(t, "customer-13800138000-"+name, tt.change))
		zh, en := d.look(t, url), d.look(t, url+"?lang=en")
		if zh.Code != 200 || !strings.Contains(zh.Body.String(), tt.zh) || strings.Contains(zh.Body.String(), tt.without) {
			t.Errorf("%s: %d, want %q and not %q in\n%s", name, zh.Code, tt.zh, tt.without, zh.Body)
		}
		if en.Code != 200 || !strings.Contains(en.Body.String(), tt.en) {
			t.Errorf("%s: %d, want %q in\n%s", name, en.Code, tt.en, en.Body)
		}
		if strings.Contains(zh.Body.String(), "13800138000") {
			t.Errorf("%s: the ref is on the page", name)
		}
		if h := zh.Header(); h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the address, which is a key, may travel: %v", name, h)
		}
	}
}

// TestPaperOnlyShows: the address on the paper has no button, and cancels nothing when it is called anyhow. The one in the
// order's answer asks the shop. A shop that does not answer is not said to have cancelled.
func TestPaperOnlyShows(t *testing.T) {
	d := open(t)
	k := d.placed(t, "a", nil)
	asked := make(chan *nats.Msg, 8)
	sub, err := d.engine.Conn.ChanSubscribe("weir.v1.hubin.cancel.shangou", asked)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if w := d.look(t, d.Printed(k)); w.Code != 200 || strings.Contains(w.Body.String(), "/cancel") {
		t.Errorf("the page of the paper: %d\n%s", w.Code, w.Body)
	}
	if w := d.call(t, http.MethodPost, d.Printed(k)+"/cancel", time.Second); w.Code != http.StatusForbidden {
		t.Errorf("cancelled by the paper's address: %d", w.Code)
	}
	if w := d.look(t, d.Own(k)); !strings.Contains(w.Body.String(), "/cancel") {
		t.Errorf("no button for whoever placed the order:\n%s", w.Body)
	}
	w := d.call(t, http.MethodPost, d.Own(k)+"/cancel", 300*time.Millisecond)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasSuffix(to, "?said=unknown") {
		t.Errorf("the shop is silent: %d %s", w.Code, to)
	}
	if w := d.look(t, d.Own(k)+"?said=unknown"); !strings.Contains(w.Body.String(), "不知道取消了没有") {
		t.Errorf("after a cancellation without an answer:\n%s", w.Body)
	}
	if w := d.look(t, d.Own(k)+"?lang=en"); !strings.Contains(w.Body.String(), "/cancel?lang=en") {
		t.Errorf("the button drops the language of the address:\n%s", w.Body)
	}
	w = d.call(t, http.MethodPost, d.Own(k)+"/cancel?lang=en", 300*time.Millisecond)
	if to := w.Header().Get("Location"); !strings.HasSuffix(to, "?said=unknown&lang=en") {
		t.Errorf("the page after it drops the language: %s", to)
	}
	if err := d.engine.Conn.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := len(asked); n != 2 {
		t.Errorf("the shop was asked %d times to cancel, want twice: by the address of the order's answer", n)
	}
}

// TestACancellationIsSaidAsItIs: a conflict that is not "too late", and an order that has ended otherwise, are not said to be
// what they are not.
func TestACancellationIsSaidAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		reply route.Reply
		want  said
	}{
		"the shop has cancelled": {route.Reply{Status: 200, Body: json.RawMessage(`{"id":"o1","state":"cancelled"}`)}, saidCancelled},
		"made, then cancelled": {route.Reply{Status: 200,
			Body: json.RawMessage(`{"id":"o1","state":"cancelled","reason":"made-then-cancelled"}`)}, saidLate},
		"it is made":         {route.Reply{Status: 409, Body: json.RawMessage(`{"type":"/problems/cancel-too-late"}`)}, saidLate},
		"another conflict":   {route.Reply{Status: 409, Body: json.RawMessage(`{"type":"/problems/invalid-transition"}`)}, saidUnknown},
		"the shop is silent": {route.Reply{Status: 503, Body: route.Problem{Status: 503, Outcome: "unknown"}}, saidUnknown},
		"cancelled before":   {route.Reply{Status: 200, Body: route.Status{State: string(record.Cancelled), NotMade: true}}, saidCancelled},
		"ended by a cancellation": {route.Reply{Status: 200, Body: route.Status{State: string(record.Ended), Reason: "cancelled"}},
			saidCancelled},
		"given out": {route.Reply{Status: 200, Body: route.Status{State: string(record.Ended), Reason: "handed"}}, saidUnknown},
		"in doubt":  {route.Reply{Status: 200, Body: route.Status{State: string(record.Doubt), Outcome: "unknown"}}, saidUnknown},
	} {
		if got := saidOf(c.reply); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestThePageGoesAfterADay: it is there for a day after the order should be ready, and then for nobody.
func TestThePageGoesAfterADay(t *testing.T) {
	d := open(t)
	k := d.placed(t, "a", func(r *record.Record) { r.State, r.Why = record.Ended, "handed" })
	d.clock = try.Noon.Add(24*time.Hour + 11*time.Minute)
	if w := d.look(t, d.Own(k)); w.Code != 200 {
		t.Errorf("within the day: %d", w.Code)
	}
	d.clock = d.clock.Add(2 * time.Minute)
	for _, url := range []string{d.Own(k), d.Printed(k)} {
		if w := d.look(t, url); w.Code != 404 || strings.Contains(w.Body.String(), "037") {
			t.Errorf("after it: %d\n%s", w.Code, w.Body)
		}
	}
}

// TestGuessesAreSlowedDown: whoever tries addresses is stopped, and nobody else. A key of another fleet opens nothing.
func TestGuessesAreSlowedDown(t *testing.T) {
	d, other := open(t), open(t)
	k := d.placed(t, "a", nil)
	other.placed(t, "a", nil)
	var got []int
	for range 6 {
		got = append(got, d.look(t, other.Own(k)).Code)
	}
	if got[0] != 404 || got[5] != http.StatusTooManyRequests {
		t.Errorf("wrong addresses are answered %v", got)
	}
	if w := d.look(t, d.Own(k)); w.Code != 200 {
		t.Errorf("a right one after them: %d", w.Code)
	}
	last := 200
	for i := 0; i < 3*lookBurst && last == 200; i++ {
		last = d.look(t, d.Own(k)).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("one address, looked at without end: %d", last)
	}
}
