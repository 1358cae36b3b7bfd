package api

import (
	"net/http"
	"strings"
	"testing"

	"weir/shop"
	"weir/shop/wire"
)

// TestPartsOfTheMoneyOverHTTP: said at once or by a replay, settled, and refused where they are no money.
func TestPartsOfTheMoneyOverHTTP(t *testing.T) {
	d := open(t)
	money := func(parts string) string {
		return `{"ref":"a","items":[{"item":"green-tea","qty":1}],"totals":{"total_fen":900,"paid_fen":0,"subsidy_fen":600` + parts + `}}`
	}
	for _, wrong := range []string{"-1", "0.5", `"1"`, "9223372036854775808", "[]"} {
		for _, part := range []string{"channel_part_fen", "shop_part_fen", "fee_fen", "packing_fen"} {
			r := d.call("POST", "/v1/orders", money(`,"`+part+`":`+wrong))
			if r.status != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), `"/totals/`+part+`"`) {
				t.Errorf("%s %s: %d %s", part, wrong, r.status, r.body)
			}
		}
	}
	first := d.call("POST", "/v1/orders", money(`,"channel_part_fen":600,"shop_part_fen":null`))
	if r := d.call("POST", "/v1/orders", money(`,"shop_part_fen":300,"fee_fen":45,"packing_fen":100`)); first.status != 201 ||
		r.status != 200 {
		t.Fatalf("%d %s, replayed %d %s", first.status, first.body, r.status, r.body)
	}
	d.do(shop.Handover{By: "x", Order: read[wire.Order](t, first).ID, Made: true})
	r := d.call("GET", "/v1/settlement/2026-02-06", "")
	want := `"parts":{"channel_part_fen":600,"shop_part_fen":300,"fee_fen":45,"packing_fen":100,"unknown":0}`
	if !strings.Contains(string(r.body), want) {
		t.Errorf("%s", r.body)
	}
}
