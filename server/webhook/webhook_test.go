package webhook

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/server/outbox"
	"weir/server/store"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/guard"
)

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
