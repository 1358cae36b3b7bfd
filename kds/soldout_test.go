package kds

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/try"
)

// Whatever of the menu is sold out is one tap on its page, until when another, and one tap brings it back.
func TestSoldOutInTwoTaps(t *testing.T) {
	k := open(t, options{})
	state := func() *shop.State { return k.store.Snapshot() }
	tap := func(want int, form url.Values) {
		t.Helper()
		if status, _, body := k.post("/kds/sold-out", form); status != want {
			t.Fatalf("%v: %d, want %d\n%.400s", form, status, want, body)
		}
	}
	closing := state().ClosesNext(try.Noon).UTC()
	for _, tt := range []struct {
		part, span, at string
		until          time.Time
	}{
		{"grape", "close", "", closing}, {"topping/pearl", "60", "", try.Noon.Add(time.Hour)}, {"ingredient/milk", "", "", time.Time{}},
		{"milk/oat", "close", "15：30", try.Noon.Add(3*time.Hour + 30*time.Minute)},
		{"matcha", "", "01:00", try.Noon.Add(13 * time.Hour)},
	} {
		part := shop.MenuPart(tt.part)
		tap(303, url.Values{"part": {tt.part}, "for": {tt.span}, "at": {tt.at}})
		if out, said := state().SoldOut[part]; !said || !out.Until.Equal(tt.until) || out.By == "" {
			t.Errorf("%s for %q at %q: %v %+v, want until %v", tt.part, tt.span, tt.at, said, out, tt.until)
		}
	}
	_, page := k.get("/kds/sold-out")
	for _, want := range []string{`name="again" value="ingredient/milk"`, "到 13:00 自动恢复", "到有人点恢复", "一起停售：", "✗ 缺牛奶"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	tap(303, url.Values{"again": {"ingredient/milk"}, "for": {"60"}})
	if !state().Available("jasmine-milk-tea") || len(state().SoldOut) != 4 {
		t.Errorf("one tap does not bring milk back: %v", state().SoldOut)
	}
	tap(404, url.Values{"part": {"gold"}})
	tap(422, url.Values{"for": {"60"}})
	tap(422, url.Values{"part": {"grape"}, "for": {"61"}})
	tap(422, url.Values{"part": {"grape"}, "at": {"noon"}})
	if status, body := k.call("/kds/sold-out", `{"part":"topping/taro","for":"30"}`); status != 200 {
		t.Errorf("as JSON: %d %s", status, body)
	}
}

// What is counted, came in or was thrown away is said in what people count it in, and a tap that is sent twice counts once.
func TestStockInTwoTaps(t *testing.T) {
	k := open(t, options{})
	post := func(path string, want int, form url.Values) {
		t.Helper()
		if status, _, body := k.post(path, form); status != want {
			t.Fatalf("%s %v: %d, want %d\n%.400s", path, form, status, want, body)
		}
	}
	left := func(want int) {
		t.Helper()
		if got := k.store.Snapshot().Stock["pearl"].Left; got != want {
			t.Errorf("%d left, want %d", got, want)
		}
	}
	post("/kds/stock/pearl/received", 409, url.Values{"units": {"1"}, "tap": {"a"}}) // nobody has counted
	post("/kds/stock/pearl", 303, url.Values{"units": {"1.5"}})
	left(4500)
	post("/kds/stock/pearl/received", 303, url.Values{"units": {"2"}, "tap": {"b"}})
	post("/kds/stock/pearl/received", 303, url.Values{"units": {"2"}, "tap": {"b"}})
	left(10500)
	post("/kds/stock/pearl/wasted", 303, url.Values{"units": {"０.5"}, "tap": {"c"}})
	left(9000)
	for _, wrong := range []string{"", "-1", "NaN", "1e9", "two"} {
		post("/kds/stock/pearl", 422, url.Values{"units": {wrong}})
	}
	post("/kds/stock/pearl/wasted", 422, url.Values{})
	left(9000)
	post("/kds/stock/pearl", 303, url.Values{"units": {"2.8"}})
	_, page := k.get("/kds/stock-day")
	for _, want := range []string{">-0.2<", ">3<", ">2.8<", "珍珠"} {
		if !strings.Contains(page, want) {
			t.Errorf("the day's differences do not say %q:\n%s", want, page)
		}
	}
	post("/kds/stock/pearl", 303, url.Values{"amount": {""}})
	if _, counted := k.store.Snapshot().Stock["pearl"]; counted {
		t.Error("it is still counted")
	}
}

// The board asks for pearls before they are out, is told by one tap that they are begun, and by another that they are there.
func TestTheBoardAsksForPearlsInTime(t *testing.T) {
	k := open(t, options{config: roomy})
	const begin, done = `formaction="/kds/cook/pearl/begin"`, `formaction="/kds/cook/pearl/done"`
	board := func(yes, no string) {
		t.Helper()
		_, page := k.get("/kds")
		if yes != "" && !strings.Contains(page, yes) || strings.Contains(page, no) {
			t.Errorf("want %q and not %q on the board", yes, no)
		}
	}
	k.do(shop.SetStock{Ingredient: "pearl", Amount: 3000})
	board("", begin)
	for n := range 6 {
		k.clock.Move(2 * time.Minute)
		k.order("meituan", string(rune('a'+n)), cup("pearl-milk-tea", 5))
	}
	_, page := k.get("/kds")
	for _, want := range []string{begin, "现在煮珍珠", "用完"} {
		if !strings.Contains(page, want) {
			t.Errorf("the board does not say %q", want)
		}
	}
	if status, _ := k.call("/kds/cook/pearl/begin", ""); status != 200 {
		t.Fatalf("begin: %d", status)
	}
	board(done, begin)
	k.clock.Move(40 * time.Minute)
	if status, _ := k.call("/kds/cook/pearl/done", ""); status != 200 {
		t.Fatalf("done: %d", status)
	}
	board("", done)
	if got := k.store.Snapshot().Stock["pearl"].Left; got != 6000 {
		t.Errorf("%d pearls, want the batch in the stock", got)
	}
	if status, _ := k.call("/kds/cook/milk/begin", ""); status != 409 {
		t.Errorf("milk is prepared: %d", status)
	}
	if status, _ := k.call("/kds/cook/pearl/burn", ""); status != 404 {
		t.Errorf("an unknown step: %d", status)
	}
}
