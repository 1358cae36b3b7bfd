package api

import (
	"net/http"
	"strings"
	"testing"

	"weir/shop/wire"
)

// TestAChannelRegistersItsWebhook over HTTP; how it is called is tested with the sender.
func TestAChannelRegistersItsWebhook(t *testing.T) {
	d := open(t)
	if r := d.call("GET", "/v1/webhook", ""); r.status != http.StatusNotFound || r.problem() != "not-found" {
		t.Errorf("none yet: %d %s", r.status, r.body)
	}
	for body, want := range map[string]int{
		`{`: http.StatusBadRequest, `{}`: http.StatusUnprocessableEntity, `{"url":7}`: http.StatusUnprocessableEntity,
		`{"url":"http://example.com/"}`:                                http.StatusUnprocessableEntity,
		`{"url":"https://127.0.0.1/"}`:                                 http.StatusUnprocessableEntity,
		`{"url":"https://example.com/","rotate":"x"}`:                  http.StatusUnprocessableEntity,
		`{"url":"https://` + strings.Repeat("x", 3000) + `.example/"}`: http.StatusUnprocessableEntity,
	} {
		if r := d.call("PUT", "/v1/webhook", body); r.status != want {
			t.Errorf("%.60s: %d %s, want %d", body, r.status, r.body, want)
		}
	}
	r := d.call("PUT", "/v1/webhook", `{"url":"https://platform.example/events"}`)
	w := read[wire.Webhook](t, r)
	if r.status != http.StatusCreated || !strings.HasPrefix(w.Secret, "whsec_") ||
		w.URL != "https://platform.example/events" || w.By != "channel" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	for _, r := range []reply{
		d.call("PUT", "/v1/webhook", `{"url":"https://platform.example/events"}`), d.call("GET", "/v1/webhook", ""),
	} {
		if again := read[wire.Webhook](t, r); r.status != http.StatusOK || again.Secret != "" || again.URL != w.URL {
			t.Errorf("%d %s: want no secret", r.status, r.body)
		}
	}
	r = d.call("PUT", "/v1/webhook", `{"url":"https://platform.example/events","rotate":true}`)
	if rotated := read[wire.Webhook](t, r); r.status != http.StatusOK || rotated.Secret == "" || rotated.Secret == w.Secret {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := d.call("GET", "/v1/webhook", "", "Authorization: Bearer "+d.key["meituan"]); r.status != http.StatusNotFound {
		t.Errorf("another channel's: %d %s", r.status, r.body)
	}
	if r := d.call("DELETE", "/v1/webhook", ""); r.status != http.StatusNoContent {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := d.call("DELETE", "/v1/webhook", ""); r.status != http.StatusNotFound {
		t.Errorf("removed twice: %d %s", r.status, r.body)
	}
}
