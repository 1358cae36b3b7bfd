package webhook

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/server/outbox"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/wire"
)

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
