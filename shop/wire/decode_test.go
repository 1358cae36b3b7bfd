package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

const fullOrder = `{
	"ref": "MT-20260206-0001", "display_number": "#37 ", "lease": {"epoch": 3, "spent_work": 1200},
	"placed_at": "2026-02-06T12:00:00+08:00", "confirm_by": "2026-02-06T04:05:00Z", "slot_start": "2026-02-06T14:00:00+08:00",
	"items": [
		{"item": "jasmine-milk-tea", "name": "茉莉奶绿", "qty": 2, "note": "少\u202e放\u0007糖\n谢谢 👩‍🍳",
		 "options": {"size": "l", "ice": "less", "sugar": "half", "milk": "oat", "toppings": ["taro", "pearl"], "straw": 7}},
		{"item": "green-tea", "qty": 1, "REF": "other"}
	],
	"totals": {"total_fen": 3500, "paid_fen": 0, "subsidy_fen": 3500},
	"fulfilment": "delivery", "place": "柜 3", "customer": {"name": "李 女士", "phone_tail": "138-0000-1234"}, "Ref": "ignored"
}`

func TestDecodeOrder(t *testing.T) {
	got, err := DecodeOrder([]byte(fullOrder))
	if err != nil {
		t.Fatal(err)
	}
	want := shop.Draft{
		Ref: "MT-20260206-0001", DisplayNumber: "#37", Lease: &capacity.Stamp{Epoch: 3, Spent: 1200},
		PlacedAt:  time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC),
		ConfirmBy: time.Date(2026, 2, 6, 4, 5, 0, 0, time.UTC),
		SlotStart: time.Date(2026, 2, 6, 6, 0, 0, 0, time.UTC),
		Lines: []shop.Line{
			{Item: "jasmine-milk-tea", Name: "茉莉奶绿", Qty: 2, Options: shop.Options{
				Size: "l", Ice: "less", Sugar: "half", Milk: "oat", Toppings: []string{"pearl", "taro"}}},
			{Item: "green-tea", Qty: 1},
		},
		Totals:     &shop.Totals{TotalFen: 3500, PaidFen: 0, SubsidyFen: 3500},
		Fulfilment: shop.Delivery, BringTo: "柜 3",
		Customer: shop.Customer{Name: "李 女士", PhoneTail: "1234", Notes: []string{"少放糖 谢谢 👩‍🍳", ""}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDecodeOrderFaults is the order half of the contract's table of bad input.
func TestDecodeOrderFaults(t *testing.T) {
	order := func(change string) string { return `{"ref": "r", "items": [{"item": "a", "qty": 1}]` + change + `}` }
	item := func(change string) string { return `{"ref": "r", "items": [{"item": "a"` + change + `}]}` }
	money := func(total string) string {
		return order(`, "totals": {"total_fen": ` + total + `, "paid_fen": 0, "subsidy_fen": 0}`)
	}
	nested := func(depth int) string {
		return order(`, "x": ` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1))
	}
	for name, c := range map[string]struct{ body, problem, pointers string }{
		"empty body":           {``, ProblemMalformed, ""},
		"not JSON":             {`ref=1`, ProblemMalformed, ""},
		"trailing data":        {order("") + `{}`, ProblemMalformed, ""},
		"trailing comma":       {`{"ref": "r",}`, ProblemMalformed, ""},
		"cut off":              {`{"ref": "r"`, ProblemMalformed, ""},
		"bad UTF-8":            {order(`, "place": "` + "\xff" + `"`), ProblemMalformed, ""},
		"duplicate field":      {order(`, "ref": "s"`), ProblemMalformed, ""},
		"duplicate by escape":  {order(`, "\u0072ef": "s"`), ProblemMalformed, ""},
		"duplicate in an item": {item(`, "qty": 1, "qty": 1`), ProblemMalformed, ""},
		"duplicate of unknown": {order(`, "x": 1, "x": 1`), ProblemMalformed, ""},
		"too deep":             {nested(33), ProblemMalformed, ""},
		"far too deep":         {strings.Repeat("[", BodyMax), ProblemMalformed, ""},
		"too large":            {order(strings.Repeat(" ", BodyMax)), ProblemTooLarge, ""},
		"not an object":        {`[]`, shop.ProblemInvalidOrder, " /ref /items"},
		"null":                 {`null`, shop.ProblemInvalidOrder, " /ref /items"},
		"no ref":               {`{"items": [{"item": "a", "qty": 1}]}`, shop.ProblemInvalidOrder, "/ref"},
		"empty ref":            {`{"ref": "", "items": [{"item": "a", "qty": 1}]}`, shop.ProblemInvalidOrder, "/ref"},
		"ref in capitals":      {`{"REF": "r", "items": [{"item": "a", "qty": 1}]}`, shop.ProblemInvalidOrder, "/ref"},
		"ref too long": {`{"ref": "` + strings.Repeat("r", 129) + `", "items": [{"item": "a", "qty": 1}]}`,
			shop.ProblemInvalidOrder, "/ref"},
		"ref with a control":      {`{"ref": "a\u0000b", "items": [{"item": "a", "qty": 1}]}`, shop.ProblemInvalidOrder, "/ref"},
		"ref with half a rune":    {`{"ref": "a\ud800", "items": [{"item": "a", "qty": 1}]}`, shop.ProblemInvalidOrder, "/ref"},
		"ref a number":            {`{"ref": 7, "items": [{"item": "a", "qty": 1}]}`, shop.ProblemInvalidOrder, "/ref"},
		"no items":                {`{"ref": "r"}`, shop.ProblemInvalidOrder, "/items"},
		"downgraded to nothing":   {`{"ref": "r", "downgraded": true, "items": []}`, shop.ProblemInvalidOrder, "/items"},
		"downgraded, no total":    {`{"ref": "r", "downgraded": true, "totals": {"total_fen": -5}}`, shop.ProblemInvalidOrder, "/items"},
		"cups without downgraded": {`{"ref": "r", "items": [], "cups": 2}`, shop.ProblemInvalidOrder, "/items"},
		"downgraded to 0 cups":    {`{"ref": "r", "downgraded": true, "cups": 0}`, shop.ProblemInvalidOrder, "/cups"},
		"downgraded to 501 cups":  {`{"ref": "r", "downgraded": true, "cups": 501}`, shop.ProblemInvalidOrder, "/cups"},
		"items empty":             {`{"ref": "r", "items": []}`, shop.ProblemInvalidOrder, "/items"},
		"items an object":         {`{"ref": "r", "items": {}}`, shop.ProblemInvalidOrder, "/items"},
		"an item a string":        {`{"ref": "r", "items": ["a"]}`, shop.ProblemInvalidOrder, "/items/0"},
		"item missing":            {`{"ref": "r", "items": [{"qty": 1}]}`, shop.ProblemInvalidOrder, "/items/0/item"},
		"qty missing":             {item(``), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty null":                {item(`, "qty": null`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty 0":                   {item(`, "qty": 0`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty -1":                  {item(`, "qty": -1`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty 1.5":                 {item(`, "qty": 1.5`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty 1e9":                 {item(`, "qty": 1e9`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty 1e999":               {item(`, "qty": 1e999`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty a billion":           {item(`, "qty": 1000000000`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty beyond 64 bits":      {item(`, "qty": 99999999999999999999`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"qty a string":            {item(`, "qty": "1"`), shop.ProblemInvalidOrder, "/items/0/qty"},
		"many cups in all": {`{"ref": "r", "items": [` + strings.Repeat(`{"item": "a", "qty": 200},`, 2) +
			`{"item": "a", "qty": 101}]}`, shop.ProblemInvalidOrder, "/items"},
		"many lines": {`{"ref": "r", "items": [` + strings.Repeat(`{"item": "a", "qty": 1},`, 100) + `{"item": "a", "qty": 1}]}`,
			shop.ProblemInvalidOrder, "/items"},
		"money negative":         {money("-1"), shop.ProblemInvalidOrder, "/totals/total_fen"},
		"money fractional":       {money("15.5"), shop.ProblemInvalidOrder, "/totals/total_fen"},
		"money overflowing":      {money("9223372036854775808"), shop.ProblemInvalidOrder, "/totals/total_fen"},
		"money out of range":     {money("1000000001"), shop.ProblemInvalidOrder, "/totals/total_fen"},
		"money missing":          {order(`, "totals": {"total_fen": 1}`), shop.ProblemInvalidOrder, "/totals/paid_fen /totals/subsidy_fen"},
		"fulfilment unknown":     {order(`, "fulfilment": "drone"`), shop.ProblemInvalidOrder, "/fulfilment"},
		"time without a zone":    {order(`, "confirm_by": "2026-02-06T12:00:00"`), shop.ProblemInvalidOrder, "/confirm_by"},
		"time in the year 1970":  {order(`, "placed_at": "1970-01-01T00:00:00Z"`), shop.ProblemInvalidOrder, "/placed_at"},
		"lease without a number": {order(`, "lease": {"epoch": 1}`), shop.ProblemInvalidOrder, "/lease/spent_work"},
		"toppings not strings":   {item(`, "qty": 1, "options": {"toppings": [1]}`), shop.ProblemInvalidOrder, "/items/0/options/toppings/0"},
		"everything at once": {`{"items": [{"qty": 0}, {"item": "a", "qty": 1.5}], "downgraded": 1}`, shop.ProblemInvalidOrder,
			"/ref /downgraded /items/0/item /items/0/qty /items/1/qty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeOrder([]byte(c.body))
			e := (*shop.Error)(nil)
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a refusal", err)
			}
			var pointers []string
			for _, f := range e.Fields {
				pointers = append(pointers, f.Pointer)
			}
			if got := strings.Join(pointers, " "); e.Type != c.problem || got != c.pointers {
				t.Errorf("got %s at %q, want %s at %q", e.Type, got, c.problem, c.pointers)
			}
		})
	}
	for name, body := range map[string]string{
		"as little as an order can be": order(""),
		"as deep as allowed":           nested(32),
		"as large as allowed":          order("") + strings.Repeat(" ", BodyMax-len(order(""))),
		"unknown extra fields":         order(`, "x": {"y": [1.5, 1e400, null]}`),
		"nulls":                        order(`, "totals": null, "customer": null, "lease": null, "place": null, "confirm_by": null`),
		"a note of 10,000 characters":  item(`, "qty": 1, "note": "` + strings.Repeat("茶", 10_000) + `"`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := DecodeOrder([]byte(body)); err != nil {
				t.Errorf("got %v, want it accepted", err)
			}
		})
	}
}

func TestAnOrderWithoutItems(t *testing.T) {
	for body, want := range map[string]shop.Draft{
		`{"ref": "r", "downgraded": true, "items": [], "cups": 3}`:        {Ref: "r", Cups: 3},
		`{"ref": "r", "downgraded": true, "totals": {"total_fen": 3000}}`: {Ref: "r", TotalFen: 3000},
		`{"ref": "r", "downgraded": true, "items": null, "cups": 2, "totals": {"total_fen": 3000, "paid_fen": 0, "subsidy_fen": 3000}}`: {
			Ref: "r", Cups: 2, Totals: &shop.Totals{TotalFen: 3000, SubsidyFen: 3000}},
		`{"ref": "r", "downgraded": true, "items": [{"item": "a", "qty": 1}], "cups": 9}`: {
			Ref: "r", Lines: []shop.Line{{Item: "a", Qty: 1}}},
	} {
		if got, err := DecodeOrder([]byte(body)); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestTotalsNotYetKnown(t *testing.T) {
	for totals, known := range map[string]bool{
		`null`: false,
		`{"total_fen": null, "paid_fen": null, "subsidy_fen": null}`: false,
		`{"total_fen": 0, "paid_fen": 0, "subsidy_fen": 0}`:          false,
		`{"total_fen": 900, "paid_fen": 0, "subsidy_fen": 900}`:      true,
	} {
		d, err := DecodeOrder([]byte(`{"ref": "r", "items": [{"item": "a", "qty": 1}], "downgraded": true, "totals": ` + totals + `}`))
		if err != nil || (d.Totals != nil) != known {
			t.Errorf("totals %s: got %v, %v; want known %v", totals, d.Totals, err, known)
		}
	}
	d, err := DecodeOrder([]byte(`{"ref": "r", "items": [{"item": "a", "qty": 1}], "totals": {"total_fen": 0, "paid_fen": 0, ` +
		`"subsidy_fen": 0}}`))
	if err != nil || d.Totals == nil {
		t.Errorf("zeros that are not downgraded: got %v, %v; want them believed", d.Totals, err)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  去冰\t谢谢\r\n ":               "去冰 谢谢",
		"a\x00\x1b[2J\x7fb\u0085":     "a[2Jb",
		"\u202egnp.exe\u202c\u2066x":  "gnp.exex",
		"<script>alert(1)</script>":   "<script>alert(1)</script>",
		"👩‍👩‍👧 عربي \ufeffok":         "👩‍👩‍👧 عربي ok",
		"\u200e\u200f\u061c\u2028end": "end",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDecodeProgress(t *testing.T) {
	for body, want := range map[string]shop.Step{
		`{"arrived": true}`:                                 shop.Arrived,
		`{"courier_arrived": "2026-02-06T12:00:00Z"}`:       shop.CourierArrived,
		`{"step": "picked_up", "ref": "r", "id": "o12"}`:    shop.PickedUp,
		`{"step": "arrived", "arrived": true}`:              shop.Arrived,
		`{}`:                                                "",
		`{"arrived": false}`:                                "",
		`{"arrived": true, "picked_up": true}`:              "",
		`{"step": "picked_up", "arrived": true}`:            "",
		`{"step": "left"}`:                                  "",
		`{"arrived": 1}`:                                    "",
		`{"arrived": true, "id": "12"}`:                     "",
		`{"arrived": "noon"}`:                               "",
		`{"arrived": true, "courier_arrived": "yesterday"}`: "",
	} {
		p, err := DecodeProgress([]byte(body))
		if p.Step != want && err == nil || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v; want %q", body, p.Step, err, want)
		}
	}
}

func TestCursor(t *testing.T) {
	state := &shop.State{Counters: shop.Counters{Epoch: 3, Feeds: map[string]uint64{"shangou": 7}}}
	for text, want := range map[string]string{
		"3.0": "", "3.7": "", "3.8": shop.ProblemCursorInvalid, "4.1": shop.ProblemCursorInvalid, "2.1": shop.ProblemCursorExpired,
		"": shop.ProblemCursorInvalid, "3": shop.ProblemCursorInvalid, "3.-1": shop.ProblemCursorInvalid, "03.1": shop.ProblemCursorInvalid,
		"3.1x": shop.ProblemCursorInvalid, "3.99999999999999999999": shop.ProblemCursorInvalid,
	} {
		c, err := ParseCursor(text)
		if err == nil {
			err = c.Check(state, "shangou")
		}
		got, e := "", (*shop.Error)(nil)
		if errors.As(err, &e) {
			got = e.Type
		}
		if got != want {
			t.Errorf("cursor %q: got %q, want %q", text, got, want)
		}
	}
}
