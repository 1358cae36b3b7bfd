package owner

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"weir/server/outbox"
	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/try"
)

// phone is somebody whom the shop calls.
type phone struct{ status atomic.Int64 }

// Host implements [outbox.Teller].
func (p *phone) Host() string { return "platform.example" }

// Event implements [outbox.Teller].
func (p *phone) Event(context.Context, *shop.State, store.FeedEntry) error {
	return guard.Answered("the other end", &http.Response{StatusCode: int(p.status.Load())})
}

// Errand implements [outbox.Teller].
func (p *phone) Errand(context.Context, *shop.State, store.Errand) error { return nil }

// TestTheOwnerSeesWhoIsTold, how far, and sends again what was parked.
func TestTheOwnerSeesWhoIsTold(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	lacks(t, owner.get("/owner"), "/owner/outbox")
	has(t, owner.get("/owner/outbox"), "没有要推送的平台")
	owner.post("/owner/outbox/webhook/meituan", http.StatusNotFound)
	p := &phone{}
	p.status.Store(http.StatusGone)
	follower := outbox.New(outbox.Config{Shop: h.tally.Store, Channel: "meituan", Kind: "webhook", Teller: p, Now: h.clock.Now,
		Log: try.Log(t)})
	h.pages.Outbox = []*outbox.Follower{follower}
	if _, err := h.tally.Do(t.Context(), shop.SetIntake{Channel: "meituan",
		Intake: shop.Intake{Mode: "paused", Until: h.clock.Now().Add(time.Hour), By: "owner", Reason: "overloaded"}}); err != nil {
		t.Fatal(err)
	}
	try.Run(t, follower.Run)
	try.Until(t, "parked", func() bool { return !follower.Status().Parked.IsZero() })
	has(t, owner.get("/owner"), "/owner/outbox", "▲ 已暂停，请重发：1 个")
	has(t, owner.get("/owner/outbox"), "▲ 12:00 起已暂停", "0 / 1", "410 Gone", "现在重发")
	has(t, owner.get("/owner/outbox?lang=en"), "Parked since 12:00", "0 of 1", "Send again now", "webhook")
	p.status.Store(http.StatusOK)
	owner.post("/owner/outbox/webhook/meituan", http.StatusOK)
	try.Until(t, "told", func() bool { return follower.Status().Told == 1 })
	page := owner.get("/owner/outbox?lang=zh")
	has(t, page, "● 全部已推送", "1 / 1")
	lacks(t, page, "现在重发")
	if got := h.newest(); got != "owner:老板 outbox.again" {
		t.Errorf("the log says %q", got)
	}
}
