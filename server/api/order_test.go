package api

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestPlaceAndRead(t *testing.T) {
	d := open(t)
	r := d.call("POST", "/v1/orders", order("MT-1", 2))
	o := read[wire.Order](t, r)
	if r.status != 201 || r.header.Get("Location") != "/v1/orders/"+o.ID.String() || r.header.Get("Idempotent-Replayed") != "" {
		t.Fatalf("%d, Location %q: %s", r.status, r.header.Get("Location"), r.body)
	}
	want := wire.Order{
		Receipt: o.Receipt, ID: 1, Ref: "MT-1", State: shop.OrderAccepted, PickupNumber: "001", AcceptedAt: try.Noon, Work: 200,
		Quote: &wire.OrderQuote{P50: o.Quote.P50, P90: o.Quote.P90, ReadyBy: o.Quote.ReadyBy},
		Cups: []wire.Cup{
			{ID: shop.CupID{Order: 1, N: 1}, Label: "1/2 茉莉奶绿 少冰", State: shop.Waiting},
			{ID: shop.CupID{Order: 1, N: 2}, Label: "2/2 茉莉奶绿 少冰", State: shop.Waiting},
		},
	}
	if diff := cmp.Diff(want, o); diff != "" || o.Receipt == "" {
		t.Error(diff, o.Receipt)
	}
	if o.Quote.P50 < 1 || o.Quote.P90 < o.Quote.P50 || o.Quote.ReadyBy.Before(try.Noon.Add(time.Duration(o.Quote.P90)*time.Second)) {
		t.Errorf("quote %+v: want p50 ≤ p90 ≤ promise", o.Quote)
	}
	for _, path := range []string{"/v1/orders/o1", "/v1/orders?ref=MT-1"} {
		if got := d.call("GET", path, ""); got.status != 200 || string(got.body) != string(r.body) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		other := d.call("GET", path, "", "Authorization: Bearer "+d.key["meituan"])
		if other.status != 404 || other.problem() != "not-found" || strings.Contains(string(other.body), "MT-1") {
			t.Errorf("%s for another channel: %d %s", path, other.status, other.body)
		}
	}
	for path, status := range map[string]int{
		"/v1/orders/o2": 404, "/v1/orders/2": 404, "/v1/orders/o-1": 404, "/v1/orders?ref=MT-2": 404, "/v1/orders": 422, "/v1/orders?ref=": 422,
	} {
		if got := d.call("GET", path, ""); got.status != status {
			t.Errorf("%s: %d, want %d", path, got.status, status)
		}
	}
	if r := d.call("HEAD", "/v1/orders/o1", ""); r.status != 200 || len(r.body) != 0 {
		t.Errorf("HEAD: %d with %d bytes", r.status, len(r.body))
	}
}

// TestAPartIsTakenBack cancels cups of an order by name and by line, and reads what the feed says.
func TestAPartIsTakenBack(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/orders", order("P-1", 3))
	r := d.call("POST", "/v1/orders/o1/cancellations", `{"cups": ["c1-2"]}`)
	if o := read[wire.Order](t, r); r.status != 200 || o.State != shop.OrderAccepted || o.Cups[1].State != shop.Voided ||
		o.Cups[0].State != shop.Waiting {
		t.Fatalf("%d %s", r.status, r.body)
	}
	r = d.call("POST", "/v1/orders/o1/cancellations", `{"cups": ["c1-2"]}`)
	if r.status != 200 || r.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %d %v", r.status, r.header)
	}
	events := read[wire.Events](t, d.call("GET", "/v1/events", "")).Events
	last := events[len(events)-1]
	if last.Type != shop.ToldChanged || last.Data.Cups != 2 || len(last.Data.Voided) != 1 || last.Data.Totals == nil {
		t.Errorf("told %+v", last)
	}
	d.do(shop.Tap{By: "tablet", Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Made})
	for body, want := range map[string]string{
		`{"cups": ["c1-1"]}`: "cancel-too-late", `{"cups": ["c1-9"]}`: "invalid", `{"lines": [1]}`: "invalid", `{"lines": ["0"]}`: "invalid",
		`{"cups": "c1-1"}`: "invalid", `{}`: "invalid", `{"cups": []}`: "invalid", `{`: "malformed",
	} {
		if r := d.call("POST", "/v1/orders/o1/cancellations", body); r.problem() != want {
			t.Errorf("%s: %d %s, want %s", body, r.status, r.problem(), want)
		}
	}
	for path, status := range map[string]int{"/v1/orders/o9/cancellations": 404, "/v1/orders/x/cancellations": 404} {
		if r := d.call("POST", path, `{"lines": [0]}`); r.status != status {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	other := d.call("POST", "/v1/orders/o1/cancellations", `{"lines": [0]}`, "Authorization: Bearer "+d.key["meituan"])
	if other.status != 404 {
		t.Errorf("another channel's: %d", other.status)
	}
	r = d.call("POST", "/v1/orders/o1/cancellations", `{"lines": [0], "final": true}`)
	if o := read[wire.Order](t, r); r.status != 200 || o.State != shop.OrderCancelled || o.Reason != shop.ReasonMadeThenCancelled {
		t.Errorf("all that is left, final: %d %s", r.status, r.body)
	}
}

// TestReplay: what has been said about a ref is said again, and nothing is made twice.
func TestReplay(t *testing.T) {
	d := open(t)
	until := `"confirm_by": "2026-02-06T12:01:00+08:00"`
	first := d.call("POST", "/v1/orders", order("r", 2, until))
	replays := func(body string) {
		t.Helper()
		asked{body: body, status: 200, check: func(t *testing.T, _ *server, r reply) {
			if r.header.Get("Idempotent-Replayed") != "true" || string(r.body) != string(first.body) {
				t.Errorf("replay of %s: %v %s", first.body, r.header, r.body)
			}
		}}.run(t, d)
	}
	replays(order("r", 2, until))
	replays(strings.Replace(order("r", 2), "少糖", "多糖", 1)) // notes and names are not the order
	d.shop.Clock.Move(10 * time.Minute)
	replays(order("r", 2, until)) // also after confirm_by

	for name, other := range map[string]string{
		"items":      order("r", 3),
		"options":    strings.Replace(order("r", 2), "less", "none", 1),
		"fulfilment": strings.Replace(order("r", 2), "delivery", "pickup", 1),
		"slot":       order("r", 2, `"slot_start": "2026-02-06T15:00:00+08:00"`),
	} {
		t.Run("other "+name, func(t *testing.T) {
			asked{body: other, status: 409, problem: "order-conflict", says: `"order":{"id":"o1"`}.run(t, d)
		})
	}
	// The ref is the channel's own: another channel may use the same.
	asked{body: order("r", 3), headers: []string{"Authorization: Bearer " + d.key["meituan"]}, status: 201, adds: taken}.run(t, d)
	// Also after the end, and after a restart of everything but the file.
	d.do(shop.Handover{By: "test", Order: 1, Made: true})
	asked{body: order("r", 2), status: 200, says: `"state":"handed"`}.run(t, d)
}

// TestMoneyIsFilledInOnce: a downgraded order is taken, and a later replay says what it cost.
func TestMoneyIsFilledInOnce(t *testing.T) {
	d := open(t)
	unknown := strings.Replace(order("r", 1, `"downgraded": true`), `{"total_fen": 1500, "paid_fen": 0, "subsidy_fen": 1500}`, "null", 1)
	asked{body: unknown, status: 201, says: `"provisional":true`, adds: taken}.run(t, d)
	for range 2 {
		r := d.call("POST", "/v1/orders", order("r", 1))
		if r.status != 200 || strings.Contains(string(r.body), "provisional") {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	o, err := d.store.OrderByRef(t.Context(), "shangou", "r")
	if err != nil || o.Totals == nil || o.Totals.SubsidyFen != 1500 {
		t.Errorf("%+v, %v; want the money of the replay", o, err)
	}
	asked{body: unknown, status: 200}.run(t, d) // not known again: what is known stays
}

// TestAHundredAtOnce: one order sent a hundred times at the same moment is one order with one ticket.
func TestAHundredAtOnce(t *testing.T) {
	d := open(t)
	var wg sync.WaitGroup
	replies := make([]reply, 100)
	start := make(chan struct{})
	for i := range replies {
		wg.Go(func() {
			<-start
			var err error
			if replies[i], err = d.try("POST", "/v1/orders", order("once", 2)); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	created := 0
	for _, r := range replies {
		if r.status == 201 {
			created++
		}
		if r.status != 201 && (r.status != 200 || r.header.Get("Idempotent-Replayed") != "true") || string(r.body) != string(replies[0].body) {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if s := d.sum(); created != 1 || s.orders != 1 || s.jobs != 1 {
		t.Errorf("%d answers 201, %d orders, %d tickets; want one of each", created, s.orders, s.jobs)
	}
	// The control: a hundred different orders are not one.
	d.call("POST", "/v1/orders", order("twice", 1))
	if s := d.sum(); s.orders != 2 || s.jobs != 2 {
		t.Errorf("another ref gave %+v; want a second order and ticket", s)
	}
}

func TestCancellations(t *testing.T) {
	cancel := func(ref string, more ...string) asked {
		return asked{path: "/v1/cancellations", body: fmt.Sprintf(`{"ref": %q%s}`, ref, strings.Join(more, ""))}
	}
	expect := func(t *testing.T, d *server, a asked, status int, problem, says string, adds sum) {
		t.Helper()
		a.status, a.problem, a.says, a.adds = status, problem, says, adds
		a.run(t, d)
	}
	t.Run("while nothing is made", func(t *testing.T) {
		d := open(t)
		d.call("POST", "/v1/orders", order("r", 2))
		making := shop.Waiting
		d.do(shop.Tap{By: "t", Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Making, Seen: &making})
		expect(t, d, cancel("r"), 200, "", `"state":"cancelled"`, sum{open: -1})
		o, err := d.store.Order(t.Context(), 1)
		if err != nil || o.Cups[0].State != shop.Voided || o.Cups[1].State != shop.Voided {
			t.Errorf("%+v, %v; want every cup voided", o.Cups, err)
		}
		expect(t, d, cancel("r"), 200, "", `"state":"cancelled"`, sum{}) // repeated
		asked{body: order("r", 2), status: 200, says: `"state":"cancelled"`}.run(t, d)
	})
	t.Run("too late, then final", func(t *testing.T) {
		d := open(t)
		d.call("POST", "/v1/orders", order("r", 2))
		d.do(shop.Tap{By: "t", Cups: []shop.CupID{{Order: 1, N: 2}}, To: shop.Made})
		expect(t, d, cancel("r"), 409, "cancel-too-late", `"cups":[{"id":"c1-2","label":"2/2 茉莉奶绿 少冰","state":"made"}],"cups_made":1`, sum{})
		expect(t, d, cancel("r", `, "final": true`), 200, "", `"reason":"made-then-cancelled"`, sum{open: -1})
		expect(t, d, cancel("r", `, "final": true`), 200, "", `"state":"cancelled"`, sum{})
	})
	t.Run("after hand-over, final", func(t *testing.T) {
		d := open(t)
		d.call("POST", "/v1/orders", order("r", 1))
		d.do(shop.Handover{By: "t", Order: 1, Made: true})
		expect(t, d, cancel("r"), 409, "cancel-too-late", "", sum{})
		expect(t, d, cancel("r", `, "final": true`), 200, "", `"reason":"made-then-cancelled"`, sum{})
	})
	t.Run("before its order", func(t *testing.T) {
		d := open(t)
		expect(t, d, cancel("early"), 202, "", `"reason":"cancelled-before-order"`, sum{orders: 1})
		expect(t, d, cancel("early"), 200, "", `"state":"cancelled"`, sum{})
		asked{body: order("early", 2), status: 200, says: `"state":"cancelled"`}.run(t, d) // never made: no row, no ticket
		asked{body: order("early", 2), headers: []string{"Authorization: Bearer " + d.key["meituan"]}, status: 201, adds: taken}.run(t, d)
		if r := d.call("GET", "/v1/orders?ref=early", ""); !strings.Contains(string(r.body), `"state":"cancelled"`) {
			t.Errorf("read: %s", r.body)
		}
	})
	t.Run("bad input", func(t *testing.T) {
		d := open(t)
		expect(t, d, asked{path: "/v1/cancellations", body: `{}`}, 422, "invalid-order", `"/ref"`, sum{})
		expect(t, d, asked{path: "/v1/cancellations", body: `{"ref": "r", "final": 1}`}, 422, "invalid-order", `"/final"`, sum{})
		expect(t, d, asked{path: "/v1/cancellations", body: `{"ref": "r", "ref": "s"}`}, 400, "malformed", "", sum{})
	})
}

func TestProgress(t *testing.T) {
	d := open(t, func(config *shop.Config, _ *door.Config) { config.Channels[0].HoldUntilArrival = true })
	step := func(id, body string, status int, problem, says string, adds sum) {
		t.Helper()
		asked{path: "/v1/orders/" + id + "/progress", body: body, status: status, problem: problem, says: says, adds: adds}.run(t, d)
	}
	asked{body: order("r", 1), status: 201, says: `"state":"booked"`, adds: sum{orders: 1, open: 1}}.run(t, d)
	step("o1", `{"arrived": true}`, 200, "", `"state":"accepted"`, sum{jobs: 1}) // now it is made, and has its ticket
	step("o1", `{"arrived": true}`, 200, "", `"state":"accepted"`, sum{})
	step("o1", `{"courier_arrived": "2026-02-06T12:00:00+08:00"}`, 200, "", `"state":"accepted"`, sum{})
	step("o1", `{"picked_up": true}`, 200, "", `"state":"handed"`, sum{open: -1})
	step("o1", `{"picked_up": true}`, 200, "", `"state":"handed"`, sum{})
	step("o1", `{}`, 422, "invalid", "", sum{})
	step("o1", `{"arrived": true, "picked_up": true}`, 422, "invalid", "", sum{})
	step("o9", `{"arrived": true}`, 404, "not-found", "", sum{})
	step("nine", `{"arrived": true}`, 404, "not-found", "", sum{})
	asked{path: "/v1/orders/o1/progress", body: `{"arrived": true}`, headers: []string{"Authorization: Bearer " + d.key["meituan"]},
		status: 404, problem: "not-found"}.run(t, d)
}
