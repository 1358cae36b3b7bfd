package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/shopfile"
)

// earlier is the directory that the server of commit b1acfb1 wrote; its README says what is in it.
const earlier = "testdata/b1acfb1"

// stopped is when that server ended.
var stopped = time.Date(2026, 11, 28, 19, 0, 4, 0, time.UTC)

// openEarlier opens a copy of the earlier directory with the code of today.
func openEarlier(t *testing.T) *Store {
	t.Helper()
	config, err := shopfile.Read(filepath.Join(earlier, "shop.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := os.ReadFile(filepath.Join(earlier, FileName))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), db, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, config, slog.New(slog.DiscardHandler), func() time.Time { return stopped })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// told is an order in one line, so that the whole directory can be read at a glance.
func told(o *shop.Order) string {
	var cups []shop.CupState
	for i := range o.Cups {
		cups = append(cups, o.Cups[i].State)
	}
	clock := func(at time.Time) string {
		if at.IsZero() {
			return "never"
		}
		return at.Format("15:04:05.000")
	}
	return fmt.Sprintf("%s %s %s %v, kitchen %s, end %s", o.ID, o.PickupNumber(), o.State(), cups, clock(o.KitchenAt), clock(o.EndedAt))
}

// TestAnEarlierDirectoryOpensUnchanged: every order, cup and count is what the earlier server wrote.
func TestAnEarlierDirectoryOpensUnchanged(t *testing.T) {
	s := openEarlier(t)
	want := map[string]string{
		"d1-handed":         "o1 001 handed [handed handed], kitchen 18:59:48.016, end 18:59:48.069",
		"d1-cancelled":      "o2 002 cancelled [voided], kitchen 18:59:48.090, end 18:59:48.099",
		"d1-tombstone":      "o3 000 cancelled [], kitchen never, end 18:59:48.124",
		"d1-made-cancelled": "o4 003 cancelled [discarded discarded voided], kitchen 18:59:48.131, end 18:59:48.148",
		"d1-released":       "o5 004 released [voided], kitchen 18:59:48.157, end 18:59:48.164",
		"d1-unclaimed":      "o6 005 unclaimed [discarded], kitchen 18:59:48.173, end 18:59:48.189",
		"tap-1":             "o7 006 handed [handed handed], kitchen 18:59:48.194, end 18:59:50.623",
		"d2-accepted":       "o8 001 accepted [waiting], kitchen 18:59:53.642, end never",
		"d2-making":         "o9 002 making [making waiting], kitchen 18:59:53.649, end never",
		"d2-ready":          "o10 003 ready [made made], kitchen 18:59:53.663, end never",
		"d2-part":           "o11 004 making [handed waiting], kitchen 18:59:53.682, end never",
		"d2-remade":         "o12 005 accepted [discarded waiting], kitchen 18:59:53.715, end never",
		"d2-held":           "o13 006 booked [booked], kitchen never, end never",
		"d2-slot":           "o14 007 booked [booked], kitchen never, end never",
		"d2-arrived":        "o15 008 accepted [waiting], kitchen 18:59:53.836, end never",
		"d2-unmapped":       "o16 009 accepted [waiting], kitchen 18:59:53.864, end never",
		"d2-stopped":        "o17 010 cancelled [voided], kitchen 18:59:53.874, end 18:59:53.888",
		"d2-handed":         "o18 011 handed [handed], kitchen 18:59:53.892, end 18:59:53.930",
		"d2-campaign":       "o19 012 booked [booked], kitchen never, end never",
	}
	got := map[string]string{}
	for _, day := range []shop.Day{"2026-11-28", "2026-11-29"} {
		orders, err := s.OrdersOfDay(t.Context(), day, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range orders {
			got[o.Ref] = told(o)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
}

// TestAnEarlierStateIsReadUnchanged: what the state holds besides orders is what the earlier server wrote.
func TestAnEarlierStateIsReadUnchanged(t *testing.T) {
	s := openEarlier(t)
	state := s.Snapshot()
	part := func(name string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	c := state.Counters
	part("counters", []int64{c.Epoch, int64(c.Seq), int64(c.Order), int64(c.Job), int64(c.Number), int64(c.Campaign)},
		[]int64{1, 195, 19, 38, 12, 1})
	part("day", c.Day, shop.Day("2026-11-29"))
	part("feeds", c.Feeds, map[string]uint64{"counter": 4, "meituan": 5, "shangou": 36})
	part("acks", c.Acks, map[string]uint64{"shangou": 7})
	part("ordered and remade", []int{state.Ledger.Ordered, state.Ledger.Remade}, []int{17, 1})
	part("cups by state", state.Ledger.In[:], []int{3, 6, 1, 2, 4, 1, 1})
	part("settings", state.Settings, shop.Settings{
		Staff: map[string]int{"tea": 2, "shake": 2, "seal": 1}, Horizon: 45 * time.Minute, Reserve: 550, ShelfMax: 33, CheckMode: shop.CheckBag,
		Intake: map[string]shop.Intake{"meituan": {
			Mode: capacity.IntakeSlots, Until: time.Date(2026, 11, 28, 19, 59, 53, 981775223, time.UTC), Reason: "骑手不足 / no riders", By: "open",
		}},
	})
	part("sold out", state.SoldOut, shop.Outs{"strawberry": {}})
	part("stock", state.Stock, map[string]shop.Stock{"mango": {Left: 900, Today: shop.StockDay{Began: 900}}})
	part("stops", len(state.Stops), 1)
	part("stop", state.Stops[0].Cup, shop.CupID{Order: 17, N: 1})
	part("credit", state.Leases["shangou"].Limit, capacity.Work(741))
	campaign := state.Campaigns[1]
	part("campaign", []any{campaign.Notice.Name, campaign.Notice.Expected, campaign.Revision, *campaign.Limit()},
		[]any{"免单日", []int{50, 60, 60, 20}, 2, shop.Limit{Cups: 90, Of: shop.LimitOfCampaign}})
	part("taken", state.Taken[1], shop.Taken{Campaign: 1, Channel: 1})
	var due []string
	for j := range state.Jobs.All() {
		due = append(due, fmt.Sprintf("%d %s %s", j.ID, j.State, j.DueAt.Format("05.000")))
	}
	part("open jobs", due, []string{"18 blocked 53.642", "20 queued 53.649", "21 queued 53.649", "23 queued 53.663", "24 queued 53.663",
		"27 queued 53.682", "29 queued 53.715", "30 queued 53.798", "32 queued 53.836", "34 queued 53.864"})
}

// TestAnEarlierDirectoryKeepsItsTables: keys, people, money and the audit are what the earlier server wrote.
func TestAnEarlierDirectoryKeepsItsTables(t *testing.T) {
	s, ctx := openEarlier(t), t.Context()
	keys, err := s.Keys(ctx)
	if err != nil || len(keys) != 3 || keys[0].Channel != "shangou" || !keys[0].RevokedAt.IsZero() || keys[2].RevokedAt.IsZero() {
		t.Errorf("keys %+v, %v; want one of shangou, one of meituan, one of meituan that was revoked", keys, err)
	}
	access, err := s.Access(ctx)
	if err != nil || len(access.Devices) != 1 || access.Devices[0].Name != "出杯平板" || len(access.Members) != 2 || len(access.Sessions) != 1 {
		t.Errorf("access %+v, %v; want one tablet, the owner and one person, one session", access, err)
	}
	closed, err := s.ClosedDay(ctx, "2026-11-28")
	if err != nil || closed.Told.Orders != 7 || closed.Told.Channels[0].Due != 3300 ||
		closed.Told.Digest != "40929f73f98d5959278167d3cff888e0fc3666584998b22e90f2db8a1b521a6d" {
		t.Errorf("the closed day is %+v, %v", closed, err)
	}
	orders, err := s.OrdersOfDay(ctx, "2026-11-28", "")
	if err != nil || shop.Digest(orders) != closed.Told.Digest {
		t.Errorf("the orders of the closed day have the digest %s, %v; want the one it was closed with", shop.Digest(orders), err)
	}
	statement, err := s.Statement(ctx, "2026-11-28", "shangou")
	if err != nil || statement.File != "statement.csv" || len(statement.Lines) != 3 || statement.Sum() != 3900 {
		t.Errorf("the statement is %+v, %v", statement, err)
	}
	if o, err := s.Order(ctx, 9); err != nil || o.Customer.Name != "李雷" || *o.Totals != (shop.Totals{TotalFen: 1500, SubsidyFen: 1500}) {
		t.Errorf("order o9 is %+v, %v", o, err)
	}
	feed, err := s.Feed(ctx, "shangou", 0, 100)
	if err != nil || len(feed) != 36 || feed[0].Type != shop.ToldAccepted {
		t.Errorf("the feed has %d entries, %v; want 36", len(feed), err)
	}
	audit, err := s.Audit(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	for _, e := range audit {
		seqs = append(seqs, e.Seq)
	}
	want := []uint64{194, 193, 192, 191, 190, 189, 185, 184, 183, 181, 180, 179, 175, 173, 132, 131, 119, 85, 81, 75, 64, 63, 54, 53, 4, 3,
		2, 1}
	if diff := cmp.Diff(want, seqs); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
}

// TestAnEarlierOrderGoesOn: an order of the earlier server is remade, handed over and found again.
func TestAnEarlierOrderGoesOn(t *testing.T) {
	s, ctx := openEarlier(t), t.Context()
	for _, c := range []shop.Command{
		shop.Remake{By: "tablet", Cup: shop.CupID{Order: 1, N: 1}}, // from the rows: it had ended
		shop.Handover{By: "tablet", Order: 1, Made: true, Bag: true},
		shop.Handover{By: "tablet", Order: 9, Made: true, Bag: true},
		shop.Progress{Channel: "meituan", Order: 13, Step: shop.CourierArrived},
		shop.Tick{},
	} {
		if _, err := s.Do(ctx, c); err != nil {
			t.Errorf("%T: %v", c, err)
		}
	}
	kitchen := time.Date(2026, 11, 28, 18, 59, 48, 16e6, time.UTC)
	if o, err := s.Order(ctx, 1); err != nil || o.State() != shop.OrderHanded || !o.KitchenAt.Equal(kitchen) {
		t.Errorf("order o1 is %+v, %v; want it handed over, and in the kitchen at %v", o, err, kitchen)
	}
	if err := s.Check(ctx); err != nil {
		t.Errorf("check: %v", err)
	}
}

// TestAnOlderProgramLeavesANewerDirectoryAlone: what a later version has written is refused in words, and not a byte of it
// changes. The control is the same directory with its own number.
func TestAnOlderProgramLeavesANewerDirectoryAlone(t *testing.T) {
	dir := t.TempDir()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	opens := func() error {
		s, err := Open(t.Context(), dir, config, slog.New(slog.DiscardHandler), time.Now)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	raise := func(by int) {
		t.Helper()
		db, err := sql.Open("sqlite", dsn(filepath.Join(dir, FileName)))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		_, err = db.Exec(`UPDATE `+versionTable+` SET version_id = version_id + ? WHERE version_id = (`+newestVersion+`)`, by)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := opens(); err != nil {
		t.Fatal(err)
	}
	raise(100)
	before, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	err = opens()
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "restore the backup of before the upgrade") {
		t.Errorf("a newer directory: %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the newer database was changed: %v", err)
	}
	raise(-100)
	if err := opens(); err != nil {
		t.Errorf("its own directory: %v", err)
	}
}
