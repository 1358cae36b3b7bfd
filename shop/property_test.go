package shop_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/shopfile"
	"weir/shop/try"
)

// noon is a moment at which the demo shop is open.
var noon = try.Noon

func demo(t interface {
	Helper()
	Fatal(...any)
}) *shop.Config {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// shelf stands for the rows: what a store would have after each command.
type shelf struct {
	parts  map[string][]byte
	orders map[shop.OrderID][]byte
	who    map[shop.OrderID]shop.Customer
	jobs   map[shop.JobID][]byte
	refs   map[string]shop.OrderID
}

// machine is a shop to which anything may happen.
type machine struct {
	state    shop.State
	rows     shelf
	now      time.Time
	refs     int
	reopened map[shop.OrderID]bool // by the last command
	given    map[shop.OrderID]shop.Compensation
}

func newMachine(config *shop.Config) *machine {
	m := &machine{state: shop.New(config, noon), now: noon, reopened: map[shop.OrderID]bool{}, given: map[shop.OrderID]shop.Compensation{}}
	m.state.Receipts = shop.ReceiptKey("of the machine")
	m.rows = shelf{map[string][]byte{}, map[shop.OrderID][]byte{}, map[shop.OrderID]shop.Customer{}, map[shop.JobID][]byte{},
		map[string]shop.OrderID{}}
	m.rows.put(&m.state, nil)
	return m
}

// do decides, checks what must hold of any decision, and keeps the rows.
func (m *machine) do(t *rapid.T, c shop.Command) (shop.Decision, error) {
	subject := shop.SubjectOf(c)
	state := m.state
	if id, ok := m.rows.refs[subject.Channel+"\x00"+subject.Ref]; ok {
		state = m.rows.recall(t, state, id)
	}
	for _, id := range subject.Orders {
		state = m.rows.recall(t, state, id)
	}
	for id := range m.rows.orders {
		if subject.Day != "" && m.rows.order(t, id).Day == subject.Day {
			state = m.rows.recall(t, state, id)
		}
	}
	before := picture(t, state)
	d, err := shop.Decide(state, c, m.now)
	var refusal *shop.Error
	if err != nil && !errors.As(err, &refusal) {
		t.Fatalf("%#v: %v is not a refusal", c, err)
	}
	if diff := cmp.Diff(before, picture(t, state)); diff != "" {
		t.Fatalf("%#v changed the old state:\n%s", c, diff)
	}
	folded := state
	for _, e := range d.Events {
		folded = shop.Apply(folded, e)
		sameFromTheLog(t, e)
		if f, ok := e.Fact.(shop.CupsMoved); ok && len(f.Moves) == 0 {
			t.Fatalf("%#v: an event says that no cup has moved", c)
		}
		if f, ok := e.Fact.(shop.OrderCompensated); ok {
			if first, twice := m.given[e.Order]; twice {
				t.Fatalf("order %s is compensated twice: %+v, %+v", e.Order, first, f)
			}
			m.given[e.Order] = f.Compensation
		}
		if _, ok := e.Fact.(shop.OrderReopened); ok {
			m.reopened[e.Order] = true
		}
	}
	if err == nil {
		if diff := cmp.Diff(picture(t, folded), picture(t, d.Next)); diff != "" {
			t.Fatalf("%#v: Next is not the events applied:\n%s", c, diff)
		}
	}
	m.rows.put(&d.Next, d.Events)
	for id := range m.rows.orders {
		d.Next = d.Next.Forget(id)
	}
	for id := range m.rows.jobs {
		d.Next = d.Next.ForgetJob(id)
	}
	m.state = d.Next
	return d, err
}

// sameFromTheLog fails unless the log's entry of an event becomes the same fact again.
func sameFromTheLog(t *rapid.T, e shop.Event) {
	body, err := json.Marshal(e.Fact)
	if err != nil {
		t.Fatal(err)
	}
	fact, err := shop.DecodeFact(e.Name(), body)
	if err != nil {
		t.Fatalf("%s: %v", e.Name(), err)
	}
	again, err := json.Marshal(fact)
	if got := (shop.Event{Fact: fact}).Name(); err != nil || got != e.Name() || string(again) != string(body) {
		t.Fatalf("%s %s came back from the log as %s %s, %v", e.Name(), body, got, again, err)
	}
}

func (r *shelf) put(s *shop.State, events []shop.Event) {
	for _, p := range s.Parts() {
		r.parts[p.Name], _ = json.Marshal(p.Doc)
	}
	for _, e := range events {
		if f, ok := e.Fact.(shop.TombstonesForgotten); ok {
			maps.DeleteFunc(r.orders, func(_ shop.OrderID, doc []byte) bool {
				o := &shop.Order{}
				return json.Unmarshal(doc, o) == nil && o.Tombstone() && o.Day >= f.First && o.Day <= f.Last
			})
			maps.DeleteFunc(r.refs, func(_ string, id shop.OrderID) bool { return r.orders[id] == nil })
		}
		if o, ok := s.Order(e.Order); ok {
			r.orders[o.ID], _ = json.Marshal(o)
			r.who[o.ID] = o.Customer
			r.refs[o.Channel+"\x00"+o.Ref] = o.ID
		}
	}
	for j := range s.Jobs.All() {
		r.jobs[j.ID], _ = json.Marshal(j)
	}
}

func (r *shelf) recall(t *rapid.T, s shop.State, id shop.OrderID) shop.State {
	if _, open := s.Order(id); open || r.orders[id] == nil {
		return s
	}
	return s.Recall(r.order(t, id))
}

func (r *shelf) order(t *rapid.T, id shop.OrderID) *shop.Order {
	o := &shop.Order{}
	if err := json.Unmarshal(r.orders[id], o); err != nil {
		t.Fatal(err)
	}
	o.Customer = r.who[id]
	return o
}

// reload is the state as it would come back after a restart.
func (r *shelf) reload(t *rapid.T, config *shop.Config, now time.Time) shop.State {
	s, err := shop.Load(config, now, func(p shop.Part) error { return json.Unmarshal(r.parts[p.Name], p.Doc) })
	if err != nil {
		t.Fatal(err)
	}
	for id := range r.orders {
		if o := r.order(t, id); !o.State().Ended() {
			s = s.Restore(o)
		}
	}
	for _, doc := range r.jobs {
		j := &shop.Job{}
		if err := json.Unmarshal(doc, j); err != nil {
			t.Fatal(err)
		}
		if !j.State.Ended() {
			s = s.RestoreJob(j)
		}
	}
	return s
}

// picture is everything of a state that can be seen, for comparing.
func picture(t interface{ Fatal(...any) }, s shop.State) map[string]string {
	seen := map[string]string{}
	for _, p := range s.Parts() {
		doc, err := json.Marshal(p.Doc)
		if err != nil {
			t.Fatal(err)
		}
		seen[p.Name] = string(doc)
	}
	for o := range s.Orders.All() {
		doc, _ := json.Marshal(o)
		seen[o.ID.String()] = string(doc) + fmt.Sprint(o.Customer)
	}
	for j := range s.Jobs.All() {
		doc, _ := json.Marshal(j)
		seen[fmt.Sprint("job ", j.ID)] = string(doc)
	}
	return seen
}

// TestAnySequenceKeepsTheLedger drives a shop with any commands in any order. After each, every cup is
// in exactly one list, and a shop reloaded from the rows is the shop in memory.
func TestAnySequenceKeepsTheLedger(t *testing.T) {
	config := demo(t)
	config.Printers = append(config.Printers, shop.Printer{Name: "labels", Kind: "tspl", Labels: true, Cancelled: true, Address: "virtual:",
		Prints: []shop.JobKind{shop.JobLabel}})
	config.Channels[1].HoldUntilArrival = true
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(config)
		ended := map[shop.OrderID]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"place":    m.place,
			"again":    m.placeAgain,
			"fill":     m.fill,
			"part":     m.part,
			"cancel":   m.cancel,
			"tap":      m.tap,
			"remake":   func(t *rapid.T) { m.do(t, shop.Remake{By: "tablet", Cup: m.anyCup(t)}) },
			"handover": m.handover,
			"end":      m.end,
			"give":     m.give,
			"progress": m.progress,
			"floor":    m.floor,
			"stock":    m.stock,
			"back":     func(t *rapid.T) { m.do(t, shop.BringBack{By: "tablet", Cup: m.anyCup(t)}) },
			"walkin":   m.walkin,
			"owner":    m.owner,
			"job":      m.job,
			"names":    m.names,
			"hold":     m.hold,
			"campaign": m.campaign,
			"books":    m.books,
			"forget":   func(t *rapid.T) { m.do(t, shop.ForgetTombstones{}) },
			"restored": m.restored,
			"time":     m.time,
			"clock":    m.clock,
			"": func(t *rapid.T) {
				if lost := m.state.Lost(); lost != 0 {
					t.Fatalf("%d cups are in no list or in two: %+v, counted %v", lost, m.state.Ledger, m.state.Recount())
				}
				m.counts(t)
				if off := m.state.StockOff(); len(off) > 0 {
					t.Fatalf("the books of %v do not add up: %+v", off, m.state.Stock)
				}
				m.graves(t)
				live, reloaded := m.state, m.rows.reload(t, config, m.now)
				if diff := cmp.Diff(picture(t, live), picture(t, reloaded)); diff != "" {
					t.Fatalf("memory is not the rows:\n%s", diff)
				}
				if !live.Equal(reloaded) {
					t.Fatal("memory is not the rows, in what the pictures do not show")
				}
				if !live.Capacity.Equal(reloaded.Capacity) {
					t.Fatalf("capacity in memory is not capacity from the rows:\n%+v\n%+v", live.Capacity, reloaded.Capacity)
				}
				for id := range m.rows.orders {
					now := m.rows.order(t, id).State().Ended()
					if ended[id] && !now && !m.reopened[id] {
						t.Fatalf("order %s came back without having been remade", id)
					}
					ended[id] = now
				}
				clear(m.reopened)
			},
		})
	})
}

func (m *machine) draft(t *rapid.T, ref string) shop.Draft {
	d := shop.Draft{Ref: ref, Fulfilment: shop.Delivery, Totals: &shop.Totals{TotalFen: 1500, SubsidyFen: 1500}}
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		d.Lines = append(d.Lines, shop.Line{
			Item: rapid.SampledFrom([]string{"jasmine-milk-tea", "grape", "green-tea", "bag", "mystery"}).Draw(t, "item"),
			Name: rapid.SampledFrom([]string{"", "神秘茶", "神秘茶[少冰+随便]", "餐盒费"}).Draw(t, "name"), Qty: rapid.IntRange(1, 3).Draw(t, "qty"),
			Options: shop.Options{Ice: rapid.SampledFrom([]string{"", "none", "volcanic"}).Draw(t, "ice"), Toppings: drawToppings(t)},
			Instead: drawInstead(t),
		})
	}
	if rapid.IntRange(0, 3).Draw(t, "slot") == 0 {
		d.SlotStart = noon.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "quarter")) * 15 * time.Minute)
	}
	if rapid.IntRange(0, 5).Draw(t, "wanted") == 0 {
		d.By = m.now.Add(time.Duration(rapid.IntRange(-5, 240).Draw(t, "by")) * time.Minute)
	}
	if d.SlotStart.IsZero() && rapid.IntRange(0, 5).Draw(t, "at the door") == 0 {
		d.DeliverAt = m.now.Add(time.Duration(rapid.IntRange(-5, 300).Draw(t, "deliver at")) * time.Minute)
	}
	d.Pin = rapid.IntRange(0, 2).Draw(t, "pin") == 0
	d.Standby = rapid.Bool().Draw(t, "standby")
	if rapid.IntRange(0, 3).Draw(t, "bulk") == 0 {
		d.Lines[0].Qty = 20 // so that there is no room now and then
	}
	if rapid.IntRange(0, 9).Draw(t, "long ago") == 0 {
		d.PlacedAt = noon.Add(-shop.TombstonesKept)
	}
	d.Hold = shop.HoldID(rapid.IntRange(0, 4).Draw(t, "hold"))
	d.Campaign = rapid.SampledFrom([]string{"", "", "n1", "free-0"}).Draw(t, "campaign")
	if rapid.IntRange(0, 5).Draw(t, "provisional") == 0 {
		d.Totals = nil
	}
	switch rapid.IntRange(0, 7).Draw(t, "left out") {
	case 0:
		d.Lines, d.Cups = nil, rapid.IntRange(1, 6).Draw(t, "cups")
	case 1:
		d.Lines, d.TotalFen = nil, int64(rapid.IntRange(1, 9000).Draw(t, "total"))
	}
	return d
}

func drawToppings(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{nil, nil, {"pearl"}, {"pearl", "pearl"}, {"coconut", "pearl"}}).Draw(t, "toppings")
}

func drawInstead(t *rapid.T) shop.Instead {
	return rapid.SampledFrom([]shop.Instead{
		nil, nil, {"topping/pearl": {"topping/coconut", ""}}, {"topping/pearl": {""}, "grape": {"green-tea"}},
		{"grape": {"bag", "topping/pearl", "beer"}},
		{"topping/pearl": {"topping/taro"}, "topping/taro": {"topping/pearl"}, "ice/none": {"ice/less"}},
	}).Draw(t, "instead")
}

func (m *machine) place(t *rapid.T) {
	m.refs++
	ref := fmt.Sprint("r", m.refs)
	channel := rapid.SampledFrom([]string{"shangou", "meituan", "counter"}).Draw(t, "channel")
	d, err := m.do(t, shop.Place{Channel: channel, Draft: m.draft(t, ref)})
	if o, ok := d.Next.Order(d.Order); err == nil && d.Replayed && ok && o.Reason != shop.ReasonCancelledBefore {
		t.Fatalf("a new ref was answered as a replay")
	}
	if e := (*shop.Error)(nil); errors.As(err, &e) && e.Pinned {
		m.samePin(t, channel, ref, e)
	}
	m.withinLimits(t, d)
	m.canBeMade(t, d)
}

// canBeMade fails if an order was accepted that takes more of something than there is.
func (m *machine) canBeMade(t *rapid.T, d shop.Decision) {
	for _, e := range d.Events {
		f, placed := e.Fact.(shop.OrderPlaced)
		if !placed || f.Tombstone {
			continue
		}
		for i := range f.Order.Cups {
			for ingredient := range m.state.Config.Menu.Uses(&f.Order.Lines[f.Order.Cups[i].Line]) {
				if free, counted := m.state.Free(ingredient); counted && free < 0 {
					t.Fatalf("order %s was accepted, and %d of %s is missing for it", f.Order.ID, -free, ingredient)
				}
			}
		}
	}
}

// placeAgain sends a known ref: whatever is in the draft, no second order may come of it.
func (m *machine) placeAgain(t *rapid.T) {
	if m.refs == 0 {
		t.Skip("nothing placed")
	}
	ref := fmt.Sprint("r", rapid.IntRange(1, m.refs).Draw(t, "ref"))
	_, known := m.rows.refs["shangou\x00"+ref]
	before := m.state.Counters.Order
	m.do(t, shop.Place{Channel: "shangou", Draft: m.draft(t, ref)})
	if known && m.state.Counters.Order != before {
		t.Fatalf("ref %s made a second order", ref)
	}
}

// part takes a part of an order back; all of it, or none.
func (m *machine) part(t *rapid.T) {
	c := shop.CancelPart{Channel: "shangou", Order: m.anyOrder(t), Final: rapid.Bool().Draw(t, "final")}
	if rapid.Bool().Draw(t, "by line") {
		c.Lines = []int{rapid.IntRange(0, 2).Draw(t, "line")}
	} else {
		c.Cups = []shop.CupID{{Order: c.Order, N: rapid.IntRange(1, 4).Draw(t, "cup")}}
	}
	m.do(t, c)
}

// fill says what is in an order: it is known afterwards, and only where it was not.
func (m *machine) fill(t *rapid.T) {
	id := m.anyOrder(t)
	before, ok := m.state.Order(id)
	unknown := ok && before.LinesUnknown && before.End == ""
	d, err := m.do(t, shop.Fill{By: "tablet", Order: id, Lines: m.draft(t, "").Lines})
	filled := false
	for _, e := range d.Events {
		_, is := e.Fact.(shop.LinesFilled)
		filled = filled || is
	}
	if filled && !unknown || filled && err != nil {
		t.Fatalf("filled in %v, unknown before %v, %v", filled, unknown, err)
	}
	if o, ok := m.state.Order(id); ok && o.LinesUnknown && (!o.KitchenAt.IsZero() || o.State() == shop.OrderMaking) {
		t.Fatalf("order %s is in the kitchen, and nobody knows what is in it", id)
	}
}

// hold keeps room, or gives it back.
func (m *machine) hold(t *rapid.T) {
	channel := rapid.SampledFrom([]string{"shangou", "meituan"}).Draw(t, "channel")
	if rapid.Bool().Draw(t, "drop") {
		m.do(t, shop.DropHold{Channel: channel, Hold: shop.HoldID(rapid.IntRange(1, 4).Draw(t, "hold"))})
		return
	}
	c := shop.HoldRoom{Channel: channel, Cups: rapid.IntRange(0, 8).Draw(t, "cups"),
		For: time.Duration(rapid.IntRange(0, 61).Draw(t, "s")) * time.Second}
	if rapid.Bool().Draw(t, "items") {
		c.Lines = m.draft(t, "").Lines
	}
	m.do(t, c)
	held := 0
	for _, h := range m.state.Holds {
		if h.Channel == channel {
			held += h.Cups
		}
	}
	if held > shop.HoldCups {
		t.Fatalf("the channel holds %d cups", held)
	}
}

// names says what a name means, or takes it back. No cup may be lost, and no begun cup changed.
func (m *machine) names(t *rapid.T) {
	e := rapid.SampledFrom([]shop.MapEntry{
		{Kind: shop.MapName, Text: "神秘茶", NoWork: true},
		{Kind: shop.MapName, Text: "神秘茶", Parts: []shop.MapPart{{Item: "grape", Qty: 1}, {Item: "green-tea", Qty: 2}}},
		{Kind: shop.MapSKU, Text: "mystery", Parts: []shop.MapPart{{Item: "pearl-milk-tea", Qty: 1}}},
		{Kind: shop.MapSKU, Text: "grape", NoWork: true}, {Kind: shop.MapWord, Text: "随便", Option: "topping/pearl"},
		{Kind: shop.MapWord, Text: "volcanic", NoWork: true},
	}).Draw(t, "entry")
	c := shop.MapNames{By: "owner:x", Channel: rapid.SampledFrom([]string{"shangou", "meituan"}).Draw(t, "channel")}
	if rapid.Bool().Draw(t, "remove") {
		c.Remove = []shop.MapEntry{e}
	} else {
		c.Entries = []shop.MapEntry{e}
	}
	before := m.state
	d, err := m.do(t, c)
	if err != nil {
		t.Fatal(err)
	}
	for o := range before.Orders.All() {
		after, _ := d.Next.Order(o.ID)
		for i := range o.Cups {
			if o.Cups[i].State > shop.Waiting && cmp.Diff(o.Cups[i], after.Cups[i]) != "" {
				t.Fatalf("cup %s was begun or over, and has changed", o.CupID(i+1))
			}
		}
	}
}

// samePin sends a ref once more whose refusal is final: whatever is in the draft, it is the same refusal.
func (m *machine) samePin(t *rapid.T, channel, ref string, first *shop.Error) {
	d, err := m.do(t, shop.Place{Channel: channel, Draft: m.draft(t, ref)})
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != first.Type || e.Kind != first.Kind || !e.Pinned || len(d.Events) != 0 {
		t.Fatalf("pinned as %v, and then %v with %d events", first, err, len(d.Events))
	}
}

// restored sends an order with the receipt that it had at a shop whose copy this one is: it is taken, unless its ref is
// known or it is too old.
func (m *machine) restored(t *rapid.T) {
	m.refs++
	c := shop.Place{Channel: "shangou", Draft: m.draft(t, fmt.Sprint("r", m.refs))}
	c.Draft.PlacedAt = m.now
	before := shop.New(m.state.Config, noon)
	before.Receipts = m.state.Receipts
	d, err := shop.Decide(before, c, noon)
	if err != nil {
		t.Skip("it would not have been accepted before")
	}
	o, _ := d.Next.Order(d.Order)
	if o.OnStandby() {
		t.Skip("it would have waited for room, and had no receipt")
	}
	c.Draft.Receipt = m.state.Receipts.Of(o)
	_, known := m.rows.refs["shangou\x00"+c.Draft.Ref]
	if d, err = m.do(t, c); !known && m.now.Sub(noon) < shop.TombstonesKept && (err != nil || d.Replayed) {
		t.Fatalf("taken again: replayed %v, %v", d.Replayed, err)
	}
}

// graves fails unless the refs without an order are counted as they are in the rows, and none of them is in the ledger.
func (m *machine) graves(t *rapid.T) {
	counted := shop.Tombstones{}
	for id := range m.rows.orders {
		if o := m.rows.order(t, id); o.Tombstone() {
			if counted[o.Channel] == nil {
				counted[o.Channel] = map[shop.Day]int{}
			}
			counted[o.Channel][o.Day]++
		}
	}
	if diff := cmp.Diff(counted, m.state.Tombstones, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("refs without an order, in the rows and counted:\n%s", diff)
	}
}

func (m *machine) cancel(t *rapid.T) {
	ref := fmt.Sprint("r", rapid.IntRange(1, m.refs+1).Draw(t, "ref"))
	m.do(t, shop.Cancel{Channel: "shangou", Ref: ref, Final: rapid.Bool().Draw(t, "final")})
}

func (m *machine) anyOrder(t *rapid.T) shop.OrderID {
	return shop.OrderID(rapid.IntRange(1, int(m.state.Counters.Order)+1).Draw(t, "order"))
}

func (m *machine) anyCup(t *rapid.T) shop.CupID {
	return shop.CupID{Order: m.anyOrder(t), N: rapid.IntRange(1, 3).Draw(t, "cup")}
}

func (m *machine) tap(t *rapid.T) {
	cups := []shop.CupID{m.anyCup(t)}
	if rapid.Bool().Draw(t, "two") && m.anyCup(t) != cups[0] {
		cups = append(cups, m.anyCup(t))
	}
	to := shop.CupState(rapid.IntRange(0, 6).Draw(t, "to"))
	station := rapid.SampledFrom([]string{"", "tea", "shake", "seal"}).Draw(t, "station")
	if rapid.IntRange(0, 3).Draw(t, "take back") == 0 {
		m.do(t, shop.TakeBack{By: "tablet", Cups: cups, Station: station})
		return
	}
	m.do(t, shop.Tap{By: "tablet", Cups: cups, To: to, Station: station, Some: rapid.Bool().Draw(t, "some")})
}

func (m *machine) handover(t *rapid.T) {
	c := shop.Handover{By: "tablet", Order: m.anyOrder(t), Made: rapid.Bool().Draw(t, "made")}
	if rapid.Bool().Draw(t, "part") {
		c.Cups, c.Reason = []shop.CupID{{Order: c.Order, N: 1}}, "customer took one"
	}
	m.do(t, c)
}

func (m *machine) end(t *rapid.T) {
	to := rapid.SampledFrom([]shop.OrderState{shop.OrderReleased, shop.OrderUnclaimed}).Draw(t, "to")
	m.do(t, shop.End{By: "tablet", Order: m.anyOrder(t), To: to, Reason: "no milk"})
}

// give compensates an order, or not; the settlement says every one that was given, and no other.
func (m *machine) give(t *rapid.T) {
	cause := rapid.SampledFrom([]shop.Cause{shop.CauseReleased, shop.CauseLate, shop.CauseWrong, "taste"}).Draw(t, "cause")
	m.do(t, shop.Compensate{By: "tablet", Order: m.anyOrder(t), Cause: cause})
	var orders []*shop.Order
	for id := range m.rows.orders {
		orders = append(orders, m.rows.order(t, id))
	}
	var want, got int64
	for _, c := range m.given {
		want += c.Fen
	}
	for _, line := range m.state.Settlement(orders) {
		if c := line.Compensation; c != nil {
			got += c.ChannelFen + c.ShopFen
		}
	}
	if got != want {
		t.Fatalf("%d fen were given, the settlement says %d", want, got)
	}
}

func (m *machine) progress(t *rapid.T) {
	step := rapid.SampledFrom([]shop.Step{
		shop.Arrived, shop.CourierArrived, shop.PickedUp, shop.CourierAssigned, shop.CourierAssigned, shop.CourierCancelled,
	}).Draw(t, "step")
	eta := m.now.Add(time.Duration(rapid.IntRange(-5, 800).Draw(t, "eta")) * time.Minute)
	m.do(t, shop.Progress{Order: m.anyOrder(t), Step: step, Eta: eta})
}

// drawTurn is a line of a rota, of today or of any day.
func drawTurn(t *rapid.T) capacity.Turn {
	turn := capacity.Turn{Station: "shake", From: time.Duration(rapid.IntRange(0, 28).Draw(t, "from")) * time.Hour,
		Staff: rapid.IntRange(1, 3).Draw(t, "staff")}
	if turn.More = rapid.Bool().Draw(t, "more"); turn.More {
		turn.Staff -= 4
	}
	if rapid.Bool().Draw(t, "dated") {
		turn.Date = "2026-02-06"
	}
	return turn
}

func (m *machine) owner(t *rapid.T) {
	switch rapid.IntRange(0, 8).Draw(t, "what") {
	case 8:
		m.menu(t)
	case 6:
		channel := rapid.SampledFrom([]string{"shangou", "meituan", "nobody"}).Draw(t, "channel")
		m.do(t, shop.SetAvailable{By: channel, Channel: channel, Item: "grape", Available: rapid.Bool().Draw(t, "available")})
		m.do(t, m.mark(t, channel))
	case 0:
		m.do(t, shop.SetStaff{By: "owner", Station: "shake", Staff: rapid.IntRange(0, 3).Draw(t, "staff")})
	case 7:
		m.do(t, shop.ChangeRota{By: "owner", Add: []capacity.Turn{drawTurn(t)},
			Remove: m.state.Settings.Rota[:rapid.IntRange(0, len(m.state.Settings.Rota)).Draw(t, "remove")]})
	case 1:
		m.do(t, shop.SetAvailable{By: "tablet", Item: "grape", Available: rapid.Bool().Draw(t, "available")})
		m.do(t, m.mark(t, ""))
	case 2:
		m.do(t, shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: "paused", Until: m.now.Add(10 * time.Minute), By: "owner"}})
	case 3:
		m.do(t, shop.Ack{Channel: "shangou", Through: uint64(rapid.IntRange(0, 50).Draw(t, "through"))})
	case 4:
		m.do(t, shop.SetTerms{By: "owner", Terms: shop.Terms{
			Horizon:  time.Duration(rapid.IntRange(-1, 150).Draw(t, "horizon")) * time.Minute,
			Reserve:  capacity.Work(rapid.IntRange(-100, 2000).Draw(t, "reserve")),
			ShelfMax: rapid.IntRange(-1, 50).Draw(t, "shelf"), CheckMode: rapid.SampledFrom([]string{"cup", "bag", "tap", "sniff"}).Draw(t, "mode"),
		}})
	case 5:
		m.do(t, shop.Audit{By: "owner", What: rapid.SampledFrom([]string{shop.AuditDevicePaired, "weather"}).Draw(t, "audit"), About: "前台"})
	}
}

// menu changes the menu that counts, or goes back to shop.yaml's.
func (m *machine) menu(t *rapid.T) {
	c := shop.ChangeMenu{By: "owner", Base: m.state.Config.Menu.Rev}
	switch kind := rapid.IntRange(0, 7).Draw(t, "change"); kind {
	case 0: // back to the first menu
	case 1:
		c.Base, c.Menu = "another", m.state.Config.Menu.Edit()
	default:
		c.Menu = m.state.Config.Menu.Edit()
		gone := map[int]string{2: "grape", 3: "jasmine-milk-tea", 4: "pearl-milk-tea"}[kind]
		c.Menu.Items = slices.DeleteFunc(c.Menu.Items, func(it shop.Item) bool { return it.ID == gone })
		item := &c.Menu.Items[rapid.IntRange(0, 5).Draw(t, "item")]
		item.PriceFen, item.Hidden = item.PriceFen+100, kind == 5
		if item.ID != c.Menu.Reference && kind == 6 {
			item.Seconds = map[string]int{"shake": rapid.IntRange(1, 100).Draw(t, "seconds")}
			item.Uses = map[string]int{"jasmine": rapid.IntRange(0, 300).Draw(t, "amount")}
		}
		if toppings := &c.Menu.Groups[4]; kind == 7 {
			toppings.Options = toppings.Options[:rapid.IntRange(0, len(toppings.Options)).Draw(t, "toppings")]
			slices.Reverse(c.Menu.Groups[1].Options) // another ice is the standard
		}
	}
	m.do(t, c)
}

// mark says of an option or an ingredient that it is sold out or back.
func (m *machine) mark(t *rapid.T, channel string) shop.SetAvailable {
	c := shop.SetAvailable{By: "x", Channel: channel, Available: rapid.Bool().Draw(t, "back"), Closing: rapid.Bool().Draw(t, "closing")}
	c.Option = rapid.SampledFrom([]string{"", "topping/pearl", "ice/none", "topping/gold"}).Draw(t, "option")
	if c.Option == "" {
		c.Ingredient = rapid.SampledFrom([]string{"jasmine", "pearl", "gold", ""}).Draw(t, "ingredient")
	}
	if rapid.Bool().Draw(t, "for a time") {
		c.Until, c.Closing = m.now.Add(time.Duration(rapid.IntRange(-1, 90).Draw(t, "minutes"))*time.Minute), false
	}
	c.Scope = rapid.SampledFrom([]shop.Scope{shop.ScopeGranted, shop.ScopeChannel, shop.ScopeShop}).Draw(t, "scope")
	return c
}

// stock is what happens to an ingredient besides the cups that take it.
func (m *machine) stock(t *rapid.T) {
	of := rapid.SampledFrom([]string{"jasmine", "grape", "pearl", "gold"}).Draw(t, "of")
	amount, tap := rapid.IntRange(0, 500).Draw(t, "amount"), rapid.SampledFrom([]string{"", "t1", "t2"}).Draw(t, "tap")
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		m.do(t, shop.SetStock{By: "tablet", Ingredient: of, Amount: rapid.IntRange(-1, 2000).Draw(t, "count")})
	case 1:
		m.do(t, shop.WasteStock{By: "tablet", Ingredient: of, Amount: amount, Tap: tap})
	case 2:
		m.do(t, shop.ReceiveStock{By: "tablet", Ingredient: of, Amount: amount, Tap: tap})
	case 3:
		step := rapid.SampledFrom([]shop.CookStep{shop.CookBegin, shop.CookDone, shop.CookStop, "burn"}).Draw(t, "step")
		m.do(t, shop.Cook{By: "tablet", Ingredient: of, Step: step})
	}
	m.state.CookAdvice(m.now)
}

// floor is what happens between the kitchen and the counter.
func (m *machine) floor(t *rapid.T) {
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		m.do(t, shop.Pack{By: "tablet", Cup: m.anyCup(t)})
	case 1:
		m.do(t, shop.Pack{By: "tablet", Order: m.anyOrder(t), Cup: m.anyCup(t)})
	case 2:
		m.do(t, shop.DismissStop{By: "tablet", Cup: m.anyCup(t)})
	case 3:
		amount := rapid.IntRange(-1, 2000).Draw(t, "amount")
		m.do(t, shop.SetStock{By: "tablet", Ingredient: rapid.SampledFrom([]string{"jasmine", "grape", "gold"}).Draw(t, "ingredient"),
			Amount: amount})
	}
}

func (m *machine) job(t *rapid.T) {
	states := []shop.JobState{shop.JobQueued, shop.JobSending, shop.JobFenced, shop.JobDone, shop.JobBlocked, shop.JobUnconfirmed,
		shop.JobHeld, shop.JobCancelled}
	id := shop.JobID(rapid.IntRange(1, int(m.state.Counters.Job)+1).Draw(t, "job"))
	if rapid.IntRange(0, 5).Draw(t, "reprint") == 0 {
		m.do(t, shop.Reprint{By: "tablet", Job: id})
		return
	}
	if rapid.IntRange(0, 5).Draw(t, "print again") == 0 {
		m.do(t, shop.PrintAgain{By: "tablet", Order: m.anyOrder(t), Cup: rapid.IntRange(0, 3).Draw(t, "cup")})
		return
	}
	if rapid.IntRange(0, 5).Draw(t, "send") == 0 {
		m.do(t, shop.SendJob{By: "tablet", Job: id, Onto: rapid.SampledFrom([]string{"kitchen", "labels"}).Draw(t, "onto")})
		return
	}
	m.do(t, shop.MoveJob{By: "printer", Job: id, From: rapid.SampledFrom(states).Draw(t, "from"), To: rapid.SampledFrom(states).Draw(t, "to")})
}

func (m *machine) time(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
	if rapid.IntRange(0, 30).Draw(t, "long") == 0 {
		m.now = m.now.Add(shop.TombstonesKept) // what is older is forgotten
	}
	m.do(t, shop.Tick{})
}

// clock jumps, told or found out afterwards, and is in doubt or not.
func (m *machine) clock(t *rapid.T) {
	by := rapid.SampledFrom([]time.Duration{8 * time.Hour, -8 * time.Hour, 24 * time.Hour, -24 * time.Hour, -61 * time.Second,
		19 * 365 * 24 * time.Hour}).Draw(t, "by")
	m.do(t, shop.DoubtClock{Doubt: rapid.Bool().Draw(t, "doubt")})
	if rapid.Bool().Draw(t, "told") {
		m.do(t, shop.StepClock{By: by})
	}
	m.now = m.now.Add(by)
	m.do(t, shop.Tick{})
	for _, day := range m.state.Counters.Ahead {
		m.do(t, shop.MendDay{Day: day})
	}
	for o := range m.state.Orders.All() {
		if !o.State().Ended() && o.AcceptedAt.After(m.now.Add(shop.ClockBackMax)) {
			t.Fatalf("order %s was accepted at %s; it is %s", o.ID, o.AcceptedAt, m.now)
		}
	}
}

// A cup that is in no list, or in two, is lost: the control of every test that says none is.
func TestALostCupIsNoticed(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 3), shop.Tap{Cups: cupsOf(1, 1), To: shop.Making},
		shop.Tap{Cups: cupsOf(1, 2), To: shop.Made})
	if s.Lost() != 0 {
		t.Fatalf("%d lost before anything is wrong", s.Lost())
	}
	for _, state := range []shop.CupState{shop.Waiting, shop.Making, shop.Made} {
		for _, off := range []int{1, -1} {
			wrong := s
			wrong.Ledger.In[state] += off
			wrong.Ledger.Ordered += off // the ledger balances, and is not what the orders are
			if wrong.Lost() == 0 {
				t.Errorf("%d of %s more than there are, and none is lost", off, state)
			}
		}
	}
}
