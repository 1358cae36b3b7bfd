package capacity

import (
	"encoding/json"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop/try"
)

// noon is the moment most tests happen at.
var noon = try.Noon

func today() Day { return Day{Opens: noon.Add(-2 * time.Hour), Closes: noon.Add(10 * time.Hour)} }

// nominal is the rate of the example line: two people at shake, 53 seconds a cup.
const nominal = 226.4

// settings are those of a shop in which everybody may be passed: what turns ask for is in turn_test.go.
func settings() Settings {
	s := Defaults()
	s.Passing = Passing{Ahead: HorizonMax, Cups: 1000}
	s.Channels = []Channel{{ID: "meituan", Delivery: true, Leased: true}, {ID: "shangou", Delivery: true, Leased: true}, {ID: "counter"}}
	return s
}

// known is the memory of a shop that has seen 25 cups made as the menu says.
func known() Memory {
	m := New(1)
	m.Pace.Fast = Gamma{Made: 25, Nominal: 25}
	m.Pace.Slow = m.Pace.Fast
	return m
}

func open() Book { return Open(settings(), Steady(nominal), today(), known()) }

// place asks for an order, and puts it into the book if it is accepted.
func place(b Book, now time.Time, id int64, r Request) (Book, Order, Answer) {
	a := b.Admit(now, r)
	if !a.Accepted {
		return b, Order{}, a
	}
	o := Order{ID: id, Channel: r.Channel, Campaign: r.Campaign, Placed: now, Due: a.Due, Slot: r.Slot, WalkIn: r.WalkIn,
		Work: r.Work, Spare: r.Spare, Span: a.Span, Cups: max(1, r.Cups), Quote: a.Quote}
	switch {
	case r.Held:
		o.Stage = Held
	case !r.Slot.IsZero():
		o.Stage = Booked
	}
	return b.Arrive(now, r).Swap(Order{}, o), o, a
}

// restart is the book after a restart: from what is stored and the open orders.
func restart(t interface{ Fatal(...any) }, b Book, orders []Order) Book {
	raw, err := json.Marshal(b.Memory())
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 6<<10 {
		t.Fatal("the memory takes", len(raw), "bytes")
	}
	var m Memory
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Memory(), m); diff != "" {
		t.Fatal("the memory changed by JSON (-before +after):\n" + diff)
	}
	day := Day{Opens: time.UnixMilli(b.opens), Closes: time.UnixMilli(b.closes)}
	return with(Open(*b.set, Steady(b.plan.rate[0]), day, m), orders)
}

func TestSwapIsASumOverOpenOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders := drawOrders(t, 25)
		b := with(open(), orders)
		left := map[int64]Order{}
		for _, o := range orders {
			left[o.ID] = o
		}
		for range rapid.IntRange(0, 60).Draw(t, "changes") {
			if len(orders) == 0 {
				break
			}
			before := left[rapid.SampledFrom(orders).Draw(t, "order").ID]
			after := before
			switch rapid.SampledFrom([]string{"made", "gone", "back", "released", "fetched"}).Draw(t, "change") {
			case "made":
				after.Work, after.Cups, after.Bags = 0, 0, 1
			case "gone":
				after = Order{}
			case "back":
				after = orders[before.ID-min(before.ID, 1)]
			case "released":
				after.Stage = Waiting
			case "fetched":
				after.Bags = 0
			}
			if before.ID == 0 {
				continue
			}
			b, left[before.ID] = b.Swap(before, after), after
		}
		var rest []Order
		for _, o := range left {
			rest = append(rest, o)
		}
		if again := with(open(), rest); !cmp.Equal(b, again) {
			t.Fatalf("not the same load:\n%+v\n%+v", b.load, again.load)
		}
	})
}

func TestEqualSeesADifference(t *testing.T) {
	b := open()
	o := Order{ID: 1, Channel: "meituan", Placed: noon, Due: noon.Add(9 * time.Minute), Work: Cup, Cups: 1}
	slotted := o
	slotted.Slot, slotted.Stage, slotted.Due = noon.Add(time.Hour), Booked, noon.Add(75*time.Minute)
	other := slotted
	other.ID = 2
	for name, pair := range map[string][2]Book{
		"an order":     {b, b.Swap(Order{}, o)},
		"its stage":    {b.Swap(Order{}, o), b.Swap(Order{}, slotted)},
		"its id":       {b.Swap(Order{}, other), b.Swap(Order{}, slotted)},
		"settings":     {b, b.Set(Defaults())},
		"staff":        {b, b.Staff(noon, Steady(1))},
		"the day":      {b, b.Today(Day{}, Steady(nominal))},
		"what it sold": {b, b.Issue(b.Grant(noon))},
	} {
		if cmp.Equal(pair[0], pair[1]) {
			t.Errorf("%s made no difference", name)
		}
	}
	if !b.SameMemory(b.Swap(Order{}, o)) || b.SameMemory(b.Issue(b.Grant(noon))) {
		t.Error("SameMemory is about what must be stored, and nothing else")
	}
}

// A field of the memory that is not compared would not be stored when it changes.
func TestTheWholeMemoryIsCompared(t *testing.T) {
	full := func() (m Memory) {
		fill(reflect.ValueOf(&m).Elem())
		return m
	}
	one, leaves := full(), 0
	if other := full(); !one.equal(&other) {
		t.Fatal("the same memory differs from itself")
	}
	for ; ; leaves++ {
		other := full()
		if n := leaves; !changeLeaf(reflect.ValueOf(&other).Elem(), &n) {
			break
		}
		if one.equal(&other) {
			t.Errorf("leaf %d of the memory is not compared", leaves)
		}
	}
	if leaves < 60 {
		t.Errorf("only %d leaves were changed", leaves)
	}
}

// fill puts one element into every slice and map of a value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
	}
}

// changeLeaf changes the n-th number, word or flag of a value, and reports whether there is one.
func changeLeaf(v reflect.Value, n *int) bool {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if changeLeaf(v.Field(i), n) {
				return true
			}
		}
		return false
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if changeLeaf(v.Index(i), n) {
				return true
			}
		}
		return false
	case reflect.Map:
		key := reflect.Zero(v.Type().Key())
		item := reflect.New(v.Type().Elem()).Elem()
		if !changeLeaf(item, n) {
			return false
		}
		v.SetMapIndex(key, item)
		return true
	}
	if *n--; *n >= 0 {
		return false
	}
	switch {
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	case v.CanUint():
		v.SetUint(v.Uint() + 1)
	case v.CanFloat():
		v.SetFloat(v.Float() + 1)
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	default:
		panic("a field of a kind that this test does not know: " + v.Kind().String())
	}
	return true
}

// Readers keep the book they have while the writer makes the next; the race detector watches.
func TestReadersNeedNoLock(t *testing.T) {
	b := open()
	books := make(chan Book)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for b := range books {
				r := b.Report(noon)
				if got := b.Room(noon, ""); got != r.Room {
					t.Errorf("one book, two answers: %+v and %+v", got, r.Room)
				}
			}
		})
	}
	for id := range int64(300) {
		r := Request{Channel: "meituan", Work: Cup, Cups: 1, Slot: noon.Add(time.Hour)}
		next, o, a := place(b, noon, id, r)
		if a.Accepted {
			b = next
			books <- b
			b = b.Swap(o, Order{})
		}
		b = b.Issue(b.Resync(noon, "meituan", nil).Grant(noon))
		books <- b
	}
	close(books)
	readers.Wait()
}
