package kds

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// bulkUndoTime is how long many cups that one tap finished can be taken back at their place on the board, although
// somebody has gone on with other cups: whoever cleared twenty cups by mistake needs longer to see it than five seconds.
// As long as nobody has, they can be taken back without a limit.
const bulkUndoTime = 30 * time.Second

// undosShown is how many taps can be taken back at their places: more would leave no room for the work.
const undosShown = 3

// boardPage is the kitchen board. Without script it is a page that works; with script live.js keeps it
// up to date.
func (s *Screens) boardPage(c echo.Context) error {
	state := s.Kitchen.Snapshot()
	v, err := viewOf(c, boardScreen, state.Config)
	if err != nil {
		return err
	}
	b := s.board(state, v, s.Now())
	b.Page = s.frame().New(c, v.lang.T("shared.kitchen_board"), "board.css")
	b.Live, b.Path, b.Tap = v.stream(s.Base), v.path(s.Base), newHand()
	return page.Show(c, http.StatusOK, templates.BoardPage(b))
}

// board decides what is on the kitchen board.
func (s *Screens) board(state *shop.State, v view, now time.Time) templates.Board {
	queue := state.Queue(v.station, undoableSince(state, now))
	b := templates.Board{
		Page:     templates.Page{Lang: v.lang, Base: s.Base, Path: v.path(s.Base)},
		Station:  v.station,
		Stations: stationTabs(state.Config, v, s.Base),
		Views:    viewTabs(v, s.Base),
		Head:     s.head(state, v.lang, now),
		Side:     side(state, v.lang, queue, v.rows, now),
		Walkin:   []int{1, 2, 3, 4, 5, 6, 7, 8, 9},
		WalkedIn: walkedIn(state, v.lang, now),
		Alarms:   s.alarms(state, v.lang, queue, now),
	}
	b.Side.Cook = s.cookNow(state, v.lang, now)
	for _, stop := range state.Stops {
		b.Cells = append(b.Cells, templates.Cell{Stop: stopOf(state, v.lang, stop)})
	}
	places := placesOf(state, v, queue, now)
	fit := max(v.fit-len(b.Cells), 1)
	pages := max(1, (len(places)+fit-1)/fit)
	v.page = min(v.page, pages)
	first, last := (v.page-1)*fit, min(v.page*fit, len(places))
	b.Pager = pager(places, first, last, v, now)
	if v.page > 1 {
		b.Pager.Prev = v.at(v.page - 1).path(s.Base)
	}
	if v.page < pages {
		b.Pager.Next = v.at(v.page + 1).path(s.Base)
	}
	b.Cells = append(b.Cells, cellsOf(state, v, places[first:last], now)...)
	b.Signs = signsOf(state, &b, queue, now)
	return b
}

// undoableSince is the moment after which a cup was finished that the board may still offer to be taken back.
func undoableSince(state *shop.State, now time.Time) time.Time {
	since := now.Add(-bulkUndoTime)
	if begun := state.Counters.BegunAt; !begun.IsZero() && !begun.After(since) {
		since = begun.Add(-time.Millisecond) // what was tapped at that moment is the last that was done
	}
	return since
}

// place is cups that share one place on the board: one to make, a batch, or cups that one tap made.
type place []shop.Queued

// undoable reports whether the place is only there to be taken back.
func (p place) undoable() bool { return p[0].Cup.State == shop.Made }

// placesOf puts a queue into places. Cups that were made by the same tap share the place of the first of
// them until they can no longer be taken back.
func placesOf(state *shop.State, v view, queue []shop.Queued, now time.Time) []place {
	var places []place
	var waiting, making, started, coming []shop.Queued
	taps := map[time.Time]int{}
	for _, q := range queue {
		if q.Cup.State == shop.Made {
			started = append(started, q)
			if at, shared := taps[q.Cup.At]; shared {
				places[at] = append(places[at], q)
				continue
			}
			taps[q.Cup.At] = len(places)
			places = append(places, place{q})
			continue
		}
		if q.Coming {
			coming = append(coming, q)
		} else if !v.batch {
			places = append(places, place{q})
		} else if q.Cup.State == shop.Making {
			making, started = append(making, q), append(started, q)
		} else {
			waiting = append(waiting, q)
		}
	}
	places = withoutOld(places, state.Counters.BegunAt, now)
	for _, b := range shop.Together(state.Config.Menu, making) {
		places = append(places, place(b))
	}
	if v.batch {
		for _, b := range state.Config.Batching.Batches(state.Config.Menu, waiting, started) {
			places = append(places, place(b))
		}
	}
	for _, q := range coming { // behind all that the station can make now
		places = append(places, place{q})
	}
	return places
}

// withoutOld drops what is no longer offered to be taken back on the board: a single cup goes soon, many stay until
// somebody goes on with another cup, and of quick taps only the last stand. The recall page has them all.
func withoutOld(places []place, begun, now time.Time) []place {
	var taps []time.Time
	for _, p := range places {
		if p.undoable() {
			taps = append(taps, p[0].Cup.At)
		}
	}
	slices.SortFunc(taps, func(a, b time.Time) int { return b.Compare(a) })
	kept := places[:0]
	for _, p := range places {
		at := p[0].Cup.At
		over := now.Sub(at) >= shop.UndoTime
		if len(p) > 1 {
			over = now.Sub(at) >= bulkUndoTime && at.Before(begun)
		}
		crowded := len(taps) > undosShown && at.Before(taps[undosShown-1])
		if p.undoable() && (over || crowded) {
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// cellsOf shows places.
func cellsOf(state *shop.State, v view, places []place, now time.Time) []templates.Cell {
	var cells []templates.Cell
	for _, p := range places {
		if p.undoable() {
			cells = append(cells, templates.Cell{Done: doneOf(state, v.lang, p)})
			continue
		}
		card := cardOf(state, v.lang, p[0], now)
		for _, q := range p { // of a batch any order may be asked for
			if word := urgedWord(v.lang, q.Order, now); word != "" && card.Urged == "" {
				card.Urged = q.Order.PickupNumber() + " " + word
			}
		}
		card = fitted(card, v.lang, v.card, v.batch)
		if v.batch && !p[0].Coming {
			cells = append(cells, templates.Cell{Batch: batchOf(card, p)})
		} else {
			cells = append(cells, templates.Cell{Card: &card})
		}
	}
	return cells
}

// pager counts every cup: those on the page, and those before and behind it.
func pager(places []place, first, last int, v view, now time.Time) templates.Pager {
	var p templates.Pager
	var urgent time.Time
	for i, cups := range places {
		if cups.undoable() {
			continue
		}
		p.Of += len(cups)
		switch {
		case i < first:
			p.From += len(cups)
			p.To += len(cups)
		case i < last:
			p.To += len(cups)
		}
		for _, q := range cups {
			if by := q.Order.Promise.By(); (i < first || i >= last) && (urgent.IsZero() || by.Before(urgent)) {
				urgent = by
			}
		}
	}
	if p.To > p.From {
		p.From++
	}
	switch left := urgent.Sub(now); {
	case urgent.IsZero():
	case left < 0 && first == 0:
		p.Unseen = v.lang.T("board.unseen_late", v.lang.Span(-left))
	case left < 0:
		p.Unseen = v.lang.T("board.elsewhere_late", v.lang.Span(-left))
	case first == 0:
		p.Unseen = v.lang.T("board.unseen", v.lang.Span(left))
	default:
		p.Unseen = v.lang.T("board.elsewhere", v.lang.Span(left))
	}
	return p
}

// doneOf is what was just finished by one tap, to be taken back by another.
func doneOf(state *shop.State, l words.Lang, p place) *templates.Done {
	d := &templates.Done{ID: "u-" + p[0].ID().String(), Cups: idsOf(p)}
	if q := p[0]; len(p) == 1 {
		d.Text = fmt.Sprintf("%s %d/%d %s", q.Order.PickupNumber(), q.Cup.N, len(q.Order.Cups), lineName(state.Config.Menu, l, q.Line()))
	} else {
		d.Text = l.N(len(p), "board.cups_done")
	}
	return d
}

// batchOf is a batch as the crew reads it: the card of its first cup, how many, and for whom.
func batchOf(card templates.Card, p place) *templates.Batch {
	b := &templates.Batch{Card: card, Count: len(p), Cups: idsOf(p)}
	b.Numbers = p[0].Order.PickupNumber()
	others := map[shop.OrderID]bool{}
	for _, q := range p[1:] {
		others[q.Order.ID] = true
	}
	if delete(others, p[0].Order.ID); len(others) > 0 {
		b.Numbers += fmt.Sprintf(" +%d", len(others))
	}
	b.First = p[0].ID().String()
	b.ID = "b-" + b.First
	return b
}

func stopOf(state *shop.State, l words.Lang, s shop.Stop) *templates.Stop {
	t := &templates.Stop{
		ID: s.Cup.String(), Number: fmt.Sprintf("%03d", s.Number), N: s.Cup.N, Of: s.Of,
		Name: lineName(state.Config.Menu, l, &s.Line), Why: templates.OrderWord(l, s.End),
	}
	return t
}

// idsOf names cups as a form sends them.
func idsOf(p place) string {
	ids := make([]string, len(p))
	for i, q := range p {
		ids[i] = q.ID().String()
	}
	return strings.Join(ids, ",")
}

func stationTabs(config *shop.Config, v view, base string) []templates.Tab {
	at := func(station, name string) templates.Tab {
		there := view{screen: boardScreen, station: station, batch: v.batch}
		return templates.Tab{Name: name, Href: there.path(base), Here: v.station == station}
	}
	tabs := []templates.Tab{at("", v.lang.T("board.all"))}
	for _, st := range config.Stations {
		tabs = append(tabs, at(st.ID, v.lang.Of(st.Name)))
	}
	return tabs
}

func viewTabs(v view, base string) []templates.Tab {
	at := func(batch bool, name string) templates.Tab {
		there := view{screen: boardScreen, station: v.station, batch: batch}
		return templates.Tab{Name: name, Href: there.path(base), Here: v.batch == batch}
	}
	return []templates.Tab{at(false, v.lang.T("board.tab_cups")), at(true, v.lang.T("shared.batches"))}
}
