package shop

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Out is one word that something is sold out.
type Out struct {
	By    string    `json:"by,omitempty"`   // who said so; "" in what an earlier version stored
	At    time.Time `json:"at,omitzero"`    // when
	Until time.Time `json:"until,omitzero"` // when it is back by itself; zero: when somebody says so
	Scope Scope     `json:"scope,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler. An earlier version stored true.
func (o *Out) UnmarshalJSON(doc []byte) error {
	if bytes.Equal(doc, []byte("true")) {
		*o = Out{}
		return nil
	}
	type plain Out
	return json.Unmarshal(doc, (*plain)(o))
}

// Outs are what is sold out in somebody's words. They are never changed in place.
type Outs map[MenuPart]Out

// UnmarshalJSON implements json.Unmarshaler. An earlier version stored false for what is back.
func (o *Outs) UnmarshalJSON(doc []byte) error {
	var all map[MenuPart]json.RawMessage
	if err := json.Unmarshal(doc, &all); err != nil || all == nil {
		return err
	}
	*o = Outs{}
	for part, word := range all {
		if string(word) == "false" {
			continue
		}
		var out Out
		if err := json.Unmarshal(word, &out); err != nil {
			return err
		}
		(*o)[part] = out
	}
	return nil
}

// with is the words with one more, or without it.
func (o Outs) with(part MenuPart, out Out, there bool) Outs {
	if _, said := o[part]; !there && !said {
		return o
	}
	next := Outs(with(o, part, out))
	if !there {
		delete(next, part)
	}
	return next
}

// due are the parts whose time has come, in order.
func (o Outs) due(now time.Time) (due []MenuPart) {
	if len(o) == 0 { // as nearly always; the clock asks every second
		return nil
	}
	for _, part := range sortedKeys(o) {
		if until := o[part].Until; !until.IsZero() && !now.Before(until) {
			due = append(due, part)
		}
	}
	return due
}

// Marks are what channels have marked as sold out, by channel. They are never changed in place.
type Marks map[string]Outs

// with is the marks with one of a channel set, or taken back.
func (m Marks) with(channel string, part MenuPart, out Out, there bool) Marks {
	if _, said := m[channel][part]; !there && !said {
		return m
	}
	return with(m, channel, m[channel].with(part, out, there))
}

// marked is the word by which a part is sold out to a channel, "" for what holds for all; ok is false when nobody says so.
func (s *State) marked(channel string, part MenuPart) (out Out, ok bool) {
	if out, ok = s.SoldOut[part]; ok {
		return out, true
	}
	if out, ok = s.Marks[channel][part]; ok {
		return out, true
	}
	for i := range s.Config.Channels {
		ch := &s.Config.Channels[i]
		if !ch.SaysForAll {
			continue
		}
		if out, ok = s.Marks[ch.ID][part]; ok && out.Scope != ScopeChannel {
			return out, true
		}
	}
	return Out{}, false
}

// MarkedBy are the channels that have marked something as sold out.
func (s State) MarkedBy(part MenuPart) (marked []Channel) {
	for _, ch := range s.Config.Channels {
		if _, said := s.Marks[ch.ID][part]; said {
			marked = append(marked, ch)
		}
	}
	return marked
}

// Gone are the items, options and ingredients that somebody has marked as sold out, for all or for one channel, and the
// ingredients of which the count leaves less than any cup takes.
func (s *State) Gone() (gone []MenuPart) {
	menu := s.Config.Menu
	parts := slices.Clone(menu.parts)
	for _, id := range menu.Ingredients() {
		parts = append(parts, IngredientPart(id))
	}
	for _, part := range parts {
		_, said := s.SoldOut[part]
		_, _, ingredient := part.Names()
		free, counted := s.Free(ingredient)
		if said || len(s.MarkedBy(part)) > 0 || counted && free < menu.Least(ingredient) {
			gone = append(gone, part)
		}
	}
	return gone
}

// Closed is why an item or option cannot be had.
type Closed struct {
	Part       MenuPart
	Ingredient string // for want of which; "" when it is marked itself
	Out        Out    // the word that closes it; empty when the count of the ingredient is used up
	Counted    bool   // the count of the ingredient is used up
	Hidden     bool   // the owner has taken it off the menu for now
}

// Available reports whether an item can be ordered, as far as all channels are concerned.
func (s State) Available(item string) bool { return s.AvailableTo("", MenuPart(item)) }

// AvailableTo reports whether a channel can order an item or an option; "" is what holds for all channels.
func (s *State) AvailableTo(channel string, part MenuPart) bool {
	_, closed := s.ClosedTo(channel, part)
	return !closed
}

// ClosedTo says why a channel cannot order an item or an option; closed is false when it can. An item is closed by its own
// mark, by an ingredient that is marked, and by a counted ingredient of which less is left than one cup takes, unless an
// option that can be had takes another in its place.
func (s *State) ClosedTo(channel string, part MenuPart) (why Closed, closed bool) {
	if out, ok := s.marked(channel, part); ok {
		return Closed{Part: part, Out: out}, true
	}
	if item := s.Config.Menu.byItem[string(part)]; item != nil && item.Hidden {
		return Closed{Part: part, Hidden: true}, true
	}
	for _, u := range s.Config.Menu.made[part] {
		if slices.ContainsFunc(u.instead, func(option MenuPart) bool { return s.AvailableTo(channel, option) }) {
			continue
		}
		if out, ok := s.marked(channel, u.part); ok {
			return Closed{Part: part, Ingredient: u.ingredient, Out: out}, true
		}
		if left, counted := s.Free(u.ingredient); counted && left < u.amount {
			return Closed{Part: part, Ingredient: u.ingredient, Counted: true}, true
		}
	}
	return Closed{}, false
}

// announce tells each channel what it can order now and could not before, and the other way round. It follows every
// decision that may change that: a mark, a count, an order that takes the last of something, one that gives it back.
func (d *decider) announce(before State) {
	if before.menuChanges == d.state.menuChanges {
		return
	}
	menu, old := d.state.Config.Menu, before.Config.Menu
	parts := menu.parts
	if menu != old { // what has left the menu cannot be ordered any more
		parts = slices.Concat(parts, old.without(menu))
	}
	for _, ch := range d.state.Config.Channels {
		for _, part := range parts {
			was := old.has(part) && before.AvailableTo(ch.ID, part)
			why, closed := d.state.ClosedTo(ch.ID, part)
			if closed = closed || !menu.has(part); was != closed {
				continue
			}
			told := &Told{Channel: ch.ID, Type: ToldAvailable}
			item, option, _ := part.Names()
			told.Item, told.Option = item, option
			switch {
			case closed && option != "":
				told.Type, told.Until = ToldOptionSoldOut, why.Out.Until
			case closed:
				told.Type, told.Until = ToldSoldOut, why.Out.Until
			case option != "":
				told.Type = ToldOptionAvailable
			}
			d.emitTold(0, Announced{}, told)
		}
	}
}
