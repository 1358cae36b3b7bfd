package shop

import (
	"errors"
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
	Refused bool      `json:"refused,omitempty"` // the last of them was refused for it: the channel is strict
}

// Unreads are what nobody has said the meaning of, by the channel. They are never changed in place.
type Unreads []Unread

// unreadMax bounds them. A menu has fewer names; the one that came longest ago makes room.
const unreadMax = 200

// unreadOrderMax bounds what one order can add: a flood of made-up names would push out what people still have to read.
const unreadOrderMax = 20

const (
	// refusedAgain is how long a name that a strict channel was refused for is not kept again: its key could fill the log.
	refusedAgain = time.Minute
	// refusedMax bounds the names that a strict channel's refusals add to the log within that time.
	refusedMax = unreadOrderMax
)

// unread is the list with what an order has that nobody knows. What a person at the counter taps in is not from a channel.
func (s *State) unread(o *Order, at time.Time) Unreads {
	channel, ok := s.Config.Channel(o.Channel)
	if !ok || o.Channel == CounterChannel || o.LinesUnknown || !slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Unmapped }) {
		return s.Unread
	}
	return s.Unread.with(s.unreadIn(channel, o.SentLines(), at))
}

// unreadIn is what lines of a channel have that nobody knows, each once.
func (s *State) unreadIn(channel Channel, lines []Line, at time.Time) (list []Unread) {
	note := func(u Unread) {
		u.Channel, u.Last = channel.ID, at
		known := slices.ContainsFunc(list, func(other Unread) bool { return other.same(u) })
		if foldName(u.Text) != "" && len(u.Text) <= mapTextMax && !known && len(list) < unreadOrderMax {
			list = append(list, u)
		}
	}
	for _, l := range lines {
		r := s.Read(channel, l)
		if r.By == ReadNot {
			note(Unread{Kind: MapName, Text: r.Drink, SKU: l.Item})
		}
		for _, word := range r.Unread {
			in := l.Name
			if len(in) > mapTextMax {
				in = ""
			}
			note(Unread{Kind: MapWord, Text: word, In: in})
		}
	}
	return list
}

// same reports whether both are the same text of a channel.
func (u Unread) same(other Unread) bool {
	return u.Channel == other.Channel && u.Kind == other.Kind && foldName(u.Text) == foldName(other.Text)
}

// with is the list with what an order had, the newest last.
func (all Unreads) with(came []Unread) Unreads {
	list := slices.Clone(all)
	for _, u := range came {
		if i := slices.IndexFunc(list, u.same); i >= 0 {
			u.Orders = list[i].Orders
			list = slices.Delete(list, i, i+1)
		}
		u.Orders++
		list = append(list, u)
	}
	return slices.Clip(list[max(0, len(list)-unreadMax):])
}

// NamesRefused says which names an order of a strict channel was refused for.
type NamesRefused struct {
	Names []Unread `json:"names"`
}

func (NamesRefused) name() string { return "names.refused" }

func (f NamesRefused) apply(s State, _ Event) State {
	s.Unread = s.Unread.with(f.Names)
	return s
}

// noteRefused keeps what a strict channel's order was refused for, so that the owner can say what it means. What was kept
// within the last minute is not news.
func (d *decider) noteRefused(c Command, err error) {
	place, ok := c.(Place)
	channel, known := d.state.Config.Channel(place.Channel)
	e := (*Error)(nil)
	if !ok || !known || !channel.Strict || !errors.As(err, &e) || e.Type != ProblemInvalidOrder {
		return
	}
	var recent Unreads
	for _, u := range d.state.Unread {
		if u.Channel == channel.ID && u.Refused && d.now.Sub(u.Last).Abs() < refusedAgain {
			recent = append(recent, u)
		}
	}
	names := slices.DeleteFunc(d.state.unreadIn(channel, place.Draft.Lines, d.now), func(u Unread) bool {
		return slices.ContainsFunc(recent, u.same)
	})
	names = names[:min(len(names), max(0, refusedMax-len(recent)))]
	for i := range names {
		names[i].Refused = true
	}
	if len(names) > 0 {
		d.emit(0, NamesRefused{Names: names})
	}
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
