package shop_test

import (
	"errors"
	"testing"
	"time"

	"weir/shop"
)

// drinkAndBag is an order of a drink and a bag: one cup is made.
func drinkAndBag(ref string) shop.Place {
	return shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: ref,
		Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}, {Item: "bag", Qty: 1}}}}
}

func TestWhatIsRefusedIsCountedInCupsThatWouldBeMade(t *testing.T) {
	menu := demo(t).Menu
	full := &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemReducedCapacity, Refusal: &shop.Refusal{Reason: "room"}}
	unknown := drinkAndBag("u")
	unknown.Draft.Lines = append(unknown.Draft.Lines, shop.Line{Item: "no such thing", Name: "x", Qty: 3})
	for _, tt := range []struct {
		name    string
		command shop.Command
		err     error
		reason  string // "" is: not refused
		cups    int
	}{
		{"no order", shop.Tick{}, full, "", 0},
		{"accepted", drinkAndBag("a"), nil, "", 0},
		{"a fault of ours", drinkAndBag("a"), errors.New("disk"), "", 0},
		{"nobody knows", drinkAndBag("a"), &shop.Error{Type: shop.ProblemStorage, Unknown: true}, "", 0},
		{"a mistake of the channel's", drinkAndBag("a"), &shop.Error{Type: shop.ProblemUnknownItem}, "", 0},
		{"no room", drinkAndBag("a"), full, "room", 1},
		{"sold out", drinkAndBag("a"), &shop.Error{Type: shop.ProblemSoldOut}, shop.RefusedSoldOut, 1},
		{"the disk is full", drinkAndBag("a"), &shop.Error{Type: shop.ProblemStorage}, shop.RefusedStorage, 1},
		{"what the menu does not know is a cup", unknown, full, "room", 4},
	} {
		r, ok := shop.RefusedOf(menu, tt.command, tt.err, noon)
		if ok != (tt.reason != "") || r.Reason != tt.reason || r.Cups != tt.cups {
			t.Errorf("%s: %+v, %v; want %q and %d cups", tt.name, r, ok, tt.reason, tt.cups)
		}
	}
}

func TestRefusalsRememberTheLast(t *testing.T) {
	var r shop.Refusals
	r.Note(shop.Refused{Type: shop.ProblemSoldOut}) // nothing to explain
	const many = 60
	for i := range many {
		r.Note(shop.Refused{At: time.Unix(int64(i), 0), Cups: 5, Channel: "meituan", Refusal: &shop.Refusal{}})
	}
	list := r.List()
	if len(list) != 50 || list[0].At.Unix() != many-1 || list[0].Cups != 5 || list[0].Channel != "meituan" {
		t.Errorf("%d refusals, the newest %+v", len(list), list[0])
	}
}
