package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

// TestTheAuditShowsWhatPeopleDid, and not what happens by itself or is the day's work.
func TestTheAuditShowsWhatPeopleDid(t *testing.T) {
	s, _ := running(t, t.TempDir())
	do := func(c shop.Command) shop.Result {
		t.Helper()
		r, err := s.Do(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	do(shop.Tick{})
	made, voided, cancelled, released := do(place("made")).Order, do(place("voided")).Order, do(place("cancelled")).Order,
		do(place("released")).Order
	part, part2 := do(place("part")).Order, do(place("part 2")).Order
	do(shop.Tap{By: "tablet:出杯", Cups: []shop.CupID{made.CupID(1)}, To: shop.Made})
	do(shop.Handover{By: "tablet:前台", Order: made.ID, Made: true})
	do(shop.Tap{By: "tablet:出杯", Cups: []shop.CupID{voided.CupID(1)}, To: shop.Voided})
	do(shop.Tap{By: "tablet:owner pad, open bar", Cups: []shop.CupID{part.CupID(1)}, To: shop.Voided}) // a name says nothing of who it is
	do(shop.Handover{By: "tablet:前台", Order: part2.ID, Cups: []shop.CupID{part2.CupID(1)}, Made: true, Reason: "takes a part"})
	do(shop.Cancel{Channel: "shangou", Ref: cancelled.Ref})
	do(shop.End{By: "tablet:前台 · 小王", Order: released.ID, To: shop.OrderReleased, Reason: "not handed, not cancelled"})
	do(shop.SetStaff{By: "owner:老板", Station: "shake", Staff: 3})
	do(shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: capacity.IntakePaused, Reason: "oven", By: "owner:老板"}})
	do(shop.Audit{By: "owner:老板", What: shop.AuditKeyAdded, About: "meituan"})

	all, err := s.Audit(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		if e.By != "clock" {
			got = append(got, e.By+" "+e.Name)
		}
	}
	want := []string{
		"owner:老板 key.added", "owner:老板 intake.set", "owner:老板 staff.set",
		"tablet:前台 · 小王 order.ended", "tablet:前台 · 小王 order.compensated", "tablet:前台 · 小王 cups.moved",
		"tablet:前台 cups.moved", "tablet:owner pad, open bar cups.moved", "tablet:出杯 cups.moved",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit, newest first:\n%s", diff)
	}
	page, err := s.Audit(t.Context(), all[1].Seq, 2)
	if err != nil || len(page) != 2 || page[0].Seq != all[2].Seq {
		t.Errorf("after the second: %+v, %v; want the third and fourth", page, err)
	}
	var plan strings.Builder
	rows, err := s.read.QueryContext(t.Context(), `EXPLAIN QUERY PLAN SELECT seq FROM log WHERE audited = 1 AND seq <= 5 ORDER BY seq DESC `+
		`LIMIT 3`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if !strings.Contains(plan.String(), "log_audit") || strings.Contains(plan.String(), "TEMP B-TREE") {
		t.Errorf("plan %q; want the index, in its order", plan.String())
	}
}
