package shop

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// ChangeMenu puts another menu in the place of the one that counts, whole or not at all. What is ordered from then on is
// ordered from it; orders that are there keep the menu that they were made from. See [State.PreviewMenu] for what it does.
type ChangeMenu struct {
	By   string
	Base string // the revision of the menu that the change was looked at with; another one by now refuses it
	Menu *Menu  // the whole menu; shopfile and [Menu.Edit] make one. nil: that of shop.yaml counts again
}

func (ChangeMenu) subject() Subject { return Subject{} }

// MenuChanged says that another menu counts, and what is different in it.
type MenuChanged struct {
	Edition int          `json:"edition"`
	Rev     string       `json:"rev"`
	Was     string       `json:"was"`            // the revision before
	File    bool         `json:"file,omitempty"` // it is that of shop.yaml again
	Changes []MenuChange `json:"changes"`        // at most menuChangesKept
	More    int          `json:"more,omitempty"` // changes that are not named
	MenuEffects

	menus *Menus
}

func (MenuChanged) name() string { return "menu.changed" }

const (
	// MenuItemsMax bounds the items of a menu, the options of a group, and the ingredients: what shop.yaml may have.
	MenuItemsMax = 1000
	// menuChangesKept bounds what a fact says of a change: more nobody reads, and the menus themselves are kept.
	menuChangesKept = 100
	// waitsShown bounds the names in a refusal.
	waitsShown = 5
)

// decide judges a new menu against what waits for it.
func (c ChangeMenu) decide(d *decider) error {
	d.by = c.By
	menu := d.state.Config.Menu
	if c.Base != menu.Rev {
		return conflict(ProblemInvalidTransition, "the menu was changed since you looked at this change; look at it again")
	}
	next := c.Menu
	if next == nil {
		next = d.state.fileMenu
	} else {
		next = next.clone()
		if err := next.Weigh(d.state.Config.Line); err != nil {
			return err
		}
	}
	preview, err := d.state.PreviewMenu(next, d.now)
	if err != nil {
		return err
	}
	_, _, own := d.state.OwnMenu()
	if len(preview.Changes) == 0 && own == (c.Menu != nil) { // the revision says nothing of an option's seconds
		d.out.Replayed = true
		return nil
	}
	f := MenuChanged{Rev: next.Rev, Was: menu.Rev, File: c.Menu == nil, Changes: preview.Changes, MenuEffects: preview.MenuEffects}
	if n := len(f.Changes) - menuChangesKept; n > 0 {
		f.Changes, f.More = f.Changes[:menuChangesKept], n
	}
	f.menus = d.state.nextMenus(c, next, d.now)
	f.Edition = f.menus.Edition
	d.emit(0, f)
	for _, ch := range d.state.Config.Channels {
		if ch.ID == CounterChannel {
			continue
		}
		for o := range d.state.Orders.All() {
			if o.Channel == ch.ID && o.End == "" && !o.LinesUnknown {
				d.mapAgain(o, ch) // what nobody knew may be on the menu now
			}
		}
	}
	return nil
}

// nextMenus are the menus after a change. An earlier one is kept for the orders that were made from it.
func (s *State) nextMenus(c ChangeMenu, next *Menu, now time.Time) *Menus {
	m := &Menus{Edition: s.Config.Menu.Edition + 1, By: c.By, At: now, Order: s.Counters.Order}
	if c.Menu != nil {
		m.Own = next
		m.Own.Edition = m.Edition
	}
	inUse := map[int]bool{}
	use := func(lines []Line) {
		for i := range lines {
			inUse[s.Config.Menu.Of(&lines[i]).Edition] = true
		}
	}
	for o := range s.Orders.All() {
		use(o.Lines)
		use(o.Sent) // may be from an earlier one than what became of them
	}
	for _, h := range s.Holds {
		use(h.Lines)
	}
	was := *s.Config.Menu
	was.past = nil
	ordered, past := true, []*Menu{&was} // whether an order was made from the menu that counts until now
	if s.Menus != nil {
		ordered, past = s.Menus.Order != s.Counters.Order, append(slices.Clone(s.Menus.Past), &was)
	}
	for i, old := range past {
		recent := i >= len(past)-pastMenusMax && (ordered || old != &was)
		if recent || inUse[old.Edition] {
			m.Past = append(m.Past, old)
		}
	}
	return m
}

func (f MenuChanged) apply(s State, _ Event) State {
	s.menuChanges++
	s.Menus = f.menus
	s = s.withMenus()
	for _, part := range f.Marks {
		s.SoldOut = s.SoldOut.with(part, Out{}, false)
		for channel := range s.Marks {
			s.Marks = s.Marks.with(channel, part, Out{}, false)
		}
	}
	for _, ingredient := range f.Counts {
		s.Stock, s.held = maps.Clone(s.Stock), maps.Clone(s.held)
		delete(s.Stock, ingredient)
		delete(s.held, ingredient)
	}
	for _, ch := range s.Config.Channels {
		s.Unread = s.stillUnread(ch.ID)
	}
	return s
}

// MenuEffects is what a change of the menu does beside the menu.
type MenuEffects struct {
	Marks    []MenuPart   `json:"marks,omitempty"`    // sold-out marks that end: what they are about has left the menu
	Counts   []string     `json:"counts,omitempty"`   // ingredients that are not counted any more: nothing is made of them
	Mappings []MappedGone `json:"mappings,omitempty"` // names of channels that mean nothing until what they name is back
	Orders   int          `json:"orders,omitempty"`   // open orders with something that has left the menu or changed: they stay as they are
}

// MappedGone is a name of a channel whose meaning has left the menu.
type MappedGone struct {
	Channel string `json:"channel"`
	Text    string `json:"text"`
}

// MenuPreview is what a change of the menu would do.
type MenuPreview struct {
	Base, Rev string // the revisions now and then
	Changes   []MenuChange
	MenuEffects
}

// PreviewMenu says what another menu, which has been weighed, would change. An error says why it cannot be: a promise that
// the shop has given would break, or work could not be measured any more.
func (s *State) PreviewMenu(next *Menu, now time.Time) (MenuPreview, error) {
	menu := s.Config.Menu
	p := MenuPreview{Base: menu.Rev, Rev: next.Rev, Changes: menu.changes(next)}
	if err := s.canBe(next, now); err != nil {
		return p, err
	}
	p.Marks, p.Counts = s.endsWith(next)
	moved := map[MenuPart]bool{}
	for _, c := range p.Changes {
		moved[c.Part] = true
	}
	for o := range s.Orders.All() {
		if o.End == "" && slices.ContainsFunc(o.Lines, func(l Line) bool { return l.hasAny(moved) }) {
			p.Orders++
		}
	}
	if s.Mapping == nil {
		return p, nil
	}
	for _, channel := range sortedKeys(s.Mapping.Channels) {
		for i := range s.Mapping.Channels[channel] {
			e := &s.Mapping.Channels[channel][i]
			if menu.wrongEntry(e) == "" && next.wrongEntry(e) != "" {
				p.Mappings = append(p.Mappings, MappedGone{channel, e.Text})
			}
		}
	}
	return p, nil
}

// hasAny reports whether a line is of one of the items, or has one of the options.
func (l Line) hasAny(parts map[MenuPart]bool) bool {
	if parts[MenuPart(l.Item)] {
		return true
	}
	for group, id := range l.Options.All() {
		if parts[OptionPart(group, id)] {
			return true
		}
	}
	return false
}

// endsWith are the marks and counts of what another menu does not have.
func (s *State) endsWith(next *Menu) (marks []MenuPart, counts []string) {
	gone := func(part MenuPart) bool {
		_, _, ingredient := part.Names()
		return ingredient == "" && !next.has(part) || ingredient != "" && !next.Needs(ingredient)
	}
	said := map[MenuPart]bool{}
	for part := range s.SoldOut {
		said[part] = gone(part)
	}
	for _, outs := range s.Marks {
		for part := range outs {
			said[part] = gone(part)
		}
	}
	for _, part := range sortedKeys(said) {
		if said[part] {
			marks = append(marks, part)
		}
	}
	for _, ingredient := range sortedKeys(s.Stock) {
		if !next.Needs(ingredient) {
			counts = append(counts, ingredient)
		}
	}
	return marks, counts
}

// canBe refuses a menu that would break a promise, or the measure of work.
func (s *State) canBe(next *Menu, now time.Time) error {
	var fields []FieldError
	wrong := func(pointer, format string, args ...any) {
		if len(fields) < waitsShown {
			fields = append(fields, FieldError{pointer, fmt.Sprintf(format, args...)})
		}
	}
	reference, measure := next.Item(s.fileMenu.Reference), s.fileMenu.Item(s.fileMenu.Reference)
	switch {
	case next == s.fileMenu:
	case len(next.Items) > MenuItemsMax:
		wrong("/items", "a menu has at most %d items", MenuItemsMax)
	case next.Reference != s.fileMenu.Reference || reference == nil:
		wrong("/items", "%s has to stay: shop.yaml measures all work in its cups (reference)", s.fileMenu.Reference)
	case !sameSeconds(reference.Seconds, measure.Seconds) || reference.Cups != measure.Cups:
		wrong("/items", "the seconds of %s have to stay as in shop.yaml: all work is measured in its cups (reference). Change them "+
			"there, and start the shop again", reference.ID)
	}
	for _, g := range next.Groups {
		if len(g.Options) > MenuItemsMax {
			wrong("/options/"+g.ID, "a group has at most %d options", MenuItemsMax)
		}
	}
	if len(next.Pantry) > MenuItemsMax {
		wrong("/ingredients", "a menu has at most %d ingredients", MenuItemsMax)
	}
	for _, it := range next.Items {
		for station := range it.Seconds {
			if err := s.Config.knows(station); err != nil && next != s.fileMenu {
				wrong("/items", "%s: there is no station %q", it.ID, station)
			}
		}
	}
	gone := map[MenuPart]bool{}
	for _, part := range s.Config.Menu.without(next) {
		gone[part] = true
	}
	for _, id := range sortedKeys(s.Campaigns) {
		c := s.Campaigns[id]
		if c.ended(now) {
			continue
		}
		for _, it := range c.Notice.Items {
			if item := next.Item(it.Item); gone[MenuPart(it.Item)] || item != nil && item.Cups == 0 {
				wrong("/items", "%s is in the campaign %s (%s), which is announced until %s: it has to be cancelled first, or hide the item "+
					"when it is over", it.Item, c.ID, c.Notice.Name, c.Notice.End.In(s.Config.Location).Format("2006-01-02 15:04"))
			}
		}
	}
	for _, id := range sortedKeys(s.Holds) {
		h := s.Holds[id]
		until := h.Until.In(s.Config.Location).Format("15:04:05")
		switch {
		case !h.good(now):
		case slices.ContainsFunc(h.Lines, func(l Line) bool { return l.hasAny(gone) }):
			wrong("/items", "room is kept until %s for an order with something that would be gone; try again then", until)
		case s.Config.Menu.outgrows(next, h.Lines):
			wrong("/items", "room is kept until %s for an order that would be more work; try again then", until)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return invalid(ProblemInvalid, "the menu was not changed; errors says why", fields...)
}

// outgrows reports whether lines would be more cups, or more work, if they were ordered from another menu.
func (m *Menu) outgrows(next *Menu, lines []Line) bool {
	then := slices.Clone(lines)
	for i := range then {
		then[i].Menu = next.Edition
	}
	was, _ := m.Work(lines)
	is, _ := next.Work(then)
	return is > was || next.cups(then) > m.cups(lines)
}

// sameSeconds reports whether two items take the same time everywhere. A station that is not named takes none.
func sameSeconds(a, b map[string]int) bool {
	for _, of := range []map[string]int{a, b} {
		for station := range of {
			if a[station] != b[station] {
				return false
			}
		}
	}
	return true
}
