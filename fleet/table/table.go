// Package table is what a router knows of every shop: where it is, what it reported last, which box it is. It lives in
// memory and is filled from the last-value stream, so a router that starts knows every shop.
package table

import (
	"slices"
	"strings"
	"sync"
	"time"

	"weir/fleet/directory"
	"weir/fleet/lately"
	"weir/fleet/record"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Shop is one shop as it is known at a moment. It does not change; the table has a new one when something is heard.
type Shop struct {
	*directory.Shop
	Online  bool
	Self    record.Identity // which box it is
	Since   time.Time       // of its status, by its own clock
	Report  Report
	HeardAt time.Time // when the report came
	Leases  []capacity.Lease
	RoseAt  time.Time // when its epoch was last seen to rise
	Twins   time.Time // until then two boxes are taken to have this id
}

// Lease is the shop's latest lease to a channel; the zero lease when there is none.
func (s *Shop) Lease(channel string) capacity.Lease {
	for i := range s.Leases {
		if s.Leases[i].Channel == channel {
			return s.Leases[i]
		}
	}
	return capacity.Lease{}
}

// Fresh reports whether the shop is there and its report can be believed.
func (s *Shop) Fresh(now time.Time) bool { return s.Online && now.Before(s.Report.ExpiresAt) }

const (
	// twinsFor is how long a shop is left alone after two boxes with its id were seen in turn.
	twinsFor = 5 * time.Minute
	// twinsGap is how soon a box that was replaced may come back before it is taken for a second one.
	twinsGap = time.Minute
	// formerMax bounds the boxes that were replaced and are remembered: far more than are in a minute. Of one that went out
	// it is noticed a turn later that two boxes have its name.
	formerMax = 1 << 16
)

// Table is every shop. Several goroutines may use it; readers do not wait for each other.
type Table struct {
	now func() time.Time

	reading sync.Mutex
	names   names // guarded by reading

	mu    sync.RWMutex
	shops map[string]*known
	rows  rows                        // of the directory's shops
	last  *lately.Map[string, former] // the box before the present one
	rose  func(store string, to record.Identity)
}

// known is the place in memory that holds what is known of a shop now, and beside it what most searches ask: a shop's
// own memory is far away, and a search looks at a dozen of them.
type known struct {
	shop   *Shop
	until  int64 // ms: until then its report can be believed; 0 when it is away or paused
	p90    int64 // s
	radius float64
	level  int
	plain  bool // every channel, nothing sold out, one level for all: until, p90, radius and level say all about it
}

// set puts in what is known now.
func (k *known) set(s *Shop) {
	*k = known{shop: s, p90: s.Report.Quote.P90, level: s.Report.Level}
	if s.Online && s.Report.Level < capacity.LevelPaused {
		k.until = s.Report.ExpiresAt.UnixMilli()
	}
	if s.Shop == nil {
		return
	}
	k.radius = float64(s.RadiusM)
	k.plain = len(s.Channels) == 0 && len(s.Report.SoldOut) == 0 && len(s.Report.NoOption) == 0 && s.Twins.IsZero()
	for _, l := range s.Leases {
		k.plain = k.plain && l.Level == k.level
	}
}

type former struct {
	box string
	at  time.Time
}

// New makes an empty table. rose is told when a shop's epoch has risen; it must not call back and not wait.
func New(now func() time.Time, rose func(store string, to record.Identity)) *Table {
	return &Table{now: now, names: names{}, shops: map[string]*known{}, rows: rows{}, last: lately.New[string, former](formerMax), rose: rose}
}

// Listed takes in a change of the directory.
func (t *Table) Listed(old, next *directory.Shop) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old != nil {
		if k := t.shops[old.ID]; k != nil {
			t.rows.cut(Point{old.Lat, old.Lon}, k)
		}
	}
	if next == nil {
		if old != nil {
			delete(t.shops, old.ID)
		}
		return
	}
	k := t.known(next.ID)
	s := *k.shop
	s.Shop = next
	k.set(&s)
	t.rows.put(Point{next.Lat, next.Lon}, k)
}

// known is where a shop is kept, made if it was never heard of. The caller holds mu.
func (t *Table) known(id string) *known {
	k := t.shops[id]
	if k == nil {
		k = &known{shop: &Shop{}}
		t.shops[id] = k
	}
	return k
}

// Get is a shop; false when the directory has none of that id.
func (t *Table) Get(id string) (*Shop, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	k := t.shops[id]
	if k == nil {
		return nil, false
	}
	return k.shop, k.shop.Shop != nil
}

// All are all shops of the directory.
func (t *Table) All() []*Shop {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]*Shop, 0, len(t.shops))
	for _, k := range t.shops {
		if k.shop.Shop != nil {
			list = append(list, k.shop)
		}
	}
	return list
}

// Hear takes in what a shop has published, by its subject.
func (t *Table) Hear(subject string, payload []byte) {
	parts := strings.Split(subject, ".")
	if len(parts) < 4 || parts[0] != "weir" {
		return
	}
	store := parts[2]
	switch parts[3] {
	case "status":
		if m, ok := read(t, names.readStatus, payload); ok {
			t.Status(store, m)
		}
	case "capacity":
		if m, ok := read(t, names.readReport, payload); ok {
			t.Report(store, m)
		}
	case "lease":
		if m, ok := read(t, names.readLease, payload); ok && len(parts) == 5 {
			m.Channel = parts[4]
			t.Lease(store, m)
		}
	}
}

// read reads a message with the names that are kept.
func read[M any](t *Table, f func(names, []byte) (M, bool), payload []byte) (M, bool) {
	t.reading.Lock()
	defer t.reading.Unlock()
	return f(t.names, payload)
}

// Status takes in what a shop says of itself.
func (t *Table) Status(store string, s wire.Status) {
	t.change(store, func(shop *Shop) { t.status(shop, store, s) })
}

// Report takes in a report if it is newer.
func (t *Table) Report(store string, r Report) {
	t.change(store, func(shop *Shop) { shop.take(r, t.now()) })
}

// Lease takes in a lease if it is newer.
func (t *Table) Lease(store string, l capacity.Lease) {
	t.change(store, func(shop *Shop) { shop.lend(l) })
}

// change lets f change a copy of a shop and puts it in.
func (t *Table) change(store string, f func(*Shop)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.known(store)
	s := *k.shop
	f(&s)
	k.set(&s)
}

// status takes in a newer status. An offline one of an older connection is the will of a connection that was replaced.
func (t *Table) status(shop *Shop, store string, s wire.Status) {
	self := record.Identity{Epoch: s.Epoch, Conn: s.Conn, Box: s.Box}
	old := shop.Self
	if self.Epoch < old.Epoch || self.Epoch == old.Epoch && self.Conn < old.Conn {
		return
	}
	if self.Box == "" && self.Epoch == old.Epoch && self.Conn == old.Conn {
		self.Box = old.Box
	}
	t.replaced(shop, store, self.Box)
	shop.Self, shop.Online, shop.Since = self, s.Online, s.At
	if old.Epoch > 0 && self.Epoch > old.Epoch {
		shop.RoseAt = t.now()
		if t.rose != nil {
			t.rose(store, self)
		}
	}
}

// replaced notes that a shop's messages come from another box. One that comes back soon after it was replaced is a
// second box with the same id.
func (t *Table) replaced(s *Shop, store, box string) {
	if s.Self.Box == "" || box == "" || box == s.Self.Box {
		return
	}
	now := t.now()
	if before, _ := t.last.Get(store); before.box == box && now.Sub(before.at) < twinsGap {
		s.Twins = now.Add(twinsFor)
	}
	t.last.Put(store, former{s.Self.Box, now})
}

// Answered learns from an answer which box a shop is.
func (t *Table) Answered(store string, from record.Identity) {
	if from.Box == "" {
		return
	}
	if s, ok := t.Get(store); ok && s.Self.Box == from.Box && s.Self.Epoch >= from.Epoch {
		return
	}
	t.change(store, func(s *Shop) {
		t.replaced(s, store, from.Box)
		rose := s.Self.Epoch > 0 && from.Epoch > s.Self.Epoch
		if from.Epoch >= s.Self.Epoch {
			s.Self.Epoch, s.Self.Box = from.Epoch, from.Box
		}
		if rose {
			s.RoseAt = t.now()
			if t.rose != nil {
				t.rose(store, s.Self)
			}
		}
	})
}

// take keeps a newer report.
func (s *Shop) take(r Report, now time.Time) {
	old := &s.Report
	if r.Epoch < old.Epoch || r.Epoch == old.Epoch && r.Seq <= old.Seq {
		return
	}
	s.Report, s.HeardAt = r, now
}

func (s *Shop) lend(l capacity.Lease) {
	s.Leases = slices.Clone(s.Leases)
	for i, old := range s.Leases {
		if old.Channel == l.Channel {
			if l.Epoch > old.Epoch || l.Epoch == old.Epoch && l.Seq > old.Seq {
				s.Leases[i] = l
			}
			return
		}
	}
	s.Leases = append(s.Leases, l)
}
