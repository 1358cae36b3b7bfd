package shop

import (
	"slices"
	"strings"
	"time"
)

// Unread is something in a channel's orders that nobody has said the meaning of, with how often it came.
type Unread struct {
	Channel string    `json:"channel"`
	Kind    MapKind   `json:"kind"` // name or word
	Text    string    `json:"text"` // as the channel writes it
	SKU     string    `json:"sku,omitempty"`
	In      string    `json:"in,omitempty"` // of a word: the whole name in which it came last
	Orders  int       `json:"orders"`       // in how many it came
	Last    time.Time `json:"last"`
}

// Unreads are what nobody has said the meaning of, by the channel. They are never changed in place.
type Unreads []Unread

// unreadMax bounds them. A menu has fewer names; the one that came longest ago makes room.
const unreadMax = 200

// unread is the list with what an order has that nobody knows. What a person at the counter taps in is not from a channel.
func (s *State) unread(o *Order, at time.Time) Unreads {
	channel, ok := s.Config.Channel(o.Channel)
	if !ok || o.Channel == CounterChannel || o.LinesUnknown || !slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Unmapped }) {
		return s.Unread
	}
	list := slices.Clone(s.Unread)
	seen := map[mapKey]bool{} // in this order
	note := func(u Unread) {
		key := mapKey{u.Kind, foldName(u.Text)}
		if key.text == "" || len(u.Text) > mapTextMax || seen[key] {
			return
		}
		seen[key] = true
		i := slices.IndexFunc(list, func(other Unread) bool {
			return other.Channel == u.Channel && other.Kind == u.Kind && foldName(other.Text) == key.text
		})
		if i >= 0 {
			u.Orders = list[i].Orders
			list = slices.Delete(list, i, i+1)
		}
		u.Orders++
		list = append(list, u)
	}
	for _, l := range o.SentLines() {
		r := s.Read(channel, l)
		if r.By == ReadNot {
			note(Unread{Channel: o.Channel, Kind: MapName, Text: r.Drink, SKU: l.Item, Last: at})
		}
		for _, word := range r.Unread {
			in := l.Name
			if len(in) > mapTextMax {
				in = ""
			}
			note(Unread{Channel: o.Channel, Kind: MapWord, Text: word, In: in, Last: at})
		}
	}
	return slices.Clip(list[max(0, len(list)-unreadMax):])
}

// stillUnread is the list without what is known by now.
func (s *State) stillUnread(channel string) Unreads {
	ch, _ := s.Config.Channel(channel)
	var left Unreads
	for _, u := range s.Unread {
		known := false
		switch {
		case u.Channel != channel:
		case u.Kind == MapName:
			known = s.Read(ch, Line{Item: u.SKU, Name: u.Text, Qty: 1}).By != ReadNot
		default:
			known = (&chooser{state: s, channel: channel}).word(u.Text)
		}
		if !known {
			left = append(left, u)
		}
	}
	return left
}

// alikeEnough is from where on two names are said to be the same drink: two of three pairs of letters, roughly.
const alikeEnough = 0.4

// Suggest says what something that nobody knows probably is: the item or option of the menu whose name is most like it, or
// no work. ok is false when nothing is like it.
func (s *State) Suggest(u Unread) (e MapEntry, ok bool) {
	e = MapEntry{Kind: u.Kind, Text: u.Text}
	key, menu, best := foldName(u.Text), s.Config.Menu, alikeEnough
	if u.Kind == MapWord {
		for word, parts := range menu.byWord {
			how := alike(key, word)
			if sameWord(key, word) {
				how = 2
			}
			if how > best || how == best && ok && parts[0] < e.Option {
				e.Option, best, ok = parts[0], how, true
			}
		}
		return e, ok
	}
	for i := range menu.Items {
		item := &menu.Items[i]
		for _, name := range []string{item.Name.ZH, item.Name.EN} {
			if how := alike(key, foldName(name)); how > best {
				e.Parts, best, ok = []MapPart{{Item: item.ID, Qty: 1}}, how, true
			}
		}
	}
	if !ok && slices.ContainsFunc(feeSigns, func(sign string) bool { return strings.Contains(key, sign) }) {
		e.NoWork, ok = true, true
	}
	return e, ok
}
