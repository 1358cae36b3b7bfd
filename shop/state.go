package shop

import (
	"cmp"
	"hash/maphash"
	"maps"
	"reflect"
	"slices"
	"time"
	"weir/shop/capacity"
)

// State is everything a shop has to remember to decide, at one moment. It is immutable: [Apply]
// returns a new one. It holds open orders and open print jobs only; what has ended is in the store's
// rows, and the store calls [State.Recall] for an ended order that a command is about.
type State struct {
	Config     *Config
	Settings   Settings
	SoldOut    Outs // as the staff say; never changed in place
	Orders     Table[Order]
	Jobs       Table[Job]
	Counters   Counters
	Ledger     Ledger
	Leases     map[string]capacity.Lease // the latest issued, by channel
	Campaigns  map[CampaignID]Campaign   // told of and not forgotten; never changed in place
	Taken      map[CampaignID]Taken      // what was accepted for each
	Stops      []Stop                    // cups in hand whose orders were called off; never changed in place
	Stock      map[string]Stock          // of ingredients that were counted; never changed in place
	Tombstones Tombstones
	Marks      Marks         // of the channels: what is sold out
	Usuals     Usuals        // what the last cups of each channel were like
	Mapping    *Mapping      // what channels call things; nil: nobody has said anything
	Holds      Holds         // room that is kept for orders to come
	Unread     Unreads       // what channels sent that nobody has said the meaning of
	Menus      *Menus        // the menu that counts where it is not shop.yaml's, and those before it
	Capacity   capacity.Book // what the crew can make; it keeps the quotes, credit and slots
	Joining    Joining       // the fleet whose people may act from outside
	Receipts   ReceiptKey    // proves what was accepted; the store keeps it and every copy of the rows has it
	refs       refIndex
	held       map[string]int // by ingredient that is counted: what the open orders will take; never changed in place

	fileMenu    *Menu  // of shop.yaml, whether it counts or not
	menuChanges uint64 // grows with each change of what can be ordered; means nothing in itself
}

// Counters are the numbers that only grow.
type Counters struct {
	Epoch    int64             `json:"epoch"`         // of the data directory; higher after a restore or a loss
	Seq      uint64            `json:"seq"`           // of the last event
	Order    OrderID           `json:"order"`         // last given
	Hold     HoldID            `json:"hold,omitzero"` // last given
	Job      JobID             `json:"job"`           // last given
	Day      Day               `json:"day"`
	Number   int               `json:"number"` // last pick-up number of Day
	Feeds    map[string]uint64 `json:"feeds"`  // per channel: last event told
	Acks     map[string]uint64 `json:"acks"`   // per channel: last event acknowledged
	MendedAt time.Time         `json:"mended_at,omitzero"`
	// Restored is when the present epoch began, where something may be forgotten: see [EpochBegun].
	Restored time.Time  `json:"restored_at,omitzero"`
	Campaign CampaignID `json:"campaign,omitempty"` // last given
	Unclosed []Day      `json:"unclosed,omitempty"` // days that are over and whose books are not closed, oldest first
	BegunAt  time.Time  `json:"begun_at,omitzero"`  // when anybody last began, passed on or finished a cup

	ClosesAt   time.Time `json:"closes_at,omitzero"`    // the running day closes early at this time
	LastAt     time.Time `json:"last_at,omitzero"`      // of the last event, by the shop's clock
	ClockDoubt bool      `json:"clock_doubt,omitempty"` // see [DoubtClock]
	Before     Turned    `json:"before,omitzero"`       // the business day that was left last, as it was then
	Ahead      []Day     `json:"ahead,omitempty"`       // days that a wrong clock has opened; see [MendDay]
	Taken      []int     `json:"taken,omitempty"`       // pick-up numbers of orders that were open when Number began anew
}

// New is the state of a shop that has never had an order.
func New(config *Config, now time.Time) State {
	s := State{
		Config:   config,
		fileMenu: config.Menu,
		Settings: config.Settings,
		Counters: Counters{Epoch: 1, Day: config.Day(now)},
	}
	// What is stored is read into these: they must not be the configuration's own, which others are reading.
	s.Settings.Staff, s.Settings.Intake = maps.Clone(s.Settings.Staff), maps.Clone(s.Settings.Intake)
	s.Settings.Rota = slices.Clone(s.Settings.Rota)
	s.Capacity = capacity.Open(s.capacitySettings(), s.Plan(s.Counters.Day), config.Hours(now), capacity.New(1))
	return s
}

// Part is one document of the state that is not an order or a job: its name, and what it holds.
type Part struct {
	Name string
	Doc  any
}

// Parts are the documents to be stored with every change.
func (s *State) Parts() []Part {
	memory := s.Capacity.Memory()
	return append(s.plainParts(), Part{"capacity", &memory})
}

func (s *State) plainParts() []Part {
	return []Part{
		{"counters", &s.Counters}, {"ledger", &s.Ledger}, {"settings", &s.Settings}, {"sold_out", &s.SoldOut}, {"leases", &s.Leases},
		{"campaigns", &s.Campaigns}, {"taken", &s.Taken}, {"stops", &s.Stops}, {"stock", &s.Stock},
		{"tombstones", &s.Tombstones}, {"marks", &s.Marks}, {"usuals", &s.Usuals}, {"mapping", &s.Mapping},
		{"unread", &s.Unread}, {"holds", &s.Holds}, {"joining", &s.Joining}, {"menus", &s.Menus},
	}
}

// Load is the state as it was stored. read fills a part's Doc, or leaves it as it is when there is
// none stored; the open orders and jobs are added with [State.Restore] and [State.RestoreJob].
func Load(config *Config, now time.Time, read func(Part) error) (State, error) {
	s := New(config, now)
	memory := s.Capacity.Memory()
	for _, part := range append(s.plainParts(), Part{"capacity", &memory}) {
		if err := read(part); err != nil {
			return s, err
		}
	}
	if s.Mapping != nil {
		s.Mapping = s.Mapping.indexed()
	}
	if s.Menus != nil {
		if err := s.Menus.weighed(config.Line); err != nil {
			return s, err
		}
		s = s.withMenus()
	}
	s.Capacity = capacity.Open(s.capacitySettings(), s.Plan(s.Counters.Day), s.hours(), memory)
	if memory.Leases.Epoch < s.Counters.Epoch {
		// The rows come from a copy: credit may have been granted that this lease book never saw, but none
		// after the copying.
		copied := s.Counters.Restored
		if copied.IsZero() {
			copied = now // not known: the latest it can have been
		}
		s = s.lendAnew(copied)
	}
	for _, id := range sortedKeys(s.Holds) {
		s = s.keep(s.Holds[id])
	}
	return s, nil
}

// Restore adds an open order as it was stored.
func (s State) Restore(o *Order) State {
	s.Capacity = s.Capacity.Swap(capacity.Order{}, o.load())
	return s.hold(nil, o).Recall(o)
}

// RestoreJob adds an open print job as it was stored.
func (s State) RestoreJob(j *Job) State {
	s.Jobs = s.Jobs.With(int64(j.ID), j)
	return s
}

// Order returns an open (or recalled) order.
func (s State) Order(id OrderID) (*Order, bool) {
	o := s.Orders.At(int64(id))
	return o, o != nil
}

// ByRef returns the open (or recalled) order a channel knows by ref.
func (s State) ByRef(channel, ref string) (*Order, bool) {
	id, ok := s.refs.get(refKey{channel, ref})
	if !ok {
		return nil, false
	}
	return s.Order(id)
}

// Recall puts an order into the state as it is in the rows, so that a command can be decided about it.
// It changes no count: an order from the rows has been counted.
func (s State) Recall(o *Order) State {
	s.Orders = s.Orders.With(int64(o.ID), o)
	s.refs = s.refs.with(refKey{o.Channel, o.Ref}, o.ID)
	return s
}

// Forget drops an order from the state if it has ended; its row stays.
func (s State) Forget(id OrderID) State {
	o, ok := s.Order(id)
	if !ok || !o.State().Ended() {
		return s
	}
	s.Orders = s.Orders.With(int64(id), nil)
	s.refs = s.refs.without(refKey{o.Channel, o.Ref})
	return s
}

// ForgetJob drops a print job from the state if it has ended; its row stays.
func (s State) ForgetJob(id JobID) State {
	if j := s.Jobs.At(int64(id)); j != nil && j.State.Ended() {
		s.Jobs = s.Jobs.With(int64(id), nil)
	}
	return s
}

// Recount counts the cups of the open orders, state by state. It must agree with the ledger in every
// state before the ends.
func (s State) Recount() (in [cupStates]int) {
	for o := range s.Orders.All() {
		if o.State().Ended() {
			continue
		}
		for i, n := range o.count() {
			in[i] += n
		}
	}
	return in
}

// Lost is the number of cups by which the ledger and the orders disagree, plus the ledger's own
// balance. Anything but 0 is an alarm on every screen.
func (s State) Lost() int {
	lost := abs(s.Ledger.Balance())
	in := s.Recount()
	for state := Booked; state <= Made; state++ {
		lost += abs(in[state] - s.Ledger.In[state])
	}
	return lost
}

// Equal reports whether two states would decide everything alike. A state loaded from the rows must
// equal the one in memory.
func (s State) Equal(other State) bool {
	same := func(a, b any) bool { return reflect.DeepEqual(a, b) }
	return same(s.plainParts(), other.plainParts()) && s.Capacity.Equal(other.Capacity) &&
		same(slices.Collect(s.Orders.All()), slices.Collect(other.Orders.All())) &&
		same(slices.Collect(s.Jobs.All()), slices.Collect(other.Jobs.All()))
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func sortedKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K { return slices.Sorted(maps.Keys(m)) }

func with[M ~map[K]V, K comparable, V any](m M, key K, value V) M {
	next := maps.Clone(m)
	if next == nil {
		next = M{}
	}
	next[key] = value
	return next
}

// refKey is what makes an order unique outside.
type refKey struct{ channel, ref string }

// refShards keeps a changed map small: with a thousand open orders a change copies four entries.
const refShards = 256

// refIndex is an immutable map from (channel, ref) to the order.
type refIndex struct {
	shards *[refShards]map[refKey]OrderID
}

var refSeed = maphash.MakeSeed()

func (x refIndex) get(k refKey) (OrderID, bool) {
	if x.shards == nil {
		return 0, false
	}
	id, ok := x.shards[k.shard()][k]
	return id, ok
}

func (x refIndex) with(k refKey, id OrderID) refIndex {
	if old, ok := x.get(k); ok && old == id {
		return x
	}
	shards := x.copy()
	shards[k.shard()] = with(shards[k.shard()], k, id)
	return refIndex{shards}
}

func (x refIndex) without(k refKey) refIndex {
	if _, ok := x.get(k); !ok {
		return x
	}
	shards := x.copy()
	shard := maps.Clone(shards[k.shard()])
	delete(shard, k)
	shards[k.shard()] = shard
	return refIndex{shards}
}

func (x refIndex) copy() *[refShards]map[refKey]OrderID {
	if x.shards == nil {
		return new([refShards]map[refKey]OrderID)
	}
	shards := *x.shards
	return &shards
}

func (k refKey) shard() int { return int(maphash.Comparable(refSeed, k) % refShards) }
