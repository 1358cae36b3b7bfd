package kds

import (
	"net/url"
	"strings"
	"testing"

	"weir/shop"
)

// A wrong cup is said on the order's page after hand-over: once, by a person, and never by one tap alone.
func TestAWrongCupIsCompensatedFromTheOrdersPage(t *testing.T) {
	k := open(t, options{})
	o := k.order("shangou", "a", cup("matcha", 1))
	path := "/kds/orders/" + o.ID.String()
	if _, page := k.get(path); strings.Contains(page, `id="compensate"`) {
		t.Error("an order that nobody has can be compensated")
	}
	for form, want := range map[string]int{"cause=wrong": 409, "cause=late": 409, "cause=": 422, "cause=tasteless": 422, "": 422} {
		values, _ := url.ParseQuery(form)
		if status, _, _ := k.post(path+"/compensation", values); status != want {
			t.Errorf("%q: %d, want %d", form, status, want)
		}
	}
	k.do(shop.Handover{By: "tablet", Order: o.ID, Made: true})
	_, page := k.get(path)
	before, fold, _ := strings.Cut(page, `<details class="panel" id="compensate"`)
	if strings.Contains(before, "/compensation") || !strings.Contains(fold, "给错了：给 8 元券") || strings.Contains(fold, "退单：给") {
		t.Errorf("the page offers it by one tap, or not, or for what was not so")
	}
	form := url.Values{"cause": {"wrong"}, "back": {path}}
	if status, location, _ := k.post(path+"/compensation", form); status != 303 || location != path {
		t.Errorf("%d to %s", status, location)
	}
	k.post(path+"/compensation", form) // a second tap
	given, err := k.store.Order(t.Context(), o.ID)
	if err != nil || given.Compensation == nil || given.Compensation.Fen != 800 {
		t.Fatalf("%+v, %v", given.Compensation, err)
	}
	if _, page = k.get(path); !strings.Contains(page, "8 元券（给错了）") || strings.Contains(page, `id="compensate"`) {
		t.Error("the page does not say what was given, or offers it again")
	}
}
