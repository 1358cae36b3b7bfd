package door_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// open is a door to a shop over a real store.
func open(t *testing.T, change func(*door.Config)) (*door.Door, *testshop.Shop) {
	t.Helper()
	s := testshop.Open(t, testshop.Setup{})
	c := door.Config{Shop: s, Box: s.Box(), Now: s.Clock.Now, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&c)
	}
	return door.New(c), s
}

// message is a request with a body.
func message(body string) door.Message {
	return door.Message{Body: func() ([]byte, error) { return []byte(body), nil }, Ref: "peeked", Nonce: "n1"}
}

func order(ref string) string {
	return `{"ref":"` + ref + `","items":[{"item":"jasmine-milk-tea","qty":1},{"item":"bag","qty":1}]}`
}

func TestEveryAnswerSaysWhatItAnswers(t *testing.T) {
	d, s := open(t, nil)
	for _, tt := range []struct {
		name   string
		call   door.Call
		body   string
		re     string
		ref    string
		status int
	}{
		{"an order", door.Order, order("a"), "order", "a", 201},
		{"the same again", door.Order, order("a"), "order", "a", 200},
		{"an order that cannot be read", door.Order, `{`, "order", "peeked", 400},
		{"a step", door.Progress, `{"id":"o1","arrived":true}`, "progress", "a", 200},
		{"a step of the order in the path", door.ProgressOf("o1"), `{"arrived":true}`, "progress", "a", 200},
		{"a step of no order", door.ProgressOf("x"), `{"arrived":true}`, "progress", "peeked", 404},
		{"taken back", door.Cancel, `{"ref":"a"}`, "cancel", "a", 200},
		{"read", door.Ack, `{"epoch":1,"through":1}`, "ack", "peeked", 200},
		{"read what was never told", door.Ack, `{"epoch":1,"through":9000}`, "ack", "peeked", 400},
		{"a resync", door.Resync, ``, "resync", "peeked", 204},
		{"a notice that is wrong", door.Notice, `{}`, "notice", "peeked", 422},
		{"a day", door.Reconcile, `{}`, "reconciliation", "peeked", 200},
		{"a day that is none", door.ReconcileDay("today"), ``, "reconciliation", "peeked", 422},
	} {
		a := d.Do(t.Context(), "shangou", tt.call, message(tt.body))
		if a.Re != tt.re || a.Ref != tt.ref || a.Nonce != "n1" || a.Epoch != s.Snapshot().Counters.Epoch || a.Box != s.Box() ||
			a.Status != tt.status || (a.Err != nil) != (tt.status >= 400) {
			t.Errorf("%s: %+v", tt.name, a)
		}
		text, err := a.Envelope()
		var e wire.Answer
		if err != nil || json.Unmarshal(text, &e) != nil || e.Re != tt.re || e.Ref != tt.ref || e.Nonce != "n1" || e.Epoch != a.Epoch ||
			e.Box == "" || e.Box != s.Box() || e.Status != tt.status {
			t.Errorf("%s over MQTT: %s, %v", tt.name, text, err)
		}
	}
}

// figures is what the metrics say.
func figures(d *door.Door) string {
	registry := prometheus.NewRegistry()
	registry.MustRegister(d.Metrics()...)
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	return page.Body.String()
}

// counts is what the owner's tally was told.
type counts struct {
	refused  []shop.Refused
	accepted []string
}

func (c *counts) Refused(r shop.Refused)       { c.refused = append(c.refused, r) }
func (c *counts) Accepted(channel, ref string) { c.accepted = append(c.accepted, channel+"/"+ref) }

func TestWhatBecameOfEachOrderIsKept(t *testing.T) {
	told := &counts{}
	d, s := open(t, func(c *door.Config) { c.Tally = told })
	d.Do(t.Context(), "shangou", door.Order, message(order("a")))
	d.Do(t.Context(), "shangou", door.Order, message(order("a")))
	d.Do(t.Context(), "shangou", door.Order, message(`{`))
	d.Do(t.Context(), "shangou", door.Order, message(`{"ref":"b"}`))
	d.Do(t.Context(), "shangou", door.Cancel, message(`{`)) // no order
	d.Do(t.Context(), "stranger", door.Order, message(order("c")))
	d.Refuse("shangou", door.Order, message(order("d")), time.Second)
	if _, err := s.Do(t.Context(), shop.SetIntake{Channel: "shangou",
		Intake: shop.Intake{Mode: "paused", Until: try.Noon.Add(time.Hour), Reason: "x", By: "test"}}); err != nil {
		t.Fatal(err)
	}
	d.Do(t.Context(), "shangou", door.Order, message(order("e")))
	text := figures(d)
	for _, line := range []string{
		`{channel="shangou",outcome="accepted"} 1`, `{channel="shangou",outcome="replayed"} 1`, `{channel="shangou",outcome="malformed"} 1`,
		`{channel="shangou",outcome="invalid-order"} 1`, `{channel="none",outcome="not-found"} 1`,
		`{channel="shangou",outcome="quota-exceeded"} 1`,
		`{channel="shangou",outcome="intake-paused"} 1`,
	} {
		if !strings.Contains(text, "weir_orders_total"+line) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if n := strings.Count(text, "\nweir_orders_total"); n != 7 {
		t.Errorf("%d lines, want 7:\n%s", n, text)
	}
	if len(told.accepted) != 2 || told.accepted[0] != "shangou/a" || len(told.refused) != 1 {
		t.Fatalf("the tally was told %+v", told)
	}
	if r := told.refused[0]; r.Ref != "e" || r.Reason != "owner" || r.Cups != 1 {
		t.Errorf("refused %+v, want a drink and no bag", r)
	}
	if list := d.Refusals(); len(list) != 1 || list[0].Ref != "e" || list[0].Cups != 1 {
		t.Errorf("remembered %+v", list)
	}
}

func TestAMistakeOfOursEndsOneRequestAndIsLoggedOnce(t *testing.T) {
	var log strings.Builder
	d, _ := open(t, func(c *door.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	broken := door.Message{Body: func() ([]byte, error) { panic("the secret recipe") }}
	a := d.Do(t.Context(), "shangou", door.Order, broken)
	text, err := a.Envelope()
	if a.Status != 500 || err != nil || strings.Contains(string(text), "secret") || strings.Count(log.String(), "the secret recipe") != 1 {
		t.Errorf("%d %s, %v; logged %s", a.Status, text, err, log.String())
	}
	if a := d.Do(t.Context(), "shangou", door.Order, message(order("a"))); a.Status != 201 {
		t.Errorf("after it: %d %+v", a.Status, a.Body)
	}
}
