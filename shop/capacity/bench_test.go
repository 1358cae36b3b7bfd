package capacity

import (
	"encoding/json"
	"testing"
	"time"
)

// full is a book on the evening of the 6th: 1400 open cups, most of them in slots.
func full(tb testing.TB) (Book, time.Time) {
	tb.Helper()
	s := settings()
	s.SlotShareBase = 1
	b := Open(s, Steady(4*nominal), today(), known())
	now, cups := noon, 0
	for id := int64(1); cups < 1400; id++ {
		r := Request{Channel: "shangou", Campaign: "free", Work: 2 * Cup, Cups: 2}
		next, o, a := place(b, now, id, r)
		if !a.Accepted {
			if len(a.Slots) == 0 {
				tb.Fatalf("%d cups only: %+v", cups, a)
			}
			r.Slot = a.Slots[len(a.Slots)-1].Start
			next, o, _ = place(b, now, id, r)
		}
		b = next
		cups += o.Cups
		now = now.Add(100 * time.Millisecond)
	}
	return b, now
}

func BenchmarkAdmitAndAdd(b *testing.B) {
	book, now := full(b)
	book = book.Issue(book.Grant(now))
	r := Request{Channel: "counter", Work: Cup, Cups: 1, WalkIn: true}
	o := Order{ID: 1 << 40, Channel: "counter", Placed: now, WalkIn: true, Work: Cup, Cups: 1}
	b.ReportAllocs()
	for b.Loop() {
		a := book.Admit(now, r)
		o.Due, o.Quote = a.Due, a.Quote
		_ = book.Arrive(now, r).Swap(Order{}, o)
	}
}

func BenchmarkRefuseWithSlots(b *testing.B) {
	book, now := full(b)
	book = book.Staff(noon, Steady(nominal)) // three quarters of the crew have left
	r := Request{Channel: "shangou", Campaign: "free", Work: Cup, Cups: 1}
	if a := book.Admit(now, r); a.Accepted {
		b.Fatal("not full")
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = book.Admit(now, r)
	}
}

func BenchmarkBookIntoSlot(b *testing.B) {
	book, now := full(b)
	slots := book.Slots(now, "meituan", "", Cup)
	if len(slots) == 0 {
		b.Fatal("no slot left")
	}
	r := Request{Channel: "meituan", Work: Cup, Cups: 1, Slot: slots[0].Start}
	o := Order{ID: 1 << 40, Channel: "meituan", Placed: now, Slot: r.Slot, Stage: Booked, Work: Cup, Cups: 1}
	b.ReportAllocs()
	for b.Loop() {
		a := book.Admit(now, r)
		o.Due = a.Due
		_ = book.Arrive(now, r).Swap(Order{}, o)
	}
}

func BenchmarkMade(b *testing.B) {
	book, now := full(b)
	o := Order{ID: 1 << 40, Channel: "meituan", Placed: now, Due: now.Add(10 * time.Minute), Work: Cup, Cups: 1,
		Quote: book.Quote(now, Cup)}
	book = book.Swap(Order{}, o)
	gone := o
	gone.Work, gone.Cups = 0, 0
	for i := range 400 { // fills the calibration
		book = book.Made(now.Add(time.Duration(i)*time.Second), o, gone, true).Swap(gone, o)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = book.Made(now.Add(time.Hour), o, gone, true)
	}
}

func BenchmarkGrant(b *testing.B) {
	book, now := full(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = book.Grant(now)
	}
}

func BenchmarkMemoryToJSON(b *testing.B) {
	book, _ := full(b)
	b.ReportAllocs()
	for b.Loop() {
		raw, err := json.Marshal(book.Memory())
		if err != nil || len(raw) == 0 {
			b.Fatal(err)
		}
	}
}
