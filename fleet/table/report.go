package table

import (
	"encoding/json"
	"time"

	"weir/shop/capacity"
	"weir/shop/wire"
)

// Report is the part of a shop's capacity report that a router uses.
type Report struct {
	Epoch       int64            `json:"epoch"`
	Seq         uint64           `json:"seq"`
	At          time.Time        `json:"at"`
	ExpiresAt   time.Time        `json:"expires_at"`
	Level       int              `json:"level"`
	BacklogCups int              `json:"backlog_cups"`
	BacklogWork capacity.Work    `json:"backlog_work"`
	Rate        wire.Rate        `json:"rate_cpm"`
	Quote       wire.ReportQuote `json:"quote"`
	Slots       []wire.Slot      `json:"slots"`
	SoldOut     []string         `json:"sold_out"`
	NoOption    []string         `json:"sold_out_options"` // as "topping/pearl"
	MenuRev     string           `json:"menu_rev"`
}

// ReportOf is that part of a report.
func ReportOf(c wire.Capacity) Report {
	return Report{
		Epoch: c.Epoch, Seq: c.Seq, At: c.At, ExpiresAt: c.ExpiresAt, Level: c.Level, BacklogCups: c.BacklogCups,
		BacklogWork: c.BacklogWork, Rate: c.Rate, Quote: c.Quote, Slots: c.Slots, SoldOut: c.SoldOut, NoOption: c.NoOption,
		MenuRev: c.MenuRev,
	}
}

// A router that starts reads four messages of every shop; with encoding/json that took most of its start. What shops
// write is read by hand here; whatever is written in another way goes to encoding/json, whose word it is whether a
// message can be read.

// readReport reads a report; false is that it cannot be read.
func (n names) readReport(text []byte) (r Report, ok bool) {
	in := reader{text: text, names: n}
	for in.object(); in.more('}'); {
		switch string(in.key()) {
		case "epoch":
			r.Epoch = in.integer()
		case "seq":
			r.Seq = uint64(in.natural())
		case "at":
			r.At = in.time()
		case "expires_at":
			r.ExpiresAt = in.time()
		case "level":
			r.Level = int(in.integer())
		case "backlog_cups":
			r.BacklogCups = int(in.integer())
		case "backlog_work":
			r.BacklogWork = capacity.Work(in.integer())
		case "rate_cpm":
			in.rate(&r.Rate)
		case "quote":
			in.quote(&r.Quote)
		case "slots":
			r.Slots = in.slots(r.Slots)
		case "sold_out":
			r.SoldOut = in.texts(r.SoldOut)
		case "sold_out_options":
			r.NoOption = in.texts(r.NoOption)
		case "menu_rev":
			r.MenuRev = in.name()
		default:
			in.skip()
		}
	}
	if in.ended() {
		return r, true
	}
	r = Report{}
	return r, json.Unmarshal(text, &r) == nil
}

// readStatus reads the part of a status that a router uses.
func (n names) readStatus(text []byte) (s wire.Status, ok bool) {
	in := reader{text: text, names: n}
	for in.object(); in.more('}'); {
		switch string(in.key()) {
		case "epoch":
			s.Epoch = in.integer()
		case "conn":
			s.Conn = in.integer()
		case "online":
			s.Online = in.flag()
		case "at":
			s.At = in.time()
		case "box":
			s.Box = string(in.raw())
		default:
			in.skip()
		}
	}
	if in.ended() {
		return s, true
	}
	var used struct {
		Epoch  int64     `json:"epoch"`
		Conn   int64     `json:"conn"`
		Online bool      `json:"online"`
		At     time.Time `json:"at"`
		Box    string    `json:"box"`
	}
	ok = json.Unmarshal(text, &used) == nil
	return wire.Status{Epoch: used.Epoch, Conn: used.Conn, Online: used.Online, At: used.At, Box: used.Box}, ok
}

// readLease reads a lease.
func (n names) readLease(text []byte) (l capacity.Lease, ok bool) {
	in := reader{text: text, names: n}
	for in.object(); in.more('}'); {
		switch string(in.key()) {
		case "channel":
			l.Channel = in.name()
		case "epoch":
			l.Epoch = in.integer()
		case "seq":
			l.Seq = in.integer()
		case "issued_at":
			l.IssuedAt = in.time()
		case "expires_at":
			l.ExpiresAt = in.time()
		case "limit_work":
			l.Limit = capacity.Work(in.integer())
		case "used_work":
			l.Used = capacity.Work(in.integer())
		case "max_order_work":
			l.MaxOrder = capacity.Work(in.integer())
		case "level":
			l.Level = int(in.integer())
		case "reason":
			l.Reason = capacity.Reason(in.name())
		case "next_report_s":
			l.NextS = int(in.integer())
		case "hello":
			l.Hello = in.name()
		default:
			in.skip()
		}
	}
	if in.ended() {
		return l, true
	}
	l = capacity.Lease{}
	return l, json.Unmarshal(text, &l) == nil
}

func (in *reader) rate(r *wire.Rate) {
	for in.object(); in.more('}'); {
		switch string(in.key()) {
		case "p10":
			r.P10 = in.float()
		case "p50":
			r.P50 = in.float()
		default:
			in.skip()
		}
	}
}

func (in *reader) quote(q *wire.ReportQuote) {
	for in.object(); in.more('}'); {
		switch string(in.key()) {
		case "p50_s":
			q.P50 = in.integer()
		case "p90_s":
			q.P90 = in.integer()
		case "promise_s":
			q.Promise = in.integer()
		case "samples":
			q.Samples = int(in.integer())
		case "coverage90":
			q.Coverage90 = in.float()
		case "calibrated":
			q.Calibrated = in.flag()
		default:
			in.skip()
		}
	}
}

// none reads a null, which stands for an empty list.
func (in *reader) none() bool {
	if in.peek() != 'n' {
		return false
	}
	in.word("null")
	return true
}

// slotsRead is room for the slots of an ordinary report: two hours.
const slotsRead = 8

func (in *reader) slots(before []wire.Slot) []wire.Slot {
	if before != nil {
		in.wrong = true // a second list of slots is for encoding/json
	}
	if in.none() {
		return nil
	}
	var list [slotsRead]wire.Slot
	out := list[:0]
	for in.list(); in.more(']'); {
		s := wire.Slot{}
		for in.object(); in.more('}'); {
			switch string(in.key()) {
			case "start":
				s.Start = in.time()
			case "end":
				s.End = in.time()
			case "work":
				s.Work = capacity.Work(in.integer())
			default:
				in.skip()
			}
		}
		out = append(out, s)
	}
	return append(make([]wire.Slot, 0, len(out)), out...)
}

func (in *reader) texts(before []string) []string {
	if before != nil {
		in.wrong = true
	}
	if in.none() {
		return nil
	}
	var list [slotsRead]string
	out := list[:0]
	for in.list(); in.more(']'); {
		out = append(out, in.name())
	}
	return append(make([]string, 0, len(out)), out...)
}
