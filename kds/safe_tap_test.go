package kds

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"weir/shop"
)

// Nothing on a cup's page takes a cup off in one tap: those buttons are in a fold, and the call wants a reason. Where the
// order goes on, the page offers to take it back.
func TestACupIsVoidedWithAReasonAndBroughtBack(t *testing.T) {
	k := one(t)
	_, cupPage := k.get("/kds/cups/c1-1")
	one, fold, _ := strings.Cut(cupPage, `<details class="panel" id="take-off"`)
	if strings.Contains(one, "/void") || !strings.Contains(fold, "/kds/cups/c1-1/void") {
		t.Error("one tap voids the cup")
	}
	if status, _, _ := k.post("/kds/cups/c1-1/void", url.Values{"seen": {"waiting"}}, "Accept", "text/html"); status != 422 ||
		k.cupState("c1-1") != shop.Waiting {
		t.Errorf("without a reason: %d, the cup is %v", status, k.cupState("c1-1"))
	}
	_, location, _ := k.post("/kds/cups/c1-1/void", url.Values{"seen": {"waiting"}, "other": {"no pearls"}, "back": {"/kds/cups/c1-1"}})
	if _, voided := k.get(location); k.cupState("c1-1") != shop.Voided || !strings.Contains(voided, "/kds/cups/c1-1/back") {
		t.Error("the page offers no undo")
	}
	k.post("/kds/cups/c1-1/back", url.Values{})
	if k.cupState("c1-1") != shop.Waiting {
		t.Errorf("brought back, the cup is %v", k.cupState("c1-1"))
	}
}

// With its last cup an order ends: the page says so before, and the channel is told the person's own reason.
func TestTheLastCupEndsItsOrderForTheReasonGiven(t *testing.T) {
	k := open(t, options{})
	o := k.order("meituan", "37", cup("matcha", 1))
	if _, page := k.get("/kds/cups/c1-1"); !strings.Contains(page, "整单退掉") {
		t.Error("the page does not say that the whole order goes")
	}
	k.post("/kds/cups/c1-1/void", url.Values{"reason": {"no matcha"}})
	ended, err := k.store.Order(t.Context(), o.ID)
	if err != nil || ended.State() != shop.OrderReleased || ended.Reason != "no matcha" {
		t.Errorf("%v, %q, %v", ended.State(), ended.Reason, err)
	}
	if status, _ := k.call("/kds/cups/c1-1/back", `{}`); status != 409 {
		t.Errorf("an order that has ended: %d, want 409", status)
	}
}

// Many orders end only after a question that says how many they are and what customers are told. Its answer is the form
// that is in it.
func TestManyOrdersEndAfterAQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		path, ask, told string
		want            shop.CupState
	}{
		"release":   {"/kds/release", "退 2 单？", "原因“没抹茶”", shop.Voided},
		"unclaimed": {"/handoff/unclaimed", "2 袋没人取，全部作废？", "做好没人取", shop.Discarded},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t, options{})
			before := shop.Waiting
			for _, ref := range []string{"a", "b", "c"} {
				k.order("meituan", ref, cup("matcha", 1))
			}
			if c.want == shop.Discarded {
				k.do(tapTo("c1-1", shop.Made), tapTo("c2-1", shop.Made), tapTo("c3-1", shop.Made))
				before = shop.Made
			}
			status, _, page := k.post(c.path, url.Values{"orders": {"o1", "o2"}, "reason": {"没抹茶"}})
			if status != 200 || !strings.Contains(page, c.ask) || !strings.Contains(page, c.told) {
				t.Fatalf("%d, the page does not ask %q and say %q", status, c.ask, c.told)
			}
			if k.cupState("c1-1") != before || k.cupState("c2-1") != before {
				t.Fatal("orders ended before the answer")
			}
			form := url.Values{}
			for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
				form.Set(field[1], field[2])
			}
			form.Set("sure", "true") // the button
			if status, _, _ := k.post(c.path, form); status != 303 {
				t.Errorf("the answer: %d", status)
			}
			if k.cupState("c1-1") != c.want || k.cupState("c2-1") != c.want || k.cupState("c3-1") != before {
				t.Errorf("cups %v %v %v", k.cupState("c1-1"), k.cupState("c2-1"), k.cupState("c3-1"))
			}
		})
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
