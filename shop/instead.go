package shop

import (
	"slices"
)

// Instead is what a customer takes in place of what is sold out, the most wanted first: for an option another of its
// group, for an item another item, and "" for an option that may be left out.
type Instead map[MenuPart][]MenuPart

// Swap is one part of a line that was sold out, and what was taken for it as the customer had agreed.
type Swap struct {
	From   MenuPart `json:"from"`
	To     MenuPart `json:"to,omitempty"`     // "": it is left out
	Unsaid bool     `json:"unsaid,omitempty"` // From is the standard that the channel had not named
}

// swapsMax bounds the swaps of one line: more than the options and toppings that a drink has.
const swapsMax = 25

// asked is the line as its channel ordered it: without what was taken for what was sold out.
func (l Line) asked() Line {
	for _, swap := range slices.Backward(l.Swaps) {
		back := swap.From
		if swap.Unsaid {
			back = ""
		}
		l = l.replaced(swap.To, back, swap.From)
	}
	l.Swaps, l.Instead = nil, nil
	return l
}

// replaced is the line with one part in the place of another; as is what says which group it is about. from "" adds, to ""
// takes away.
func (l Line) replaced(from, to, as MenuPart) Line {
	group, _, isOption := cutPart(as)
	if !isOption {
		l.Item = string(to)
		return l
	}
	_, id, _ := cutPart(to)
	if place := l.Options.of(group); place != nil {
		*place = id
		return l
	}
	l.Options.Toppings = slices.Clone(l.Options.Toppings)
	_, was, _ := cutPart(from)
	if at := slices.Index(l.Options.Toppings, was); from != "" && at >= 0 {
		l.Options.Toppings = slices.Delete(l.Options.Toppings, at, at+1)
	}
	if to != "" {
		l.Options.Toppings = append(l.Options.Toppings, id)
		slices.Sort(l.Options.Toppings)
	}
	if len(l.Options.Toppings) == 0 {
		l.Options.Toppings = nil
	}
	return l
}

// of is the place of a group of which a drink has one choice; nil for toppings.
func (o *Options) of(group string) *string {
	switch group {
	case GroupSize:
		return &o.Size
	case GroupIce:
		return &o.Ice
	case GroupSugar:
		return &o.Sugar
	case GroupMilk:
		return &o.Milk
	}
	return nil
}

// picker takes the lines of one order out of what a channel can have, one after the other.
type picker struct {
	state   *State
	channel string
	taken   map[string]int // of counted ingredients, by the lines so far
}

// pick is the line as it can be made: as it was ordered, or with what its customer takes instead. What is sold out and has
// no substitute is a refusal that says what there is instead.
func (p *picker) pick(at int, l Line) (Line, error) {
	wanted := l
	for range swapsMax {
		gone, why, closed := p.gone(&l)
		if !closed {
			break
		}
		next, ok := p.swap(l, wanted.Instead[gone], gone)
		if !ok {
			return wanted, p.refuse(at, l, gone, why)
		}
		l = next
	}
	if gone, why, closed := p.gone(&l); closed {
		return wanted, p.refuse(at, l, gone, why)
	}
	for ingredient, amount := range p.needs(&l) {
		p.taken[ingredient] += amount
	}
	return l, nil
}

// pickAgain are the lines of an order on the waiting list as they can be made now; an error says what is sold out of them.
func (d *decider) pickAgain(o *Order) ([]Line, error) {
	left := picker{state: &d.state, channel: o.Channel, taken: map[string]int{}}
	lines := make([]Line, len(o.Lines))
	for i, l := range o.Lines {
		asked := l.asked()
		asked.Instead = l.Instead
		var err error
		if lines[i], err = left.pick(i, asked); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// swap is the line with the first of the choices that can be had.
func (p *picker) swap(l Line, choices []MenuPart, gone MenuPart) (Line, bool) {
	for _, to := range choices {
		if !p.state.Config.Menu.Of(&l).stands(to, gone) || to != "" && !p.state.AvailableTo(p.channel, to) ||
			slices.ContainsFunc(l.Swaps, func(s Swap) bool { return s.From == to }) {
			continue // what was given up before is not taken up again
		}
		swap, from := Swap{From: gone, To: to}, gone
		if group, _, isOption := cutPart(gone); isOption {
			if place := l.Options.of(group); place != nil && *place == "" {
				swap.Unsaid, from = true, ""
			}
		}
		next := l.replaced(from, to, gone)
		next.Swaps = append(slices.Clone(l.Swaps), swap)
		if still, _, closed := p.gone(&next); closed && still == to {
			continue // there is some of it, but not enough for this
		}
		return next, true
	}
	return l, false
}

// stands reports whether one part can stand in the place of another: an item for an item, an option for another of its
// group, and nothing for an option.
func (m *Menu) stands(to, from MenuPart) bool {
	group, _, isOption := cutPart(from)
	if !isOption {
		return m.Item(string(to)) != nil
	}
	of, _, _ := cutPart(to)
	return to == "" || of == group && m.byOption[string(to)] != nil
}

// needs is what a line takes of the ingredients that are counted.
func (p *picker) needs(l *Line) map[string]int {
	if len(p.state.Stock) == 0 {
		return nil
	}
	menu := p.state.Config.Menu
	_, cups, _ := menu.lineWork(l)
	needs := map[string]int{}
	for ingredient, amount := range menu.Uses(l) {
		if _, counted := p.state.Stock[ingredient]; counted {
			needs[ingredient] = amount * cups * l.Qty
		}
	}
	return needs
}

// gone is the first part of a line that cannot be had.
func (p *picker) gone(l *Line) (MenuPart, Closed, bool) {
	menu := p.state.Config.Menu.Of(l)
	uses := menu.Uses(l)
	parts := []MenuPart{MenuPart(l.Item)}
	for _, g := range menu.Groups {
		place := l.Options.of(g.ID)
		switch {
		case place == nil:
			for _, id := range l.Options.Toppings {
				parts = append(parts, OptionPart(g.ID, id))
			}
		case *place != "":
			parts = append(parts, OptionPart(g.ID, *place))
		case menu.Item(l.Item) != nil && len(g.Options) > 0 && (g.ID != GroupMilk || g.swaps(uses)): // not every drink has milk
			parts = append(parts, OptionPart(g.ID, g.Options[0].ID))
		}
	}
	for _, part := range parts {
		why, closed := p.state.ClosedTo(p.channel, part)
		if closed && (part == MenuPart(l.Item) || why.Ingredient == "" || uses[why.Ingredient] > 0) {
			return part, why, true
		}
	}
	needs := p.needs(l)
	for _, ingredient := range sortedKeys(needs) {
		free, _ := p.state.Free(ingredient)
		if needs[ingredient] == 0 || free-p.taken[ingredient] >= needs[ingredient] {
			continue
		}
		// The last part that takes some of it is the one to do without: an option can be left out, a drink cannot.
		for _, part := range slices.Backward(parts) {
			if menu.takes(part, l, ingredient) {
				return part, Closed{Part: part, Ingredient: ingredient, Counted: true}, true
			}
		}
	}
	return "", Closed{}, false
}

// takes reports whether a part of a line is why it takes an ingredient, or why it takes more of it than a standard cup.
func (m *Menu) takes(part MenuPart, l *Line, ingredient string) bool {
	group, id, isOption := cutPart(part)
	option := m.Option(group, id)
	if !isOption || option == nil {
		return slices.ContainsFunc(m.made[part], func(u use) bool { return u.ingredient == ingredient })
	}
	if option.Uses[ingredient] > 0 {
		return true
	}
	item := m.Item(l.Item)
	for from, to := range option.Swaps {
		if item != nil && to == ingredient && item.Uses[from] > 0 {
			return true
		}
	}
	return option.Scale > 100 && !m.Pantry[ingredient].Fixed && item != nil && item.Uses[ingredient] > 0
}

// swaps reports whether an option of a group would take another ingredient in the place of one that is used.
func (g *Group) swaps(uses map[string]int) bool {
	for i := range g.Options {
		for from := range g.Options[i].Swaps {
			if uses[from] > 0 {
				return true
			}
		}
	}
	return false
}

// Offer is what a refused customer could have instead.
type Offer struct {
	Kind OfferKind
	Line int      // index of the line that it is about
	Part MenuPart // what is left out, or what there is in its place
	Cups int      // of an OfferFewer
}

// OfferKind says in what way an offer differs from what was ordered.
type OfferKind string

// The kinds of offers.
const (
	OfferWithout OfferKind = "without" // the same without the option
	OfferOption  OfferKind = "option"  // the same with another option of its group
	OfferItem    OfferKind = "item"    // another item
	OfferFewer   OfferKind = "fewer"   // the same, but not so many
)

// offersMax bounds the offers in a refusal: nobody reads more.
const offersMax = 6

// Sold says what is sold out of a refused order and what there is instead.
type Sold struct {
	Closed
	Offers []Offer
}

// refuse says that a part is sold out and what of the menu could be made instead.
func (p *picker) refuse(at int, l Line, gone MenuPart, why Closed) *Error {
	e := conflict(ProblemSoldOut, "%s is sold out", gone)
	switch {
	case why.Counted:
		e = conflict(ProblemSoldOut, "%s is sold out: there is not enough %s left for this", gone, why.Ingredient)
	case why.Ingredient != "":
		e = conflict(ProblemSoldOut, "%s is sold out: there is no %s", gone, why.Ingredient)
	}
	e.Sold = &Sold{Closed: why, Offers: p.offers(at, l, gone)}
	return e
}

func (p *picker) offers(at int, l Line, gone MenuPart) (offers []Offer) {
	menu := p.state.Config.Menu
	offer := func(kind OfferKind, part MenuPart, as Line) {
		if _, _, closed := p.gone(&as); !closed && len(offers) < offersMax {
			offers = append(offers, Offer{Kind: kind, Line: at, Part: part, Cups: as.Qty})
		}
	}
	for n := l.Qty - 1; n > 0; n-- { // fewer of the same: the most that there is
		fewer := l
		fewer.Qty = n
		if _, _, closed := p.gone(&fewer); !closed {
			offer(OfferFewer, gone, fewer)
			break
		}
	}
	group, _, isOption := cutPart(gone)
	if !isOption {
		for _, part := range menu.likeItem(gone) {
			offer(OfferItem, part, l.replaced(gone, part, gone))
		}
		return offers
	}
	if l.Options.of(group) == nil {
		without := l
		for slices.Contains(without.Options.Toppings, string(gone[len(group)+1:])) {
			without = without.replaced(gone, "", gone)
		}
		offer(OfferWithout, gone, without)
	}
	for _, g := range menu.Groups {
		if g.ID != group {
			continue
		}
		for i := range g.Options {
			if part := OptionPart(group, g.Options[i].ID); part != gone && !slices.Contains(l.Options.Toppings, g.Options[i].ID) {
				offer(OfferOption, part, l.replaced(gone, part, gone))
			}
		}
	}
	return offers
}

// likeItem are the other items, those first that are most like one: made of most of the same, and of nearly its price.
func (m *Menu) likeItem(part MenuPart) []MenuPart {
	item := m.Item(string(part))
	if item == nil {
		return nil
	}
	type like struct {
		part   MenuPart
		shared int
		price  int64
	}
	var list []like
	for i := range m.Items {
		other := &m.Items[i]
		if other.ID == item.ID || other.Cups != item.Cups {
			continue
		}
		l := like{part: MenuPart(other.ID), price: max(other.PriceFen-item.PriceFen, item.PriceFen-other.PriceFen)}
		for ingredient := range other.Uses {
			if _, ok := item.Uses[ingredient]; ok {
				l.shared++
			}
		}
		list = append(list, l)
	}
	slices.SortStableFunc(list, func(a, b like) int {
		if a.shared != b.shared {
			return b.shared - a.shared
		}
		return int(a.price - b.price)
	})
	parts := make([]MenuPart, 0, len(list))
	for _, l := range list {
		parts = append(parts, l.part)
	}
	return parts
}
