package record

import (
	"fmt"
	"slices"
	"time"
)

// world is two routers, three shops and the network between them, with one order. Everything that takes a step of its
// own in real life takes one here: reading, deciding and writing a record; publishing; the way of each message.
type world struct {
	t       interface{ Fatalf(string, ...any) }
	off     guard
	noCAS   bool // control: writes do not compare
	late    bool // control: the send is counted after it is published
	anyTime bool // control: a restored box takes what was sent before its epoch began

	now      time.Time
	record   Record
	revision int
	routers  [2]*router
	shops    []*shopBox
	toShops  []message
	echoes   []heard // answers that come once more, at any time
	nonces   int
	assigned int
	restored bool // some shop was
}

type router struct {
	skew  time.Duration
	view  map[string]Identity
	inbox map[string][]heard // by shop, in the order it was said: status and answers take the same way
	steps []operation
}

// operation is a router in the middle of something.
type operation struct {
	fact     Fact
	next     Record
	revision int
	do       Do
	written  bool
}

type message struct {
	store  string
	recall bool
	nonce  string
	sentAt time.Time
	first  time.Time // of the order
	proof  bool
}

type heard struct {
	store  string
	status *Identity
	answer *Answered
}

// shopBox is a shop: what it remembers of the order, and what is true whether or not it remembers.
type shopBox struct {
	id     string
	old    bool // tells neither nonce, epoch nor box
	on     bool
	again  bool // it does not say which box it is, and has connected again
	self   Identity
	skew   time.Duration
	began  time.Time // of the epoch, by its own clock
	memory memory
	copies []memory
	paper  bool // it may be made here, or was
}

type memory struct{ has, cancelled, made bool }

// newWorld begins with three open shops. skew is how wrong each clock is.
func newWorld(t interface{ Fatalf(string, ...any) }, skew func() time.Duration) *world {
	w := &world{t: t, now: time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)}
	for _, id := range []string{"a", "b", "c"} {
		w.shops = append(w.shops, &shopBox{id: id, on: true, self: Identity{Epoch: 1, Box: id + "1", Conn: 1}, skew: skew(), old: id == "c"})
	}
	for i := range w.routers {
		w.routers[i] = &router{skew: skew()}
		w.boot(w.routers[i])
	}
	return w
}

// boot lets a router read the last status of every shop.
func (w *world) boot(r *router) {
	r.view, r.inbox, r.steps = map[string]Identity{}, map[string][]heard{}, nil
	for _, s := range w.shops {
		r.view[s.id] = s.seen()
	}
}

// seen is the shop's status as routers read it.
func (s *shopBox) seen() Identity {
	if s.old {
		return Identity{Epoch: s.self.Epoch, Conn: s.self.Conn}
	}
	return s.self
}

func (w *world) nonce() string { w.nonces++; return fmt.Sprint("n", w.nonces) }

// begin reads the record and decides.
func (w *world) begin(r *router, f Fact) {
	next, do := decide(w.record, f, w.off)
	next.Writer = w.nonce()
	changed := picture(next) != picture(w.record)
	if changed || do != Nothing {
		r.steps = append(r.steps, operation{f, next, w.revision, do, !changed})
	}
}

func picture(r Record) string {
	r.Writer = ""
	a := Attempt{}
	if r.At != nil {
		a, r.At = *r.At, nil
	}
	return fmt.Sprintf("%+v %+v", r, a)
}

// step lets a router take its next step: write, or do what it has written.
func (w *world) step(r *router, i int) {
	op := &r.steps[i]
	if !op.written {
		if w.late && op.do == Send { // publishes first, counts after
			w.act(r, *op)
			op.do = Nothing
		}
		if op.revision != w.revision && !w.noCAS {
			fact := op.fact
			r.steps = slices.Delete(r.steps, i, i+1)
			if _, ok := fact.(Answered); ok {
				w.begin(r, fact) // decides again with what is true now
			}
			return
		}
		w.record, w.revision = op.next, w.revision+1
		op.written = true
		return
	}
	do := *op
	r.steps = slices.Delete(r.steps, i, i+1)
	w.act(r, do)
}

func (w *world) act(r *router, op operation) {
	at := op.next.At
	switch op.do {
	case Send, Recall:
		s := w.shop(at.Store)
		if !s.on {
			w.begin(r, Unheard{at.Nonce})
			return
		}
		w.toShops = append(w.toShops, message{at.Store, op.do == Recall, at.Nonce, at.SentAt, at.FirstAt, at.Proving && at.Receipt != ""})
	case Alarm:
		w.t.Fatalf("what was certain is contradicted: %+v by %+v", op.next, op.fact)
	}
}

func (w *world) shop(id string) *shopBox {
	return w.shops[slices.IndexFunc(w.shops, func(s *shopBox) bool { return s.id == id })]
}

// deliver lets a message reach its shop, which answers.
func (w *world) deliver(i int, accept bool) {
	m := w.toShops[i]
	w.toShops = slices.Delete(w.toShops, i, i+1)
	s := w.shop(m.store)
	if !s.on {
		return
	}
	w.say(s, m, s.judge(m, w.now, accept, w.anyTime))
}

// judge is the shop's rule: one answer for a ref that is known, a tombstone for one that is not.
func (s *shopBox) judge(m message, now time.Time, accept, anyTime bool) Verdict {
	local := now.Add(s.skew)
	mem := &s.memory
	switch {
	case m.recall && mem.made:
		return TooLate
	case m.recall:
		mem.has, mem.cancelled, s.paper = true, true, s.paper && s.forgot()
		return NotMade
	case mem.has && mem.cancelled:
		return NotMade
	case mem.has:
		return Accepted
	case m.proof:
	case !anyTime && !m.sentAt.After(s.began):
		return Unclear // its tombstone may be forgotten
	case m.sentAt.Add(ConfirmWithin).Before(local), !accept:
		if !anyTime && !m.first.After(s.began) {
			return Unclear // the order may be forgotten
		}
		return Refused
	}
	mem.has, s.paper = true, true
	return Accepted
}

// forgot reports whether the shop has paper of an order that it does not remember: cancelling cannot take that back.
func (s *shopBox) forgot() bool { return s.paper && !s.memory.wasAccepted() }

func (m memory) wasAccepted() bool { return m.has && !m.cancelled }

func (w *world) say(s *shopBox, m message, v Verdict) {
	a := Answered{Store: s.id, Verdict: v, Nonce: m.nonce, From: s.self}
	if v == Accepted {
		a.Order = Told{ID: "o1", Receipt: "receipt"}
	}
	if s.old {
		a.Nonce, a.From, a.Order.Receipt = "", Identity{}, ""
	}
	for _, r := range w.routers {
		r.inbox[s.id] = append(r.inbox[s.id], heard{store: s.id, answer: &a})
	}
	w.echoes = append(w.echoes, heard{store: s.id, answer: &a})
}

// connect lets a shop come (back), as another box or the same one.
func (w *world) connect(s *shopBox) {
	s.on = true
	s.self.Conn++
	id := s.seen()
	for _, r := range w.routers {
		r.inbox[s.id] = append(r.inbox[s.id], heard{store: s.id, status: &id})
	}
	s.again = s.old
}

// restart is that of every engine: routers know no shop until it has connected again.
func (w *world) restart() {
	for _, r := range w.routers {
		w.boot(r)
		clear(r.view)
	}
	for _, s := range w.shops {
		if s.on {
			w.connect(s)
		}
	}
}

// restore brings an older copy of the shop's memory back, as a new box in a new epoch.
func (w *world) restore(s *shopBox, copied memory) {
	s.memory = copied
	s.self.Epoch++
	s.self.Box = fmt.Sprint(s.id, s.self.Epoch)
	s.began = w.now.Add(s.skew).Add(4 * time.Second) // clocks differ by less than two
	w.restored = true
	w.connect(s)
}

// hear lets a router take in what a shop said.
func (w *world) hear(r *router, h heard) {
	if h.status != nil {
		r.view[h.store] = *h.status
		return
	}
	a := *h.answer
	if a.From == (Identity{}) {
		a.From = r.view[h.store]
	}
	a.From.Conn = r.view[h.store].Conn
	a.Now, a.Next = w.now, w.nonce()
	w.begin(r, a)
}

// papers are the shops where the order may be made or was.
func (w *world) papers() (list []string) {
	for _, s := range w.shops {
		if s.paper {
			list = append(list, s.id)
		}
	}
	return list
}

// check is what must hold at every moment.
func (w *world) check() {
	papers := w.papers()
	if len(papers) > 1 {
		w.t.Fatalf("made by more than one shop: %v, record %+v", papers, w.record)
	}
	if s := w.record.State; (s == Free || s == Cancelled) && len(papers) > 0 {
		w.t.Fatalf("said to be not made, and made by %v: %+v", papers, w.record)
	}
}
