package shop

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// MapNames says what things in a channel's orders are on the menu. What waits and was not known is made accordingly.
type MapNames struct {
	By      string
	Channel string
	Entries []MapEntry
	Remove  []MapEntry // by kind and text
	Replace bool       // the entries take the place of all there are
}

func (MapNames) subject() Subject { return Subject{} }

// NamesMapped says what was said of a channel's names.
type NamesMapped struct {
	Channel string     `json:"channel"`
	Entries []MapEntry `json:"entries,omitempty"`
	Remove  []MapEntry `json:"remove,omitempty"`
	Replace bool       `json:"replace,omitempty"`
}

func (NamesMapped) name() string { return "names.mapped" }

const (
	// MapEntriesMax bounds the entries of a channel: a large menu has 100 items in ten forms each.
	MapEntriesMax = 2000
	// mapTextMax is the length in bytes of what an entry is about. A longer name is not read.
	mapTextMax = 300
	// mapPartsMax bounds the items of a set.
	mapPartsMax = 10
	// mapQtyMax bounds how many cups of one item a name can stand for.
	mapQtyMax = 20
)

// decide takes in what names mean, and applies it to the orders that wait.
func (c MapNames) decide(d *decider) error {
	d.by = c.By
	channel, ok := d.state.Config.Channel(c.Channel)
	if !ok || c.Channel == CounterChannel {
		return notFound("there is no channel %q whose names can be mapped", c.Channel)
	}
	var fields []FieldError
	seen := map[mapKey]bool{}
	for i := range c.Entries {
		e := &c.Entries[i]
		if why := d.state.Config.Menu.wrongEntry(e); why != "" {
			fields = append(fields, FieldError{fmt.Sprintf("/entries/%d", i), why})
		} else if seen[e.key()] {
			fields = append(fields, FieldError{fmt.Sprintf("/entries/%d", i), fmt.Sprintf("%q is there twice", e.Text)})
		}
		seen[e.key()] = true
	}
	if len(fields) > 0 {
		return invalid(ProblemInvalid, "nothing was mapped; errors says what to mend", fields...)
	}
	f := NamesMapped{Channel: c.Channel, Entries: c.Entries, Remove: c.Remove, Replace: c.Replace}
	next := d.state.Mapping.with(f)
	if n := len(next.Channels[c.Channel]); n > MapEntriesMax {
		return invalid(ProblemInvalid, fmt.Sprintf("a channel has at most %d entries; this would be %d", MapEntriesMax, n),
			FieldError{"/entries", "are too many"})
	}
	if slices.EqualFunc(next.Channels[c.Channel], d.state.Mapping.Entries(c.Channel), sameEntry) {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, f)
	for o := range d.state.Orders.All() {
		if o.Channel == c.Channel && o.End == "" && !o.LinesUnknown {
			d.mapAgain(o, channel)
		}
	}
	return nil
}

func sameEntry(a, b MapEntry) bool { return encoded(a) == encoded(b) }

// wrongEntry says what is wrong with an entry; "" is nothing.
func (m *Menu) wrongEntry(e *MapEntry) string {
	switch {
	case e.Kind != MapSKU && e.Kind != MapName && e.Kind != MapWord:
		return "kind is sku, name or word"
	case len(e.Text) > mapTextMax || !utf8.ValidString(e.Text) || foldName(e.Text) == "":
		return fmt.Sprintf("text is 1 to %d bytes that can be seen", mapTextMax)
	case e.NoWork && (len(e.Parts) > 0 || e.Option != ""):
		return "no work goes with neither an item nor an option"
	case e.NoWork:
		return ""
	case e.Kind == MapWord && (len(e.Parts) > 0 || m.byOption[string(e.Option)] == nil):
		return fmt.Sprintf("a word means an option of the menu, as sugar/half, or no work; %q is none", e.Option)
	case e.Kind == MapWord:
		return ""
	case e.Option != "" || len(e.Parts) == 0 || len(e.Parts) > mapPartsMax:
		return fmt.Sprintf("an item or a name means 1 to %d items of the menu, or no work", mapPartsMax)
	}
	for _, p := range e.Parts {
		if m.Item(p.Item) == nil {
			return fmt.Sprintf("the menu has no item %q", p.Item)
		}
		if p.Qty < 1 || p.Qty > mapQtyMax {
			return fmt.Sprintf("qty is 1 to %d", mapQtyMax)
		}
		for group, id := range p.Options.All() {
			if m.Option(group, id) == nil {
				return fmt.Sprintf("the menu has no option %s/%s", group, id)
			}
		}
	}
	return ""
}

// with is the mapping after somebody has said more.
func (m *Mapping) with(f NamesMapped) *Mapping {
	next := &Mapping{Channels: map[string][]MapEntry{}}
	if m != nil {
		for channel, entries := range m.Channels {
			next.Channels[channel] = entries
		}
	}
	gone := map[mapKey]bool{}
	for _, list := range [][]MapEntry{f.Entries, f.Remove} {
		for i := range list {
			gone[list[i].key()] = true
		}
	}
	var entries []MapEntry
	if !f.Replace {
		for _, e := range next.Channels[f.Channel] {
			if !gone[e.key()] {
				entries = append(entries, e)
			}
		}
	}
	if entries = append(entries, f.Entries...); len(entries) == 0 {
		delete(next.Channels, f.Channel)
	} else {
		next.Channels[f.Channel] = entries
	}
	return next.indexed()
}

func (f NamesMapped) apply(s State, _ Event) State {
	s.Mapping = s.Mapping.with(f)
	s.Unread = s.stillUnread(f.Channel)
	return s
}

// LinesMapped says that lines of an order that waits are made as something else: it is known now what they are.
type LinesMapped struct {
	Lines   []Line   `json:"lines"`
	Sent    []Line   `json:"sent"` // as the channel sent them; null: as they are made
	Cups    []Cup    `json:"cups"`
	Standby *Standby `json:"standby,omitempty"` // of one on the waiting list, which has no cups yet
}

func (LinesMapped) name() string { return "order.mapped" }

// mapAgain makes those lines of an order that were not known, and of which no cup is begun, what they are by the mapping
// now. Cups keep their numbers, which may be on paper: for a fee they are voided, for a set more are added.
func (d *decider) mapAgain(o *Order, channel Channel) {
	if o.OnStandby() {
		d.mapStandby(o, channel)
		return
	}
	f := LinesMapped{Lines: slices.Clone(o.Lines), Sent: o.Sent, Cups: slices.Clone(o.Cups)}
	if f.Sent == nil {
		f.Sent = d.state.asSent(o.Lines)
		for i := range f.Lines {
			f.Lines[i].Of = i
		}
	}
	changed := false
	for i := range o.Lines {
		if l := o.Lines[i]; l.Unmapped && len(l.Swaps) == 0 && o.untouched(i) && !f.shared(i) {
			changed = f.remake(d, channel, i) || changed
		}
	}
	if !changed || len(f.Cups) > linesCupsMax {
		return
	}
	before := len(o.Cups)
	var told *Told
	var off []CupID
	after := *o
	after.Lines, after.Cups = f.Lines, f.Cups
	for i := range o.Cups {
		if f.Cups[i].NoWork && !o.Cups[i].NoWork {
			off = append(off, o.CupID(o.Cups[i].N))
		}
	}
	if len(off) > 0 || len(f.Cups) > before {
		told = tellChanged(&after, "", off)
	}
	d.emitTold(o.ID, f, told)
	for _, id := range off {
		d.dropLabel(id.Order, id.N)
	}
	o, _ = d.state.Order(o.ID)
	for n := before + 1; n <= len(o.Cups) && !o.KitchenAt.IsZero(); n++ {
		d.paperFor(o, n)
	}
	if o.left() == 0 && o.count()[Handed] > 0 {
		d.handed(o) // the rest turned out to be a fee
	}
}

// mapStandby is [decider.mapAgain] of an order on the waiting list: its cups are made when there is room.
func (d *decider) mapStandby(o *Order, channel Channel) {
	menu := d.state.Config.Menu
	if !slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Unmapped }) ||
		slices.ContainsFunc(o.Lines, func(l Line) bool { return !l.Unmapped && !menu.knows(&l) }) {
		return // all is known; or what was known has left the menu since, and stays what it was
	}
	asked := slices.Clone(o.SentLines())
	for i := range asked {
		asked[i].Unmapped = false
	}
	lines, sent := d.state.translated(channel, asked)
	for i := range lines {
		_, _, known := d.state.Config.Menu.lineWork(&lines[i])
		lines[i].Unmapped = lines[i].Unmapped || !known
	}
	same := slices.EqualFunc(lines, o.Lines, func(l, was Line) bool { return encoded(l.from(was.Menu)) == encoded(was) })
	if same || d.state.Config.Menu.cups(lines) > linesCupsMax {
		return
	}
	waits := *o.Standby
	waits.Cups = d.state.Config.Menu.cups(lines)
	waits.Work, _ = d.state.Config.Menu.Work(lines)
	d.emit(o.ID, LinesMapped{Lines: lines, Sent: sent, Standby: &waits})
}

// from is the line as ordered from an edition of the menu.
func (l Line) from(edition int) Line {
	l.Menu = edition
	return l
}

// knows reports whether the menu itself, and none before it, knows everything on a line.
func (m *Menu) knows(l *Line) bool {
	now := l.from(m.Edition)
	_, _, known := m.lineWork(&now)
	return known
}

// untouched reports whether nobody has begun a cup of a line, and none was given up.
func (o *Order) untouched(line int) bool {
	for i := range o.Cups {
		c := &o.Cups[i]
		fresh := (c.State == Booked || c.State == Waiting) && c.Started.IsZero() && len(c.Parts) == 0 && c.Replaces == 0
		if c.Line == line && !fresh {
			return false
		}
	}
	return true
}

// shared reports whether a line that was sent is more than one line: what it is was known before.
func (f *LinesMapped) shared(line int) bool {
	n := 0
	for i := range f.Lines {
		if f.Lines[i].Of == f.Lines[line].Of {
			n++
		}
	}
	return n > 1
}

// remake makes one line what it is by the mapping now, and its cups with it. ok is false when that is what it is already.
func (f *LinesMapped) remake(d *decider, channel Channel, line int) (ok bool) {
	was := f.Lines[line]
	sent := f.Sent[was.Of]
	sent.Unmapped = false
	r := d.state.Read(channel, sent)
	if r.By == ReadNot {
		return false
	}
	state := Waiting
	for i := range f.Cups {
		if f.Cups[i].Line == line {
			state = f.Cups[i].State
		}
	}
	if len(r.Lines) == 0 {
		f.fit(d, line, Cup{State: state}, 0)
		f.Lines[line].Unmapped, f.Lines[line].Words = false, nil
		return true
	}
	for i, l := range r.Lines {
		_, _, known := d.state.Config.Menu.lineWork(&l)
		l.Of, l.Unmapped = was.Of, l.Unmapped || !known
		at := line
		if i == 0 {
			if as := l; encoded(as.from(was.Menu)) == encoded(was) {
				return false
			}
			f.Lines[line] = l
		} else {
			at = len(f.Lines)
			f.Lines = append(f.Lines, l)
		}
		work, cups, _ := d.state.Config.Menu.lineWork(&l)
		f.fit(d, at, Cup{Work: work, Spare: d.state.Config.Menu.lineSpare(&l), State: state}, cups*l.Qty)
	}
	return true
}

// fit gives a line as many cups as it has to have, with the work of like, and new ones in its state. Those that it has too
// many of are voided.
func (f *LinesMapped) fit(d *decider, line int, like Cup, want int) {
	have := 0
	for i := range f.Cups {
		c := &f.Cups[i]
		if c.Line != line {
			continue
		}
		if have++; have <= want {
			c.Work, c.Spare = like.Work, like.Spare
		} else {
			c.State, c.At, c.NoWork, c.Labelled = Voided, d.now, true, false
		}
	}
	for ; have < want; have++ {
		f.Cups = append(f.Cups, Cup{N: len(f.Cups) + 1, Line: line, Work: like.Work, Spare: like.Spare, State: like.State, At: d.now})
	}
}

func (f LinesMapped) apply(s State, e Event) State {
	old, o := s.edit(e.Order, func(o *Order) {
		o.Lines, o.Sent = f.Lines, f.Sent
		if f.Standby != nil {
			o.Standby = f.Standby
			return
		}
		o.Cups = f.Cups
		o.settleReady(e.At)
	})
	if o == nil {
		return s
	}
	s.Ledger = s.Ledger.refilled(old, o)
	s.Orders = s.Orders.With(int64(o.ID), o)
	s.Capacity = s.Capacity.Swap(old.load(), o.load())
	free := old.clone() // what is held for cups that may be something else now is let go first
	for i := range free.Cups {
		if c := &free.Cups[i]; c.State <= Waiting && c.Started.IsZero() {
			c.State = Voided
		}
	}
	return s.counted(o, o.takes()-old.takes()).used(old, free).used(free, o)
}

// settleReady sets since when an order is ready whose last waiting cups turned out to be no drinks.
func (o *Order) settleReady(at time.Time) {
	in := o.count()
	if o.ReadyAt.IsZero() && !o.KitchenAt.IsZero() && in[Booked]+in[Waiting]+in[Making] == 0 && !o.gone() {
		o.ReadyAt = at
	}
}
