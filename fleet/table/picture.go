package table

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"weir/fleet/record"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// A router that starts asks another one for what that knows, which is quicker than to read four messages of every shop.
// What one router writes for another is on this page. A time goes as seconds and nanoseconds, everything else as varints.

// Known is what is known of a shop, also of one that the directory does not list yet.
type Known struct {
	ID string
	*Shop
}

// Heard is what is known of every shop. None of it changes any more.
func (t *Table) Heard() []Known {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]Known, 0, len(t.shops))
	for id, k := range t.shops {
		list = append(list, Known{id, k.shop})
	}
	return list
}

// Append appends what is known of a shop, without what the directory says.
func (k Known) Append(b []byte) []byte {
	b = putText(b, k.ID)
	b = putFlag(b, k.Online)
	b = putText(binary.AppendVarint(binary.AppendVarint(b, k.Self.Epoch), k.Self.Conn), k.Self.Box)
	for _, at := range []time.Time{k.Since, k.HeardAt, k.RoseAt, k.Twins} {
		b = putTime(b, at)
	}
	r := &k.Report
	b = binary.AppendUvarint(binary.AppendVarint(b, r.Epoch), r.Seq)
	b = putTime(putTime(b, r.At), r.ExpiresAt)
	for _, n := range []int64{int64(r.Level), int64(r.BacklogCups), int64(r.BacklogWork), r.Quote.P50, r.Quote.P90, r.Quote.Promise,
		int64(r.Quote.Samples)} {
		b = binary.AppendVarint(b, n)
	}
	for _, x := range []float64{r.Rate.P10, r.Rate.P50, r.Quote.Coverage90} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	b = putFlag(b, r.Quote.Calibrated)
	b = binary.AppendUvarint(b, uint64(len(r.Slots)))
	for _, s := range r.Slots {
		b = binary.AppendVarint(putTime(putTime(b, s.Start), s.End), int64(s.Work))
	}
	b = putText(putTexts(putTexts(b, r.SoldOut), r.NoOption), r.MenuRev)
	b = binary.AppendUvarint(b, uint64(len(k.Leases)))
	for _, l := range k.Leases {
		b = putText(putText(putText(b, l.Channel), string(l.Reason)), l.Hello)
		b = putTime(putTime(b, l.IssuedAt), l.ExpiresAt)
		for _, n := range []int64{l.Epoch, l.Seq, int64(l.Limit), int64(l.Used), int64(l.MaxOrder), int64(l.Level), int64(l.NextS)} {
			b = binary.AppendVarint(b, n)
		}
	}
	return b
}

func putText(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

func putTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = putText(b, s)
	}
	return b
}

func putFlag(b []byte, yes bool) []byte {
	if yes {
		return append(b, 1)
	}
	return append(b, 0)
}

func putTime(b []byte, at time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, at.Unix()), uint64(at.Nanosecond()))
}

// errPicture says that what another router wrote cannot be read.
var errPicture = errors.New("not what a router of this version writes")

// Take takes in what another router knows of some shops, where that is newer. It returns how many those were.
func (t *Table) Take(text []byte) (shops int, err error) {
	t.reading.Lock()
	in, list := picture{rest: text, names: t.names}, []Known{}
	for len(in.rest) > 0 && !in.wrong {
		list = append(list, in.known())
	}
	t.reading.Unlock()
	if in.wrong {
		return 0, errPicture
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range list {
		at := t.known(k.ID)
		if old := at.shop; old.Self == (record.Identity{}) && old.Report.Seq == 0 && len(old.Leases) == 0 {
			k.Shop.Shop = old.Shop
			at.set(k.Shop)
			continue
		}
		s := *at.shop
		t.status(&s, k.ID, wire.Status{Epoch: k.Self.Epoch, Conn: k.Self.Conn, Box: k.Self.Box, Online: k.Online, At: k.Since})
		s.take(k.Report, k.HeardAt)
		for _, l := range k.Leases {
			s.lend(l)
		}
		s.RoseAt, s.Twins = later(s.RoseAt, k.RoseAt), later(s.Twins, k.Twins)
		at.set(&s)
	}
	return len(list), nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// picture reads what Append wrote. Once something is wrong, what it reads is worth nothing.
type picture struct {
	rest  []byte
	wrong bool
	names names
}

func (in *picture) known() (k Known) {
	s := &Shop{}
	k.ID, k.Shop = string(in.raw()), s
	s.Online = in.flag()
	s.Self.Epoch, s.Self.Conn, s.Self.Box = in.number(), in.number(), string(in.raw())
	s.Since, s.HeardAt, s.RoseAt, s.Twins = in.time(), in.time(), in.time(), in.time()
	r := &s.Report
	r.Epoch, r.Seq, r.At, r.ExpiresAt = in.number(), in.count(), in.time(), in.time()
	r.Level, r.BacklogCups, r.BacklogWork = int(in.number()), int(in.number()), capacity.Work(in.number())
	r.Quote.P50, r.Quote.P90, r.Quote.Promise, r.Quote.Samples = in.number(), in.number(), in.number(), int(in.number())
	r.Rate.P10, r.Rate.P50, r.Quote.Coverage90, r.Quote.Calibrated = in.float(), in.float(), in.float(), in.flag()
	if n := in.length(); n > 0 {
		r.Slots = make([]wire.Slot, n)
	}
	for i := range r.Slots {
		r.Slots[i] = wire.Slot{Start: in.time(), End: in.time(), Work: capacity.Work(in.number())}
	}
	r.SoldOut, r.NoOption, r.MenuRev = in.texts(), in.texts(), in.name()
	if n := in.length(); n > 0 {
		s.Leases = make([]capacity.Lease, n)
	}
	for i := range s.Leases {
		l := &s.Leases[i]
		l.Channel, l.Reason, l.Hello = in.name(), capacity.Reason(in.name()), in.name()
		l.IssuedAt, l.ExpiresAt = in.time(), in.time()
		l.Epoch, l.Seq, l.Limit, l.Used = in.number(), in.number(), capacity.Work(in.number()), capacity.Work(in.number())
		l.MaxOrder, l.Level, l.NextS = capacity.Work(in.number()), int(in.number()), int(in.number())
	}
	in.wrong = in.wrong || k.ID == ""
	return k
}

func (in *picture) skip(n int) {
	if n <= 0 || n > len(in.rest) {
		in.rest, in.wrong = nil, true
		return
	}
	in.rest = in.rest[n:]
}

func (in *picture) number() int64 {
	x, n := binary.Varint(in.rest)
	in.skip(n)
	return x
}

func (in *picture) count() uint64 {
	x, n := binary.Uvarint(in.rest)
	in.skip(n)
	return x
}

// length is how many follow: each of them takes a byte at least.
func (in *picture) length() int {
	n := in.count()
	if n > uint64(len(in.rest)) {
		in.rest, in.wrong = nil, true
		return 0
	}
	return int(n)
}

func (in *picture) flag() bool {
	yes := len(in.rest) > 0 && in.rest[0] == 1
	in.skip(1)
	return yes
}

func (in *picture) float() float64 {
	if len(in.rest) < 8 {
		in.skip(8)
		return 0
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(in.rest))
	in.skip(8)
	return x
}

func (in *picture) time() time.Time {
	s, ns := in.number(), in.count()
	if ns >= uint64(time.Second) {
		in.wrong = true
	}
	return time.Unix(s, int64(ns)).UTC()
}

func (in *picture) raw() []byte {
	n := in.length()
	text := in.rest[:n]
	in.rest = in.rest[n:]
	return text
}

func (in *picture) name() string {
	text := in.raw()
	if known, ok := in.names[string(text)]; ok {
		return known
	}
	return in.names.keep(string(text))
}

func (in *picture) texts() (list []string) {
	if n := in.length(); n > 0 {
		list = make([]string, n)
	}
	for i := range list {
		list[i] = in.name()
	}
	return list
}
