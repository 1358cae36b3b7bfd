package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

func TestAnOutboxIsKept(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	s, stop := running(t, dir)
	if _, err := s.Follower(ctx, "webhook/shangou"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("a follower that was never stored: %v", err)
	}
	if _, err := s.Webhook(ctx, "shangou"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("a webhook that was never stored: %v", err)
	}
	at := time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)
	follower := Follower{Name: "webhook/shangou", Seq: 7, Failing: at, Why: "502"}
	hook := Webhook{Channel: "shangou", URL: "https://example.com/", Secret: "whsec_b", Before: "whsec_a", BeforeUntil: at}
	for _, err := range []error{
		s.PutFollower(ctx, Follower{Name: "webhook/shangou", Seq: 6}), s.PutFollower(ctx, follower), s.PutWebhook(ctx, hook),
		s.AddErrand(ctx, Errand{Name: "connector/shangou", Key: "a", Doc: []byte(`{"n":1}`)}),
		s.AddErrand(ctx, Errand{Name: "connector/shangou", Key: "a", Doc: []byte(`{"n":2}`)}), // the same again
		s.AddErrand(ctx, Errand{Name: "connector/meituan", Key: "a", Doc: []byte(`{"n":3}`)}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	stop()
	s, _ = running(t, dir)
	if got, err := s.Follower(ctx, "webhook/shangou"); err != nil || !cmp.Equal(got, follower) {
		t.Errorf("%v: %s", err, cmp.Diff(follower, got))
	}
	if got, err := s.Webhook(ctx, "shangou"); err != nil || !cmp.Equal(got, hook) {
		t.Errorf("%v: %s", err, cmp.Diff(hook, got))
	}
	list, err := s.Errands(ctx, "connector/shangou", 10)
	if err != nil || len(list) != 1 || string(list[0].Doc) != `{"n":1}` {
		t.Fatalf("%v, %+v", err, list)
	}
	if err := errors.Join(s.DropErrand(ctx, list[0].ID), s.RemoveWebhook(ctx, "shangou", "webhook/shangou")); err != nil {
		t.Fatal(err)
	}
	if err := s.DropErrand(ctx, list[0].ID); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("dropped twice: %v", err)
	}
	if _, err := s.Follower(ctx, "webhook/shangou"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("the cursor of a webhook that was removed: %v", err)
	}
}
