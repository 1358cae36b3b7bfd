package sim

import (
	"encoding/json"
	"errors"
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

// slotTries is how many of the slots they are offered a customer tries before leaving.
const slotTries = 3

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

// powerUp starts the shop again from what it had stored; then the crew enters what happened meanwhile.
func (w *weir) powerUp() {
	w.off = false
	w.reboot()
	for _, c := range w.waiting {
		w.must(c)
	}
	w.waiting = nil
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

func (w *weir) arrive(v *visit) {
	switch {
	case v.walkIn:
		w.walkIn(v)
	case w.off:
		w.away(w, v, false)
	case v.want > 0:
		w.book(v)
	default:
		w.route(v)
	}
}

// book asks for an order at a time of its own: in the slot that holds it, else in the one beside it that is offered.
func (w *weir) book(v *visit) {
	length := capacity.SlotLength.Milliseconds()
	at := min(v.want, w.closes-1) / length * length
	draft := w.draft(v)
	for _, beside := range []int64{0, -length, length} {
		draft.SlotStart = w.opens.Add(time.Duration(at+beside) * time.Millisecond)
		d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
		if err == nil {
			w.take(v, d.Order)
			return
		}
		if e := (*shop.Error)(nil); !errors.As(err, &e) {
			w.fail(err)
		}
	}
	w.turnAway(v)
}

// walkIn takes somebody at the counter: the staff taps so many cups, whatever they are.
func (w *weir) walkIn(v *visit) {
	if w.now >= w.closes {
		v.state = refused
		return
	}
	for _, cut := range w.o.scenario().PowerCuts {
		if w.off && cut.holds(w.now) {
			w.at(int64(cut.To), func() { w.walkIn(v) }) // written down, and entered later
			return
		}
	}
	draft := w.draft(v)
	draft.Lines, draft.Fulfilment = []shop.Line{shop.WalkinLine(len(v.cups))}, shop.Counter
	d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
	if err != nil {
		w.fail(fmt.Errorf("walk-in: %w", err))
		return
	}
	w.take(v, d.Order)
}

func (w *weir) draft(v *visit) shop.Draft {
	ref := fmt.Sprintf("%s-%s", v.ref, w.opens.Format("0102"))
	if v.returns > 0 {
		ref += fmt.Sprintf("-%d", v.returns)
	}
	return shop.Draft{Ref: ref, PlacedAt: w.opens.Add(time.Duration(v.came) * time.Millisecond), Lines: v.lines, Totals: &shop.Totals{}}
}

// take follows an order that was accepted.
func (w *weir) take(v *visit, id shop.OrderID) {
	o, _ := w.state.Order(id)
	v.id, v.state, v.promised = id, accepted, w.since(o.Promise.ReadyBy)
	w.byID[id] = v
	if o.Promise.SlotStart.IsZero() {
		v.p90 = o.AcceptedAt.Add(o.Promise.Quote.P90).Sub(w.opens).Milliseconds() - v.came
		w.serve(v, v.promised)
	} else {
		v.slot, v.due, v.span = w.since(o.Promise.SlotStart), v.promised, o.Promise.SlotSpan
		w.mayCancel(v)
	}
	w.leavesAt(w, v, v.deadline(v.promised))
	w.dueWorkMax = max(w.dueWorkMax, w.state.Capacity.Room(w.time(), "").Backlog)
}

// mayCancel lets some of those who booked call it off before their slot.
func (w *weir) mayCancel(v *visit) {
	if v.shows >= w.noShow() {
		return
	}
	until := v.slot - capacity.MakeAhead.Milliseconds() - w.now
	w.at(w.now+int64(v.cancels*float64(until)), func() {
		if v.state == accepted && w.cancel(v) {
			v.state = absent
		}
	})
}

// cancel takes an order back and reports whether that was possible.
func (w *weir) cancel(v *visit) bool {
	if w.off {
		return false
	}
	_, err := w.do(shop.Cancel{Channel: v.channel, Ref: w.draft(v).Ref})
	if err == nil {
		w.drop(v)
		return true
	}
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemCancelTooLate {
		w.fail(fmt.Errorf("cancel: %w", err))
	}
	return false
}

// offer shows a customer who gets nothing now the open slots. Some take the first.
func (w *weir) offer(v *visit, slots []capacity.Slot) {
	if len(slots) == 0 {
		w.turnAway(v)
		return
	}
	if end := w.since(slots[0].Start.Add(capacity.SlotLength)); v.takes >= w.accept || !w.accepts(v, end-w.now) {
		if !w.list(v) {
			w.away(w, v, false)
		}
		return
	}
	for range slotTries {
		draft := w.draft(v)
		draft.SlotStart = slots[0].Start
		d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
		if err == nil {
			w.take(v, d.Order)
			if w.state.Capacity.SlotRoom(w.time(), draft.SlotStart) < 0 { // I6
				w.violations++
			}
			return
		}
		e := (*shop.Error)(nil)
		if !errors.As(err, &e) {
			w.fail(err)
			return
		}
		if e.Refusal == nil || len(e.Refusal.Slots) == 0 {
			break
		}
		slots = e.Refusal.Slots
	}
	w.turnAway(v)
}

// list puts a customer who would go with nothing on the waiting list, and reports whether that was done.
func (w *weir) list(v *visit) bool {
	if v.waits >= w.o.scenario().Standby || v.want > 0 {
		return false
	}
	draft := w.draft(v)
	draft.Standby, draft.StandbyUntil = true, w.opens.Add(time.Duration(w.waitsUntil(v))*time.Millisecond)
	d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
	if err != nil {
		if e := (*shop.Error)(nil); !errors.As(err, &e) {
			w.fail(err)
		}
		return false
	}
	if o, _ := w.state.Order(d.Order); !o.OnStandby() {
		w.take(v, d.Order) // there is room by now
		return true
	}
	v.state, w.byID[d.Order] = listed, v
	return true
}

// turnAway lets a customer wait for room, or go with nothing to choose from. That must not be while there is a slot.
func (w *weir) turnAway(v *visit) {
	if w.list(v) {
		return
	}
	w.away(w, v, len(w.state.Slots(w.time(), v.channel, "", v.work)) > 0)
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

// planReboots lets the shop lose everything but what it has stored, at times of no warning.
func (w *weir) planReboots() {
	if w.o.Net == nil {
		return
	}
	for range w.o.Net.reboots {
		w.at(w.rnd.Int64N(dayLength), w.reboot)
	}
}

func (w *weir) reboot() {
	stored := map[string][]byte{}
	for _, part := range w.state.Parts() {
		text, err := json.Marshal(part.Doc)
		if err != nil {
			w.fail(fmt.Errorf("store %s: %w", part.Name, err))
		}
		stored[part.Name] = text
	}
	old := w.state
	next, err := shop.Load(w.config, w.time(), func(p shop.Part) error { return json.Unmarshal(stored[p.Name], p.Doc) })
	if err != nil {
		w.fail(fmt.Errorf("load: %w", err))
		return
	}
	for o := range old.Orders.All() {
		next = next.Restore(o)
	}
	w.state = next
	for _, ch := range w.config.Channels { // what is retained is published again
		if l, granted := w.state.Leases[ch.ID]; granted {
			w.publish(l)
		}
	}
}
