package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/shop/capacity"
)

// Menus are the menus of a shop whose menu was changed while it ran. nil: the menu is that of shop.yaml, and always was. It
// never changes: a new one takes its place.
//
// A line of an order names the edition of the menu that it was ordered from, and is read by that one for ever: see
// [Menu.Of]. So its name, price, recipe and work stay what they were.
type Menus struct {
	Edition int       `json:"edition"`        // of the menu that counts, from 1; shop.yaml's first menu is edition 0
	By      string    `json:"by"`             // who changed it last
	At      time.Time `json:"at"`             // when
	Order   OrderID   `json:"order"`          // the last order that was given before
	Own     *Menu     `json:"own,omitempty"`  // the menu that counts; nil: that of shop.yaml counts again
	Past    []*Menu   `json:"past,omitempty"` // what orders were made from before, oldest first
}

const (
	// pastMenusMax is how many earlier menus are kept besides those that open orders were made from. An older order is
	// read by the first menu after its own that is kept.
	pastMenusMax = 40
	// revBytes is how much of a menu's digest is its revision: enough that no two menus of a shop share it.
	revBytes = 6
)

// Weigh works out what follows from the seconds of items and options on a line: their work. It gives the menu its
// revision and prepares the look-ups. Call it once, before the menu is shared.
func (m *Menu) Weigh(line capacity.Line) error {
	for i := range m.Items {
		it := &m.Items[i]
		it.Work = line.Weight(it.Seconds)
		it.Spare = line.Spare(it.Seconds, it.Work)
	}
	for _, g := range m.Groups {
		for i := range g.Options {
			o := &g.Options[i]
			o.Work = line.Weight(o.Seconds)
			o.Spare = line.Spare(o.Seconds, o.Work)
			if len(o.Swaps) == 0 {
				o.Swaps = nil // as it comes back from the rows
			}
			if len(o.Seconds) == 0 {
				o.Seconds = nil
			}
		}
	}
	if len(m.PutIn) == 0 {
		m.PutIn = nil
	}
	plain := *m
	plain.Rev, plain.Edition, plain.Groups = "", 0, slices.Clone(m.Groups)
	for i := range plain.Groups {
		options := slices.Clone(plain.Groups[i].Options)
		for n := range options {
			options[n].Seconds = nil // their work is in it: a menu keeps the revision that earlier versions gave it
		}
		plain.Groups[i].Options = options
	}
	text, err := json.Marshal(&plain)
	if err != nil {
		return fmt.Errorf("encode the menu: %w", err)
	}
	sum := sha256.Sum256(text)
	m.Rev = hex.EncodeToString(sum[:revBytes])
	m.Index()
	return nil
}

// Of is the menu that a line was ordered from.
func (m *Menu) Of(l *Line) *Menu {
	if l.Menu == m.Edition {
		return m
	}
	for _, past := range m.past { // the oldest first
		if past.Edition >= l.Menu {
			return past
		}
	}
	return m
}

// Ever is an item of the menu or, where it has none of that id, of the last menu that had it. It is nil when none had.
func (m *Menu) Ever(id string) *Item {
	for _, of := range m.backwards() {
		if item := of.Item(id); item != nil {
			return item
		}
	}
	return nil
}

// EverOption is [Menu.Ever] for an option.
func (m *Menu) EverOption(group, id string) *Option {
	for _, of := range m.backwards() {
		if option := of.Option(group, id); option != nil {
			return option
		}
	}
	return nil
}

// EverSupply is [Menu.Ever] for an ingredient; ok is false when no menu knew it.
func (m *Menu) EverSupply(id string) (supply Supply, ok bool) {
	for _, of := range m.backwards() {
		if supply, ok = of.Pantry[id]; ok {
			return supply, true
		}
	}
	return Supply{}, false
}

// backwards are the menu and those before it, the newest first.
func (m *Menu) backwards() []*Menu {
	list := append(slices.Clone(m.past), m)
	slices.Reverse(list)
	return list
}

// stamped are lines that are ordered from the menu now.
func (m *Menu) stamped(lines []Line) []Line {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].Menu = m.Edition
	}
	return lines
}

// sameDrink reports whether a line of an earlier menu is made like one of the menu now: the same names, seconds and
// ingredients.
func (m *Menu) sameDrink(of *Menu, l *Line) bool {
	was, is := of.Item(l.Item), m.Item(l.Item)
	if was == nil || is == nil {
		return was == is
	}
	if was.Name != is.Name || was.Cups != is.Cups || !maps.Equal(was.Seconds, is.Seconds) || !maps.Equal(was.Uses, is.Uses) {
		return false
	}
	for group, id := range l.Options.All() {
		was, is := of.Option(group, id), m.Option(group, id)
		if was == nil || is == nil {
			return was == is
		}
		if was.Name != is.Name || was.Scale != is.Scale || !maps.Equal(was.Uses, is.Uses) || !maps.Equal(was.Swaps, is.Swaps) {
			return false
		}
	}
	return true
}

// clone is a copy of a menu that can be changed and then weighed.
func (m *Menu) clone() *Menu {
	next := *m
	next.Rev, next.Edition, next.past = "", 0, nil
	next.Items, next.Groups = slices.Clone(m.Items), slices.Clone(m.Groups)
	for i := range next.Items {
		it := &next.Items[i]
		it.Seconds, it.Uses = maps.Clone(it.Seconds), maps.Clone(it.Uses)
	}
	for i := range next.Groups {
		next.Groups[i].Options = slices.Clone(next.Groups[i].Options)
	}
	return &next
}

// Edit is a copy of the menu for one to change, of which nobody knows yet. See [ChangeMenu].
func (m *Menu) Edit() *Menu { return m.clone() }

// current is the menu that counts, with those before it; file is that of shop.yaml.
func (m *Menus) current(file *Menu) *Menu {
	if m == nil {
		return file
	}
	next := *file
	if m.Own != nil {
		next = *m.Own
	}
	next.Edition, next.past = m.Edition, m.Past
	return &next
}

// withMenus is the state in which the menu that counts is that of its Menus.
func (s State) withMenus() State {
	config := *s.Config
	config.Menu = s.Menus.current(s.fileMenu)
	s.Config = &config
	return s
}

// weighed prepares menus that come from the rows. Their work is worked out anew: shop.yaml may have another line of
// stations by now.
func (m *Menus) weighed(line capacity.Line) error {
	for _, menu := range append(slices.Clone(m.Past), m.Own) {
		if menu == nil {
			continue
		}
		if err := menu.Weigh(line); err != nil {
			return err
		}
	}
	return nil
}

// OwnMenu says who changed the menu last, and when; ok is false when the menu of shop.yaml counts.
func (s *State) OwnMenu() (by string, at time.Time, ok bool) {
	if s.Menus == nil || s.Menus.Own == nil {
		return "", time.Time{}, false
	}
	return s.Menus.By, s.Menus.At, true
}

// FileMenu is the menu of shop.yaml, whether it counts or not.
func (s *State) FileMenu() *Menu { return s.fileMenu }
