package watch

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"weir/fleet/route"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
)

const (
	// rowsMax is how many shops are drawn: the worst. A browser stays quick with them, and nobody reads more.
	rowsMax = 200
	// citiesMax is how many cities are drawn above the shops where not every shop is: the worst. On a phone the shops must not
	// be too far below.
	citiesMax = 40
)

// levels name the levels of a shop.
var levels = [...]string{"level.open", "level.busy", "level.limited", "level.slots", "level.paused"}

// classes are how a level looks.
var classes = [...]string{"", "busy", "busy", "tight", "tight"}

// view is what is on the page now.
func (w *Watch) view(l words.Lang) templates.Fleet {
	f := templates.Fleet{Columns: []string{
		l.T("fleet_page.shop"), l.T("fleet_page.level"), l.T("fleet_page.backlog"), l.T("fleet_page.quote"), l.T("fleet_page.age"),
		l.T("fleet_page.alarms"),
	}}
	router := w.router.Load()
	if router == nil {
		f.Notice = l.T("fleet_page.not_ready")
		return f
	}
	now := w.now()
	rows := router.Stores(now)
	if len(rows) == 0 {
		f.Notice = l.T("fleet_page.no_shops")
	}
	slices.SortFunc(rows, worse)
	tally(&f, l, &router.Counts, rows)
	if len(rows) > rowsMax {
		cities(&f, l, router.Capacity(false, now))
	}
	for _, row := range rows[:min(rowsMax, len(rows))] {
		f.Rows = append(f.Rows, show(l, row, now))
	}
	if rest := rows[len(f.Rows):]; len(rest) > 0 {
		alarms, cups := sum(rest)
		f.Rest = l.T("fleet_page.rest", len(rest), alarms, cups)
	}
	return f
}

// cities puts the cities above the shops, worst first: of more shops than are drawn they are the way to see where it is tight.
func cities(f *templates.Fleet, l words.Lang, rows []route.Row) {
	f.Places = []string{l.T("fleet_page.city"), l.T("fleet_page.shops"), l.T("fleet_page.silent"), l.T("fleet_page.full"),
		l.T("fleet_page.waiting"), l.T("fleet_page.rate"), l.T("fleet_page.age")}
	for _, r := range rows[:min(citiesMax, len(rows))] {
		full := r.Levels[capacity.LevelSlots] + r.Levels[capacity.LevelPaused]
		c := templates.FleetCity{
			Name: cmp.Or(r.Name, l.T("fleet_page.no_city")), Shops: strconv.Itoa(r.Shops), Silent: strconv.Itoa(r.Shops - r.Fresh),
			Full: strconv.Itoa(full), Backlog: l.N(r.BacklogCups, "fleet_page.cups"), Rate: strconv.Itoa(int(math.Round(r.Rate))),
			Age: age(l, time.Duration(r.OldestS*float64(time.Second))),
		}
		switch {
		case r.Fresh == 0:
			c.Class, c.Full, c.Backlog, c.Rate, c.Age = "silent", "–", "–", "–", "–"
		case 2*full >= r.Fresh:
			c.Class = "tight"
		}
		f.Cities = append(f.Cities, c)
	}
	if rest := len(rows) - len(f.Cities); rest > 0 {
		f.Beyond = l.T("fleet_page.cities_rest", rest)
	}
}

// worse puts first what a person has to look at: alarms, then the tighter level, then the larger backlog. Names settle the
// rest, so that rows stay where they are.
func worse(a, b route.StoreRow) int {
	return cmp.Or(cmp.Compare(len(b.Alarms), len(a.Alarms)), cmp.Compare(b.Level, a.Level),
		cmp.Compare(b.Backlog/backlogStep, a.Backlog/backlogStep),
		cmp.Compare(a.ID, b.ID))
}

// backlogStep is by how many cups a backlog has to differ for a row to move: a page on which rows jump cannot be read.
const backlogStep = 10

func sum(rows []route.StoreRow) (alarms, cups int) {
	for _, r := range rows {
		if len(r.Alarms) > 0 {
			alarms++
		}
		if r.Fresh {
			cups += r.Backlog
		}
	}
	return alarms, cups
}

func tally(f *templates.Fleet, l words.Lang, n *route.Counts, rows []route.StoreRow) {
	alarms, cups := sum(rows)
	unknown, silent, full := 0, 0, 0
	for _, r := range rows {
		unknown += r.Unknown
		if !r.Fresh {
			silent++
		} else if r.Level >= capacity.LevelSlots {
			full++
		}
	}
	figure := func(name string, value int64, bad bool) templates.FleetFigure {
		out := templates.FleetFigure{Name: name, Value: strconv.FormatInt(value, 10)}
		if bad && value > 0 {
			out.Class = "bad"
		}
		return out
	}
	f.Tally = []templates.FleetFigure{
		figure(l.T("fleet_page.placed"), n.Placed.Load(), false), figure(l.T("fleet_page.made"), n.Made.Load(), false),
		figure(l.T("fleet_page.offered"), n.Offered.Load(), false), figure(l.T("fleet_page.bare"), n.Bare.Load(), false),
		figure(l.T("fleet_page.unknown"), int64(unknown), true),
	}
	f.State = []templates.FleetFigure{
		figure(l.T("fleet_page.shops"), int64(len(rows)), false), figure(l.T("fleet_page.silent"), int64(silent), true),
		figure(l.T("fleet_page.full"), int64(full), false), figure(l.T("fleet_page.alarmed"), int64(alarms), true),
		figure(l.T("fleet_page.waiting"), int64(cups), false),
	}
}

// show is one shop. What a silent shop said last is not shown as if it held now.
func show(l words.Lang, r route.StoreRow, now time.Time) templates.FleetRow {
	row := templates.FleetRow{ID: r.ID, Name: cmp.Or(r.Name, r.ID), Level: "–", Backlog: "–", Quote: "–", Age: l.T("fleet_page.never"),
		Class: "silent"}
	if !r.ReportAt.IsZero() {
		row.Age = age(l, now.Sub(r.ReportAt))
	}
	if r.Fresh {
		level := min(max(r.Level, 0), len(levels)-1)
		row.Level, row.Class = l.T(levels[level]), classes[level]
		row.Backlog = l.N(r.Backlog, "fleet_page.cups")
		if half, most := minutes(r.P50), minutes(r.P90); half == most {
			row.Quote = l.T("fleet_page.about", most)
		} else {
			row.Quote = l.T("fleet_page.minutes", half, most)
		}
	}
	for _, a := range r.Alarms {
		row.Alarms = append(row.Alarms, l.T("fleet_page.alarm."+a))
	}
	return row
}

func minutes(seconds int64) int { return int(math.Ceil(float64(seconds) / 60)) }

// ageStep is the seconds to which an age is shown: a row that changes each second makes every frame a new one.
const ageStep = 5

func age(l words.Lang, d time.Duration) string {
	switch d = max(0, d); {
	case d < time.Minute:
		return l.T("fleet_page.seconds_old", int(d.Seconds())/ageStep*ageStep)
	case d < time.Hour:
		return l.T("fleet_page.minutes_old", int(d.Minutes()))
	}
	return l.T("fleet_page.hours_old", int(d.Hours()))
}
