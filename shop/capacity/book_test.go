package capacity

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noon is the moment most tests happen at.
var noon = time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)

func today() Day { return Day{Opens: noon.Add(-2 * time.Hour), Closes: noon.Add(10 * time.Hour)} }

// nominal is the rate of the example line: two people at shake, 53 seconds a cup.
const nominal = 226.4

func settings() Settings {
	s := Defaults()
	s.Channels = []Channel{{ID: "meituan", Delivery: true, Leased: true}, {ID: "shangou", Delivery: true, Leased: true}, {ID: "counter"}}
	return s
}

func open() Book { return Open(settings(), nominal, today(), New(1)) }

// place asks for an order, and puts it into the book if it is accepted.
func place(b Book, now time.Time, id int64, r Request) (Book, Order, Answer) {
	a := b.Admit(now, r)
	if !a.Accepted {
		return b, Order{}, a
	}
	o := Order{ID: id, Channel: r.Channel, Campaign: r.Campaign, Placed: now, Due: a.Due, Slot: r.Slot, WalkIn: r.WalkIn,
		Work: r.Work, Cups: max(1, r.Cups), Quote: a.Quote}
	switch {
	case r.Held:
		o.Stage = Held
	case !r.Slot.IsZero():
		o.Stage = Booked
	}
	return b.Arrive(now, r).Swap(Order{}, o), o, a
}

func TestBookFillsAndSurvivesARestart(t *testing.T) {
	b := open()
	var orders []Order
	for i := range 200 {
		now := noon.Add(time.Duration(i) * time.Second)
		r := Request{Channel: "meituan", Work: 160, Cups: 2}
		next, o, a := place(b, now, int64(i), r)
		if !a.Accepted && len(a.Slots) > 0 {
			r.Slot = a.Slots[0].Start
			next, o, a = place(b, now, int64(i), r)
		}
		if a.Accepted {
			orders = append(orders, o)
		}
		b = next
	}
	r := b.Report(noon.Add(200 * time.Second))
	if r.Backlog == 0 || r.Backlog > r.Room.Budget || r.LaterCups == 0 {
		t.Fatalf("not filled: %+v", r)
	}
	raw, err := json.Marshal(b.Memory())
	if err != nil {
		t.Fatal(err)
	}
	var m Memory
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	again := Open(settings(), nominal, today(), m)
	for _, o := range orders {
		again = again.Swap(Order{}, o)
	}
	if diff := cmp.Diff(b.Memory(), m); diff != "" {
		t.Fatalf("memory changed by JSON (-before +after):\n%s", diff)
	}
	if !cmp.Equal(b, again) {
		t.Fatalf("not the same book after a restart:\n%+v\n%+v", b.load, again.load)
	}
}
