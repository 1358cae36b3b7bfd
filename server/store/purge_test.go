package store

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
	"weir/shop"
)

// filesWith lists the files of a directory that hold a text.
func filesWith(t *testing.T, dir, text string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(path)
		if n := bytes.Count(body, []byte(text)); n > 0 {
			list = append(list, fmt.Sprintf("%s (%d)", d.Name(), n))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestPurgedNamesAreInNoFile: a week after their orders, the names of customers are in no file of the data directory, the
// log of changes included, while the shop runs and a reader comes and goes.
func TestPurgedNamesAreInNoFile(t *testing.T) {
	const name, patience = "欧阳找不到", 20 * time.Second
	dir := t.TempDir()
	var clock atomic.Int64
	clock.Store(noon.UnixNano())
	s, err := Open(t.Context(), dir, spacious(t), slog.New(slog.DiscardHandler), func() time.Time { return time.Unix(0, clock.Load()) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, ended := 1, make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		cancel()
		for range started {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i := range 50 {
		p := place(fmt.Sprint("r", i))
		p.Draft.Customer.Name = name
		r, err := s.Do(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Do(t.Context(), shop.Handover{By: "tablet", Order: r.Order.ID, Made: true}); err != nil {
			t.Fatal(err) // the names of open orders are kept
		}
	}
	if before := filesWith(t, dir, name); len(before) == 0 {
		t.Fatal("the name is in no file before the purge: the look finds nothing")
	}
	clock.Store(noon.Add(8 * 24 * time.Hour).UnixNano())
	look, err := s.read.Conn(t.Context()) // a reader that keeps the log from being emptied at first
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close() // it is closed before that, unless the test fails
	if _, err := look.ExecContext(t.Context(), `BEGIN`); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := look.QueryRowContext(t.Context(), `SELECT count(*) FROM orders`).Scan(&n); err != nil || n != 50 {
		t.Fatal(n, err)
	}
	started++
	go func() { ended <- s.Maintain(ctx) }()
	for end := time.Now().Add(patience); ; {
		if err := s.read.QueryRow(`SELECT count(*) FROM person`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d people are still there", n)
		}
		<-time.After(20 * time.Millisecond)
	}
	if _, err := look.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := look.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; {
		still := filesWith(t, dir, name)
		if len(still) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the name is still in %v", still)
		}
		<-time.After(50 * time.Millisecond)
	}
}
