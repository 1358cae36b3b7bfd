package kds

import (
	"slices"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
)

// cardOf is one cup as the crew reads it.
func cardOf(state *shop.State, l words.Lang, q shop.Queued, now time.Time) templates.Card {
	o, line := q.Order, q.Line()
	if !o.EndedAt.IsZero() {
		now = o.EndedAt // it was late, or was not, when it left
	}
	standing := o.Standing(now)
	c := templates.Card{
		ID: q.ID().String(), Number: o.PickupNumber(), N: q.Cup.N, Of: len(o.Cups),
		Name: lineName(state.Config.Menu, l, line), Channel: channelName(state.Config, l, o.Channel),
		State: q.Cup.State.String(), Standing: standingClass(standing), Word: templates.StandingWord(l, standing),
		Time: promiseTime(l, o.Promise.By(), now, state.Config.Location),
	}
	c.Chips, c.Milk, c.Toppings = choices(state.Config.Menu, l, line)
	c.Where, c.Coming = whereWord(state, l, q), q.Coming
	if notes := o.Customer.Notes; q.Cup.Line < len(notes) {
		c.Note = notes[q.Cup.Line]
	}
	switch {
	case q.Cup.Replaces > 0:
		c.Mark = l.T("shared.remake")
	case o.MayBeMade:
		c.Mark = l.T("board.may_be_made")
	case len(line.Swaps) > 0:
		c.Mark = l.T("board.substituted")
	case !o.Promise.First.IsZero():
		c.Mark = l.T("board.put_first")
	case !o.RemindedAt.IsZero() && now.Sub(o.RemindedAt) < time.Minute:
		c.Mark = l.T("board.just_reminded")
	case !o.RemindedAt.IsZero():
		c.Mark = l.T("board.reminded", l.Span(now.Sub(o.RemindedAt)))
	case o.Promise.Delayed:
		c.Mark = l.T("board.new_time")
	case line.Unmapped && o.Channel != shop.CounterChannel:
		c.Mark = l.T("board.not_on_menu")
	}
	return c
}

// whereWord says at which station a cup is that goes from one to the next and has been begun; "" says nothing.
func whereWord(state *shop.State, l words.Lang, q shop.Queued) string {
	cup := shop.Queued{Order: q.Order, Cup: q.Order.Cup(q.Cup.N)} // as the whole shop sees it
	where := state.Where(cup)
	name := stationName(state.Config, l, where)
	switch {
	case where == "" || cup.Cup.State == shop.Waiting && !q.Coming:
		return ""
	case cup.Cup.InHand():
		return l.T("board.at_station", name)
	}
	return l.T("board.before_station", name)
}

// stationName is what people call a station; "" is none.
func stationName(config *shop.Config, l words.Lang, id string) string {
	for _, st := range config.Stations {
		if st.ID == id {
			return l.Of(st.Name)
		}
	}
	return id
}

// How much fits below the drink's name on a card, in widths of a Chinese character: one line of ordinary size, of the
// options as of what comes below them, or two of a smaller one.
const (
	lineWidth = 6.5
	tightMost = 17.0
)

// fitted makes sure that nothing about a cup is cut off unseen: what does not fit in one line gets two smaller ones,
// and what does not fit there either is counted, and said to be there.
func fitted(c templates.Card, l words.Lang) templates.Card {
	const (
		between = 1.2 // between two words: a plus sign, padding and the gap
		quotes  = 2.0 // the marks around a note
		counted = 1.0 // how many toppings there are besides
	)
	all := width(c.Milk) + width(c.Mark)
	for _, t := range c.Toppings {
		all += width(t) + between
	}
	if c.Note != "" {
		all += width(c.Note) + quotes
	}
	chips := 0.0
	for _, chip := range c.Chips {
		chips += width(chip.Text)
	}
	c.Tight = max(all, chips) > lineWidth
	if all <= tightMost {
		return c
	}
	// The note is never shown in part: half of "no nuts, please" is worse than to look it up.
	room := tightMost - width(c.Milk) - width(c.Mark)
	if c.Note != "" {
		c.Note, c.NoteSign = "", l.T("board.note")
		room -= width(c.NoteSign) + between
	}
	for i, t := range c.Toppings {
		if room -= width(t) + between; room < counted {
			c.Toppings, c.More = c.Toppings[:i], len(c.Toppings)-i
			break
		}
	}
	return c
}

// width is how wide a text is, in widths of a Chinese character.
func width(text string) (w float64) {
	for _, r := range text {
		if r < 0x2e80 {
			w += 0.5 // Latin letters and figures
		} else {
			w++
		}
	}
	return w
}

// lineName is the drink's name: the menu's, or what the channel calls it.
func lineName(menu *shop.Menu, l words.Lang, line *shop.Line) string {
	if line.Item == shop.WalkinItem {
		return l.T("board.walk_in")
	}
	if item := menu.Item(line.Item); item != nil {
		return l.Of(item.Name)
	}
	if line.Name != "" {
		return line.Name
	}
	return line.Item
}

func channelName(config *shop.Config, l words.Lang, id string) string {
	if ch, ok := config.Channel(id); ok {
		return l.Of(ch.Name)
	}
	return id
}

// choices are a line's options at their fixed places, marked where they are not as usual.
func choices(menu *shop.Menu, l words.Lang, line *shop.Line) (chips []templates.Chip, milk string, toppings []string) {
	o := line.Options
	for _, c := range [...]struct{ group, id string }{{shop.GroupSize, o.Size}, {shop.GroupIce, o.Ice}, {shop.GroupSugar, o.Sugar}} {
		standard := menu.Standard(c.group)
		if c.id == "" && menu.Item(line.Item) == nil {
			continue // nobody knows what is usual for it
		}
		if c.id == "" {
			c.id = standard
		}
		chips = append(chips, templates.Chip{Text: short(l, c.group, optionName(menu, l, c.group, c.id)), Different: c.id != standard})
	}
	if o.Milk != "" && o.Milk != menu.Standard(shop.GroupMilk) {
		milk = short(l, shop.GroupMilk, optionName(menu, l, shop.GroupMilk, o.Milk))
	}
	for _, id := range o.Toppings {
		toppings = append(toppings, optionName(menu, l, shop.GroupTopping, id))
	}
	return chips, milk, toppings
}

func optionName(menu *shop.Menu, l words.Lang, group, id string) string {
	if option := menu.Option(group, id); option != nil {
		return l.Of(option.Name)
	}
	return id
}

// side is how many of each drink are to be made, the most first, and what does not last for them.
func side(state *shop.State, l words.Lang, queue []shop.Queued) templates.Side {
	var waiting []shop.Queued
	counts := map[string]int{}
	for _, q := range queue {
		if q.Cup.State.Unmade() {
			waiting = append(waiting, q)
			counts[lineName(state.Config.Menu, l, q.Line())]++
		}
	}
	s := templates.Side{Total: len(waiting)}
	for _, short := range state.Shortages(waiting) {
		s.RunsOut = append(s.RunsOut, templates.RunOut{Name: ingredientName(state.Config.Menu, l, short.Ingredient), At: short.First.Order.PickupNumber(), Cups: short.Cups})
	}
	slices.SortFunc(s.RunsOut, func(a, b templates.RunOut) int { return b.Cups - a.Cups })
	s.RunsOut = s.RunsOut[:min(len(s.RunsOut), shortagesMax)]
	s.Drinks = mostFirst(counts, l, drinksMax-len(s.RunsOut))
	return s
}

// How many rows the side strip of a small tablet has, and how many of them shortages may take.
const (
	drinksMax    = 10
	shortagesMax = 4
)

// mostFirst lists counts in so many rows; the last sums up what has no room.
func mostFirst(counts map[string]int, l words.Lang, rows int) []templates.Count {
	list := make([]templates.Count, 0, len(counts))
	for name, n := range counts {
		list = append(list, templates.Count{Name: name, Cups: n})
	}
	slices.SortFunc(list, func(a, b templates.Count) int {
		if a.Cups != b.Cups {
			return b.Cups - a.Cups
		}
		return strings.Compare(a.Name, b.Name)
	})
	if len(list) <= rows {
		return list
	}
	rest := templates.Count{Name: l.T("board.others")}
	for _, c := range list[rows-1:] {
		rest.Cups += c.Cups
	}
	return append(list[:rows-1], rest)
}

// ingredientName is what people call an ingredient.
func ingredientName(menu *shop.Menu, l words.Lang, id string) string {
	if name, ok := menu.Pantry[id]; ok {
		return l.Of(name)
	}
	return id
}
