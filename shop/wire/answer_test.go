package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/shopfile"
	"weir/shop/try"
	"weir/shop/words"
)

// TestProblemsAreComplete reads package shop's list, so that a type added there cannot be forgotten here.
func TestProblemsAreComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../shop/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Problem") && len(v.Values) == 1 {
			name, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if _, known := Lookup(name); err != nil || !known {
				t.Errorf("problem type %s of package shop is not in the table", name)
			}
			found++
		}
		return true
	})
	if found < 10 {
		t.Errorf("found %d problem types in shop/error.go; has it moved?", found)
	}
	seen := map[string]bool{}
	for _, e := range Problems {
		if seen[e.Name] || e.Status < 400 || e.Title(words.ZH) == e.Title(words.EN) || e.Text(words.ZH) == e.Text(words.EN) {
			t.Errorf("entry %q is there twice or incomplete", e.Name)
		}
		seen[e.Name] = true
	}
}

func TestNewProblem(t *testing.T) {
	menu := &shop.Menu{Items: []shop.Item{{ID: "a", Name: shop.Name{ZH: "茶"}, Cups: 1}}}
	menu.Index()
	slot := time.Date(2026, 2, 6, 6, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"our own fault says nothing": {errors.New("secret"), `{"type":"/problems/internal","title":"Internal error","status":500}`},
		"outcome unknown": {
			fmt.Errorf("place: %w", &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true, Detail: "ask again"}),
			`{"type":"/problems/storage-unavailable","title":"Storage unavailable","status":503,"detail":"ask again","outcome":"unknown",` +
				`"retry_after_s":2}`},
		"refused": {
			&shop.Error{Kind: shop.Unavailable, Type: shop.ProblemReducedCapacity, Refusal: &shop.Refusal{
				Reason: capacity.NoRoom, EarliestAt: slot, RetryAfter: 90500 * time.Millisecond, Slots: []capacity.Slot{{Start: slot, Work: 800}},
				Sisters: []shop.Sister{{ID: "west", Name: shop.Name{ZH: "西"}, DistanceM: 900}},
				Why:     capacity.Why{Rule: capacity.RuleBudget, Asked: 100, Rate: 225, Longest: 30 * time.Minute}}},
			`{"type":"/problems/temporary-reduced-capacity","title":"Temporarily reduced capacity","status":503,"not_made":true,"reason":"room",` +
				`"earliest_ready_at":"2026-02-06T06:00:00Z","alternatives":[{"type":"slot","start":"2026-02-06T06:00:00Z",` +
				`"end":"2026-02-06T06:15:00Z","work":800},` +
				`{"type":"store","id":"west","name":{"zh":"西","en":""},"distance_m":900}],"why":{"rule":"budget","asked_work":100,"room_work":0,` +
				`"slack_work":0,` +
				`"budget_work":0,"backlog_work":0,"credit_work":0,"rate_cpm":2.25,"longest_s":1800},"retry_after_s":91}`},
		"too late": {
			&shop.Error{Kind: shop.Conflict, Type: shop.ProblemCancelTooLate, Cups: []shop.CupID{{Order: 7, N: 1}},
				Order: &shop.Order{ID: 7, Ref: "r", Number: 3, Lines: []shop.Line{{Item: "a"}}, Totals: &shop.Totals{},
					Cups: []shop.Cup{{N: 1, Work: 100, State: shop.Made}}}},
			`{"type":"/problems/cancel-too-late","title":"Cancelled too late","status":409,"order":{"id":"o7","ref":"r","state":"ready",` +
				`"pickup_number":"003",` +
				`"accepted_at":"0001-01-01T00:00:00Z","position_cups":0,"work":100,"cups":[{"id":"c7-1","label":"1/1 茶","state":"made"}]},` +
				`"cups":[{"id":"c7-1","label":"1/1 茶","state":"made"}],"cups_made":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(NewProblem(c.err, menu))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReporter: the same content is the same report until it is old, and numbers only grow, whatever
// the clock does.
func TestReporter(t *testing.T) {
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	state := shop.New(config, try.Noon)
	trouble := capacity.Reason("")
	r := NewReporter(func() capacity.Reason { return trouble })
	first := r.Report(&state, try.Noon)
	if first.Level != capacity.LevelOpen || len(first.Slots) == 0 || !first.ExpiresAt.After(try.Noon.Add(ReportEvery)) {
		t.Errorf("odd report of an empty open shop: %+v", first)
	}
	if again := r.Report(&state, try.Noon.Add(2*time.Second)); !cmp.Equal(first, again) {
		t.Errorf("nothing changed, yet: %s", cmp.Diff(first, again))
	}
	sold := shop.Apply(state, shop.Event{Seq: 1, At: try.Noon, Fact: shop.ItemSet{Item: "green-tea"}})
	changed := r.Report(&sold, try.Noon.Add(3*time.Second))
	if changed.Seq <= first.Seq || !cmp.Equal(changed.SoldOut, []string{"green-tea"}) {
		t.Errorf("sold out is not in the report: %+v", changed)
	}
	beat := r.Report(&sold, try.Noon.Add(3*time.Second+ReportEvery))
	if beat.Seq <= changed.Seq || beat.Since != changed.Since {
		t.Errorf("after %v: report %d since %d, want a newer one that says the same as %d", ReportEvery, beat.Seq, beat.Since, changed.Seq)
	}
	back := r.Report(&sold, try.Noon.Add(-24*time.Hour))
	if back.Seq <= beat.Seq {
		t.Errorf("clock went back: seq %d after %d", back.Seq, beat.Seq)
	}
	r.Raise(beat.Seq + 1_000_000)
	if raised := r.Report(&sold, try.Noon.Add(time.Minute)); raised.Seq <= beat.Seq+1_000_000 {
		t.Errorf("seq %d is not above what was raised", raised.Seq)
	}
	trouble = ReasonStorage
	if bad := r.Report(&sold, try.Noon.Add(time.Minute)); bad.Level != capacity.LevelPaused || bad.Reason != ReasonStorage {
		t.Errorf("storage trouble: got level %d, %s", bad.Level, bad.Reason)
	}
	trouble = ""
	if good := r.Report(&sold, try.Noon.Add(time.Minute)); good.Level != capacity.LevelOpen {
		t.Errorf("trouble over: got level %d, %s", good.Level, good.Reason)
	}
}
