package door_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// problem is what an answer refuses with, as it goes over MQTT.
func problem(t *testing.T, a door.Answer) wire.Problem {
	t.Helper()
	text, err := a.Envelope()
	var e wire.Answer
	var p wire.Problem
	if err != nil || json.Unmarshal(text, &e) != nil || json.Unmarshal(e.Body, &p) != nil || e.Status != p.Status {
		t.Fatalf("%s, %v", text, err)
	}
	return p
}

func TestAPinnedRefusalSaysSo(t *testing.T) {
	d, s := open(t, nil)
	big := func(ref, more string) door.Answer {
		return d.Do(t.Context(), "shangou", door.Order, message(`{"ref":"`+ref+`"`+more+`,"items":[{"item":"grape","qty":80}]}`))
	}
	if p := problem(t, big("free", "")); p.Pinned || p.Status != 503 || !p.NotMade {
		t.Errorf("control: %+v", p)
	}
	first := problem(t, big("final", `,"pin":true`))
	again := problem(t, d.Do(t.Context(), "shangou", door.Order, message(order("final"))))
	for _, p := range []wire.Problem{first, again} {
		if !p.Pinned || !p.NotMade || p.Status != 503 || p.Type != "/problems/temporary-reduced-capacity" || p.Reason != "room" ||
			p.RetryAfter == 0 {
			t.Errorf("%+v", p)
		}
	}
	if a := d.Do(t.Context(), "shangou", door.Order, message(order("free"))); a.Status != 201 {
		t.Errorf("control: an order that was refused and not pinned: %d", a.Status)
	}
	// It is found by its ref, as what will never be made, and what cannot be read is no refusal of an order.
	o, err := s.OrderByRef(t.Context(), "shangou", "final")
	if err != nil || o.State() != shop.OrderCancelled || o.Reason != shop.ReasonPinned ||
		wire.NewOrder(o, s.Snapshot().Config.Menu).Provisional {
		t.Errorf("%+v, %v", o, err)
	}
	if p := problem(t, d.Do(t.Context(), "shangou", door.Order, message(`{"ref":"x","pin":true}`))); p.Pinned || p.Status != 422 {
		t.Errorf("%+v", p)
	}
}

// TestAFullBoundIsToldAsAQuota: a cancellation of an unknown ref and a pin are 429, with a time to try again.
func TestAFullBoundIsToldAsAQuota(t *testing.T) {
	d, s := open(t, nil)
	var wait sync.WaitGroup
	const callers = 64
	for caller := range callers {
		wait.Go(func() {
			for i := caller; i < shop.TombstonesMax; i += callers {
				if _, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: fmt.Sprint("x", i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for name, a := range map[string]door.Answer{
		"a cancellation": d.Do(t.Context(), "shangou", door.Cancel, message(`{"ref":"more"}`)),
		"a pin":          d.Do(t.Context(), "shangou", door.Order, message(`{"ref":"more","pin":true,"items":[{"item":"grape","qty":80}]}`)),
	} {
		if p := problem(t, a); a.Status != 429 || p.Type != "/problems/quota-exceeded" || p.RetryAfter == 0 || p.Pinned || p.NotMade {
			t.Errorf("%s: %d %+v", name, a.Status, p)
		}
	}
	for name, want := range map[string]struct {
		answer door.Answer
		status int
	}{
		"the first of them": {d.Do(t.Context(), "shangou", door.Cancel, message(`{"ref":"x0"}`)), 200},
		"its order":         {d.Do(t.Context(), "shangou", door.Order, message(order("x0"))), 200},
		"an order":          {d.Do(t.Context(), "shangou", door.Order, message(order("a"))), 201},
		"another channel's": {d.Do(t.Context(), "meituan", door.Cancel, message(`{"ref":"more"}`)), 202},
	} {
		if want.answer.Status != want.status {
			t.Errorf("%s: %d, want %d", name, want.answer.Status, want.status)
		}
	}
	if a := d.Do(t.Context(), "shangou", door.Cancel, message(`{"ref":"a"}`)); a.Status != 200 {
		t.Errorf("a cancellation of an order: %d", a.Status)
	}
}

func TestTheAnswerToAnOrderHasItsReceipt(t *testing.T) {
	d, s := open(t, nil)
	receipt := func(a door.Answer, status int) string {
		t.Helper()
		o, ok := a.Body.(wire.Order)
		if a.Status != status || !ok {
			t.Fatalf("%d %+v", a.Status, a.Body)
		}
		return o.Receipt
	}
	first := receipt(d.Do(t.Context(), "shangou", door.Order, message(order("a"))), 201)
	if first == "" || receipt(d.Do(t.Context(), "shangou", door.Order, message(order("a"))), 200) != first {
		t.Errorf("receipt %q, and another of a replay", first)
	}
	known := strings.TrimSuffix(order("a"), "}") + `,"accepted":{"receipt":"` + first + `"}}`
	if a := d.Do(t.Context(), "shangou", door.Order, message(known)); a.Status != 200 || !a.Replayed {
		t.Errorf("a receipt of a known order: %d", a.Status)
	}
	if a := d.Do(t.Context(), "shangou", door.Cancel, message(`{"ref":"never"}`)); receipt(a, 202) != "" {
		t.Error("a tombstone has a receipt")
	}
	if _, err := s.Do(t.Context(), shop.SetIntake{Channel: "shangou",
		Intake: shop.Intake{Mode: "paused", Until: try.Noon.Add(time.Hour), By: "owner"}}); err != nil {
		t.Fatal(err)
	}
	for _, accepted := range []string{`{"receipt":"` + first + `"}`, `{"receipt":7}`, `{}`, `null`,
		`{"receipt":"` + strings.Repeat("x", 1000) + `"}`} {
		body := strings.TrimSuffix(order("b"), "}") + `,"accepted":` + accepted + `}`
		if a := d.Do(t.Context(), "shangou", door.Order, message(body)); a.Status != 503 {
			t.Errorf("with %.40s it is no ordinary order: %d %+v", accepted, a.Status, a.Body)
		}
	}
}

func TestAChannelMarksAnItemForItself(t *testing.T) {
	d, _ := open(t, nil)
	mark := func(channel, item, body string) door.Answer {
		return d.Do(t.Context(), channel, door.Availability(item), message(body))
	}
	a := mark("meituan", "grape", `{"available":false}`)
	if item, ok := a.Body.(wire.MenuItem); a.Re != "availability" || a.Status != 200 || !ok || item.Available || !item.Marked {
		t.Errorf("%+v", a)
	}
	grape := `{"ref":"g","items":[{"item":"grape","qty":1}]}`
	if a := d.Do(t.Context(), "meituan", door.Order, message(grape)); a.Status != 409 {
		t.Errorf("an order of the channel: %d", a.Status)
	}
	if a := d.Do(t.Context(), "shangou", door.Order, message(grape)); a.Status != 201 {
		t.Errorf("an order of another channel: %d", a.Status)
	}
	if a := mark("meituan", "beer", `{"available":false}`); a.Status != 404 {
		t.Errorf("what is not on the menu: %d", a.Status)
	}
	if a := mark("meituan", "grape", `{}`); a.Status != 422 {
		t.Errorf("nothing said: %d", a.Status)
	}
}
