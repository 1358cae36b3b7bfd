package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// sqlitePage is the size of a page of the database.
const sqlitePage = 4096

// aFile is a database with some orders, and what is in it.
func aFile(t *testing.T) (file []byte, orders []*shop.Order) {
	t.Helper()
	dir := t.TempDir()
	s, stop := running(t, dir)
	for i := range 120 {
		if _, err := s.Do(t.Context(), place(fmt.Sprint("r", i))); err != nil {
			t.Fatal(err)
		}
	}
	orders, err := s.OrdersOfDay(t.Context(), s.Snapshot().Counters.Day, "")
	if err != nil {
		t.Fatal(err)
	}
	stop() // the last connection carries the log of changes over
	file, err = os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	return file, orders
}

// examined opens a file, has it checked, and returns its orders, or what was noticed.
func examined(t *testing.T, file []byte, day shop.Day) (orders []*shop.Order, noticed error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, spacious(t), slog.New(slog.DiscardHandler), func() time.Time { return noon })
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	noticed = s.Check(t.Context())
	orders, err = s.OrdersOfDay(t.Context(), day, "")
	cancel()
	if err := errors.Join(<-ended, s.Close()); err != nil && noticed == nil {
		t.Error(err)
	}
	return orders, errors.Join(noticed, err)
}

// A byte is flipped in every page, one at a time: each time the damage is noticed, or every order is as it was.
func TestAFlippedByteIsNoticedOrHarmless(t *testing.T) {
	file, want := aFile(t)
	if _, err := examined(t, file, want[0].Day); err != nil {
		t.Fatalf("a sound file: %v", err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	noticed, pages := 0, len(file)/sqlitePage
	for page := range pages {
		damaged := append([]byte(nil), file...)
		at := page*sqlitePage + random.IntN(sqlitePage)
		damaged[at] ^= 1 << random.IntN(8)
		orders, err := examined(t, damaged, want[0].Day)
		if err != nil {
			noticed++
			continue
		}
		if diff := cmp.Diff(want, orders); diff != "" {
			t.Errorf("a byte flipped at %d was not noticed, and the orders differ:\n%s", at, diff)
		}
	}
	if noticed < pages/10 {
		t.Errorf("of %d flipped bytes only %d were noticed: this test proves nothing", pages, noticed)
	}
	t.Logf("%d pages, %d flips noticed, the others harmless", pages, noticed)
}

// What a customer wrote is as safe as the order: a bit that fails in it is noticed.
func TestAChangedCustomerIsNoticed(t *testing.T) {
	file, want := aFile(t)
	name := []byte(`"name":"李"`)
	if !bytes.Contains(file, name) {
		t.Fatal("no customer is in the file: this test proves nothing")
	}
	damaged := bytes.Replace(file, name, []byte(`"namd":"李"`), 1)
	if _, err := examined(t, damaged, want[0].Day); !errors.Is(err, ErrDamaged) {
		t.Errorf("a customer without a name: %v, want %v", err, ErrDamaged)
	}
}

// A file that cannot be opened says what to do.
func TestADamagedFileSaysWhatToDo(t *testing.T) {
	file, want := aFile(t)
	copy(file[:100], strings.Repeat("x", 100))
	if _, err := examined(t, file, want[0].Day); err == nil || !strings.Contains(err.Error(), "restore the last backup") {
		t.Errorf("open = %v, want what to do", err)
	}
}

// A running shop looks at its whole file, and goes on with what can be read.
func TestDamageIsNoticedWhileTheShopRuns(t *testing.T) {
	file, _ := aFile(t)
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := running(t, dir)
	look := func() bool {
		db, err := sql.Open("sqlite", dsn(path))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s.examine(t.Context(), db)
		return s.Damaged()
	}
	if look() {
		t.Fatal("a sound file is called damaged")
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, sqlitePage), int64(len(file)/sqlitePage/2*sqlitePage)); err != nil { // of an early order
		t.Fatal(err)
	}
	if !look() {
		t.Error("a page of zeros was not noticed")
	}
	if _, err := s.Do(t.Context(), shop.Walkin{Cups: 1}); err != nil {
		t.Errorf("a tap: %v", err)
	}
}

// TestADamagedRowIsNoticed changes one byte of an order behind the store's back.
func TestADamagedRowIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	if _, err := s.Do(t.Context(), place("r1")); err != nil {
		t.Fatal(err)
	}
	stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE orders SET doc = replace(doc, '"qty":2', '"qty":3')`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, spacious(t), slog.New(slog.DiscardHandler), time.Now); !errors.Is(err, ErrDamaged) {
		t.Errorf("open = %v, want ErrDamaged", err)
	}
}
