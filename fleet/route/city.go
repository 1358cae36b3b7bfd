package route

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"weir/fleet/credit"
	"weir/fleet/engine"
	"weir/fleet/gate"
	"weir/fleet/record"
	"weir/fleet/table"
	"weir/shop/capacity"
)

// Row is what a city or a shop can take, by the reports that can be believed.
type Row struct {
	Name        string          `json:"name"`
	Shops       int             `json:"shops"`
	Fresh       int             `json:"fresh"` // with a report that can be believed: the rest of the row is theirs
	Levels      [5]int          `json:"levels"`
	Rate        float64         `json:"rate_cpm"`
	BacklogCups int             `json:"backlog_cups"`
	NowWork     capacity.Work   `json:"can_take_now_work"` // credit granted and not used, all channels
	Quarters    []capacity.Work `json:"can_take_quarters_work"`
	Refused     int             `json:"-"`
	OldestS     float64         `json:"oldest_report_s"`
}

// quartersMax is how many quarters of an hour a row looks ahead.
const quartersMax = 8

// Capacity sums reports by city, or lists shops; worst first.
func (r *Router) Capacity(byStore bool, now time.Time) []Row {
	rows := map[string]*Row{}
	first := now.Truncate(capacity.SlotLength).Add(capacity.SlotLength)
	for _, s := range r.Table.All() {
		name := s.City
		if byStore {
			name = s.ID
		}
		row := rows[name]
		if row == nil {
			row = &Row{Name: name, Quarters: make([]capacity.Work, quartersMax)}
			rows[name] = row
		}
		row.Shops++
		if !s.Fresh(now) {
			continue
		}
		row.Fresh++
		row.Levels[min(max(s.Report.Level, 0), capacity.LevelPaused)]++
		row.Rate += s.Report.Rate.P50
		row.BacklogCups += s.Report.BacklogCups
		row.OldestS = math.Max(row.OldestS, math.Round(now.Sub(s.Report.At).Seconds()))
		for _, l := range s.Leases {
			if now.Before(l.ExpiresAt) {
				row.NowWork += max(0, l.Limit-l.Used)
			}
		}
		for _, slot := range s.Report.Slots {
			if q := int(slot.Start.Sub(first) / capacity.SlotLength); q >= 0 && q < quartersMax && !slot.Start.Before(first) {
				row.Quarters[q] += slot.Work
			}
		}
	}
	list := make([]Row, 0, len(rows))
	for _, row := range rows {
		row.Rate = math.Round(row.Rate*100) / 100
		list = append(list, *row)
	}
	slices.SortFunc(list, func(a, b Row) int {
		if lack := (b.Shops - b.Fresh) - (a.Shops - a.Fresh); lack != 0 {
			return lack
		}
		if d := b.BacklogCups - a.BacklogCups; d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

// Figures are the cities as the gates see them. share is what of a shop's rate the fleet may use.
func (r *Router) Figures(now time.Time, share float64) map[string]gate.Figures {
	return FiguresOf(r.Table, now, share)
}

// FiguresOf are the cities of a table.
func FiguresOf(t *table.Table, now time.Time, share float64) map[string]gate.Figures {
	cities := map[string]gate.Figures{}
	for _, s := range t.All() {
		f := cities[s.City]
		f.Shops++
		if s.Fresh(now) && s.Report.Level < capacity.LevelPaused {
			f.Fresh++
			f.Supply += s.Report.Rate.P50 * share
			for _, l := range s.Leases {
				if now.Before(l.ExpiresAt) {
					f.Room += max(0, (l.Limit - l.Used).Cups())
				}
			}
		}
		cities[s.City] = f
	}
	return cities
}

// CityNear is the city of the shop nearest to an order, or of the first one it names.
func (r *Router) CityNear(o Order) string {
	for _, id := range o.Stores {
		if s, ok := r.Table.Get(id); ok {
			return s.City
		}
	}
	return r.Table.CityAt(o.Near)
}

// Full is the refusal of an order that the city's gate does not let in.
func (r *Router) Full(o Order) Problem {
	p := r.alternatives(o)
	p.Detail = "the city's shops are full; nothing was made. Take a slot, or come again"
	p.Status = http.StatusServiceUnavailable
	return p
}

// StoreRow is one shop of the directory and what it said last.
type StoreRow struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	City     string    `json:"city,omitempty"`
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Online   bool      `json:"online"`
	Fresh    bool      `json:"fresh"`
	Level    int       `json:"level"`
	Backlog  int       `json:"backlog_cups"`
	Epoch    int64     `json:"epoch"`
	P50      int64     `json:"p50_s"` // what the shop quotes
	P90      int64     `json:"p90_s"`
	ReportAt time.Time `json:"report_at,omitzero"`
	Unknown  int       `json:"unknown_orders,omitempty"` // in its hands, and not known whether it makes them
	Alarms   []string  `json:"alarms,omitempty"`         // silent, epoch-rose, clock, two-boxes, unknown-orders
}

// Stores lists every shop, by id.
func (r *Router) Stores(now time.Time) []StoreRow {
	list, unknown := []StoreRow{}, r.unknownAt(now)
	for _, s := range r.Table.All() {
		row := StoreRow{
			P50: s.Report.Quote.P50, P90: s.Report.Quote.P90, Unknown: unknown[s.ID],
			ID: s.ID, Name: s.Name, City: s.City, Lat: s.Lat, Lon: s.Lon, Online: s.Online, Fresh: s.Fresh(now), Level: s.Report.Level,
			Backlog: s.Report.BacklogCups, Epoch: s.Self.Epoch, ReportAt: s.Report.At,
		}
		if !row.Fresh {
			row.Alarms = append(row.Alarms, "silent")
		}
		if off := s.HeardAt.Sub(s.Report.At); !s.Report.At.IsZero() && (off < -clockMax || off > clockMax && row.Fresh) {
			row.Alarms = append(row.Alarms, "clock")
		}
		if !s.RoseAt.IsZero() && now.Sub(s.RoseAt) < roseShown {
			row.Alarms = append(row.Alarms, "epoch-rose")
		}
		if now.Before(s.Twins) {
			row.Alarms = append(row.Alarms, "two-boxes")
		}
		if row.Unknown > 0 {
			row.Alarms = append(row.Alarms, "unknown-orders")
		}
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b StoreRow) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// clockMax is how far a shop's clock may be off before a person should know: more than leases allow, and the way of
// a report.
const clockMax = 10 * time.Second

// roseShown is how long a shop whose epoch rose is pointed out: its box was restored from a copy, and a person should
// compare its day before it is over.
const roseShown = 12 * time.Hour

// From so many sends, or so long after one, an order is one of which a person should know that nobody knows: the first
// question that is asked again is the network's everyday.
const (
	unknownSends = 3
	unknownAfter = 10 * time.Second
)

// unknownAt counts by shop the orders of which it is not known whether they are made.
func (r *Router) unknownAt(now time.Time) map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	by := map[string]int{}
	for _, e := range r.open {
		rec := e.Record
		if rec.State == record.Open && rec.At != nil && (rec.At.Sends >= unknownSends || now.Sub(rec.At.SentAt) > unknownAfter) {
			by[rec.Store()]++
		}
	}
	for _, store := range r.doubts {
		by[store]++
	}
	return by
}

// Healthy reports whether the streams answer.
func (r *Router) Healthy(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, healthMax)
	defer cancel()
	_, err := r.Engine.Get(ctx, engine.Orders, credit.Subject("ready", "check"))
	return err == nil
}

// healthMax is how long the streams may take to answer. With a leader they take milliseconds.
const healthMax = 2 * time.Second
