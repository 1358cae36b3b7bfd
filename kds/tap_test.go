package kds

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// one is a kitchen with one order of three cups: c1-1, c1-2, c1-3.
func one(t *testing.T) *kitchen {
	k := open(t, options{})
	k.order("meituan", "37", cup("pearl-milk-tea", 2), cup("matcha", 1))
	return k
}

func TestTapTable(t *testing.T) {
	cases := []struct {
		name   string
		before []shop.Command
		path   string
		body   string
		status int
		kind   string // problem type
		state  string // of c1-1 afterwards
	}{
		{"start", nil, "cups/c1-1/start", `{"seen":"waiting"}`, 200, "", "making"},
		{"done", nil, "cups/c1-1/done", `{"seen":"waiting"}`, 200, "", "made"},
		{"done without having seen", nil, "cups/c1-1/done", ``, 200, "", "made"},
		{"done twice", []shop.Command{tapTo("c1-1", shop.Made)}, "cups/c1-1/done", `{"seen":"waiting"}`, 200, "", "made"},
		{"done having seen another state", []shop.Command{tapTo("c1-1", shop.Making)}, "cups/c1-1/done", `{"seen":"waiting"}`, 409,
			"invalid-transition", "making"},
		{"bump of a cancelled cup", []shop.Command{shop.Cancel{Channel: "meituan", Ref: "37"}}, "cups/c1-1/done", `{"seen":"waiting"}`, 409,
			"invalid-transition", "voided"},
		{"undo of a bump", []shop.Command{tapTo("c1-1", shop.Made)}, "cups/c1-1/undo", `{"seen":"made"}`, 200, "", "waiting"},
		{"undo twice", nil, "cups/c1-1/undo", `{"seen":"made"}`, 200, "", "waiting"},
		{"undo after hand-over", []shop.Command{shop.Handover{Order: 1, Made: true}}, "cups/c1-1/undo", `{}`, 409, "invalid-transition",
			"handed"},
		{"recall", []shop.Command{tapTo("c1-1", shop.Made)}, "cups/c1-1/recall", `{"seen":"made"}`, 200, "", "waiting"},
		{"void", nil, "cups/c1-1/void", `{"seen":"waiting","reason":"no tea"}`, 200, "", "voided"},
		{"void without a reason", nil, "cups/c1-1/void", `{"seen":"waiting"}`, 422, "invalid", "waiting"},
		{"void taken back", []shop.Command{tapTo("c1-1", shop.Voided)}, "cups/c1-1/back", `{}`, 200, "", "waiting"},
		{"void taken back twice", nil, "cups/c1-1/back", `{}`, 200, "", "waiting"},
		{"discard taken back", []shop.Command{tapTo("c1-1", shop.Made), tapTo("c1-1", shop.Discarded)}, "cups/c1-1/back", `{}`, 200, "", "made"},
		{"a remade cup is not brought back", []shop.Command{tapTo("c1-1", shop.Making), shop.Remake{Cup: shop.CupID{Order: 1, N: 1}}},
			"cups/c1-1/back", `{}`, 409, "invalid-transition", "voided"},
		{"void twice", []shop.Command{tapTo("c1-1", shop.Voided)}, "cups/c1-1/void", `{"seen":"waiting","reason":"no tea"}`, 200, "", "voided"},
		{"remake", []shop.Command{tapTo("c1-1", shop.Made)}, "cups/c1-1/remake", `{"seen":"made"}`, 200, "", "discarded"},
		{"remake of what is not made", nil, "cups/c1-1/remake", `{}`, 409, "invalid-transition", "waiting"},
		{"discard", []shop.Command{tapTo("c1-1", shop.Made)}, "cups/c1-1/discard", `{"seen":"made","reason":"spilt"}`, 200, "", "discarded"},
		{"discard of what is not made", nil, "cups/c1-1/discard", `{"reason":"spilt"}`, 409, "invalid-transition", "waiting"},
		{"no such cup", nil, "cups/c1-9/done", `{}`, 404, "not-found", "waiting"},
		{"no such order", nil, "cups/c7-1/done", `{}`, 404, "not-found", "waiting"},
		{"not a cup", nil, "cups/x/done", `{}`, 404, "not-found", "waiting"},
		{"not a state", nil, "cups/c1-1/done", `{"seen":"drunk"}`, 422, "invalid", "waiting"},
		{"a number that is none", nil, "cups/c1-1/done", `{"reason":7}`, 422, "invalid", "waiting"},
		{"not JSON", nil, "cups/c1-1/done", `{`, 400, "malformed", "waiting"},
		{"more than JSON", nil, "cups/c1-1/done", `{} {}`, 400, "malformed", "waiting"},
		{"too large", nil, "cups/c1-1/done", `{"reason":"` + strings.Repeat("x", 70000) + `"}`, 413, "too-large", "waiting"},
		{"hand-over", []shop.Command{tapTo("c1-1", shop.Made), tapTo("c1-2", shop.Made), tapTo("c1-3", shop.Made)}, "orders/o1/handover", ``,
			200, "", "handed"},
		{"hand-over with cups missing", nil, "orders/o1/handover", `{}`, 409, "incomplete", "waiting"},
		{"hand-over implies made", nil, "orders/o1/handover", `{"made":true}`, 200, "", "handed"},
		{"hand-over twice", []shop.Command{shop.Handover{Order: 1, Made: true}}, "orders/o1/handover", `{}`, 200, "", "handed"},
		{"part of it without a reason", []shop.Command{tapTo("c1-1", shop.Made)}, "orders/o1/handover", `{"cups":["c1-1"]}`, 422, "invalid",
			"made"},
		{"part of it", []shop.Command{tapTo("c1-1", shop.Made)}, "orders/o1/handover", `{"cups":["c1-1"],"reason":"rider waits"}`, 200, "",
			"handed"},
		{"wrong cup", []shop.Command{counterCup()}, "orders/o1/handover", `{"scanned":["c2-1"],"made":true}`, 409, "wrong-cup", "waiting"},
		{"release", nil, "orders/o1/release", `{"reason":"no pearls"}`, 200, "", "voided"},
		{"release without a reason", nil, "orders/o1/release", `{}`, 422, "invalid", "waiting"},
		{"unclaimed", []shop.Command{tapTo("c1-1", shop.Made), tapTo("c1-2", shop.Made), tapTo("c1-3", shop.Made)}, "orders/o1/unclaimed", `{}`,
			200, "", "discarded"},
		{"unclaimed before it is ready", nil, "orders/o1/unclaimed", `{}`, 409, "invalid-transition", "waiting"},
		{"counter", nil, "counter", `{"cups":3}`, 200, "", "waiting"},
		{"counter with too many", nil, "counter", `{"cups":10}`, 422, "invalid", "waiting"},
		{"counter with none", nil, "counter", `{}`, 422, "invalid", "waiting"},
		{"sold out", nil, "sold-out/matcha", `{}`, 200, "", "waiting"},
		{"sold out of what there is not", nil, "sold-out/gold", `{}`, 404, "not-found", "waiting"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k := one(t)
			k.do(c.before...)
			status, answer := k.call("/kds/"+c.path, c.body)
			var problem struct{ Type, Say string }
			if err := json.Unmarshal([]byte(answer), &problem); err != nil {
				t.Fatalf("%v in %s", err, answer)
			}
			if kind := strings.TrimPrefix(problem.Type, "/problems/"); status != c.status || kind != c.kind {
				t.Errorf("%d %s, want %d %s: %s", status, kind, c.status, c.kind, answer)
			}
			if c.kind != "" && problem.Say == "" {
				t.Error("nothing is said to the person")
			}
			if state := k.cupState("c1-1").String(); state != c.state {
				t.Errorf("c1-1 is %s, want %s", state, c.state)
			}
			if lost := k.store.Snapshot().Lost(); lost != 0 {
				t.Errorf("the ledger is off by %d", lost)
			}
		})
	}
}

func tapTo(id string, to shop.CupState) shop.Command {
	cup, err := shop.ParseCupID(id)
	if err != nil {
		panic(err)
	}
	return shop.Tap{By: "test", Cups: []shop.CupID{cup}, To: to}
}

func counterCup() shop.Command { return shop.Walkin{By: "test", Cups: 1, Tap: "w"} }

// Without script a form comes back to its page; a refusal is a page that says what is true now.
func TestFormsWorkWithoutScript(t *testing.T) {
	k := one(t)
	status, to, _ := k.post("/kds/cups/c1-1/done", url.Values{"seen": {"waiting"}, "back": {"/kds?page=2"}})
	if status != http.StatusSeeOther || to != "/kds?page=2" {
		t.Errorf("%d to %q, want 303 to the page the form was on", status, to)
	}
	status, _, page := k.post("/kds/cups/c1-1/start", url.Values{"seen": {"waiting"}, "back": {"/kds"}})
	if status != http.StatusConflict || !strings.Contains(page, "001 第 1 杯：做好") {
		t.Errorf("%d, want 409 and what is true now:\n%s", status, page)
	}
	for _, evil := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""} {
		if _, to, _ := k.post("/kds/cups/c1-1/done", url.Values{"back": {evil}}); to != "/kds" {
			t.Errorf("back %q leads to %q", evil, to)
		}
	}
	if status, _, _ := k.post("/kds/cups/c1-1/done", url.Values{}, "Content-Type", "text/plain"); status != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d, want 415", status)
	}
}

func TestCounterTapCountsOnce(t *testing.T) {
	k := one(t)
	for range 3 {
		k.call("/kds/counter", `{"cups":2,"tap":"a"}`)
	}
	k.call("/kds/counter", `{"cups":2,"tap":"b"}`)
	if got := k.store.Snapshot().Ledger.Backlog(); got != 3+2+2 {
		t.Errorf("%d cups, want 7: a tap that was sent again counted again", got)
	}
}

// Two tablets that bump one cup at once make one step; both are told that it is done.
func TestTwoTabletsTapAtOnce(t *testing.T) {
	k := one(t)
	before := k.store.Snapshot().Counters.Seq
	var taps sync.WaitGroup
	statuses := make([]int, 16)
	for i := range statuses {
		taps.Go(func() { statuses[i], _ = k.call("/kds/cups/c1-1/done", `{"seen":"waiting"}`) })
	}
	taps.Wait()
	for _, s := range statuses {
		if s != 200 {
			t.Errorf("a tap was answered %d", s)
		}
	}
	o, _ := k.store.Snapshot().Order(1)
	if o.Cup(1).State != shop.Made {
		t.Errorf("the cup is %v", o.Cup(1).State)
	}
	// One move and the news that the order is being made.
	if steps := k.store.Snapshot().Counters.Seq - before; steps != 2 {
		t.Errorf("%d events for one bump, want 2", steps)
	}
}

// Cups that one tap finished are taken back by one tap, each to where it had been.
func TestUndoOfManyGoesBackToWhereEachWas(t *testing.T) {
	k := one(t)
	k.do(tapTo("c1-2", shop.Making))
	k.clock.Move(time.Second)
	k.do(shop.Tap{Cups: []shop.CupID{{Order: 1, N: 1}, {Order: 1, N: 2}, {Order: 1, N: 3}}, To: shop.Made})
	status, answer := k.call("/kds/undo", `{"cups":["c1-1","c1-2","c1-3"]}`)
	if status != 200 {
		t.Fatal(status, answer)
	}
	var moved struct{ Moved []string }
	if err := json.Unmarshal([]byte(answer), &moved); err != nil || len(moved.Moved) != 3 {
		t.Errorf("%d cups moved: %s", len(moved.Moved), answer)
	}
	got := []shop.CupState{k.cupState("c1-1"), k.cupState("c1-2"), k.cupState("c1-3")}
	if diff := cmp.Diff([]shop.CupState{shop.Waiting, shop.Making, shop.Waiting}, got); diff != "" {
		t.Error(diff)
	}
}
