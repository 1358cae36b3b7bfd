package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/shopfile"
	"weir/shop/try"
)

// noon is a moment at which the demo shop is open.
var noon = try.Noon

// spacious is the demo shop with room for any number of orders, so that tests are about storage.
func spacious(t testing.TB) *shop.Config {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	config.Settings.Staff = map[string]int{"tea": 1e6, "shake": 1e6, "seal": 1e6}
	config.Settings.ShelfMax = 0
	return config
}

// running starts a store on a directory and stops it at the end of the test, or when stop is called.
func running(t testing.TB, dir string) (s *Store, stop func()) {
	t.Helper()
	s, err := Open(t.Context(), dir, spacious(t), slog.New(slog.DiscardHandler), func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

func place(ref string) shop.Place {
	return shop.Place{Channel: "shangou", Draft: shop.Draft{
		Ref: ref, Fulfilment: shop.Delivery, Totals: &shop.Totals{TotalFen: 3000, SubsidyFen: 3000},
		Lines:    []shop.Line{{Item: "jasmine-milk-tea", Qty: 2, Options: shop.Options{Ice: "less"}}},
		Customer: shop.Customer{Name: "李", Notes: []string{"少糖"}},
	}}
}

func TestAnOrderIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	placed, err := s.Do(t.Context(), place("r1"))
	if err != nil {
		t.Fatal(err)
	}
	before := s.Snapshot()
	stop()
	s, _ = running(t, dir)
	again, err := s.OrderByRef(t.Context(), "shangou", "r1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(placed.Order, again); diff != "" {
		t.Errorf("order after restart:\n%s", diff)
	}
	if diff := cmp.Diff(before.Ledger, s.Snapshot().Ledger); diff != "" {
		t.Errorf("ledger after restart:\n%s", diff)
	}
	replay, err := s.Do(t.Context(), place("r1"))
	if err != nil || !replay.Replayed || replay.Order.ID != placed.Order.ID {
		t.Errorf("replay after restart = %+v, %v; want the same order again", replay, err)
	}
}

// TestEndedOrdersAreFoundButNotHeld: memory holds what is open, the rows hold everything.
func TestEndedOrdersAreFoundButNotHeld(t *testing.T) {
	s, _ := running(t, t.TempDir())
	placed, err := s.Do(t.Context(), place("r1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), shop.Handover{Order: placed.Order.ID, Made: true, By: "tablet"}); err != nil {
		t.Fatal(err)
	}
	if n := s.Snapshot().Orders.Len(); n != 0 {
		t.Errorf("%d orders in memory after the hand-over, want 0", n)
	}
	if o, err := s.Order(t.Context(), placed.Order.ID); err != nil || o.State() != shop.OrderHanded || o.Customer.Name != "李" {
		t.Errorf("order = %+v, %v; want it handed, with its customer", o, err)
	}
	if r, err := s.Do(t.Context(), shop.Remake{By: "tablet", Cup: placed.Order.CupID(1)}); err != nil || r.Order.State() != shop.OrderMaking {
		t.Errorf("remake after hand-over = %+v, %v", r, err)
	}
}

// TestTheSameOrderSentAtOnceIsOneOrder: a hundred callers, one ref, one order, one ticket.
func TestTheSameOrderSentAtOnceIsOneOrder(t *testing.T) {
	s, _ := running(t, t.TempDir())
	var wg sync.WaitGroup
	ids := make([]shop.OrderID, 100)
	for i := range ids {
		wg.Go(func() {
			r, err := s.Do(context.Background(), place("r1"))
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.Order.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("orders %v and %v for one ref", ids[0], id)
		}
	}
	if jobs := s.Snapshot().Jobs.Len(); jobs != 1 {
		t.Errorf("%d tickets, want 1", jobs)
	}
}

// TestGroupCommit: callers that ask together share commits.
func TestGroupCommit(t *testing.T) {
	s, _ := running(t, t.TempDir())
	var wg sync.WaitGroup
	const clients, each = 64, 20
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Do(context.Background(), place(fmt.Sprint(c, "-", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	commits, orders := s.Counts()
	if orders != clients*each {
		t.Errorf("%d orders, want %d", orders, clients*each)
	}
	if commits > orders/8 {
		t.Errorf("%d commits for %d orders: they are not grouped", commits, orders)
	}
	atMost, commands := s.Batches()
	if atMost[batchMax] != uint64(commits) || commands != uint64(orders) || atMost[1] >= uint64(commits) {
		t.Errorf("batches %v with %d commands, for %d commits of %d orders", atMost, commands, commits, orders)
	}
}

// TestABellIsNeverMissed: who takes the bell before reading sees every change.
func TestABellIsNeverMissed(t *testing.T) {
	s, _ := running(t, t.TempDir())
	for i := range 50 {
		bell := s.Bell()
		r, err := s.Do(t.Context(), place(fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-bell:
		case <-time.After(5 * time.Second):
			t.Fatal("the bell did not ring")
		}
		if seq := s.Snapshot().Counters.Seq; seq < r.Seq {
			t.Fatalf("snapshot at %d after the bell, the answer said %d", seq, r.Seq)
		}
	}
}

// TestAWriteErrorIsUnknownAndNothingOfItIsSeen makes the file read-only under the writer's feet.
func TestAWriteErrorIsUnknownAndNothingOfItIsSeen(t *testing.T) {
	dir := t.TempDir()
	s, _ := running(t, dir)
	if _, err := s.Do(t.Context(), place("good")); err != nil {
		t.Fatal(err)
	}
	blockWrites(t, s, true)
	_, err := s.Do(t.Context(), place("bad"))
	var refusal *shop.Error
	if !errors.As(err, &refusal) || refusal.Type != shop.ProblemStorage || !refusal.Unknown {
		t.Fatalf("error = %v, want storage-unavailable with an unknown outcome", err)
	}
	if s.Healthy() {
		t.Error("healthy although the last write failed")
	}
	if s.Snapshot().Counters.Order != 1 || s.Snapshot().Orders.Len() != 1 {
		t.Errorf("the snapshot shows an order that is not on disk: %+v", s.Snapshot().Counters)
	}
	blockWrites(t, s, false)
	r, err := s.Do(t.Context(), place("bad"))
	if err != nil || r.Replayed || r.Order.ID != 2 {
		t.Errorf("asking again with the same ref = %+v, %v; want a new order 2", r, err)
	}
	if !s.Healthy() {
		t.Error("not healthy although the last write went well")
	}
}

// blockWrites makes every insert into the log fail, as a full disk would.
func blockWrites(t *testing.T, s *Store, on bool) {
	t.Helper()
	err := s.onWriter(t.Context(), func(ctx context.Context, conn *sql.Conn) error {
		query := `DROP TRIGGER full`
		if on {
			query = `CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(FAIL, 'disk is full'); END`
		}
		_, err := conn.ExecContext(ctx, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneWriterOnly(t *testing.T) {
	dir := t.TempDir()
	running(t, dir)
	_, err := Open(t.Context(), dir, spacious(t), slog.New(slog.DiscardHandler), time.Now)
	if !errors.Is(err, ErrRunning) {
		t.Errorf("second open = %v, want ErrRunning", err)
	}
}

// Reading the rows again, as a check and a failed write do, leaves alone what readers hold.
func TestACheckBesideReaders(t *testing.T) {
	s, _ := running(t, t.TempDir())
	if _, err := s.Do(t.Context(), shop.SetStaff{Station: "shake", Staff: 3}); err != nil {
		t.Fatal(err)
	}
	config := s.Snapshot().Config // what every shop begins with, and some readers look at
	ctx, stop := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reader.Go(func() {
		for ctx.Err() == nil {
			for range config.Settings.Staff {
			}
			for range s.Snapshot().Settings.Staff {
			}
		}
	})
	for range 50 {
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	stop()
	reader.Wait()
}

// After a failed write a quiet shop is good again with the next tick, not when somebody orders: nobody may, until then.
func TestATickShowsThatTheDiskIsGoodAgain(t *testing.T) {
	s, _ := running(t, t.TempDir())
	tick := func() (commits int64) {
		before, _ := s.Counts()
		if _, err := s.Do(t.Context(), shop.Tick{}); err != nil {
			t.Fatal(err)
		}
		after, _ := s.Counts()
		return after - before
	}
	tick()
	if n := tick(); n != 0 {
		t.Fatalf("a tick of a quiet, healthy shop made %d commits", n)
	}
	s.healthy.Store(false)
	if tick(); !s.Healthy() {
		t.Error("a tick did not show that the disk is good")
	}
}

func BenchmarkPlace(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			s, _ := running(b, b.TempDir())
			next := make(chan int)
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					for i := range next {
						if _, err := s.Do(context.Background(), place(fmt.Sprint(i))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				next <- i
			}
			close(next)
			wg.Wait()
			commits, orders := s.Counts()
			b.ReportMetric(float64(commits)/float64(orders), "commits/order")
		})
	}
}

// TestPersonalDataIsPurged: a week after acceptance the customer is forgotten, the order is not.
func TestPersonalDataIsPurged(t *testing.T) {
	s, _ := running(t, t.TempDir())
	r, err := s.Do(t.Context(), place("r1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), shop.Handover{Order: r.Order.ID, Made: true}); err != nil {
		t.Fatal(err)
	}
	waiting, err := s.Do(t.Context(), place("r2")) // not handed over for a week, or the clock is ahead
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return noon.Add(personKept - time.Minute) }
	s.purge(t.Context())
	if o, err := s.Order(t.Context(), r.Order.ID); err != nil || o.Customer.Name != "李" {
		t.Errorf("within the week: %+v, %v", o, err)
	}
	s.now = func() time.Time { return noon.Add(2 * personKept) }
	s.OnlyWhenSure(func() bool { return false })
	s.purge(t.Context())
	if o, err := s.Order(t.Context(), r.Order.ID); err != nil || o.Customer.Name != "李" {
		t.Errorf("after a week by a clock in doubt: %+v, %v", o, err)
	}
	s.OnlyWhenSure(func() bool { return true })
	s.purge(t.Context())
	if o, err := s.Order(t.Context(), waiting.Order.ID); err != nil || o.Customer.Name != "李" {
		t.Errorf("an order that is still open: %+v, %v", o, err)
	}
	if o, err := s.Order(t.Context(), r.Order.ID); err != nil || !o.Customer.Empty() {
		t.Errorf("after a week: %+v, %v", o, err)
	}
}

// TestACallerLeftWithoutAnAnswerIsRemembered: a store whose writer stands still leaves its callers waiting.
func TestACallerLeftWithoutAnAnswerIsRemembered(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), spacious(t), slog.New(slog.DiscardHandler), func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !s.Unanswered().IsZero() {
		t.Error("a store that was asked nothing has left somebody waiting")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Do(ctx, place("r1")); !errors.Is(err, errUnknown) {
		t.Errorf("error = %v, want an unknown outcome", err)
	}
	if s.Unanswered().IsZero() {
		t.Error("nobody remembers the caller who got no answer")
	}
}
