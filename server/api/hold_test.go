package api

import (
	"net/http"
	"testing"

	"weir/shop/wire"
)

// TestRoomIsKeptOverHTTP: asked for, used, given back; and what is wrong with a request is said.
func TestRoomIsKeptOverHTTP(t *testing.T) {
	d := open(t)
	post := func(body string, headers ...string) reply { return d.call("POST", "/v1/holds", body, headers...) }
	first := post(`{"items":[{"item":"green-tea","qty":2}]}`, "Weir-Nonce: n7")
	h := read[wire.Hold](t, first)
	if first.status != http.StatusCreated || h.ID != 1 || h.Cups != 2 || h.Work != 136 || !h.Quote.ReadyBy.After(h.ExpiresAt) ||
		first.header.Get("Location") != "/v1/holds/h1" || first.header.Get("Weir-Nonce") != "n7" {
		t.Fatalf("%d %v %+v", first.status, first.header, h)
	}
	for body, want := range map[string]int{
		`{"cups":0}`:             http.StatusUnprocessableEntity,
		`{"cups":3,"seconds":4}`: http.StatusUnprocessableEntity, `{"cups":3,"seconds":61}`: http.StatusUnprocessableEntity,
		`{}`: http.StatusUnprocessableEntity, `{"items":[]}`: http.StatusUnprocessableEntity,
		`{"items":[{"item":"bag","qty":1}]}`:  http.StatusUnprocessableEntity,
		`{"items":[{"item":"beer","qty":1}]}`: http.StatusUnprocessableEntity,
		`{"drop":"h1x"}`:                      http.StatusUnprocessableEntity, `{"drop":"h77"}`: http.StatusNotFound,
		`{"cups":19}`: http.StatusTooManyRequests, `{`: http.StatusBadRequest,
	} {
		if r := post(body); r.status != want {
			t.Errorf("%s: %d %s, want %d", body, r.status, r.body, want)
		}
	}
	if r := post(`{"cups":3,"seconds":5}`); r.status != http.StatusCreated {
		t.Errorf("five seconds: %d", r.status)
	}
	if r := d.call("DELETE", "/v1/holds/h1", "", "Authorization: Bearer "+d.key["meituan"]); r.status != http.StatusNotFound {
		t.Errorf("another channel gives it back: %d", r.status)
	}
	if r := post(`{"cups":1}`, "Authorization:"); r.status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", r.status)
	}
	used := d.call("POST", "/v1/orders", `{"ref":"a","hold":"h1","items":[{"item":"green-tea","qty":2}]}`)
	if o := read[wire.Order](t, used); used.status != http.StatusCreated || o.Quote.ReadyBy.After(h.Quote.ReadyBy) {
		t.Errorf("%d %+v", used.status, o)
	}
	if r := d.call("DELETE", "/v1/holds/h1", ""); r.status != http.StatusNotFound {
		t.Errorf("a used hold is given back: %d", r.status)
	}
	for _, id := range []string{"h2", "h2", "2", "x"} {
		want := http.StatusNotFound
		if id == "h2" && len(d.store.Snapshot().Holds) > 0 {
			want = http.StatusOK
		}
		if r := d.call("DELETE", "/v1/holds/"+id, ""); r.status != want {
			t.Errorf("%s: %d, want %d", id, r.status, want)
		}
	}
	// What cannot be a hold is none.
	for _, hold := range []string{`"x"`, `null`, `"h99"`} {
		if r := d.call("POST", "/v1/orders", `{"ref":"%","hold":`+hold+`,"items":[{"item":"green-tea","qty":1}]}`); r.status >= 300 {
			t.Errorf("hold %s: %d", hold, r.status)
		}
	}
}
