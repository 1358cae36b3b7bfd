package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/wire"
)

// TestWhenAnOrderIsWantedOverHTTP: by and deliver_at are judged and told, and what is wrong with them is said.
func TestWhenAnOrderIsWantedOverHTTP(t *testing.T) {
	d := open(t)
	at := func(minutes int) string {
		return d.shop.Clock.Now().Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
	}
	for _, c := range []struct {
		name, members string
		status        int
		problem, says string
		state         shop.OrderState
		readyIn       time.Duration // 0: not looked at
	}{
		{name: "by that is kept", members: `"by":"` + at(60) + `"`, status: 201, state: shop.OrderAccepted},
		{name: "by between the likely time and the promise", members: `"by":"` + at(4) + `"`, status: 201, state: shop.OrderAccepted,
			readyIn: 4 * time.Minute},
		{name: "by of this minute", members: `"by":"` + at(0) + `"`, status: 409, problem: "deadline-passed", says: `"earliest_ready_at":"20`},
		{name: "by long ago", members: `"by":"2016-02-06T12:00:00Z"`, status: 409, problem: "deadline-passed", says: `"rule":"by"`},
		{name: "by in ten years", members: `"by":"2036-02-06T12:00:00Z"`, status: 201, state: shop.OrderAccepted},
		{name: "by that is no time", members: `"by":"soon"`, status: 422, problem: "invalid-order", says: `"/by"`},
		{name: "by a number", members: `"by":15`, status: 422, problem: "invalid-order", says: `"/by"`},
		{name: "at the door", members: `"deliver_at":"` + at(150) + `","ride_s":1800`, status: 201, state: shop.OrderBooked,
			readyIn: 2 * time.Hour},
		{name: "at the door soon", members: `"deliver_at":"` + at(35) + `","ride_s":600`, status: 201, state: shop.OrderBooked,
			readyIn: 25 * time.Minute},
		{name: "at the door now", members: `"deliver_at":"` + at(1) + `"`, status: 409, problem: "deadline-passed", says: `"slot"`},
		{name: "at the door in ten years", members: `"deliver_at":"2036-02-06T12:00:00Z"`, status: 409, problem: "slot-full"},
		{name: "at the door after closing", members: `"deliver_at":"` + at(690) + `"`, status: 409, problem: "slot-full"},
		{name: "a time beside a slot", members: `"deliver_at":"` + at(150) + `","slot_start":"` + at(120) + `"`, status: 422,
			problem: "invalid-order", says: `"/deliver_at"`},
		{name: "a ride of a day", members: `"deliver_at":"` + at(150) + `","ride_s":86400`, status: 422,
			problem: "invalid-order", says: `"/ride_s"`},
		{name: "a negative distance", members: `"distance_m":-1`, status: 422, problem: "invalid-order", says: `"/distance_m"`},
		{name: "a pinned refusal", members: `"pin":true,"by":"` + at(0) + `"`, status: 409, problem: "deadline-passed", says: `"pinned":true`},
	} {
		ref := strings.ReplaceAll(c.name, " ", "-")
		r := d.call("POST", "/v1/orders", order(ref, 1, c.members))
		if r.status != c.status || r.problem() != c.problem || !strings.Contains(string(r.body), c.says) {
			t.Errorf("%s: %d %s", c.name, r.status, r.body)
			continue
		}
		if c.status != http.StatusCreated {
			continue
		}
		o := read[wire.Order](t, r)
		if o.State != c.state || c.readyIn != 0 && !o.Quote.ReadyBy.Equal(d.shop.Clock.Now().Add(c.readyIn)) {
			t.Errorf("%s: %s", c.name, r.body)
		}
		if again := d.call("POST", "/v1/orders", order(ref, 1, c.members)); again.status != http.StatusOK {
			t.Errorf("%s, once more: %d", c.name, again.status)
		}
	}
}

// TestRidersOverHTTP: what is held is begun for its rider, and what is wrong with a step is said.
func TestRidersOverHTTP(t *testing.T) {
	d := open(t, func(c *shop.Config, _ *door.Config) { c.Channels[0].HoldUntilArrival = true })
	o := read[wire.Order](t, d.call("POST", "/v1/orders", order("a", 1)))
	step := func(body string) reply { return d.call("POST", "/v1/orders/"+o.ID.String()+"/progress", body) }
	eta := func(d2 time.Duration) string { return d.shop.Clock.Now().Add(d2).Format(time.RFC3339) }
	for body, status := range map[string]int{
		`{"courier_assigned":{"eta":"` + eta(13*time.Hour) + `"}}`:       422,
		`{"courier_assigned":{"eta":"2036-02-06T12:00:00Z"}}`:            422,
		`{"courier_assigned":{"eta":"soon"}}`:                            422,
		`{"courier_assigned":{"eta":7}}`:                                 422,
		`{"courier_assigned":[]}`:                                        422,
		`{"courier_assigned":true,"picked_up":true}`:                     422,
		`{"courier_left":true}`:                                          422,
		`{"courier_cancelled":true}`:                                     200,
		`{"step":"courier_assigned"}`:                                    200,
		`{"courier_assigned":{"eta":"` + eta(-10*365*24*time.Hour) + `"`: 400,
	} {
		if r := step(body); r.status != status {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
	d.pass(time.Minute)
	r := step(`{"courier_assigned":{"eta":"` + eta(30*time.Minute) + `"}}`)
	comes := d.shop.Clock.Now().Add(30 * time.Minute)
	if got := read[wire.Order](t, r); got.State != shop.OrderBooked || got.Courier == nil || !got.Courier.Eta.Equal(comes) {
		t.Errorf("%d %s", r.status, r.body)
	}
	for n := range 30 { // it says something else every second
		step(fmt.Sprintf(`{"courier_assigned":{"eta":"%s"}}`, eta(time.Duration(40+n)*time.Minute)))
	}
	if got := read[wire.Order](t, step(`{"reminded":true}`)); !got.Courier.Eta.Equal(d.shop.Clock.Now().Add(30 * time.Minute)) {
		t.Errorf("expected %v", got.Courier.Eta)
	}
	for state, until := shop.OrderBooked, 0; state == shop.OrderBooked; until++ {
		if d.pass(time.Minute); until > 29 {
			t.Fatal("it is not begun for its rider")
		}
		state = read[wire.Order](t, d.call("GET", "/v1/orders/"+o.ID.String(), "")).State
		if until < 20 && state != shop.OrderBooked {
			t.Fatalf("begun %d minutes before the rider comes", 30-until)
		}
	}
	if r := step(`{"courier_assigned":{"eta":"2016-02-06T12:00:00Z"}}`); read[wire.Order](t, r).Courier.Eta.Before(d.shop.Clock.Now()) {
		t.Errorf("%s", r.body)
	}
	if r := step(`{"courier_arrived":true}`); read[wire.Order](t, r).Courier.ArrivedAt.IsZero() {
		t.Errorf("%s", r.body)
	}
	if r := step(`{"picked_up":true}`); read[wire.Order](t, r).State != shop.OrderHanded {
		t.Errorf("%s", r.body)
	}
}
