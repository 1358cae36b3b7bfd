package connector

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/shop/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)

func shippedMap(t *testing.T, name string) *Map {
	t.Helper()
	m, err := Shipped(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// account is a shop at a platform. Numbers are those of the public examples.
var account = Account{App: "62933118", Store: "968861", Secret: "s3cret", Token: "tok", URL: "https://shop.example"}

// pushed is a push as a file of testdata has it, signed as its platform signs. More fields take the place of the file's.
func pushed(t *testing.T, m *Map, file string, more map[string]string) Request {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	v, err := decode(text)
	members, ok := v.(map[string]any)
	if err != nil || !ok {
		t.Fatalf("%s: %v", file, err)
	}
	for name, value := range more {
		members[name] = value
	}
	if m.Name == "meituan" {
		last := strings.TrimSuffix(strings.TrimPrefix(file, "meituan-"), ".json")
		fields := url.Values{}
		for name, v := range members {
			fields.Set(name, plain(v))
		}
		pairs, _ := url.QueryUnescape(fields.Encode())
		sum := md5.Sum([]byte("https://shop.example/v1/push/meituan/" + last + "?" + pairs + account.Secret))
		fields.Set("sig", hex.EncodeToString(sum[:]))
		return Request{Method: "POST", Path: "/v1/push/meituan/" + last, Last: last, Body: []byte(fields.Encode()),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
	}
	members["signature"] = m.Push.Verify.sign(signed{members: members, secret: account.Secret})
	return Request{Method: "POST", Path: "/v1/push/shangou", Body: encode(members), Header: http.Header{"Content-Type": {"application/json"}}}
}

// TestPublicExamples: pushes as the platforms' public documents show them (their fields and, of a state and of a rider, the
// very examples; orders have made-up values) are read as the golden files say, and the door takes the orders.
func TestPublicExamples(t *testing.T) {
	for file, kind := range map[string]Kind{
		"eleme-order.json": Placed, "eleme-downgraded.json": Placed, "eleme-state.json": Other, "eleme-cancelled.json": Cancelled,
		"eleme-wanted.json": CancelWanted, "eleme-rider.json": Other,
		"meituan-order.json": Placed, "meituan-cancel.json": Cancelled, "meituan-refund.json": CancelWanted,
	} {
		name, _, _ := strings.Cut(file, "-")
		m := shippedMap(t, name)
		got, err := m.Read(account, pushed(t, m, file, nil), noon)
		if err != nil || got.Kind != kind {
			t.Errorf("%s: %q, %v; want %q", file, got.Kind, err, kind)
			continue
		}
		if kind != Other && got.Ref == "" {
			t.Errorf("%s: no ref", file)
		}
		if kind != Placed {
			continue
		}
		var shown strings.Builder
		e := json.NewEncoder(&shown)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(json.RawMessage(got.Body)); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", strings.TrimSuffix(file, ".json")+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(shown.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || shown.String() != string(want) {
			t.Errorf("%s: %v\n%s", file, err, shown.String())
		}
		if _, err := wire.DecodeOrder(got.Body); err != nil {
			t.Errorf("%s: the door refuses it: %v", file, err)
		}
	}
}

// TestAForgedPushIsRefused, one with anything changed, one of another shop, and one that is no push.
func TestAForgedPushIsRefused(t *testing.T) {
	for _, name := range []string{"eleme", "meituan"} {
		m := shippedMap(t, name)
		r := pushed(t, m, name+"-order.json", nil)
		if _, err := m.Read(account, r, noon); err != nil {
			t.Fatalf("control: %v", err)
		}
		changed := r
		changed.Body = []byte(strings.Replace(string(r.Body), "968861", "968862", 1))
		other := account
		other.Secret = "another"
		if _, err := m.Read(account, changed, noon); !errors.Is(err, ErrForged) {
			t.Errorf("%s changed: %v", name, err)
		}
		if _, err := m.Read(other, r, noon); !errors.Is(err, ErrForged) {
			t.Errorf("%s with another secret: %v", name, err)
		}
		elsewhere := account
		elsewhere.Store = "1"
		if _, err := m.Read(elsewhere, r, noon); !errors.Is(err, ErrElsewhere) {
			t.Errorf("%s of another shop: %v", name, err)
		}
		for _, body := range []string{"", "{", "[]", "null", "%zz", `{"signature":7}`} {
			broken := r
			broken.Body = []byte(body)
			if _, err := m.Read(account, broken, noon); !errors.Is(err, ErrForged) {
				t.Errorf("%s: %q was read: %v", name, body, err)
			}
		}
	}
	m := shippedMap(t, "meituan")
	r := pushed(t, m, "meituan-order.json", nil)
	r.Path = "/v1/push/meituan/cancel" // an order sent to another address: the signature covers it
	if _, err := m.Read(account, r, noon); !errors.Is(err, ErrForged) {
		t.Errorf("at another address: %v", err)
	}
}

// TestSignatures holds each family against its rule, written out.
func TestSignatures(t *testing.T) {
	members := map[string]any{"b": "2", "a": json.Number("1"), "e": "", "sig": "x"}
	of := signed{members: members, body: []byte(`{"x":1}`), prefix: "https://s/p?", app: "id", secret: "K"}
	m5 := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	s1 := func(s string) string { return fmt.Sprintf("%x", sha1.Sum([]byte(s))) }
	mac := hmac.New(sha256.New, []byte("K"))
	mac.Write([]byte(`https://s/p?{"x":1}`))
	sum := mac.Sum(nil)
	for _, tt := range []struct {
		s    Signature
		want string
	}{
		{Signature{Kind: "md5-kv", Sep: "&", Field: "sig"}, m5("https://s/p?a=1&b=2&e=K")},
		{Signature{Kind: "md5-kv", Upper: true, SkipEmpty: true, Field: "sig"}, strings.ToUpper(m5("https://s/p?a=1b=2K"))},
		{Signature{Kind: "md5-kv", JSON: true, Field: "sig"}, m5(`https://s/p?a=1b="2"e=""K`)},
		{Signature{Kind: "md5-wrapped", Upper: true, Field: "sig"}, strings.ToUpper(m5("Ka1b2eK"))},
		{Signature{Kind: "sha1-kv", SkipEmpty: true, Field: "sig"}, s1("Ka1b2")},
		{Signature{Kind: "sha1-body", Header: "X"}, s1(`K{"x":1}`)},
		{Signature{Kind: "hmac-sha256", Header: "X"}, hex.EncodeToString(sum)},
		{Signature{Kind: "hmac-sha256", Base64: true, Header: "X"}, base64.StdEncoding.EncodeToString(sum)},
		{Signature{Kind: "md5-body", Header: "X"}, base64.StdEncoding.EncodeToString([]byte(m5(`{"x":1}&id&K`)))},
	} {
		got := tt.s.sign(of)
		if got != tt.want || !tt.s.good(got, of) || tt.s.good(got+"0", of) || tt.s.good("", of) {
			t.Errorf("%+v: %s, want %s", tt.s, got, tt.want)
		}
	}
	if n := len(Families()); n != 6 {
		t.Errorf("%d families", n)
	}
}

// TestCalls: what each platform is told, byte for byte.
func TestCalls(t *testing.T) {
	id := func() string { return "id-1" }
	ele := shippedMap(t, "eleme").Out(account, Fact{Type: "order.refused", Ref: "e1", Reason: "room"}, noon, id)
	params := `{"orderId":"e1","remark":"门店现在太忙","type":"restaurantTooBusy"}`
	sum := md5.Sum([]byte(`eleme.order.cancelOrderLitetok` + `app_key="62933118"orderId="e1"remark="门店现在太忙"timestamp=1770350400000` +
		`type="restaurantTooBusy"s3cret`))
	want := fmt.Sprintf(`{"action":"eleme.order.cancelOrderLite","id":"id-1","metas":{"app_key":"62933118","timestamp":1770350400000},`+
		`"nop":"1.0.0","params":%s,"signature":"%X","token":"tok"}`, params, sum)
	if len(ele) != 1 || ele[0].URL != "https://open-api.shop.ele.me/api/v1/" || ele[0].Method != "POST" || string(ele[0].Body) != want {
		t.Errorf("%s\nwant %s", ele[0].Body, want)
	}
	stock := shippedMap(t, "eleme").Out(account, Fact{Type: "item.sold_out", SKU: "200006"}, noon, id)
	if len(stock) != 1 || !strings.Contains(string(stock[0].Body), `"params":{"stockMap":{"200006":0}}`) {
		t.Errorf("%s", stock[0].Body)
	}
	mt := shippedMap(t, "meituan").Out(account, Fact{Type: "order.accepted", Ref: "m1"}, noon, id)
	sum = md5.Sum([]byte("https://waimaiopen.meituan.com/api/v1/order/confirm?app_id=62933118&order_id=m1&timestamp=1770350400s3cret"))
	want = fmt.Sprintf("https://waimaiopen.meituan.com/api/v1/order/confirm?app_id=62933118&order_id=m1&sig=%x&timestamp=1770350400", sum)
	if len(mt) != 1 || mt[0].Method != "GET" || mt[0].URL != want || mt[0].Body != nil {
		t.Errorf("%+v\nwant %s", mt[0], want)
	}
	out := shippedMap(t, "meituan").Out(account, Fact{Type: "item.sold_out", SKU: "f1/s1"}, noon, id)
	u, err := url.Parse(out[0].URL)
	if err != nil || u.Query().Get("food_data") != `[{"app_food_code":"f1","skus":[{"sku_id":"s1","stock":"0"}]}]` ||
		u.Query().Get("app_poi_code") != account.Store {
		t.Errorf("%v, %v", u, err)
	}
	for body, want := range map[string]Answer{
		`{"id":"1","result":null,"error":null}`:                         {OK: true},
		`{"id":"1","result":null,"error":{"code":"VALIDATION_FAILED"}}`: {Code: "VALIDATION_FAILED"},
		`{"id":"1","result":null,"error":{"code":"UNAUTHORIZED"}}`:      {Code: "UNAUTHORIZED", Broken: true},
		`<html>bad gateway</html>`:                                      {Code: "unreadable", Broken: true},
	} {
		if got := shippedMap(t, "eleme").Answered([]byte(body)); got != want {
			t.Errorf("%s: %+v", body, got)
		}
	}
	m := shippedMap(t, "meituan")
	if got := m.Answered([]byte(`{"data":"ng","error":{"code":703}}`)); got != (Answer{Code: "703", Broken: true}) {
		t.Errorf("a wrong signature: %+v", got)
	}
	m.Calls.Final = []string{"808"}
	if got := m.Answered([]byte(`{"data":"ng","error":{"code":808}}`)); got != (Answer{Code: "808"}) {
		t.Errorf("a code that is final: %+v", got)
	}
}

// TestWhatAPlatformSendsIsNoTemplate: a ref with a place in it is signed and sent as it is.
func TestWhatAPlatformSendsIsNoTemplate(t *testing.T) {
	out := shippedMap(t, "meituan").Out(account, Fact{Type: "order.accepted", Ref: "{token}"}, noon, func() string { return "id-1" })
	u, err := url.Parse(out[0].URL)
	if err != nil || u.Query().Get("order_id") != "{token}" {
		t.Errorf("%v, %v", u, err)
	}
}

// TestQuantity: whatever a platform writes there, it is a number or is left for the door to refuse.
func TestQuantity(t *testing.T) {
	m := shippedMap(t, "meituan")
	for text, want := range map[string]string{"2": "2", "2.0": "2", "01": "1", "+1": "1", "1.5": `"1.5"`, "x": `"x"`} {
		r := pushed(t, m, "meituan-order.json", map[string]string{"detail": `[{"app_food_code":"a","food_name":"b","quantity":"` + text + `"}]`})
		got, err := m.Read(account, r, noon)
		if err != nil || !strings.Contains(string(got.Body), `"qty":`+want+`}`) {
			t.Errorf("%s: %s, %v", text, got.Body, err)
		}
	}
	if got := encode(json.Number("01")); got != nil {
		t.Errorf("encoded as %s", got)
	}
}

// TestAnOrderPlacedAhead says when it is wanted at the door, however often and late its push comes; one for soon is made now.
func TestAnOrderPlacedAhead(t *testing.T) {
	in := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, tt := range []struct {
		minutes int // from noon to its time at the door
		ahead   bool
	}{{-60, false}, {74, false}, {75, true}, {127, true}} {
		want := ""
		if tt.ahead {
			want = in(tt.minutes).Format(time.RFC3339)
		}
		check := func(name, file string, more map[string]string) {
			m := shippedMap(t, name)
			for _, now := range []time.Time{noon, in(70)} {
				got, err := m.Read(account, pushed(t, m, file, more), now)
				order := struct {
					Door string `json:"deliver_at"`
				}{}
				if err == nil {
					err = json.Unmarshal(got.Body, &order)
				}
				if err != nil || order.Door != want || strings.Contains(string(got.Body), "slot_start") {
					t.Errorf("%s, wanted in %d min: %+v, %v; want it at %q", name, tt.minutes, order, err, want)
				}
			}
		}
		check("meituan", "meituan-order.json", map[string]string{"delivery_time": fmt.Sprint(in(tt.minutes).Unix())})
		local := in(tt.minutes).In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04:05")
		check("eleme", "eleme-order.json", map[string]string{
			"message": `{"id":"e1","activeAt":"2026-02-06T11:59:30","book":true,"deliverTime":"` + local + `"}`})
	}
	m := shippedMap(t, "eleme") // the flag decides, whatever the time says
	got, err := m.Read(account, pushed(t, m, "eleme-order.json", map[string]string{
		"message": `{"id":"e1","book":false,"deliverTime":"2026-02-06T20:00:00"}`}), noon)
	if err != nil || strings.Contains(string(got.Body), "deliver_at") {
		t.Errorf("not booked ahead: %s, %v", got.Body, err)
	}
}

func TestMoney(t *testing.T) {
	for text, want := range map[string]int64{"18.5": 1850, "0": 0, "12.299999999999999": 1230, "-1.4": -140, "3": 300, "0.005": 1,
		"100.10": 10010} {
		if got, ok := yuan(text); !ok || got != want {
			t.Errorf("%s: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "x", "1e9", "1/3", "0x10", "1_0", "--1", "NaN", strings.Repeat("9", 40)} {
		if got, ok := yuan(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// TestAMapThatIsWrongSaysWhere: an error names the part of the map, or its line and column.
func TestAMapThatIsWrongSaysWhere(t *testing.T) {
	text, err := shipped.ReadFile("maps/eleme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"kind: md5-kv", "kind: md4", "push.verify"}, {"  ref: message.orderId", "", "push.ref"},
		{`"10": order`, `"10": parcel`, "push.kinds"}, {"connector: eleme", "conector: eleme", "[3:1]"},
		{"  body: json", "  body: xml", "calls.body"}, {`"*": others`, `x: others`, "calls: reasons"},
		{"Asia/Shanghai", "Asia/Nowhere", "order.zone"}, {"field: signature", "fild: signature", "[6:39]"},
		{"  broken: [", "  final: []\n  broken: [", "calls: a map with failed"},
		{"  broken: [ACCESS_DENIED", "  # [ACCESS_DENIED", "calls: a map with failed"},
	} {
		_, err := Parse([]byte(strings.Replace(string(text), c.from, c.to, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.to, err, c.want)
		}
	}
	if _, err := Shipped("nobody"); err == nil || !strings.Contains(err.Error(), "eleme, meituan") {
		t.Error(err)
	}
}
