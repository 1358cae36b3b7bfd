package access

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/shopfile"
	"weir/shop/try"
)

// open runs a real store on dir until the test ends or stop is called.
func open(t *testing.T, dir string) (s *store.Store, stop func()) {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(t.Context(), dir, config, slog.New(slog.DiscardHandler), func() time.Time { return try.Noon })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		err := <-ended // cancelled before it began, when nothing was written
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return s, stop
}

func TestKeysOpenTheirChannelUntilRevoked(t *testing.T) {
	dir := t.TempDir()
	s, stop := open(t, dir)
	keys, err := NewKeys(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	one, oneID, err := keys.Add(t.Context(), "shangou")
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := keys.Add(t.Context(), "meituan")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(one, "weir_")); err != nil || len(raw) != 32 {
		t.Errorf("key %q: want weir_ and 256 bits in base64url", one)
	}
	check := func(keys *Keys, key, want string) {
		t.Helper()
		if got, ok := keys.Channel(key); got != want || ok != (want != "") {
			t.Errorf("key %.9s… opens %q, %v; want %q", key, got, ok, want)
		}
	}
	check(keys, one, "shangou")
	check(keys, two, "meituan")
	for _, bad := range []string{"", "weir_", one[:len(one)-1], one + "A", strings.ToUpper(one), "weir_" + strings.Repeat("A", 43)} {
		check(keys, bad, "")
	}
	if err := keys.Revoke(t.Context(), oneID); err != nil {
		t.Fatal(err)
	}
	check(keys, one, "")
	check(keys, two, "meituan")
	if err := keys.Revoke(t.Context(), oneID); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("revoked twice: %v, want %v", err, shop.ErrNotFound)
	}
	list, err := keys.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("list %+v, %v; want two keys", list, err)
	}
	for _, k := range list {
		if revoked := !k.RevokedAt.IsZero(); revoked != (k.ID == oneID) {
			t.Errorf("key %s of %s: revoked %v", k.ID, k.Channel, revoked)
		}
	}

	stop()
	s, stop = open(t, dir) // a restart forgets nothing
	if keys, err = NewKeys(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	check(keys, one, "")
	check(keys, two, "meituan")
	stop()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err != nil || strings.Contains(string(text), two) {
			t.Errorf("%s: %v; the key itself must not be on disk", f, err)
		}
	}
}
