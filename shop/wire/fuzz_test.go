package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// FuzzParse: the tree is the one that encoding/json builds, and what it would not read is refused.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		fullOrder, ` [ 1 , -2.5e+3 , "a\"b\\" , true,false , null,{} , [ ] ] `, `{"a":1,"a":2}`, `{"":{"\u0061":[]}}`, `"`, `0`,
		`"\ud83d\ude00 \ud800"`, `{"a" : [ { } ] }`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parse(body)
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var want any
		valid := json.Valid(body) && d.Decode(&want) == nil
		switch {
		case err == nil && !valid:
			t.Fatalf("%q is not JSON and was read as %v", body, got)
		case err == nil && !cmp.Equal(got, want):
			t.Fatalf("%q: %s", body, cmp.Diff(want, got))
		case err != nil && !errors.As(err, new(*shop.Error)):
			t.Fatalf("%q: %v is not a refusal", body, err)
		}
	})
}

// FuzzDecodeOrder: whatever comes in, the answer is a draft within the limits or a refusal with a
// known type, and what encoding/json would not read is never accepted.
func FuzzDecodeOrder(f *testing.F) {
	for _, seed := range []string{
		fullOrder, `{"ref":"r","items":[{"item":"a","qty":1}]}`, `{"ref":"r","ref":"r"}`, `[[[[`,
		`{"ref":"\ud800","items":[{"item":"\u0000","qty":1e9}]}`,
		`{"items":[{"qty":-0},null,{}],"totals":{"total_fen":1.0}}`, "\ufeff{}", `{"a":{"a":{"a":1}},"a":2}`,
		`{"downgraded":true,"totals":{"paid_fen":null}}`,
		`{"ref":"r","slot_start":"2026-02-06T25:00:00Z","customer":{"phone_tail":"٣٤٥٦"}}`, `{"lease":{"epoch":9007199254740992}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := DecodeOrder(body)
		if err != nil {
			e := (*shop.Error)(nil)
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v is not a refusal", body, err)
			}
			if _, known := Lookup(e.Type); !known || len(e.Fields) > faultsMax {
				t.Fatalf("%q: odd refusal %+v", body, e)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q is not JSON and was accepted", body)
		}
		cups := 0
		for _, l := range d.Lines {
			if l.Item == "" || l.Qty < 1 || l.Qty > qtyMax || clean(l.Name) != l.Name {
				t.Fatalf("%q: odd line %+v", body, l)
			}
			cups += l.Qty
		}
		if d.Ref == "" || len(d.Ref) > refMax || cups < 1 || cups > cupsMax || len(d.Lines) > linesMax || len(d.Customer.PhoneTail) > phoneTail {
			t.Fatalf("%q: odd draft %+v", body, d)
		}
		if n := len(d.Customer.Notes); n != 0 && n != len(d.Lines) {
			t.Fatalf("%q: %d notes for %d lines", body, n, len(d.Lines))
		}
		if m := d.Totals; m != nil && (m.TotalFen < 0 || m.PaidFen < 0 || m.SubsidyFen < 0 ||
			max(m.TotalFen, m.PaidFen, m.SubsidyFen) > moneyMax) {
			t.Fatalf("%q: odd money %+v", body, m)
		}
	})
}
