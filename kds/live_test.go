package kds

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/static"
)

// watcher reads a stream as a tablet does.
type watcher struct {
	t    *testing.T
	body *bufio.Reader
	stop context.CancelFunc
}

type received struct{ id, name, data string }

func (k *kitchen) watch(t *testing.T, query string) *watcher {
	t.Helper()
	return k.watchAt(t, "/kds/live?"+query)
}

func (k *kitchen) watchAt(t *testing.T, path string) *watcher {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("%d %s", response.StatusCode, got)
	}
	return &watcher{t, bufio.NewReader(response.Body), stop}
}

// next is the next event.
func (w *watcher) next() (e received) {
	w.t.Helper()
	for {
		line, err := w.body.ReadString('\n')
		if err != nil {
			w.t.Fatal(err)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			e.data += value + "\n"
		case line == "\n" && e.name != "":
			return e
		}
	}
}

// until reads frames until one says what is expected.
func (w *watcher) until(text string) received {
	w.t.Helper()
	for {
		if e := w.next(); strings.Contains(e.data, text) {
			return e
		}
	}
}

func TestStreamSendsTheWholeBoardAtOnceAndAtEachChange(t *testing.T) {
	k := one(t)
	w := k.watch(t, "")
	first := w.next()
	if first.name != "frame" || first.id == "" || !strings.HasPrefix(first.data, static.Build()+"\n") {
		t.Errorf("the first event is %q, id %q, begins with %.20q", first.name, first.id, first.data)
	}
	for _, id := range []string{"c1-1", "c1-2", "c1-3"} {
		if !strings.Contains(first.data, `data-cup="`+id+`"`) {
			t.Errorf("%s is not on the board", id)
		}
	}
	k.do(tapTo("c1-2", shop.Made))
	next := w.until("/kds/undo")
	if next.id == first.id || strings.Contains(next.data, `data-cup="c1-2"`) {
		t.Errorf("after a bump: id %s, before %s", next.id, first.id)
	}
}

// A cup that was bumped can be taken back for five seconds; then its place is free.
func TestBumpStandsForFiveSeconds(t *testing.T) {
	k := one(t)
	k.do(tapTo("c1-1", shop.Made))
	w := k.watch(t, "")
	w.until(`value="c1-1"`)
	k.clock.Move(shop.UndoTime)
	if e := w.next(); e.name != "frame" || strings.Contains(e.data, `value="c1-1"`) {
		t.Errorf("after the undo time the board still offers the undo: %s", e.name)
	}
}

// Quick taps leave room for the work: the last three can be taken back at their places, the others on the
// recall page.
func TestQuickTapsLeaveRoomForTheWork(t *testing.T) {
	k := open(t, options{config: roomy})
	k.rush(20)
	for _, q := range k.store.Snapshot().Queue("", time.Time{})[:8] {
		k.clock.Move(100 * time.Millisecond)
		k.do(shop.Tap{Cups: []shop.CupID{q.ID()}, To: shop.Made})
	}
	undos := 0
	for _, cell := range k.screens.board(k.store.Snapshot(), view{screen: boardScreen, page: 1, fit: 16, lang: "zh"}, k.clock.Now()).Cells {
		if cell.Done != nil {
			undos++
		}
	}
	_, recall := k.get("/kds/recall")
	if listed := strings.Count(recall, `class="recall"`); undos != 3 || listed != 8 {
		t.Errorf("%d undos on the board and %d on the recall page, want 3 and 8", undos, listed)
	}
}

// All tablets with one view share one rendering; another page is another view.
func TestTabletsShareFrames(t *testing.T) {
	k := one(t)
	same := []*watcher{k.watch(t, "fit=20"), k.watch(t, "fit=20"), k.watch(t, "fit=20")}
	other := k.watch(t, "fit=20&page=2")
	for _, w := range append(same, other) {
		w.next()
	}
	k.screens.hub.mu.Lock()
	topics, streams, frames := len(k.screens.hub.topics), k.screens.hub.streams, k.screens.hub.frames
	k.screens.hub.mu.Unlock()
	if topics != 2 || streams != 4 || frames != 2 {
		t.Errorf("%d views, %d streams, %d frames; want 2, 4 and 2", topics, streams, frames)
	}
}

// A quiet board sends nothing but beats: what has not changed is not sent again.
func TestNothingChangedNothingSent(t *testing.T) {
	k := one(t)
	w := k.watch(t, "")
	w.next()
	k.do(shop.SetAvailable{Item: "grape", Available: false}) // on no board
	k.do(tapTo("c1-1", shop.Making))
	if e := w.next(); !strings.Contains(e.data, "is-making") {
		t.Error("a frame was sent although nothing on the board had changed")
	}
}

// Whoever looks holds nothing after they went.
func TestLeavingLeavesNothing(t *testing.T) {
	k := one(t)
	w := k.watch(t, "")
	w.next()
	w.stop()
	k.do(tapTo("c1-1", shop.Made)) // the write to a tablet that is gone ends its stream
	deadline := time.After(5 * time.Second)
	for {
		k.screens.hub.mu.Lock()
		left := len(k.screens.hub.topics) + k.screens.hub.streams
		k.screens.hub.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatal("a stream is still held")
		case <-time.After(time.Millisecond):
		}
	}
}

// Every cup is on exactly one page, and the pages say how many there are.
func TestPagesAccountForEveryCup(t *testing.T) {
	k := open(t, options{config: roomy})
	k.rush(150)
	k.do(tapTo("c1-1", shop.Made))
	state, now := k.store.Snapshot(), k.clock.Now()
	seen := map[string]bool{}
	for page := 1; ; page++ {
		b := k.screens.board(state, view{screen: boardScreen, page: page, fit: 16, lang: "zh"}, now)
		cups := 0
		for _, cell := range b.Cells {
			if cell.Card == nil {
				continue
			}
			if seen[cell.Card.ID] {
				t.Errorf("%s is on two pages", cell.Card.ID)
			}
			seen[cell.Card.ID] = true
			cups++
		}
		if b.Pager.Of != state.Ledger.Backlog() || b.Pager.To-b.Pager.From+1 != cups || b.Pager.To != len(seen) {
			t.Errorf("page %d: %+v with %d cups, %d seen", page, b.Pager, cups, len(seen))
		}
		if b.Pager.Next == "" {
			break
		}
	}
	if len(seen) != state.Ledger.Backlog() {
		t.Errorf("the pages show %d of %d cups", len(seen), state.Ledger.Backlog())
	}
}

// TestAQuietStreamOverHTTP2Stays: under HTTP/2 a deadline ends a stream although nothing is being written. A board that
// is quiet for longer than a write may take is not cut.
func TestAQuietStreamOverHTTP2Stays(t *testing.T) {
	const patient = 200 * time.Millisecond
	k := open(t, options{hub: func(h *hub) { h.patient = patient }})
	e := echo.New()
	k.screens.Routes(e)
	server := httptest.NewUnstartedServer(e)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/kds/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 {
		t.Fatalf("%s, want HTTP/2", response.Proto)
	}
	w := &watcher{t, bufio.NewReader(response.Body), stop}
	w.next()
	<-time.After(3 * patient) // it is this that must not matter
	k.do(shop.Walkin{Cups: 1})
	if got := w.next(); got.name != "frame" {
		t.Errorf("after a quiet time: %q", got.name)
	}
}
