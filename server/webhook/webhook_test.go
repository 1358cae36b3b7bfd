package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"weir/server/outbox"
	"weir/server/store"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/try"
	"weir/shop/wire"
)

const (
	secret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secret2 = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

// call is one call that a receiver had.
type call struct {
	id    string
	event wire.Event
}

// receiver is a channel's server: it verifies each call with the published library, and goes wrong as it is told to.
type receiver struct {
	t    *testing.T
	http *httptest.Server

	mu     sync.Mutex
	secret string // that it knows
	faults []string
	calls  []call // with a good signature, in the order in which they came
	forged int    // with a bad one
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, secret: secret}
	r.http = httptest.NewServer(r)
	t.Cleanup(r.http.Close)
	return r
}

// ServeHTTP implements [http.Handler].
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	verifier, _ := standardwebhooks.NewWebhook(r.secret)
	if err != nil || verifier.Verify(body, req.Header) != nil {
		r.forged++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c := call{id: req.Header.Get("webhook-id")}
	if err := json.Unmarshal(body, &c.event); err != nil {
		r.t.Errorf("%s: %v", body, err)
	}
	r.calls = append(r.calls, c)
	if len(r.faults) == 0 {
		return
	}
	fault := r.faults[0]
	r.faults = r.faults[1:]
	switch fault {
	case "": // it works
	case "drop": // it has read it, and its answer is lost
		panic(http.ErrAbortHandler)
	case "hang":
		r.mu.Unlock()
		<-req.Context().Done()
		r.mu.Lock()
	case "slow":
		r.mu.Unlock()
		for range 100 { // headers at once, and a body that does not end
			if _, err := io.WriteString(w, "."); err != nil {
				break
			}
			http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
		r.mu.Lock()
	case "large":
		io.WriteString(w, strings.Repeat("x", 1<<20))
	case "redirect":
		http.Redirect(w, req, r.http.URL+"/elsewhere", http.StatusTemporaryRedirect)
	default:
		var status int
		fmt.Sscan(fault, &status)
		w.WriteHeader(status)
	}
}

// seen are the events that came, each once, in the order in which they first came.
func (r *receiver) seen() (list []wire.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := map[string]bool{}
	for _, c := range r.calls {
		if !had[c.id] {
			list = append(list, c.event)
		}
		had[c.id] = true
	}
	return list
}

// count is how many calls came with a good signature.
func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// gapless fails unless every event came, in order and under an id of its own.
func (r *receiver) gapless(through uint64) {
	r.t.Helper()
	ids := map[string]uint64{}
	var last uint64
	for _, e := range r.seen() {
		if e.Seq != last+1 {
			r.t.Fatalf("event %d came after %d", e.Seq, last)
		}
		last = e.Seq
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if was, ok := ids[c.id]; ok && was != c.event.Seq {
			r.t.Errorf("id %s for events %d and %d", c.id, was, c.event.Seq)
		}
		ids[c.id] = c.event.Seq
	}
	if last != through || uint64(len(ids)) != through {
		r.t.Errorf("%d events under %d ids; want %d", last, len(ids), through)
	}
}

// quick are the times of a shop in a test.
var quick = outbox.Terms{First: 5 * time.Millisecond, Most: 20 * time.Millisecond, Wrong: 20 * time.Millisecond, Park: 24 * time.Hour,
	Look: 10 * time.Millisecond}

type house struct {
	*testshop.Shop
	t     *testing.T
	hooks *Hooks
	tells *outbox.Follower
	stop  func()
	file  string // of the secrets
}

// open opens a shop that tells shangou by a webhook.
func open(t *testing.T, setup testshop.Setup, hook shop.Webhook) *house {
	t.Helper()
	h := &house{t: t, file: filepath.Join(t.TempDir(), "key")}
	h.secrets(secret)
	if hook.URL != "" {
		hook.KeyFile = h.file
	}
	setup.Change = func(c *shop.Config) {
		testshop.TenToTen(c)
		for i := range c.Channels {
			if c.Channels[i].ID == "shangou" {
				c.Channels[i].Webhook = &hook
			}
		}
	}
	h.Shop = testshop.Open(t, setup)
	var err error
	h.hooks, err = New(t.Context(), Config{Store: h.Store, Terms: quick, Now: h.Clock.Now, Log: try.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	h.tells = h.hooks.of["shangou"].follower
	h.hooks.of["shangou"].client.Timeout = 150 * time.Millisecond
	return h
}

func (h *house) secrets(lines ...string) {
	h.t.Helper()
	if err := os.WriteFile(h.file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) run() { h.t.Helper(); h.stop = try.Run(h.t, h.tells.Run) }

// orders places orders and takes them back: two events each.
func (h *house) orders(n int, from int) {
	h.t.Helper()
	for i := from; i < from+n; i++ {
		draft, err := wire.DecodeOrder([]byte(testshop.Order(fmt.Sprintf("r%d", i))))
		if err != nil {
			h.t.Fatal(err)
		}
		h.Must(h.t, shop.Place{Channel: "shangou", Draft: draft}, shop.Cancel{Channel: "shangou", Ref: draft.Ref})
	}
}

func (h *house) feed() uint64 { return h.Snapshot().Counters.Feeds["shangou"] }

func (h *house) until(what string, so func(outbox.Status) bool) {
	h.t.Helper()
	try.Until(h.t, what, func() bool { return so(h.tells.Status()) })
}

func told(s outbox.Status) bool { return s.Waiting() == 0 && s.Failing.IsZero() }

// TestEveryEventIsTold whatever the receiver does: in order, without a gap, the same event under the same id.
func TestEveryEventIsTold(t *testing.T) {
	r := newReceiver(t)
	r.faults = []string{"502", "drop", "hang", "", "slow", "redirect", "429", "", "large", "500", "404", "drop"}
	h := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL + "/events?token=hidden", Inside: true})
	h.orders(10, 0)
	h.run()
	h.until("told", told)
	h.orders(5, 10)
	h.until("told what came later", func(s outbox.Status) bool { return told(s) && s.Last == h.feed() })
	r.gapless(h.feed())
	if n := h.feed(); n < 30 || r.count() < int(n)+8 {
		t.Errorf("%d calls of %d events: nothing had to be told again, the test proves nothing", r.count(), n)
	}
	events := r.seen()
	if e := events[0]; e.Type != "order.accepted" || e.Data.Ref != "r0" || e.SpecVersion != "1.0" || e.Source != "/weir/v1/demo/shangou" {
		t.Errorf("%+v", e)
	}
	if r.calls[0].id != "evt_demo_shangou_1_1" {
		t.Errorf("id %s", r.calls[0].id)
	}
	if h.Snapshot().Counters.Acks["shangou"] != 0 {
		t.Error("a webhook moved the cursor of those who poll")
	}
}

// TestACursorOutlivesItsShop: what was confirmed is not told again after a restart, and the rest is.
func TestACursorOutlivesItsShop(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL, Inside: true})
	h.orders(3, 0)
	h.run()
	h.until("told", told)
	h.stop()
	first := r.count()
	h.orders(3, 3)
	through, dir := h.feed(), h.Dir
	h.Stop()
	h = open(t, testshop.Setup{Dir: dir}, shop.Webhook{URL: r.http.URL, Inside: true})
	h.run()
	h.until("told", func(s outbox.Status) bool { return told(s) && s.Told == through })
	r.gapless(through)
	if r.count() != int(through) || first == 0 || first == r.count() {
		t.Errorf("%d calls, then %d, of %d events", first, r.count(), through)
	}
}

// TestADayOfFailuresIsParked, and a person sends again. The control is the hour before: it still tries.
func TestADayOfFailuresIsParked(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL, Inside: true})
	r.secret = secret2 // it knows another secret, and refuses everything
	h.orders(1, 0)
	h.run()
	h.until("failing", func(s outbox.Status) bool { return s.Failed > 1 && s.Why == "the other end answered 401 Unauthorized" })
	h.Clock.Move(23 * time.Hour)
	n := h.tells.Status().Failed
	h.until("still tried", func(s outbox.Status) bool { return s.Failed > n+1 && s.Parked.IsZero() })
	h.Clock.Move(time.Hour)
	h.until("parked", func(s outbox.Status) bool { return !s.Parked.IsZero() })
	time.Sleep(60 * time.Millisecond) // several tries, if it still tried
	n = h.tells.Status().Failed
	time.Sleep(60 * time.Millisecond)
	if s := h.tells.Status(); s.Failed != n || s.Waiting() == 0 {
		t.Errorf("parked, and called: %+v", s)
	}
	h.stop()
	r.mu.Lock()
	r.secret = secret
	r.mu.Unlock()
	h.run() // as after a restart: what is parked stays parked
	time.Sleep(60 * time.Millisecond)
	if s := h.tells.Status(); s.Parked.IsZero() {
		t.Errorf("no longer parked: %+v", s)
	}
	if err := h.tells.Again(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.until("told", told)
	r.gapless(h.feed())
}

// TestAReceiverThatIsGoneIsParkedAtOnce: 410 says that nothing more is wanted there.
func TestAReceiverThatIsGoneIsParkedAtOnce(t *testing.T) {
	r := newReceiver(t)
	r.faults = []string{"410"}
	h := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL, Inside: true})
	h.orders(1, 0)
	h.run()
	h.until("parked", func(s outbox.Status) bool { return !s.Parked.IsZero() && s.Failed == 1 })
}

// TestSecretsChangeWithoutALoss: two are good at once, and the file is read again.
func TestSecretsChangeWithoutALoss(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL, Inside: true})
	h.orders(1, 0)
	h.run()
	h.until("told", told)
	h.secrets(secret2, secret) // both sign
	h.orders(1, 1)
	h.until("told with both", func(s outbox.Status) bool { return told(s) && s.Last == h.feed() })
	r.mu.Lock()
	r.secret = secret2 // the receiver changes when it likes
	r.mu.Unlock()
	h.orders(1, 2)
	h.until("told to the new one", func(s outbox.Status) bool { return told(s) && s.Last == h.feed() })
	h.secrets(secret2)
	h.orders(1, 3)
	h.until("told with the new one", func(s outbox.Status) bool { return told(s) && s.Last == h.feed() })
	if r.gapless(h.feed()); r.forged != 0 {
		t.Errorf("%d calls were refused", r.forged)
	}
	h.secrets(secret) // the control: the old one alone is refused
	h.orders(1, 4)
	h.until("refused", func(s outbox.Status) bool { return s.Failed > 0 })
}

// TestNoCallGoesInside: without the owner's word neither an address nor a name of this machine is called. The control is
// every other test here.
func TestNoCallGoesInside(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{URL: strings.Replace(r.http.URL, "127.0.0.1", "localhost", 1) + "/?token=hidden"})
	h.orders(1, 0)
	h.run()
	h.until("not told", func(s outbox.Status) bool { return s.Failed > 1 })
	if s := h.tells.Status(); !strings.Contains(s.Why, guard.ErrInside.Error()) || strings.Contains(s.Why, "hidden") || r.count() != 0 {
		t.Errorf("%+v after %d calls", s, r.count())
	}
}

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

// TestANoteThatFailsIsMadeWithTheNext: a disk that fails for a moment stops no event.
func TestANoteThatFailsIsMadeWithTheNext(t *testing.T) {
	r := newReceiver(t)
	h := open(t, testshop.Setup{}, shop.Webhook{URL: r.http.URL, Inside: true})
	bad := &forgetful{Store: h.Store, left: 3}
	h.tells.Shop = bad
	h.orders(2, 0)
	h.run()
	h.until("told", told)
	r.gapless(h.feed())
	if r.count() != int(h.feed()) {
		t.Errorf("%d calls of %d events: a note that failed is made with the next", r.count(), h.feed())
	}
}

// forgetful is a store that cannot note the first confirmations.
type forgetful struct {
	*store.Store
	left int
}

func (f *forgetful) PutFollower(ctx context.Context, at store.Follower) error {
	if f.left--; f.left >= 0 {
		return fmt.Errorf("disk full")
	}
	return f.Store.PutFollower(ctx, at)
}
