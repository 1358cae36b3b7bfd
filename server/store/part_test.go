package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"weir/shop"
)

// rowsWritten is how many rows the write connection has written since it was opened.
func rowsWritten(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.onWriter(t.Context(), func(ctx context.Context, conn *sql.Conn) error {
		return conn.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestARefusalDoesNotMakeTheNextCommitWriteMore: parts that did not change are not written again, whatever came between.
func TestARefusalDoesNotMakeTheNextCommitWriteMore(t *testing.T) {
	s, _ := running(t, t.TempDir())
	cost := func(ref string) int {
		t.Helper()
		before := rowsWritten(t, s)
		if _, err := s.Do(t.Context(), place(ref)); err != nil {
			t.Fatal(err)
		}
		return rowsWritten(t, s) - before
	}
	first, second := cost("r1"), cost("r2")
	if first <= second {
		t.Fatalf("the first order wrote %d rows and the second %d; want the parts that did not change left out", first, second)
	}
	var refusal *shop.Error
	if _, err := s.Do(t.Context(), shop.SetAvailable{Item: "no such item"}); !errors.As(err, &refusal) {
		t.Fatalf("%v; want a refusal", err)
	}
	if third := cost("r3"); third != second {
		t.Errorf("after a refusal an order wrote %d rows, before it %d", third, second)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
