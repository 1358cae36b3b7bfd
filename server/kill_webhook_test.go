package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"weir/shop/try"
)

// webhookKills is how often the shop dies between an event that was told and the note of it.
const webhookKills = 4

// TestAWebhookOutlivesKillNine: the shop dies while its receiver is answering. Each event comes, in order, and the one of
// which nothing was noted comes again under the same id.
func TestAWebhookOutlivesKillNine(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	k := newKillable(t, nil)
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	times, order, killed := map[string]int{}, []uint64{}, map[string]bool{}
	died := make(chan struct{}, webhookKills)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var e struct{ Seq uint64 }
		if err != nil || verifier.Verify(body, r.Header) != nil || json.Unmarshal(body, &e) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("webhook-id")
		if times[id]++; times[id] == 1 {
			order = append(order, e.Seq)
		}
		if e.Seq%3 == 2 && times[id] == 1 && len(killed) < webhookKills {
			killed[id] = true
			k.cmd.Process.Kill() // an error means that it is dead
			died <- struct{}{}
		}
	}))
	defer receiver.Close()
	key := filepath.Join(k.dir, "webhook.key")
	k.write(t, "webhook.key", secret+"\n")
	config, err := os.ReadFile(k.config())
	if err != nil {
		t.Fatal(err)
	}
	hook := fmt.Sprintf("weight: 1, webhook: {url: %q, key_file: %q, inside: true}}", receiver.URL, key)
	k.write(t, "shop.yaml", strings.Replace(string(config), "weight: 1}", hook, 1))
	const orders = 3 * webhookKills
	for n, left := 0, webhookKills; n < orders || left > 0; {
		k.start(t)
		for dead := false; !dead && (n < orders || left > 0); {
			if n < orders && k.order(t, n) {
				n++
			}
			select {
			case <-died:
				dead, left = true, left-1
				k.kill()
			default:
			}
		}
	}
	if k.cmd == nil {
		k.start(t)
	}
	for n := range orders { // the shop may have died while one was answered
		if !k.order(t, n) {
			t.Fatalf("order %d is not answered", n)
		}
	}
	try.Until(t, "every event is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(order) >= orders
	})
	mu.Lock()
	defer mu.Unlock()
	for i, seq := range order {
		if seq != uint64(i+1) {
			t.Fatalf("event %d came at place %d", seq, i+1)
		}
	}
	for id := range killed {
		if times[id] < 2 {
			t.Errorf("%s came once: the shop died elsewhere, the test proves nothing", id)
		}
	}
	if len(killed) != webhookKills {
		t.Errorf("%d kills, want %d", len(killed), webhookKills)
	}
}

// order places an order, and reports whether it was answered as one that is accepted.
func (k *killable) order(t *testing.T, n int) bool {
	t.Helper()
	body := fmt.Sprintf(`{"ref":"w%d","items":[{"item":"tea","qty":1}]}`, n)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.url+"/v1/orders", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+k.keys["shangou"])
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusCreated || resp.StatusCode == http.StatusOK
}
