package tell

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/testengine"
	"weir/fleet/testrouter"
	"weir/shop/alert"
	"weir/shop/words"
)

// patience bounds each wait; the machine may be busy.
const patience = 30 * time.Second

// term is after how long a router takes over in these tests.
const term = 2 * time.Second

// scene is a fleet in which things are wrong, with a clock, and a topic of ntfy that is told.
type scene struct {
	t      *testing.T
	engine *engine.Engine
	url    string
	dir    string

	mu    sync.Mutex
	wrong []Wrong
	now   time.Time
	lines []string
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, engine: testengine.Start(t), dir: t.TempDir(), now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body) // what is cut short is no line that is waited for
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lines = append(s.lines, string(text))
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/topic"
	return s
}

// router starts a teller as a router has one. stop ends it.
func (s *scene) router(name string, change func(*Target)) (tell *Tell, stop func()) {
	s.t.Helper()
	target := Target{Target: alert.Target{Name: "boss", To: alert.Ntfy, URL: s.url, Lang: "en"}}
	if change != nil {
		change(&target)
	}
	tell, err := New(Config{
		Engine: s.engine, Targets: []Target{target}, Router: name, Local: time.UTC, Dir: s.dir, Term: term, Pace: 20 * time.Millisecond,
		Log:  slog.New(slog.DiscardHandler),
		Look: func() []Wrong { s.mu.Lock(); defer s.mu.Unlock(); return s.wrong },
		Now:  func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- tell.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(stop)
	return tell, stop
}

func (s *scene) set(wrong []Wrong, later time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong, s.now = wrong, s.now.Add(later)
}

// heard waits until the topic has so many lines, and returns them.
func (s *scene) heard(n int) []string {
	s.t.Helper()
	s.until("the topic has heard", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.lines) >= n })
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) != n {
		s.t.Fatalf("%d messages, want %d: %q", len(s.lines), n, s.lines)
	}
	return s.lines
}

func (s *scene) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) { // between two looks
		if time.Now().After(end) {
			s.t.Fatalf("never: %s", what)
		}
	}
}

// looks waits until a teller that leads has looked at what is wrong some more times.
func (s *scene) looks(tell *Tell) {
	s.t.Helper()
	s.until("it tells", tell.leads.Load)
	for range 3 {
		tell.mu.Lock()
		before := tell.at
		tell.mu.Unlock()
		s.until("it looks", func() bool { tell.mu.Lock(); defer tell.mu.Unlock(); return tell.at.After(before) })
	}
}

// TestTheNextRouterTellsNothingTwice: a shop that is silent is told once, by one of two routers; the one that takes over tells
// it not again, and tells when it is over. Without what the first one kept it is told again: the control.
func TestTheNextRouterTellsNothingTwice(t *testing.T) {
	s := newScene(t)
	out := []Wrong{silent("hz", 1)}
	first, stop := s.router("a", nil)
	s.set(out, 0)
	s.looks(first)
	second, end := s.router("b", nil)
	s.set(out, 3*time.Minute)
	if got := s.heard(1)[0]; !strings.HasPrefix(got, "[hz-1] Nothing is heard of this shop") {
		t.Error(got)
	}
	if second.leads.Load() {
		t.Error("two routers tell")
	}
	stop()
	s.looks(second)
	s.set(out, 10*time.Minute)
	s.looks(second)
	s.heard(1)
	s.set(nil, time.Minute)
	s.looks(second)
	s.set(nil, 2*time.Minute)
	if got := s.heard(2)[1]; !strings.HasPrefix(got, "[hz-1] over: ") {
		t.Error(got)
	}
	s.set(out, 0)
	s.looks(second)
	s.set(out, 3*time.Minute)
	s.heard(3)
	end() // the control: a router that finds nothing kept
	if err := s.engine.Set(t.Context(), engine.Told, subjectOf("boss"), nil); err != nil {
		t.Fatal(err)
	}
	third, _ := s.router("c", nil)
	s.looks(third)
	s.set(out, 3*time.Minute)
	s.heard(4)
}

// TestAFrozenRouterIsReplaced: a leader that says nothing more is followed by another one, and neither tells of a whole city
// more than once.
func TestAFrozenRouterIsReplaced(t *testing.T) {
	s := newScene(t)
	if err := s.engine.Set(t.Context(), engine.Told, "fleet.claim.alerts", []byte("a router that died")); err != nil {
		t.Fatal(err)
	}
	s.set(shops("hz", 300), 0)
	began := time.Now()
	tell, _ := s.router("a", nil)
	s.looks(tell)
	if took := time.Since(began); took < term {
		t.Errorf("it took over after %v, while the other one might have led", took)
	}
	s.set(shops("hz", 300), 3*time.Minute)
	if got := s.heard(1)[0]; !strings.HasPrefix(got, "[hz] 300 shops: nothing is heard of them") {
		t.Error(got)
	}
	s.looks(tell)
	s.heard(1)
}

// TestARouterWithoutItsStreams says so itself, once, and of no shop that it is silent.
func TestARouterWithoutItsStreams(t *testing.T) {
	s := newScene(t)
	tell, _ := s.router("a", nil)
	s.looks(tell)
	s.engine.Conn.Close()
	s.until("the router notices", func() bool { return tell.away.Load() != 0 && !tell.leads.Load() })
	s.set(shops("hz", 300), 0)
	s.until("it is wrong by its own word", func() bool { return len(tell.self()) == 1 })
	time.Sleep(time.Second) // its own desk has looked; nothing shows that
	s.set(shops("hz", 300), 10*time.Minute)
	if got := s.heard(1)[0]; !strings.HasPrefix(got, "[weir-fleet a] This router cannot reach its streams") {
		t.Error(got)
	}
}

// TestWhatIsWrongAtAShop: a shop that signs off is silent; one that is there is well; one that is new is given a day.
func TestWhatIsWrongAtAShop(t *testing.T) {
	e := testengine.Start(t)
	r := testrouter.Start(t, e, directory.Shop{ID: "hubin", Name: "湖滨", City: "hz", Owner: "li", Lat: 30.25, Lon: 120.16}, "shangou")
	r.Table.Listed(nil, &directory.Shop{ID: "new", Lat: 30, Lon: 120, AddedAt: time.Now()})
	if got := Alarms(r, time.Now()); len(got) != 0 {
		t.Fatalf("all is well: %+v", got)
	}
	got := Alarms(r, time.Now().Add(2*time.Hour))
	if len(got) != 1 || got[0].Kind != alert.Silent || got[0].Shop.Owner != "li" || got[0].shopName() != "湖滨" || got[0].Text(words.ZH) == "" {
		t.Errorf("%+v", got)
	}
	if got := Alarms(r, time.Now().Add(25*time.Hour)); len(got) != 2 {
		t.Errorf("after a day: %+v", got)
	}
	testengine.Publish(t, e, "hubin", "status", map[string]any{"epoch": 1, "conn": 1, "online": false, "at": time.Now(), "box": "box-hubin"})
	for end := time.Now().Add(patience); len(Alarms(r, time.Now())) == 0; time.Sleep(5 * time.Millisecond) { // between two looks
		if time.Now().After(end) {
			t.Fatal("the shop that signed off is not silent")
		}
	}
}
