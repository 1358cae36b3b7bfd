package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// weir is a shop that runs by its rules: every order, tap and tick is a command that [shop.Decide] judges.
// Routers spend leases; customers who get nothing now are offered slots.
type weir struct {
	*day
	state   shop.State
	rnd     *rand.Rand // of the network
	routers []router   // by channel of the configuration
	byID    map[shop.OrderID]*visit
	off     bool           // the shop's box has no power
	waiting []shop.Command // what the crew will enter when it has
	lump    []shop.CupID   // made, and not yet tapped
}

// tickEvery is how often the clock is a command. The server does it every second; five is what the rules
// allow at most.
const tickEvery = int64(capacity.TickMax / time.Millisecond)

// newWeir is the shop on a morning. before is what it remembers of the day before; nil is its first day.
func newWeir(d *day, seed uint64, before *shop.State) *weir {
	w := &weir{day: d, rnd: rand.New(rand.NewPCG(seed, 3)), byID: map[shop.OrderID]*visit{}}
	if before != nil {
		w.state = *before
	} else {
		w.state = shop.New(d.config, d.opens)
	}
	w.plug()
	if d.o.Batch != nil {
		d.line.batches, d.line.saves = newBatches(d.o.Batch, d.config, d.opens), d.o.BatchSaves
	}
	return w
}

func (w *weir) begin() {
	w.must(shop.Tick{})
	for _, s := range w.config.Stations {
		if w.state.Settings.Staff[s.ID] != s.Staff {
			w.staff(s.ID, s.Staff) // who went home yesterday is back
		}
	}
	w.every(0, tickEvery, w.closes+overtimeMax, func() {
		if !w.off {
			w.must(shop.Tick{})
		}
	})
	w.planReboots()
	s := w.o.scenario()
	for _, cut := range s.PowerCuts {
		w.at(int64(cut.From), func() { w.off = true })
		w.at(int64(cut.To), w.powerUp)
	}
	if s.Taps.Every > 0 {
		step := int64(s.Taps.Every) * 60_000
		w.every(step, step, w.closes+overtimeMax, w.tapLump)
	}
}

// crew carries out a command of the crew, now or as soon as there is power.
func (w *weir) crew(c shop.Command) {
	if w.off {
		w.waiting = append(w.waiting, c)
		return
	}
	w.must(c)
}

func (w *weir) tapLump() {
	if len(w.lump) > 0 {
		w.crew(shop.Tap{By: "crew", Cups: w.lump, To: shop.Made, Some: true})
		w.lump = nil
	}
}

// do carries out a command and whatever follows from it outside.
func (w *weir) do(c shop.Command) (shop.Decision, error) {
	d, err := shop.Decide(w.state, c, w.time())
	if err != nil {
		return d, err
	}
	w.state = d.Next
	for i := range d.Events {
		w.follow(&d.Events[i])
	}
	return d, nil
}

// must carries out a command that the rules have no reason to refuse.
func (w *weir) must(c shop.Command) {
	if _, err := w.do(c); err != nil {
		w.fail(fmt.Errorf("at %v, %T: %w", w.time(), c, err))
	}
}

// follow sees to it that what the shop has decided happens to the crew, the customers and the routers.
func (w *weir) follow(e *shop.Event) {
	switch f := e.Fact.(type) {
	case shop.OrderKitchened:
		w.serve(w.byID[e.Order], w.promiseOf(e.Order))
	case shop.SlotMoved:
		v := w.byID[e.Order]
		w.hears(v)
		v.slot, v.due = w.since(f.To), w.since(f.To.Add(capacity.SlotLength))
		w.leavesAt(w, v, v.deadline(v.due))
	case shop.OrderRequoted:
		if v := w.byID[e.Order]; !f.Early {
			w.hears(v)
			w.leavesAt(w, v, v.deadline(w.since(f.To)))
		}
		w.byID[e.Order].expects = w.since(f.To)
	case shop.OrderPlaced:
		if v := w.byID[e.Order]; v != nil && v.state == listed {
			w.take(v, e.Order)
			v.taken = w.now
			if room := w.state.Capacity.Room(w.time(), ""); v.slot == 0 && room.Online > room.Budget { // I1
				w.violations++
			}
		}
	case shop.OrderEnded:
		v := w.byID[e.Order]
		if f.State == shop.OrderExpired {
			v.state = expired
		}
		if f.State == shop.OrderReleased {
			w.hears(v)
			v.state = released
			w.drop(v)
		}
		v.row, _ = w.state.Order(e.Order)
		w.state = w.state.Forget(e.Order)
		delete(w.byID, e.Order)
	case shop.LeasesIssued:
		for _, l := range f.Leases {
			w.publish(l)
		}
	}
}

// hears is a customer who is told of another time, or that there will be nothing.
func (w *weir) hears(v *visit) {
	if !v.told {
		v.told, v.toldAt = true, w.now
	}
}

func (w *weir) promiseOf(id shop.OrderID) int64 {
	o, _ := w.state.Order(id)
	return w.since(o.Promise.By())
}

// unmade is the work of the cups that are not made.
func (v *visit) unmade() (sum capacity.Work) {
	for _, c := range v.cups[len(v.cups)-v.left:] {
		sum += c.work
	}
	return sum
}

func (w *weir) made(v *visit, cup int) {
	id := shop.CupID{Order: v.id, N: cup + 1}
	switch taps := &w.o.scenario().Taps; {
	case taps.None:
	case taps.Every > 0:
		w.lump = append(w.lump, id)
	default:
		w.crew(shop.Tap{By: "crew", Cups: []shop.CupID{id}, To: shop.Made})
	}
}

func (w *weir) quit(v *visit) { w.cancel(v) }

func (w *weir) gone(v *visit) { w.crew(shop.Progress{Order: v.id, Step: shop.PickedUp}) }

// unclaimed clears away an order that nobody fetched. One that nobody tapped leaves as if somebody had.
func (w *weir) unclaimed(v *visit) {
	if o, open := w.state.Order(v.id); open && o.State() != shop.OrderReady {
		w.gone(v)
		return
	}
	w.crew(shop.End{By: "crew", Order: v.id, To: shop.OrderUnclaimed})
}

func (w *weir) staff(station string, onDuty int) {
	w.crew(shop.SetStaff{By: "crew", Station: station, Staff: onDuty})
}

// closing is the owner who says that the shop closes early.
func (w *weir) closing(at int64) {
	w.crew(shop.CloseEarly{By: "owner", At: w.opens.Add(time.Duration(at) * time.Millisecond)})
}

// goHome ends what is still open when the last of the crew leaves, and is what the shop remembers.
func (w *weir) goHome() (*shop.State, error) {
	w.tapLump()
	var open []shop.OrderID
	for o := range w.state.Orders.All() {
		if !o.State().Ended() {
			open = append(open, o.ID)
		}
	}
	for _, id := range open {
		switch o, _ := w.state.Order(id); {
		case o.State() == shop.OrderReady:
			w.must(shop.End{By: "crew", Order: id, To: shop.OrderUnclaimed})
		case w.byID[id].readyAt > 0:
			w.must(shop.Progress{Order: id, Step: shop.PickedUp})
		default:
			w.must(shop.End{By: "crew", Order: id, To: shop.OrderReleased, Reason: "closing"})
		}
	}
	return &w.state, w.err
}

// end holds the shop's books against each other.
func (w *weir) end() error {
	if lost := w.state.Lost(); lost != 0 {
		return fmt.Errorf("the ledger is out by %d cups", lost)
	}
	return nil
}
