package kds

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/templates"
)

// boardPage is the kitchen board. Without script it is a page that works; with script live.js keeps it
// up to date.
func (s *Screens) boardPage(c echo.Context) error {
	state := s.Kitchen.Snapshot()
	v, err := lookOf(c, state.Config)
	if err != nil {
		return err
	}
	b := s.board(state, v, s.Now())
	b.Page = s.page(c, v.lang.T("出杯屏", "Kitchen board"), "board.css")
	b.Live = v.stream(s.Base)
	b.Path = v.path(s.Base, v.page)
	return show(c, http.StatusOK, templates.BoardPage(b))
}

// board decides what is on the kitchen board.
func (s *Screens) board(state *shop.State, v look, now time.Time) templates.Board {
	queue := state.Queue(v.station, now.Add(-shop.UndoTime))
	b := templates.Board{
		Page:     templates.Page{Lang: v.lang, Base: s.Base, Path: v.path(s.Base, v.page)},
		Station:  v.station,
		Stations: stationTabs(state.Config, v, s.Base),
		Head:     s.head(state, v.lang, now),
		Side:     side(state, v.lang, queue),
		Walkin:   []int{1, 2, 3, 4, 5, 6, 7, 8, 9},
		Alarms:   s.alarms(state, v.lang, now),
	}
	cells := cellsOf(queue)
	pages := max(1, (len(cells)+v.fit-1)/v.fit)
	page := min(v.page, pages)
	first, last := (page-1)*v.fit, min(page*v.fit, len(cells))
	b.Pager = pager(cells, first, last, v.lang, now)
	if page > 1 {
		b.Pager.Prev = v.path(s.Base, page-1)
	}
	if page < pages {
		b.Pager.Next = v.path(s.Base, page+1)
	}
	key := 0
	for _, cell := range cells[first:last] {
		if cell[0].Cup.State == shop.Made {
			b.Cells = append(b.Cells, templates.Cell{Done: done(state, v.lang, cell)})
			continue
		}
		card := cardOf(state, v.lang, cell[0], now)
		if key++; key <= 9 {
			card.Key = key
		}
		b.Cells = append(b.Cells, templates.Cell{Card: &card})
	}
	return b
}

// cellsOf puts a queue into places: each cup to make has one; cups that were made by the same tap share
// the place of the first of them.
func cellsOf(queue []shop.Queued) [][]shop.Queued {
	var cells [][]shop.Queued
	taps := map[time.Time]int{}
	for _, q := range queue {
		if q.Cup.State != shop.Made {
			cells = append(cells, []shop.Queued{q})
			continue
		}
		at, shared := taps[q.Cup.At]
		if !shared {
			taps[q.Cup.At] = len(cells)
			cells = append(cells, []shop.Queued{q})
			continue
		}
		cells[at] = append(cells[at], q)
	}
	return cells
}

// pager counts every cup: those on the page, and those before and behind it.
func pager(cells [][]shop.Queued, first, last int, l templates.Lang, now time.Time) templates.Pager {
	var p templates.Pager
	var oldest time.Time
	for i, cell := range cells {
		if cell[0].Cup.State == shop.Made {
			continue
		}
		p.Of++
		switch {
		case i < first:
			p.From++
			p.To++
		case i < last:
			p.To++
		}
		if since := cell[0].Order.ReleasedAt; (i < first || i >= last) && (oldest.IsZero() || since.Before(oldest)) {
			oldest = since
		}
	}
	if p.To > p.From {
		p.From++
	}
	if !oldest.IsZero() {
		p.Unseen = span(l, now.Sub(oldest))
	}
	return p
}

// cardOf is one cup as the crew reads it.
func cardOf(state *shop.State, l templates.Lang, q shop.Queued, now time.Time) templates.Card {
	o, line := q.Order, q.Line()
	standing := o.Standing(now)
	c := templates.Card{
		ID: q.ID().String(), Number: o.PickupNumber(), N: q.Cup.N, Of: len(o.Cups),
		Name: lineName(state.Config.Menu, l, line), Channel: channelName(state.Config, l, o.Channel),
		State: q.Cup.State.String(), Standing: standingClass(standing), Word: standingWord(l, standing),
		Time: promiseTime(l, o.Promise.By(), now, state.Config.Location),
	}
	c.Chips, c.Milk, c.Toppings = choices(state.Config.Menu, l, line)
	if notes := o.Customer.Notes; q.Cup.Line < len(notes) {
		c.Note = notes[q.Cup.Line]
	}
	switch {
	case q.Cup.Replaces > 0:
		c.Mark = l.T("重做", "Remake")
	case line.Unmapped && o.Channel != shop.CounterChannel:
		c.Mark = l.T("菜单外", "Not on menu")
	}
	return c
}

// lineName is the drink's name: the menu's, or what the channel calls it.
func lineName(menu *shop.Menu, l templates.Lang, line *shop.Line) string {
	if item := menu.Item(line.Item); item != nil {
		return l.Of(item.Name)
	}
	if line.Name != "" {
		return line.Name
	}
	return line.Item
}

func channelName(config *shop.Config, l templates.Lang, id string) string {
	if ch, ok := config.Channel(id); ok {
		return l.Of(ch.Name)
	}
	return id
}

// choices are a line's options at their fixed places, marked where they are not as usual.
func choices(menu *shop.Menu, l templates.Lang, line *shop.Line) (chips []templates.Chip, milk string, toppings []string) {
	o := line.Options
	for _, c := range [...]struct{ group, id string }{{shop.GroupSize, o.Size}, {shop.GroupIce, o.Ice}, {shop.GroupSugar, o.Sugar}} {
		standard := menu.Standard(c.group)
		if c.id == "" && menu.Item(line.Item) == nil {
			continue // nobody knows what is usual for it
		}
		if c.id == "" {
			c.id = standard
		}
		chips = append(chips, templates.Chip{Text: short(c.group, optionName(menu, l, c.group, c.id)), Different: c.id != standard})
	}
	if o.Milk != "" && o.Milk != menu.Standard(shop.GroupMilk) {
		milk = short(shop.GroupMilk, optionName(menu, l, shop.GroupMilk, o.Milk))
	}
	for _, id := range o.Toppings {
		toppings = append(toppings, optionName(menu, l, shop.GroupTopping, id))
	}
	return chips, milk, toppings
}

func optionName(menu *shop.Menu, l templates.Lang, group, id string) string {
	if option := menu.Option(group, id); option != nil {
		return l.Of(option.Name)
	}
	return id
}

// done is what was just finished by one tap, to be taken back by another.
func done(state *shop.State, l templates.Lang, cell []shop.Queued) *templates.Done {
	ids := make([]string, len(cell))
	for i, q := range cell {
		ids[i] = q.ID().String()
	}
	d := &templates.Done{ID: "u-" + ids[0], Cups: strings.Join(ids, ",")}
	if q := cell[0]; len(cell) == 1 {
		d.Text = fmt.Sprintf("%s %d/%d %s", q.Order.PickupNumber(), q.Cup.N, len(q.Order.Cups), lineName(state.Config.Menu, l, q.Line()))
	} else {
		d.Text = fmt.Sprintf(l.T("%d 杯做好", "%d cups done"), len(cell))
	}
	return d
}

// side is how many of each drink are to be made, the most first. The last row sums up what has no room.
func side(state *shop.State, l templates.Lang, queue []shop.Queued) templates.Side {
	counts := map[string]int{}
	for _, q := range queue {
		if q.Cup.State.Unmade() {
			counts[lineName(state.Config.Menu, l, q.Line())]++
		}
	}
	var s templates.Side
	for name, n := range counts {
		s.Drinks = append(s.Drinks, templates.Count{Name: name, Cups: n})
	}
	slices.SortFunc(s.Drinks, func(a, b templates.Count) int {
		if a.Cups != b.Cups {
			return b.Cups - a.Cups
		}
		return strings.Compare(a.Name, b.Name)
	})
	if len(s.Drinks) > drinksMax {
		rest := templates.Count{Name: l.T("其他", "others")}
		for _, c := range s.Drinks[drinksMax-1:] {
			rest.Cups += c.Cups
		}
		s.Drinks = append(s.Drinks[:drinksMax-1], rest)
	}
	return s
}

// drinksMax is how many rows the side strip of a small tablet has.
const drinksMax = 11

func stationTabs(config *shop.Config, v look, base string) []templates.Tab {
	tabs := []templates.Tab{{Name: v.lang.T("全店", "All"), Href: base + "/kds", Here: v.station == ""}}
	for _, st := range config.Stations {
		tabs = append(tabs, templates.Tab{Name: v.lang.Of(st.Name), Href: base + "/kds/" + st.ID, Here: v.station == st.ID})
	}
	return tabs
}
