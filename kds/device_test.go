package kds

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"weir/shop"
)

// scanAt sends a reader's scan and reads the answer.
func (k *kitchen) scanAt(body string) (status int, got readLabel, text string) {
	k.t.Helper()
	status, text = k.call("/v1/device/scans", body)
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			k.t.Fatal(err)
		}
	}
	return status, got, text
}

// A reader at each station moves the cup on, and is told how it is made there.
func TestAReaderMovesACupOnAndIsToldItsRecipe(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", shop.Line{Item: "pearl-milk-tea", Qty: 1,
		Options: shop.Options{Ice: "less", Toppings: []string{"pearl", "taro"}}})
	for _, step := range []struct {
		body  string
		state shop.CupState
		next  string
		hand  bool
		moved bool
	}{
		{`{"code": "c1-1", "step": "start", "station": "tea"}`, shop.Making, "tea", true, true},
		{`{"code": "C1-1", "step": "start", "station": "tea"}`, shop.Making, "tea", true, false},
		{`{"code": "ｃ１－１", "station": "tea"}`, shop.Making, "shake", false, true},
		{`{"code": "c1-1", "step": "done", "station": "tea"}`, shop.Making, "shake", false, false},
		{`{"code": " c1-1\r\n", "station": "shake", "later": true}`, shop.Making, "seal", false, true},
		{`{"code": "c1-1", "station": "seal"}`, shop.Made, "", false, true},
		{`{"code": "c1-1", "station": "seal"}`, shop.Made, "", false, false},
		{`{"code": "c1-1", "station": "tea"}`, shop.Made, "", false, false},
		{`{"code": "c1-1"}`, shop.Made, "", false, false},
	} {
		status, got, text := k.scanAt(step.body)
		if status != http.StatusOK || got.Cup.State != step.state.String() || got.Cup.Next != step.next || got.Cup.InHand != step.hand ||
			got.Moved != step.moved || got.Replayed == step.moved {
			t.Fatalf("%s: %d %s", step.body, status, text)
		}
	}
	_, got, text := k.scanAt(`{"code": "c1-1"}`)
	r := got.Recipe
	if r.Item != "pearl-milk-tea" || r.Ice != "less" || r.Size != "m" || strings.Join(r.Toppings, " ") != "pearl taro" ||
		len(r.Stations) != 3 {
		t.Fatal(text)
	}
	var uses []string
	for _, st := range r.Stations {
		for _, u := range st.Uses {
			uses = append(uses, fmt.Sprintf("%s %s %d", st.Station, u.Ingredient, u.Amount))
		}
	}
	if got, want := strings.Join(uses, ", "), "tea assam 200, shake milk 150, shake pearl 110, shake taro 60"; got != want {
		t.Errorf("the recipe is %q, want %q", got, want)
	}
}

// What a reader must not do, and what it is told.
func TestWhatAReaderMayNotSend(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 1), cup("americano", 1))
	for _, tt := range []struct {
		body   string
		status int
		about  string
	}{
		{``, 400, "malformed"},
		{`{"code": "c1-1"} x`, 400, "malformed"},
		{`[`, 400, "malformed"},
		{`{"code": 7}`, 422, "invalid"},
		{`{"code": "c1-1", "step": "undo"}`, 422, "/step"},
		{`{"code": "c1-1", "station": "bar"}`, 404, "not-found"},
		{`{"code": "c1-9"}`, 404, "not-found"},
		{`{"code": "014"}`, 404, "/code"},
		{`{"code": "<script>"}`, 404, "/code"},
		{`{"code": "` + strings.Repeat("9", 70_000) + `"}`, 413, "too-large"},
		{`{"code": "c1-2", "station": "tea"}`, 409, "invalid-transition"}, // tea has no part in coffee
	} {
		if status, _, text := k.scanAt(tt.body); status != tt.status || !strings.Contains(text, tt.about) {
			t.Errorf("%.60s: %d %.200s, want %d about %s", tt.body, status, text, tt.status, tt.about)
		}
	}
	if got := k.cupState("c1-2"); got != shop.Waiting {
		t.Errorf("after refused scans a cup is %v", got)
	}
	if status, _, text := k.scanAt(`{"code": "c1-1"}`); status != 200 {
		t.Fatal(text)
	}
	if status, _, text := k.scanAt(`{"code": "c1-1", "step": "start"}`); status != 409 || k.cupState("c1-1") != shop.Made {
		t.Errorf("a start of a made cup: %d %s, the cup is %v", status, text, k.cupState("c1-1"))
	}
}

// A reader that is stuck is told to slow down, and changes nothing.
func TestAReaderThatFloodsIsSlowed(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 1))
	slowed := 0
	for range scansAtOnce * 3 {
		switch status, _, text := k.scanAt(`{"code": "c1-1", "station": "tea"}`); status {
		case http.StatusOK:
		case http.StatusTooManyRequests:
			slowed++
		default:
			t.Fatal(status, text)
		}
	}
	o := k.do(shop.Tap{Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Making, Station: "shake"})
	if slowed == 0 || len(o.Cups[0].Parts) != 1 {
		t.Errorf("%d of %d scans slowed down; the cup has %d parts done, want one", slowed, scansAtOnce*3, len(o.Cups[0].Parts))
	}
}
