package kds

import (
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
		ID: q.ID().String(), Number: o.PickupNumber(), Platform: platformNumber(o),
		Name: lineName(state.Config.Menu, l, line), Channel: channelName(state.Config, l, o.Channel),
		State: q.Cup.State.String(), Standing: standingClass(standing), Word: templates.StandingWord(l, standing),
		Time: promiseTime(l, o.Promise.By(), now, state.Config.Location),
	}
	c.N, c.Of = o.NumberOf(q.Cup.N)
	c.Chips, c.Milk, c.Toppings = choices(state.Config.Menu, l, line)
	c.Where, c.Coming = whereWord(state, l, q), q.Coming
	if c.Note = o.Note(q.Cup.Line); c.Note != "" {
		c.Allergy = strings.Join(state.Config.AllergyIn(c.Note), " ")
	}
	waits := waitsWord(l, o, now)
	switch {
	case q.Cup.Replaces > 0:
		c.Mark = l.T("shared.remake")
	case waits != "":
		c.Mark = waits
	case o.MayBeMade:
		c.Mark = l.T("board.may_be_made")
	case len(line.Swaps) > 0:
		c.Mark = l.T("board.substituted")
	case !o.Promise.First.IsZero():
		c.Mark = l.T("board.put_first")
	case o.Promise.Delayed:
		c.Mark = l.T("board.new_time")
	case line.Unmapped && o.Channel != shop.CounterChannel:
		c.Mark = l.T("board.not_on_menu")
	}
	c.Urged = urgedWord(l, o, now)
	return c
}

// urgedWord says since when the customer of an order asks where it stays; "" when they have not asked. It stands beside every other
// mark: what is to be remade or is put first may be asked for as well.
func urgedWord(l words.Lang, o *shop.Order, now time.Time) string {
	switch since := now.Sub(o.RemindedAt); {
	case o.RemindedAt.IsZero():
		return ""
	case since < time.Minute:
		return l.T("board.just_reminded")
	default:
		return l.T("board.reminded", l.Span(since))
	}
}

// waitsWord says since when somebody stands in the shop for an order; "" when nobody does.
func waitsWord(l words.Lang, o *shop.Order, now time.Time) string {
	since, waits := o.RiderWaits()
	switch {
	case !waits:
		return ""
	case o.CourierAt.Equal(since):
		return l.T("board.rider_waits", l.Span(now.Sub(since)))
	}
	return l.T("board.customer_waits", l.Span(now.Sub(since)))
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

// platformMax is how much of a platform's own number a card shows: the last characters are what riders ask for.
const platformMax = 8

// platformNumber is the channel's own number of an order, its end where it is long; "" when it has none.
func platformNumber(o *shop.Order) string {
	n := []rune(strings.TrimPrefix(o.DisplayNumber, "#"))
	if len(n) > platformMax {
		return "…" + string(n[len(n)-platformMax:])
	}
	return string(n)
}

// lineName is the drink's name: the menu's, or what the channel calls it.
func lineName(menu *shop.Menu, l words.Lang, line *shop.Line) string {
	if line.Item == shop.WalkinItem {
		return l.T("board.walk_in")
	}
	if item := menu.Of(line).Item(line.Item); item != nil {
		return l.Of(item.Name)
	}
	if line.Name != "" {
		return line.Name
	}
	if line.Item == "" {
		return l.T("lines.unknown") // the order came without its lines
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
	menu = menu.Of(line)
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
	return chips, milk, append(toppings, line.Words...)
}

func optionName(menu *shop.Menu, l words.Lang, group, id string) string {
	if option := menu.Option(group, id); option != nil {
		return l.Of(option.Name)
	}
	return id
}

// ingredientName is what people call an ingredient.
func ingredientName(menu *shop.Menu, l words.Lang, id string) string {
	if name, ok := menu.EverSupply(id); ok {
		return l.Of(name)
	}
	return id
}
