package api

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/store"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/door"
	"weir/shop/guard"
	"weir/shop/try"
	"weir/shop/wire"
)

// asked is one row of the contract's table of bad input: what is sent, what is answered, and what has
// come of it in the file.
type asked struct {
	name    string
	method  string // POST when empty
	path    string // /v1/orders when empty
	body    string
	headers []string
	status  int
	problem string // "" when it is taken
	says    string // in the answer
	adds    sum    // rows that it adds; nothing when it is refused
	check   func(t *testing.T, d *server, r reply)
}

func (a asked) run(t *testing.T, d *server) {
	t.Helper()
	method, path := a.method, a.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/v1/orders"
	}
	before := d.sum()
	r := d.call(method, path, a.body, a.headers...)
	if r.status != a.status || r.problem() != a.problem || !strings.Contains(string(r.body), a.says) {
		t.Fatalf("got %d %s %s; want %d %s with %q", r.status, r.problem(), r.body, a.status, a.problem, a.says)
	}
	after := d.sum()
	after.events -= before.events // how many there are to an order is no promise
	if after.events > a.adds.events && a.status >= 400 {
		t.Errorf("refused, and yet %d events were written", after.events)
	}
	if added := (sum{after.orders - before.orders, after.open - before.open, after.jobs - before.jobs, a.adds.events}); added != a.adds {
		t.Errorf("added %+v to the file, want %+v", added, a.adds)
	}
	if a.check != nil {
		a.check(t, d, r)
	}
}

// taken is what an accepted order adds: its row, and one ticket.
var taken = sum{orders: 1, open: 1, jobs: 1}

func TestBadInput(t *testing.T) {
	d := open(t)
	revoked, id, err := d.keys.Add(t.Context(), "shangou")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.keys.Revoke(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	item := func(rest string) string {
		return `{"ref": "bad", "items": [{"item": "green-tea"` + rest + `}]}`
	}
	money := func(fen string) string {
		return order("bad", 1, `"x": 0`)[:strings.Index(order("bad", 1), `"totals"`)] + `"totals": {"total_fen": ` + fen +
			`, "paid_fen": 0, "subsidy_fen": 0}}`
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	pointer := func(at string) string { return `"pointer":"` + at + `"` }
	for _, row := range []asked{
		{name: "no key", body: order("bad", 1), headers: []string{"Authorization:"}, status: 401, problem: "key-missing"},
		{name: "another scheme", body: order("bad", 1), headers: []string{"Authorization: Basic YTpi"}, status: 401, problem: "key-missing"},
		{name: "wrong key", body: order("bad", 1), headers: []string{"Authorization: Bearer weir_nonsense"}, status: 401, problem: "key-invalid"},
		{name: "revoked key", body: order("bad", 1), headers: []string{"Authorization: Bearer " + revoked}, status: 401, problem: "key-invalid"},
		{name: "wrong key where none is needed", method: "GET", path: "/v1/capacity", headers: []string{"Authorization: Bearer x"},
			status: 401, problem: "key-invalid"},

		{name: "not JSON", body: `ref=1`, status: 400, problem: "malformed"},
		{name: "no body", body: "", headers: []string{"Content-Type: application/json"}, status: 400, problem: "malformed"},
		{name: "trailing data", body: order("bad", 1) + `{}`, status: 400, problem: "malformed"},
		{name: "duplicate field", body: order("bad", 1, `"ref": "other"`), status: 400, problem: "malformed", says: "ref"},
		{name: "bad UTF-8", body: order("bad", 1, "\"place\": \"\xff\""), status: 400, problem: "malformed"},
		{name: "too deep", body: order("bad", 1, `"x": `+deep(32)), status: 400, problem: "malformed"},
		{name: "just deep enough", body: order("deep", 1, `"x": `+deep(31)), status: 201, adds: taken},

		{name: "too large", body: order("bad", 1, `"x": "`+strings.Repeat("x", wire.BodyMax)+`"`), status: 413, problem: "too-large"},
		{name: "too large by a byte", body: order("bad", 1) + strings.Repeat(" ", wire.BodyMax-len(order("bad", 1))+1), status: 413,
			problem: "too-large"},
		{name: "just small enough", body: order("bad-", 1) + strings.Repeat(" ", wire.BodyMax-len(order("bad-", 1))), status: 201, adds: taken},
		{name: "a form", body: order("bad", 1), headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415,
			problem: "unsupported-media-type"},
		{name: "no media type", body: order("bad", 1), headers: []string{"Content-Type:"}, status: 415, problem: "unsupported-media-type"},
		{name: "another charset", body: order("bad", 1), headers: []string{"Content-Type: application/json; charset=gbk"}, status: 415,
			problem: "unsupported-media-type"},
		{name: "compressed", body: order("bad", 1), headers: []string{"Content-Encoding: gzip"}, status: 415, problem: "unsupported-media-type"},
		{name: "charset said", body: order("charset", 1), headers: []string{"Content-Type: application/json; charset=UTF-8"}, status: 201,
			adds: taken},

		{name: "unknown extra field", body: order("extra", 1, `"coupon": {"x": [1.5]}`), status: 201, adds: taken},
		{name: "no ref", body: `{"items": [{"item": "green-tea", "qty": 1}]}`, status: 422, problem: "invalid-order", says: pointer("/ref")},
		{name: "no items", body: `{"ref": "bad"}`, status: 422, problem: "invalid-order", says: pointer("/items")},
		{name: "empty items", body: `{"ref": "bad", "items": []}`, status: 422, problem: "invalid-order", says: pointer("/items")},
		{name: "qty 0", body: item(`, "qty": 0`), status: 422, problem: "invalid-order", says: pointer("/items/0/qty")},
		{name: "qty -1", body: item(`, "qty": -1`), status: 422, problem: "invalid-order", says: pointer("/items/0/qty")},
		{name: "qty 1.5", body: item(`, "qty": 1.5`), status: 422, problem: "invalid-order", says: pointer("/items/0/qty")},
		{name: "qty 1e9", body: item(`, "qty": 1e9`), status: 422, problem: "invalid-order", says: pointer("/items/0/qty")},
		{name: "money negative", body: money("-1"), status: 422, problem: "invalid-order", says: pointer("/totals/total_fen")},
		{name: "money fractional", body: money("0.5"), status: 422, problem: "invalid-order", says: pointer("/totals/total_fen")},
		{name: "money overflowing", body: money("9223372036854775808"), status: 422, problem: "invalid-order",
			says: pointer("/totals/total_fen")},

		{name: "unknown item with a name", body: `{"ref": "unmapped", "items": [{"item": "X1", "name": "限定 <b>奶茶", "qty": 1}]}`, status: 201,
			adds: taken,
			check: func(t *testing.T, d *server, r reply) {
				o := read[wire.Order](t, r)
				if len(o.Cups) != 1 || !o.Cups[0].Unmapped || o.Work != capacity.Cup || !strings.Contains(o.Cups[0].Label, "限定 <b>奶茶") {
					t.Errorf("got %s; want one unmapped cup of standard weight with its name", r.body)
				}
			}},
		{name: "unknown option with a name", body: `{"ref": "option", "items": [{"item": "green-tea", "name": "绿茶 特冰", "qty": 1, "options": ` +
			`{"ice": "extreme"}}]}`, status: 201, says: `"unmapped":true`, adds: taken},
		{name: "unknown item without a name", body: `{"ref": "bad", "items": [{"item": "X1", "qty": 1}]}`, status: 422,
			problem: "unknown-item", says: `X1`},
		{name: "unknown option without a name", body: item(`, "qty": 1, "options": {"toppings": ["gold"]}`), status: 422,
			problem: "unknown-item", says: "gold"},

		{name: "note of everything", status: 201, adds: taken,
			body: `{"ref": "note", "fulfilment": "pickup", "items": [{"item": "green-tea", "qty": 1}], "place": "\u202e<script>alert(1)</script>` +
				`\u0007👩‍🍳` + strings.Repeat("茶", 10_000) + `"}`,
			check: func(t *testing.T, d *server, _ reply) {
				o, err := d.store.OrderByRef(t.Context(), "shangou", "note")
				if want := "<script>alert(1)</script>👩‍🍳" + strings.Repeat("茶", 10_000); err != nil || o.BringTo != want {
					t.Errorf("kept %.60q…, %v; want all but the control characters", o.BringTo, err)
				}
			}},

		{name: "past confirm_by", body: order("bad", 1, `"confirm_by": "2026-02-06T11:59:59+08:00"`), status: 409, problem: "deadline-passed",
			says: `"not_made":true`},
		{name: "slot that is past", body: order("bad", 1, `"slot_start": "2026-02-06T11:00:00+08:00"`), status: 409, problem: "slot-full",
			says: `"not_made":true`},
		{name: "slot that is none", body: order("bad", 1, `"slot_start": "2026-02-06T15:01:00+08:00"`), status: 409, problem: "slot-full"},
		{name: "more than a slot holds", body: order("bad", 200, `"slot_start": "2026-02-06T15:00:00+08:00"`), status: 409, problem: "slot-full"},

		{name: "foreign origin", body: order("bad", 1), headers: []string{"Origin: https://evil.example"}, status: 403, problem: "cross-origin"},
		{name: "foreign page by fetch metadata", body: order("bad", 1), headers: []string{"Sec-Fetch-Site: cross-site"}, status: 403,
			problem: "cross-origin"},
		{name: "own page", body: order("own", 1), headers: []string{"Origin: http://shop.example", "Host: shop.example",
			"Sec-Fetch-Site: same-origin"}, status: 201, adds: taken},
		{name: "unknown host", body: order("bad", 1), headers: []string{"Host: evil.example"}, status: 421, problem: "wrong-host"},
		{name: "unknown host with a port", method: "GET", path: "/healthz", headers: []string{"Host: evil.example:8080"}, status: 421,
			problem: "wrong-host"},
		{name: "unknown path", method: "GET", path: "/v2/orders", status: 404, problem: "not-found"},
		{name: "unknown path below a known one", method: "GET", path: "/v1/capacity/x", status: 404, problem: "not-found"},
		{name: "unknown method", method: "DELETE", path: "/v1/orders", status: 405, problem: "method-not-allowed",
			check: func(t *testing.T, _ *server, r reply) {
				if allow := r.header.Get("Allow"); !strings.Contains(allow, "POST") || !strings.Contains(allow, "GET") {
					t.Errorf("Allow: %q", allow)
				}
			}},
	} {
		t.Run(row.name, func(t *testing.T) { row.run(t, d) })
	}
	if _, err := d.store.OrderByRef(t.Context(), "shangou", "bad"); err == nil {
		t.Error("one of the refused orders is there")
	}
}

// TestRefusalsByTheShop has rows that need the shop to be in a state of its own.
func TestRefusalsByTheShop(t *testing.T) {
	extras := func(t *testing.T, _ *server, r reply) {
		p := read[wire.Problem](t, r)
		if !p.NotMade || p.Refusal == nil || p.Outcome != "" || r.header.Get("Retry-After") != fmt.Sprint(p.RetryAfter) || p.RetryAfter < 1 {
			t.Fatalf("refused barely: %s, Retry-After %q", r.body, r.header.Get("Retry-After"))
		}
		if a := p.Alternatives; len(a) == 0 || a[len(a)-1].Type != "store" || a[len(a)-1].ID != "demo-west" {
			t.Errorf("alternatives %+v; want the sister shop, last", p.Alternatives)
		}
	}
	withSlots := func(t *testing.T, d *server, r reply) {
		extras(t, d, r)
		if p := read[wire.Problem](t, r); p.EarliestAt == nil || p.Alternatives[0].Type != "slot" || !p.Alternatives[0].Start.After(try.Noon) {
			t.Errorf("refused while slots are open: %s", r.body)
		}
	}
	t.Run("sold out", func(t *testing.T) {
		d := open(t)
		d.do(shop.SetAvailable{By: "test", Item: "jasmine-milk-tea"})
		asked{body: order("r", 1), status: 409, problem: "sold-out", says: "jasmine-milk-tea"}.run(t, d)
		d.do(shop.SetAvailable{By: "test", Item: "jasmine-milk-tea", Available: true})
		asked{body: order("r", 1), status: 201, adds: taken}.run(t, d) // a refusal is never pinned to the ref
	})
	t.Run("strict channel", func(t *testing.T) {
		d := open(t, func(config *shop.Config, _ *door.Config) { config.Channels[0].Strict = true })
		asked{body: `{"ref": "r", "items": [{"item": "X1", "name": "限定", "qty": 1}]}`, status: 422, problem: "invalid-order",
			says: "X1", adds: sum{events: 1}}.run(t, d) // the name, for the owner's page
	})
	t.Run("no room", func(t *testing.T) {
		d := open(t)
		n := 0
		for ; d.call("POST", "/v1/orders", order(fmt.Sprint("fill-", n), 4)).status == 201; n++ {
		}
		if n == 0 {
			t.Fatal("the shop was full when it opened")
		}
		last := fmt.Sprint("fill-", n)
		asked{body: order(last, 4), status: 503, problem: "temporary-reduced-capacity", check: withSlots}.run(t, d)
		if r := d.call("GET", "/v1/orders?ref="+last, ""); r.status != 404 {
			t.Errorf("the refused order is there: %s", r.body)
		}
		d.shop.Clock.Move(25 * time.Minute)
		for o := range d.store.Snapshot().Orders.All() { // the crew works it off
			d.do(shop.Handover{By: "test", Order: o.ID, Made: true})
		}
		asked{body: order(last, 4), status: 201, adds: taken}.run(t, d)
	})
	t.Run("paused, then slots only", func(t *testing.T) {
		d := open(t)
		d.do(shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: capacity.IntakePaused, By: "owner"}})
		asked{body: order("r", 1), status: 503, problem: "intake-paused", check: extras}.run(t, d)
		d.do(shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: capacity.IntakeSlots, By: "owner"}})
		asked{body: order("r", 1), status: 503, problem: "intake-paused", check: withSlots}.run(t, d)
		asked{body: order("r", 1, `"slot_start": "2026-02-06T15:00:00+08:00"`), status: 201, says: `"state":"booked"`,
			adds: sum{orders: 1, open: 1}}.run(t, d)
		d.do(shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: capacity.IntakeOpen, By: "owner"}})
		asked{body: order("r2", 1), status: 201, adds: taken}.run(t, d)
	})
	t.Run("closed", func(t *testing.T) {
		d := open(t)
		d.shop.Clock.Move(11 * time.Hour)
		asked{body: order("r", 1), status: 503, problem: "intake-paused", check: extras}.run(t, d)
	})
	t.Run("slot full", func(t *testing.T) {
		d := open(t)
		slot := `"slot_start": "2026-02-06T15:00:00+08:00"`
		n := 0
		for ; d.call("POST", "/v1/orders", order(fmt.Sprint("b", n), 2, slot)).status == 201; n++ {
		}
		asked{body: order(fmt.Sprint("b", n), 2, slot), status: 409, problem: "slot-full", says: `"type":"slot"`}.run(t, d)
	})
}

// TestStorageTrouble makes every insert into the log fail, as a full disk does: the answer is "unknown",
// never a refusal, and asking again settles it.
func TestStorageTrouble(t *testing.T) {
	d := open(t)
	asked{body: order("before", 1), status: 201, adds: taken}.run(t, d)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.shop.Dir, store.FileName)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	block := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	block(`CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(FAIL, 'disk is full'); END`)
	asked{body: order("during", 1), status: 503, problem: "storage-unavailable", says: `"outcome":"unknown"`,
		check: func(t *testing.T, _ *server, r reply) {
			if p := read[wire.Problem](t, r); p.NotMade || r.header.Get("Retry-After") == "" {
				t.Errorf("a write error was called a refusal: %s", r.body)
			}
		}}.run(t, d)
	asked{method: "GET", path: "/readyz", status: 503, problem: "storage-unavailable"}.run(t, d)
	asked{body: order("before", 1), status: 200, says: `"ref":"before"`}.run(t, d) // reading goes on
	block(`DROP TRIGGER full`)
	asked{body: order("during", 1), status: 201, adds: taken}.run(t, d)
	asked{method: "GET", path: "/readyz", status: 200}.run(t, d)
}

// TestFlood: who floods is told to wait, and nobody else. Accepted orders are bounded by the kitchen
// and not counted.
func TestFlood(t *testing.T) {
	d := open(t, func(_ *shop.Config, c *door.Config) { c.Quota = guard.NewQuota(0.001, 5) })
	for i := range 20 {
		asked{body: order(fmt.Sprint("r", i), 1), status: 201, adds: taken}.run(t, d)
	}
	for range 5 {
		asked{body: order("r0", 1), status: 200}.run(t, d)
	}
	asked{body: order("r20", 1), status: 429, problem: "quota-exceeded",
		check: func(t *testing.T, _ *server, r reply) {
			if r.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}}.run(t, d)
	asked{method: "GET", path: "/v1/capacity", headers: []string{"Authorization:"}, status: 200}.run(t, d)
	asked{body: order("r21", 1), headers: []string{"Authorization: Bearer " + d.key["meituan"]}, status: 201, adds: taken}.run(t, d)
}

// TestPanic: a mistake in one handler ends one request, tells nothing, and is logged once.
func TestPanic(t *testing.T) {
	d := open(t)
	d.echo.GET("/static/panic", func(echo.Context) error { panic("the secret recipe") })
	d.echo.GET("/static/error", func(echo.Context) error { return fmt.Errorf("the other secret") })
	for _, path := range []string{"/static/panic", "/static/error"} {
		r := d.call("GET", path, "")
		if r.status != 500 || r.problem() != "internal" || strings.Contains(string(r.body), "secret") ||
			strings.Contains(string(r.body), "detail") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := d.call("GET", "/healthz", ""); r.status != 200 {
		t.Errorf("the process does not go on: %d", r.status)
	}
	d.http.Close() // the log is complete
	text := d.log.String()
	if strings.Count(text, "the secret recipe") != 1 || strings.Count(text, "the other secret") != 1 ||
		!strings.Contains(text, "bad_test.go") {
		t.Errorf("logged: %s", text)
	}
}

// TestEveryAnswerSaysFromWhichShopItIs: also one to a request without a key, and one to a path that is not there.
func TestEveryAnswerSaysFromWhichShopItIs(t *testing.T) {
	d := open(t)
	for _, r := range []reply{
		d.call("GET", "/v1/capacity", "", "Authorization:"), d.call("GET", "/v1/menu", "", "Authorization:"), d.call("GET", "/v1/nothing", ""),
		d.call("PATCH", "/v1/orders", ""), d.call("GET", "/v1/orders/o9", ""), d.call("POST", "/v1/orders", "{"), d.call("GET", "/v1/events", ""),
	} {
		if r.header.Get("Weir-Epoch") != "1" || r.header.Get("Weir-Box") != d.store.Box() {
			t.Errorf("%d %.80s: epoch %q, box %q", r.status, r.body, r.header.Get("Weir-Epoch"), r.header.Get("Weir-Box"))
		}
	}
	if r := d.call("GET", "/healthz", ""); r.header.Get("Weir-Box") != "" {
		t.Error("a page that is no part of the contract names the box")
	}
}

// TestAPinOverHTTP: the refusal says that it is pinned, and the ref is refused again.
func TestAPinOverHTTP(t *testing.T) {
	d := open(t)
	r := d.call("POST", "/v1/orders", `{"ref": "p", "pin": true, "items": [{"item": "grape", "qty": 80}]}`)
	again := d.call("POST", "/v1/orders", `{"ref": "p", "items": [{"item": "grape", "qty": 1}]}`)
	for _, r := range []reply{r, again} {
		if p := read[wire.Problem](t, r); r.status != 503 || !p.Pinned || r.header.Get("Retry-After") == "" {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
}
