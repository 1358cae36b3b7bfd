package adapter

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/guard"
	"weir/shop/try"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// house is a shop whose channel meituan has an adapter, over a real store.
type house struct {
	t *testing.T
	*testshop.Shop
	adapter *Adapter
	trouble atomic.Pointer[capacity.Reason]
}

// open opens a shop whose platform is at url.
func open(t *testing.T, kind shop.AdapterKind, url string) *house {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, Shop: testshop.Open(t, testshop.Setup{Change: func(c *shop.Config) {
		c.Channels[1].Leased, c.Channels[1].Adapter = false, &shop.Adapter{Kind: kind, URL: url, KeyFile: keyFile}
	}})}
	all, err := All(Config{Shop: h.Store, Now: h.Clock.Now, Log: slog.New(slog.DiscardHandler), Trouble: func() capacity.Reason {
		if r := h.trouble.Load(); r != nil {
			return *r
		}
		return ""
	}})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d adapters, %v", len(all), err)
	}
	h.adapter = all[0]
	h.adapter.terms = terms{look: 10 * time.Millisecond, refresh: time.Hour, first: 10 * time.Millisecond, most: 40 * time.Millisecond,
		wrong: time.Hour}
	h.adapter.sender.client.Timeout = 200 * time.Millisecond
	h.do(shop.Tick{}) // the writer runs
	return h
}

// run runs something until the end of the test.
func (h *house) run(run func(context.Context) error) { h.t.Helper(); try.Run(h.t, run) }

func (h *house) do(c shop.Command) { h.t.Helper(); h.Must(h.t, c) }

// pass lets the shop's clock run on.
func (h *house) pass(d time.Duration) { h.t.Helper(); h.Pass(h.t, d) }

func (h *house) intake(mode capacity.IntakeMode, until time.Time) {
	h.t.Helper()
	h.do(shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: mode, Until: until, By: "owner"}})
}

// status waits for a status.
func (h *house) status(what string, so func(Status) bool) {
	h.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(h.adapter.Status()); time.Sleep(5 * time.Millisecond) { // it rings no bell
		if time.Now().After(deadline) {
			h.t.Fatalf("still not so: %s: %+v", what, h.adapter.Status())
		}
	}
}

func start(t *testing.T, kind shop.AdapterKind) (*house, *platform) {
	t.Helper()
	key, err := guard.ParseWebhookKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatform(t, string(kind), key)
	return open(t, kind, p.http.URL+"/stores/7?token=hidden"), p
}

func TestEachKindTellsItsPlatform(t *testing.T) {
	for kind, want := range map[shop.AdapterKind][3]string{
		shop.AdapterPause:      {"open", "until 04:40", "open"},
		shop.AdapterBusy:       {"0s", "1h0m0s", "0s"},
		shop.AdapterOpenClosed: {"open", "closed", "open"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			h, p := start(t, kind)
			h.run(h.adapter.Run)
			shows := func(want string) {
				t.Helper()
				p.until("it shows "+want, func() bool { return p.shown() == want })
			}
			shows(want[0])
			h.intake(capacity.IntakePaused, try.Noon.Add(40*time.Minute))
			shows(want[1])
			h.pass(41 * time.Minute) // the owner's pause ends by itself
			shows(want[2])
			h.status("told", func(s Status) bool { return say(s.Told) == want[2] && s.Failing.IsZero() })
			if s := h.adapter.Status(); s.Channel != "meituan" || s.Kind != kind || s.Host == "" || len(s.Loses) == 0 {
				t.Errorf("status %+v", s)
			}
		})
	}
}

func TestAShopThatCannotWriteIsClosed(t *testing.T) {
	h, p := start(t, shop.AdapterOpenClosed)
	h.run(h.adapter.Run)
	p.until("open", func() bool { return p.shown() == "open" })
	storage := capacity.Reason("storage")
	h.trouble.Store(&storage)
	p.until("closed", func() bool { return p.shown() == "closed" && p.shows.Reason == storage })
}

// Whatever goes wrong on the way, the platform ends up showing what is true, and did each thing once.
func TestCallsThatGoWrongAreMadeAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		faults []string
	}{
		{"bad gateway", []string{"502", "503", "504", "500"}},
		{"hung up before it was read", []string{"drop", "drop"}},
		{"the answer was lost", []string{"lost", "lost", "lost"}},
		{"slow", []string{"slow"}},
		{"everything", []string{"502", "lost", "slow", "drop", "429 Retry-After: 0", "408"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, p := start(t, shop.AdapterPause)
			p.fail(tt.faults...)
			h.intake(capacity.IntakePaused, try.Noon.Add(40*time.Minute))
			h.run(h.adapter.Run)
			n := len(tt.faults)
			p.until("told", func() bool { return p.shown() == "until 04:40" && len(p.calls) > n })
			h.status("told", func(s Status) bool { return !s.ToldAt.IsZero() && s.Failing.IsZero() && s.Error == "" })
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, c := range p.calls {
				if c.id != p.calls[0].id || c.seq != p.calls[0].seq {
					t.Errorf("the same was told under another id: %+v", p.calls)
				}
			}
			if p.times != 1 || len(p.taken) != 1 {
				t.Errorf("the platform changed %d times, carried out %d calls; want one", p.times, len(p.taken))
			}
		})
	}
}

// What could not be told is not told later: only what is true then. A queue, the control, would tell all of it.
func TestOnlyTheNewestIsTold(t *testing.T) {
	h, p := start(t, shop.AdapterPause)
	h.adapter.terms.first, h.adapter.terms.most = 5*time.Millisecond, 20*time.Millisecond
	for range 1000 {
		p.fail("502")
	}
	h.run(h.adapter.Run)
	wishes := map[string]bool{}
	for i := range 20 {
		until := try.Noon.Add(time.Duration(30+10*i) * time.Minute)
		h.intake(capacity.IntakePaused, until)
		want := "until " + until.Format("15:04")
		h.status("the wish has changed", func(s Status) bool { return say(s.Wish) == want })
		wishes[want] = true
	}
	p.mu.Lock()
	p.faults = nil
	tried := len(p.calls)
	p.mu.Unlock()
	p.until("told", func() bool { return p.shown() == "until 07:40" })
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(wishes) != 20 || tried < 2 {
		t.Fatalf("%d wishes, %d calls while nothing could be told: the test proves nothing", len(wishes), tried)
	}
	if p.times != 1 || len(p.taken) != 1 {
		t.Errorf("after the platform came back it was told %d things; want the newest alone", len(p.taken))
	}
}

// A call that was overtaken does not undo what came after it: the receiver goes by seq.
func TestAnOvertakenCallIsPassedOver(t *testing.T) {
	_, p := start(t, shop.AdapterOpenClosed)
	key, _ := guard.ParseWebhookKey(secret)
	s := newSender(p.http.URL, key)
	yes, no := true, false
	send := func(id string, seq uint64, open *bool) {
		t.Helper()
		if err := s.send(t.Context(), id, message{Type: "intake.openclosed", Timestamp: try.Noon,
			Data: data{Seq: seq, Wish: Wish{Open: open}}}); err != nil {
			t.Fatal(err)
		}
	}
	send("new", 2, &no)
	send("old", 1, &yes)
	if got := p.shown(); got != "closed" {
		t.Errorf("it shows %s, want what was told last", got)
	}
}

func TestWhatHoldsIsToldAgain(t *testing.T) {
	h, p := start(t, shop.AdapterOpenClosed)
	h.adapter.terms.refresh = 30 * time.Millisecond
	h.run(h.adapter.Run)
	p.until("told three times", func() bool { return len(p.taken) >= 3 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times != 1 || p.calls[0].seq >= p.calls[1].seq {
		t.Errorf("%d changes, calls %+v; want one change, told again under higher numbers", p.times, p.calls)
	}
}

func TestAPlatformThatWantsNoMoreCallsGetsNone(t *testing.T) {
	h, p := start(t, shop.AdapterOpenClosed)
	p.fail("410")
	h.run(h.adapter.Run)
	h.status("disabled", func(s Status) bool { return s.Disabled })
	h.intake(capacity.IntakePaused, time.Time{})
	h.status("the wish has changed", func(s Status) bool { return say(s.Wish) == "closed" })
	time.Sleep(100 * time.Millisecond) // ten looks, in which nothing must be told
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) != 1 {
		t.Errorf("%d calls after 410", len(p.calls)-1)
	}
}

func TestAPlatformThatAsksForQuietGetsIt(t *testing.T) {
	h, p := start(t, shop.AdapterOpenClosed)
	p.fail("429 Retry-After: 1")
	h.run(h.adapter.Run)
	p.until("asked", func() bool { return len(p.calls) == 1 })
	h.intake(capacity.IntakePaused, time.Time{}) // what is new has to wait, too
	p.until("told", func() bool { return p.shown() == "closed" })
	p.mu.Lock()
	defer p.mu.Unlock()
	if gap := p.calls[1].at.Sub(p.calls[0].at); len(p.calls) != 2 || gap < time.Second {
		t.Errorf("%d calls, the second after %v; want it a second later", len(p.calls), gap)
	}
}

func TestARefusalIsShownAndNotRepeated(t *testing.T) {
	h, p := start(t, shop.AdapterOpenClosed)
	p.key = []byte("another secret of enough bytes")
	h.run(h.adapter.Run)
	h.status("refused", func(s Status) bool { return s.Error == "the platform answered 401 Unauthorized" })
	time.Sleep(100 * time.Millisecond) // the back-off of a bad gateway would be over several times
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) != 1 {
		t.Errorf("a call that was refused was made %d times", len(p.calls))
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the stranger was told") }))
	defer stranger.Close()
	h, p := start(t, shop.AdapterOpenClosed)
	p.fail("307 Location: " + stranger.URL)
	h.run(h.adapter.Run)
	h.status("refused", func(s Status) bool { return s.Error == "the platform answered 307 Temporary Redirect" })
}

// What goes wrong is shown to the owner, and the address may hold a secret.
func TestAnErrorDoesNotShowTheAddress(t *testing.T) {
	h, p := start(t, shop.AdapterOpenClosed)
	p.http.Close()
	h.run(h.adapter.Run)
	h.status("failing", func(s Status) bool { return s.Error != "" && s.Tries > 1 })
	if s := h.adapter.Status(); strings.Contains(s.Error, "hidden") || strings.Contains(s.Host, "hidden") {
		t.Errorf("status %+v", s)
	}
}

func TestWaitsGrowAndAreBounded(t *testing.T) {
	a := &Adapter{terms: ordinary}
	gateway := &guard.Refusal{Status: 502}
	for tries, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 7: time.Minute, 1000: time.Minute} {
		for range 100 {
			if wait := a.wait(tries, gateway); wait < most/2 || wait > most {
				t.Fatalf("wait after %d tries is %v, want %v to %v", tries, wait, most/2, most)
			}
		}
	}
	if wait := a.wait(1, &guard.Refusal{Status: 422}); wait < ordinary.wrong/2 {
		t.Errorf("wait after a refusal is %v", wait)
	}
}

// The vector of the Standard Webhooks libraries.
func TestSign(t *testing.T) {
	key, err := guard.ParseWebhookKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := guard.SignWebhook(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestKeys(t *testing.T) {
	for _, text := range []string{secret, strings.TrimPrefix(secret, "whsec_")} {
		if key, err := guard.ParseWebhookKey(text); err != nil || len(key) != 24 {
			t.Errorf("%s: %d bytes, %v", text, len(key), err)
		}
	}
	for _, text := range []string{"", "whsec_", "whsec_c2hvcnQ=", "not base64!",
		"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := guard.ParseWebhookKey(text); err == nil {
			t.Errorf("%q was taken as a secret", text)
		}
	}
	c := Config{Shop: snapshot{&shop.State{Config: &shop.Config{Channels: []shop.Channel{{ID: "x",
		Adapter: &shop.Adapter{Kind: shop.AdapterBusy, KeyFile: "/no/such/file"}}}}}}}
	if _, err := All(c); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "adapter of channel x") {
		t.Errorf("a missing key file: %v", err)
	}
}

type snapshot struct{ state *shop.State }

// Snapshot implements [Shop].
func (s snapshot) Snapshot() *shop.State { return s.state }

// Bell implements [Shop].
func (s snapshot) Bell() <-chan struct{} { return nil }

func TestEachKindSaysWhatItLoses(t *testing.T) {
	want := map[shop.AdapterKind][]shop.Loss{
		shop.AdapterPause:      {"credit", "levels", "wait", "slots"},
		shop.AdapterBusy:       {"credit", "levels", "slots", "stop"},
		shop.AdapterOpenClosed: {"credit", "levels", "wait", "slots", "resume"},
	}
	for kind, loses := range want {
		if diff := cmp.Diff(loses, kind.Loses()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}
