package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// friday is the day of noon.
const friday = shop.Day("2026-02-06")

// Campaigns, what was taken of them, open books and statements are there after a restart, and memory is what the rows say.
func TestCampaignsAndBooksAreThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	for _, c := range []shop.Command{
		shop.GiveNotice{Channel: "shangou", Notice: shop.Notice{Ref: "free", Name: "免单", Start: noon, End: noon.Add(30 * time.Minute),
			Expected: []int{9, 9},
			Subsidy:  shop.Subsidy{Fen: 1500, Per: shop.SubsidyPerCup}}},
		shop.AcknowledgeNotice{By: "owner", Campaign: 1, Revision: 1, Limit: &shop.Limit{Cups: 5, Of: shop.LimitOfChannel}},
		place("r1"), place("r2"),
		shop.Handover{By: "tablet", Order: 1, Made: true},
		shop.ImportStatement{By: "owner", Channel: "shangou", Day: friday, File: "feb6.csv", SHA256: "00",
			Statement: shop.Statement{Lines: []shop.StatementLine{{Line: 2, Ref: "r1", State: shop.OrderHanded}}}},
	} {
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatalf("%#v: %v", c, err)
		}
	}
	before, statement := *s.Snapshot(), statementOf(t, s)
	if before.Taken[1] != (shop.Taken{Channel: 4}) {
		t.Fatalf("taken %+v: the test would prove nothing", before.Taken)
	}
	stop()
	s, _ = running(t, dir)
	if !s.Snapshot().Equal(before) {
		t.Errorf("after a restart: %+v, want %+v", s.Snapshot().Campaigns, before.Campaigns)
	}
	if diff := cmp.Diff(statement, statementOf(t, s)); diff != "" || statement.By != "owner" || len(statement.Lines) != 1 {
		t.Errorf("the statement after a restart: %+v\n%s", statement, diff)
	}
	var refusal *shop.Error
	if _, err := s.Do(t.Context(), place("r3")); !errors.As(err, &refusal) || refusal.Refusal.Reason != "campaign" {
		t.Errorf("two cups more than the limit after a restart: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func statementOf(t *testing.T, s *Store) Statement {
	t.Helper()
	st, err := s.Statement(t.Context(), friday, "shangou")
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// A day is closed over all its orders, those that have left memory too, and what was said of it stays.
func TestADayIsClosedFromItsRows(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	const orders = 300
	for i := range orders {
		r, err := s.Do(t.Context(), place(fmt.Sprint("r", i)))
		if err == nil {
			_, err = s.Do(t.Context(), shop.Handover{By: "tablet", Order: r.Order.ID, Made: true})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	stop()
	s, stop = running(t, dir)
	s.now = func() time.Time { return noon.Add(24 * time.Hour) }
	close := shop.CloseDay{By: "owner", Day: friday}
	if _, err := s.Do(t.Context(), shop.Tick{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ClosedDay(t.Context(), friday); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("before it is closed: %v", err)
	}
	if n := s.Snapshot().Orders.Len(); n != 0 {
		t.Fatalf("%d orders in memory: the test would prove nothing", n)
	}
	began := time.Now()
	if _, err := s.Do(t.Context(), close); err != nil {
		t.Fatal(err)
	}
	t.Logf("closing a day of %d orders took %v", orders, time.Since(began))
	all, err := s.OrdersOfDay(t.Context(), friday, "")
	if err != nil {
		t.Fatal(err)
	}
	closed, err := s.ClosedDay(t.Context(), friday)
	if err != nil || closed.By != "owner" || closed.Told.Orders != orders || closed.Told.Channels[0].Due != orders*3000 ||
		closed.Told.Digest != shop.Digest(all) {
		t.Errorf("closed %+v, %v", closed, err)
	}
	if n := s.Snapshot().Orders.Len(); n != 0 {
		t.Errorf("%d orders stayed in memory after the day was closed", n)
	}
	stop()
	s, _ = running(t, dir)
	s.now = func() time.Time { return noon.Add(24*time.Hour + time.Minute) } // a clock put back would open friday again
	if !s.Snapshot().DayClosed(friday) {
		t.Error("the day is open again after a restart")
	}
	if r, err := s.Do(t.Context(), close); err != nil || !r.Replayed {
		t.Errorf("closed again: %+v, %v", r, err)
	}
	if days, err := s.Days(t.Context(), 10); err != nil || !cmp.Equal(days, []shop.Day{friday}) {
		t.Errorf("days %v, %v", days, err)
	}
}
