package api

import (
	"net/http"
	"slices"
	"testing"

	"weir/shop"
	"weir/shop/wire"
)

// TestAChannelSaysWhatIsSoldOut: for itself, an item, an option or an ingredient; and with the owner's grant for the shop.
func TestAChannelSaysWhatIsSoldOut(t *testing.T) {
	d := open(t)
	post := func(body string) reply { return d.call("POST", "/v1/availability", body) }
	r := post(`{"ingredient":"pearl","available":false,"until":"2026-02-06T14:00:00+08:00"}`)
	a := read[wire.Availability](t, r)
	if r.status != http.StatusOK || a.Available || !a.Marked || a.Scope != shop.ScopeChannel || a.Until.IsZero() ||
		!slices.Contains(a.SoldOut, "pearl-milk-tea") || !slices.Equal(a.NoOption, []string{"topping/pearl"}) {
		t.Errorf("%d %+v", r.status, a)
	}
	order := `{"ref":"%","items":[{"item":"green-tea","qty":2,"options":{"toppings":["pearl"]}}]}`
	r = d.call("POST", "/v1/orders", order)
	p := read[wire.Problem](t, r)
	if r.status != http.StatusConflict || p.Name() != "sold-out" || p.SoldOut != "topping/pearl" || p.WantOf != "pearl" || !p.NotMade ||
		p.Refusal == nil || p.Reason != "sold-out" || p.EarliestAt == nil || len(p.Alternatives) < 2 || p.Alternatives[0].Type != "without" ||
		p.Alternatives[0].Option != "topping/pearl" || *p.Alternatives[0].Line != 0 || p.Why != nil {
		t.Errorf("an order with pearls: %d %+v", r.status, p)
	}
	if r := d.call("POST", "/v1/orders", order, "Authorization: Bearer "+d.key["meituan"]); r.status != http.StatusCreated {
		t.Errorf("another channel's: %d", r.status)
	}
	menu := read[wire.Menu](t, d.call("GET", "/v1/menu", ""))
	if slices.ContainsFunc(menu.Options["toppings"], func(o wire.Option) bool { return o.ID == "pearl" && o.Available }) {
		t.Error("the channel's menu has pearls")
	}
	for body, want := range map[string]int{
		`{"item":"grape","available":false,"scope":"shop"}`: http.StatusForbidden,
		`{"item":"grape"}`:              http.StatusUnprocessableEntity,
		`{"available":false}`:           http.StatusUnprocessableEntity,
		`{"item":"","available":false}`: http.StatusUnprocessableEntity,
		`{"item":"grape","option":"topping/pearl","available":false}`:       http.StatusUnprocessableEntity,
		`{"item":"grape","available":"no"}`:                                 http.StatusUnprocessableEntity,
		`{"item":"grape","available":false,"until":"tomorrow"}`:             http.StatusUnprocessableEntity,
		`{"item":"grape","available":false,"until":"2020-01-01T00:00:00Z"}`: http.StatusUnprocessableEntity,
		`{"item":"grape","available":false,"until":"2031-01-01T00:00:00Z"}`: http.StatusUnprocessableEntity,
		`{"item":"grape","available":true,"until":"closing"}`:               http.StatusUnprocessableEntity,
		`{"item":"grape","available":false,"scope":"world"}`:                http.StatusUnprocessableEntity,
		`{"item":7,"available":false}`:                                      http.StatusUnprocessableEntity,
		`{"item":"beer","available":false}`:                                 http.StatusNotFound,
		`{"option":"pearl","available":false}`:                              http.StatusNotFound,
		`{"ingredient":"gold","available":false}`:                           http.StatusNotFound,
		`{`: http.StatusBadRequest,
		`{"item":"grape","available":false,"until":"closing"}`: http.StatusOK,
		`{"option":"topping/pearl","available":false}`:         http.StatusOK,
		`{"ingredient":"pearl","available":true}`:              http.StatusOK,
	} {
		if r := post(body); r.status != want {
			t.Errorf("%s: %d %s, want %d", body, r.status, r.body, want)
		}
	}
	if r := d.call("POST", "/v1/availability", `{"item":"grape","available":false}`, "Authorization:"); r.status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", r.status)
	}
}

// TestTheReportSaysHowManyAreLeft: a counted ingredient shows in menu and report when few cups are left, and closes what
// is made of it before the order that cannot be made.
func TestTheReportSaysHowManyAreLeft(t *testing.T) {
	d := open(t)
	d.do(shop.SetStock{By: "t", Ingredient: "matcha", Amount: 20})
	report := read[wire.Capacity](t, d.call("GET", "/v1/capacity", ""))
	if report.Left["matcha"] != 3 || len(report.SoldOut) != 0 {
		t.Errorf("left %v, sold out %v; want 3 cups of 6 g", report.Left, report.SoldOut)
	}
	order := func(ref string, qty string, more string) reply {
		return d.call("POST", "/v1/orders", `{"ref":"`+ref+`","items":[{"item":"matcha","qty":`+qty+more+`}]}`)
	}
	r := order("a", "4", "")
	p := read[wire.Problem](t, r)
	if r.status != 409 || len(p.Alternatives) == 0 || p.Alternatives[0].Type != "fewer" || p.Alternatives[0].Qty != 3 {
		t.Errorf("four of three: %d %s", r.status, r.body)
	}
	if r := order("a", "3", ""); r.status != 201 {
		t.Errorf("three of three: %d %s", r.status, r.body)
	}
	if report := read[wire.Capacity](t, d.call("GET", "/v1/capacity", "")); !slices.Equal(report.SoldOut, []string{"matcha"}) {
		t.Errorf("sold out %v, left %v", report.SoldOut, report.Left)
	}
	r = order("b", "1", `,"instead":{"item":["beer","grape"]}`)
	swapped := []wire.Substitution{{Line: 0, From: "matcha", To: "grape"}}
	if o := read[wire.Order](t, r); r.status != 201 || !slices.Equal(o.Substituted, swapped) {
		t.Errorf("with something instead: %d %s", r.status, r.body)
	}
	for _, instead := range []string{
		`7`, `{"topping/pearl":7}`, `{"item":null}`, `{"topping/pearl":["a","b","c","d","e","f","g","h","i"]}`, `{" x":null}`,
	} {
		if r := order("c", "1", `,"instead":`+instead); r.status != 422 {
			t.Errorf("instead %s: %d %s", instead, r.status, r.body)
		}
	}
	if r := d.call("POST", "/v1/cancellations", `{"ref":"a"}`); r.status != 200 {
		t.Errorf("cancelled: %d", r.status)
	}
	if menu := read[wire.Menu](t, d.call("GET", "/v1/menu", "")); !slices.ContainsFunc(menu.Items, func(i wire.MenuItem) bool {
		return i.ID == "matcha" && i.Available && i.Left != nil && *i.Left == 3
	}) {
		t.Errorf("given back: %+v", menu.Items)
	}
}
