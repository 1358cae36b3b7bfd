package kds

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// moved reads which cups a call says it has moved.
func moved(t *testing.T, answer string) []string {
	t.Helper()
	var a struct{ Moved []string }
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return a.Moved
}

func TestBatchStartsWhatNobodyElseHasStarted(t *testing.T) {
	k := one(t)
	k.order("shangou", "b", cup("pearl-milk-tea", 1))
	k.do(tapTo("c1-2", shop.Making)) // another tablet was quicker
	status, answer := k.call("/kds/batches/start", `{"cups":["c1-1","c1-2","c2-1"]}`)
	if diff := cmp.Diff([]string{"c1-1", "c2-1"}, moved(t, answer)); status != 200 || diff != "" {
		t.Errorf("%d %s", status, diff)
	}
	status, answer = k.call("/kds/batches/start", `{"cups":["c1-1","c1-2","c2-1"]}`)
	if status != 200 || len(moved(t, answer)) != 0 {
		t.Errorf("the second tap: %d %s", status, answer)
	}
	k.call("/kds/batches/back", `{"cups":["c2-1"]}`)
	k.call("/kds/batches/done", `{"cups":["c1-1","c1-2","c2-1"]}`)
	got := []string{k.cupState("c1-1").String(), k.cupState("c1-2").String(), k.cupState("c2-1").String()}
	if diff := cmp.Diff([]string{"made", "made", "waiting"}, got); diff != "" {
		t.Error(diff)
	}
	if status, _ := k.call("/kds/batches/dance", `{"cups":["c1-1"]}`); status != 404 {
		t.Errorf("an unknown verb: %d", status)
	}
}

// The batch view shows every cup, those of one drink together across orders.
func TestBatchViewGroupsAcrossOrders(t *testing.T) {
	k := one(t)
	k.order("shangou", "b", cup("pearl-milk-tea", 2))
	state := k.store.Snapshot()
	b := k.screens.board(state, view{screen: boardScreen, batch: true, page: 1, fit: 16, lang: "zh"}, k.clock.Now())
	var got []string
	cups := 0
	for _, cell := range b.Cells {
		got = append(got, fmt.Sprintf("%s×%d", cell.Batch.Name, cell.Batch.Count))
		cups += cell.Batch.Count
	}
	if diff := cmp.Diff([]string{"珍珠奶茶×4", "抹茶鲜奶×1"}, got); diff != "" {
		t.Error(diff)
	}
	if cups != state.Ledger.Backlog() || b.Pager.Of != cups || b.Pager.To != cups {
		t.Errorf("%d cups on the page, pager %+v, backlog %d", cups, b.Pager, state.Ledger.Backlog())
	}
}

// One tap clears everything before a cup; one tap takes it back, each cup to where it was.
func TestAllBeforeIsDoneAndUndone(t *testing.T) {
	k := one(t)
	k.do(tapTo("c1-1", shop.Making))
	k.clock.Move(time.Second)
	asOf := k.clock.Now().Format(time.RFC3339Nano)
	k.clock.Move(time.Second)
	k.do(shop.Walkin{Cups: 1, Tap: "unseen"}) // came after the person had looked: due first, and not seen
	status, answer := k.call("/kds/cups/c1-3/before", `{"as_of":"`+asOf+`"}`)
	if diff := cmp.Diff([]string{"c1-1", "c1-2"}, moved(t, answer)); status != 200 || diff != "" {
		t.Errorf("%d %s", status, diff)
	}
	if k.cupState("c2-1") != shop.Waiting {
		t.Error("a cup that the person had not seen was cleared")
	}
	_, board := k.get("/kds")
	at := strings.Index(board, `/kds/undo" name="cups" value="`)
	if at < 0 {
		t.Fatal("the board offers no undo")
	}
	cups, _, _ := strings.Cut(board[at+len(`/kds/undo" name="cups" value="`):], `"`)
	k.post("/kds/undo", url.Values{"cups": {cups}})
	got := []shop.CupState{k.cupState("c1-1"), k.cupState("c1-2")}
	if diff := cmp.Diff([]shop.CupState{shop.Making, shop.Waiting}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOrdersAreReleasedTogether(t *testing.T) {
	k := one(t)
	k.order("shangou", "b", cup("matcha", 1))
	k.order("shangou", "c", cup("grape", 1))
	if _, page := k.get("/kds/release?item=matcha"); strings.Count(page, " checked") != 2 || strings.Contains(page, ">003<") {
		t.Error("choosing matcha does not choose the two orders that have it")
	}
	if status, _ := k.call("/kds/release", `{"orders":["o1","o2"]}`); status != 422 {
		t.Errorf("without a reason: %d, want 422", status)
	}
	status, _, _ := k.post("/kds/release", url.Values{"orders": {"o1", "o2"}, "reason": {""}, "other": {"no matcha"}, "sure": {"true"}})
	if status != 303 || k.cupState("c1-1") != shop.Voided || k.cupState("c2-1") != shop.Voided || k.cupState("c3-1") != shop.Waiting {
		t.Errorf("%d, cups %v %v %v", status, k.cupState("c1-1"), k.cupState("c2-1"), k.cupState("c3-1"))
	}
	if status, answer := k.call("/kds/release", `{"orders":["o1","o3"],"reason":"no matcha"}`); status != 200 ||
		k.cupState("c3-1") != shop.Voided {
		t.Errorf("a list with an order that is released already: %d %s", status, answer)
	}
}

func TestStopCardStandsUntilSeen(t *testing.T) {
	k := one(t)
	k.do(tapTo("c1-2", shop.Making), shop.Cancel{Channel: "meituan", Ref: "37"})
	if _, board := k.get("/kds"); !strings.Contains(board, "/kds/stops/c1-2/dismiss") {
		t.Fatal("a cancelled cup in hand is not a stop")
	}
	for range 2 {
		if status, answer := k.call("/kds/stops/c1-2/dismiss", `{}`); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	}
	if _, board := k.get("/kds"); strings.Contains(board, "/kds/stops/") {
		t.Error("the stop stands although it was seen")
	}
}

func TestStockIsCountedAndFollowed(t *testing.T) {
	k := one(t)
	if status, answer := k.call("/kds/stock/matcha", `{"amount":3}`); status != 200 {
		t.Fatal(status, answer)
	}
	if _, board := k.get("/kds"); !strings.Contains(board, "抹茶粉") || !strings.Contains(board, "缺1杯") {
		t.Error("the board does not say that matcha does not last")
	}
	if status, _ := k.call("/kds/stock/gold", `{"amount":3}`); status != 404 {
		t.Errorf("what nothing uses: %d", status)
	}
	k.post("/kds/stock/matcha", url.Values{"amount": {""}})
	if _, board := k.get("/kds"); strings.Contains(board, "抹茶粉") {
		t.Error("what is not counted any more still runs out")
	}
}

// When orders leave and nobody taps, the board asks; a tap answers.
func TestTheBoardAsksWhenTapsStop(t *testing.T) {
	const ask = "没人点屏"
	k := open(t, options{})
	k.order("meituan", "0", cup("matcha", 1))
	k.do(tapTo("c1-1", shop.Made))
	for i := 1; i <= 6; i++ {
		k.clock.Move(time.Minute)
		o := k.order("meituan", fmt.Sprint(i), cup("matcha", 1))
		k.do(shop.Handover{Order: o.ID, Made: true})
	}
	k.order("meituan", "last", cup("matcha", 1))
	k.clock.Move(time.Minute)
	if _, board := k.get("/kds"); !strings.Contains(board, ask) || !strings.Contains(board, "估计") {
		t.Error("orders leave, nobody taps, and the board does not ask")
	}
	k.do(tapTo("c8-1", shop.Made))
	if _, board := k.get("/kds"); strings.Contains(board, ask) {
		t.Error("somebody taps again, and the board still asks")
	}
}
