package webhook

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/server/outbox"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/wire"
)

// TestAChannelRegistersItself, changes its secret, and ends it.
func TestAChannelRegistersItself(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{Inside: true})
	h.orders(1, 0)
	h.Must(t, shop.Ack{Channel: "shangou", Through: 1}) // it has polled until now
	h.run()
	ctx := t.Context()
	w, fresh, err := h.hooks.Register(ctx, "shangou", wire.WebhookAsk{URL: r.http.URL})
	if err != nil || !fresh || w.Secret == "" || w.By != wire.WebhookByChannel {
		t.Fatalf("%+v, %v, %v", w, fresh, err)
	}
	r.mu.Lock()
	r.secret = w.Secret
	r.mu.Unlock()
	h.until("told", told)
	if list := r.seen(); len(list) != 1 || list[0].Seq != 2 {
		t.Errorf("%d events, from %+v; want what comes after its own acknowledgement", len(list), list)
	}
	again, fresh, err := h.hooks.Register(ctx, "shangou", wire.WebhookAsk{URL: r.http.URL + "/b"})
	if err != nil || fresh || again.Secret != "" {
		t.Errorf("registered again: %+v, %v, %v", again, fresh, err)
	}
	rotated, _, err := h.hooks.Register(ctx, "shangou", wire.WebhookAsk{URL: r.http.URL, Rotate: true})
	if err != nil || rotated.Secret == "" || rotated.Secret == w.Secret {
		t.Fatalf("%+v, %v", rotated, err)
	}
	h.orders(1, 1)
	h.until("told with the secret before", func(s outbox.Status) bool { return told(s) && s.Last == h.feed() })
	h.Pass(t, RotateTime)
	h.orders(1, 2)
	h.until("the secret before has ended", func(s outbox.Status) bool { return s.Failed > 0 })
	r.mu.Lock()
	r.secret = rotated.Secret
	r.mu.Unlock()
	h.until("told with the new one", func(s outbox.Status) bool { return told(s) && s.Last == h.feed() })
	if err := h.hooks.Remove(ctx, "shangou"); err != nil {
		t.Fatal(err)
	}
	n := r.count()
	h.orders(1, 3)
	if _, err := h.hooks.Look("shangou"); err == nil {
		t.Error("a webhook that was removed is shown")
	}
	time.Sleep(50 * time.Millisecond) // five looks
	if r.count() != n {
		t.Error("a webhook that was removed is called")
	}
}

// TestTwoRegisterAtOnce: one of them is the first and has the secret, and it is the one that is stored.
func TestTwoRegisterAtOnce(t *testing.T) {
	h := open(t, testshop.Setup{}, shop.Webhook{})
	answers := make([]wire.Webhook, 16)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			var err error
			if answers[i], _, err = h.hooks.Register(t.Context(), "shangou", wire.WebhookAsk{URL: "https://platform.example/"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	stored, err := h.Store.Webhook(t.Context(), "shangou")
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, a := range answers {
		if a.Secret == "" {
			continue
		}
		if secrets++; a.Secret != stored.Secret {
			t.Error("an answer has a secret that does not sign")
		}
	}
	if secrets != 1 {
		t.Errorf("%d answers have a secret, want 1", secrets)
	}
}

// removedInACall is a shop whose webhook is removed while its first call is under way. answer ends the call.
func removedInACall(t *testing.T) (h *house, answer func()) {
	t.Helper()
	called, end := make(chan struct{}, 1), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case called <- struct{}{}:
		default: // it was called again
		}
		<-end
	}))
	answer = sync.OnceFunc(func() { close(end) })
	t.Cleanup(func() { answer(); slow.Close() })
	h = open(t, testshop.Setup{}, shop.Webhook{Inside: true})
	h.hooks.of["shangou"].client.Timeout = try.Patience
	if _, _, err := h.hooks.Register(t.Context(), "shangou", wire.WebhookAsk{URL: slow.URL}); err != nil {
		t.Fatal(err)
	}
	h.orders(2, 0)
	h.run()
	<-called
	if err := h.hooks.Remove(t.Context(), "shangou"); err != nil {
		t.Fatal(err)
	}
	return h, answer
}

// TestANewAddressIsToldInOrder: what was under way for an address that was removed does not go on at the next one.
func TestANewAddressIsToldInOrder(t *testing.T) {
	h, answer := removedInACall(t)
	r := newReceiver(t)
	w, fresh, err := h.hooks.Register(t.Context(), "shangou", wire.WebhookAsk{URL: r.http.URL})
	if err != nil || !fresh {
		t.Fatalf("%+v, %v, %v", w, fresh, err)
	}
	r.mu.Lock()
	r.secret = w.Secret
	r.mu.Unlock()
	answer()
	h.until("told", told)
	r.gapless(h.feed())
}

// TestWhatIsRemovedStaysRemoved: a call that is under way while the webhook is removed leaves nothing behind.
func TestWhatIsRemovedStaysRemoved(t *testing.T) {
	h, answer := removedInACall(t)
	answer()
	time.Sleep(50 * time.Millisecond) // five looks
	if at, err := h.Store.Follower(t.Context(), "webhook/shangou"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("it is still noted how far it was told: %+v, %v", at, err)
	}
}

// TestABadAddressIsNotRegistered, and none where shop.yaml names one.
func TestABadAddressIsNotRegistered(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{})
	for _, url := range []string{"", "x", "ftp://example.com/", "http://example.com/", "https://", "https://user:pass@example.com/",
		"https://127.0.0.1/", "https://[::1]/", "https://192.168.1.9/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/",
		"https://example.com/#a", "https://%zz/"} {
		if _, _, err := h.hooks.Register(t.Context(), "shangou", wire.WebhookAsk{URL: url}); err == nil {
			t.Errorf("%q was registered", url)
		}
	}
	if _, _, err := h.hooks.Register(t.Context(), "shangou", wire.WebhookAsk{URL: "https://platform.example/"}); err != nil {
		t.Errorf("control: %v", err)
	}
	owned := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL + "/secret", Inside: true})
	if _, _, err := owned.hooks.Register(t.Context(), "shangou", wire.WebhookAsk{URL: "https://platform.example/"}); err == nil {
		t.Error("a channel changed what the owner says")
	}
	if w, err := owned.hooks.Look("shangou"); err != nil || strings.Contains(w.URL, "secret") || w.By != wire.WebhookByShop {
		t.Errorf("%+v, %v", w, err)
	}
}
