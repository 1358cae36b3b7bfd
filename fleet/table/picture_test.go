package table

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/fleet/record"
	"weir/shop/wire"
)

// TestAPictureShowsWhatIsKnown: what one table writes, another one knows. What is older than what that knows changes
// nothing. A picture that was cut or spoilt is refused or read, and never more than it says.
func TestAPictureShowsWhatIsKnown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		one, two := New(func() time.Time { return noon }, nil), New(func() time.Time { return noon.Add(time.Hour) }, nil)
		for _, id := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,5}`), 1, 4, rapid.ID).Draw(rt, "stores") {
			report, lease, status := said(rt)
			status.Epoch, status.Conn = max(1, status.Epoch), max(1, status.Conn)
			report.Epoch, report.Seq, lease.Seq = max(1, report.Epoch), max(1, report.Seq), max(1, lease.Seq)
			one.Status(id, status)
			one.Report(id, ReportOf(report))
			one.Lease(id, lease.Lease)
			one.Answered(id, record.Identity{Epoch: status.Epoch + 1, Box: "b"})
		}
		var text []byte
		all := one.Heard()
		for _, k := range all {
			text = k.Append(text)
		}
		n, err := two.Take(text)
		if err != nil || n != len(all) {
			rt.Fatalf("%d of %d: %v", n, len(all), err)
		}
		if d := gocmp.Diff(plain(one), plain(two)); d != "" {
			rt.Fatal(d)
		}
		for _, k := range all { // older than what is known
			newer := k.Report
			newer.Seq, newer.BacklogCups = newer.Seq+1, 77
			two.Report(k.ID, newer)
			two.Status(k.ID, wire.Status{Epoch: k.Self.Epoch, Conn: k.Self.Conn + 1, Box: "b"})
		}
		before := plain(two)
		if _, err := two.Take(text); err != nil || gocmp.Diff(before, plain(two)) != "" {
			rt.Fatalf("what was older changed it: %v %s", err, gocmp.Diff(before, plain(two)))
		}
		cut := text[:rapid.IntRange(0, len(text)-1).Draw(rt, "cut")]
		if n, err := New(time.Now, nil).Take(cut); err == nil && n >= len(all) {
			rt.Fatalf("a part of %d bytes of %d shows %d shops", len(cut), len(text), n)
		}
		spoilt := slices.Clone(text)
		spoilt[rapid.IntRange(0, len(text)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "by"))
		_, _ = New(time.Now, nil).Take(spoilt) // it may be read; it must not end the process
	})
}

// plain is what a table knows, with times that compare and lists that are there or not.
func plain(t *Table) map[string]Shop {
	all := map[string]Shop{}
	for _, k := range t.Heard() {
		s := *k.Shop
		for _, list := range []*[]string{&s.Report.SoldOut, &s.Report.NoOption} {
			if len(*list) == 0 {
				*list = nil
			}
		}
		if len(s.Report.Slots) == 0 {
			s.Report.Slots = nil
		}
		all[k.ID] = s
	}
	return all
}
