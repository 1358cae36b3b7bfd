package owner

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
)

// quarter is a quarter of an hour of the day, in cups.
type quarter struct {
	at      time.Time
	now     int     // taken to be made now
	booked  int     // taken for a slot
	refused int     // asked for and not taken
	made    int     //
	can     float64 // what the crew could make then, or can at this rate; below 0: not known
}

// day is the business day in quarters, and why cups were refused.
type day struct {
	quarters []quarter
	reasons  map[string]int
}

// today draws the business day that is under way, from opening to closing and as far beyond as there was work.
func (p *Pages) today(ctx context.Context, state *shop.State, now time.Time) (day, error) {
	hours := state.Config.Hours(now)
	arrivals, err := p.Tally.Arrivals(ctx, state.Counters.Day)
	if err != nil {
		return day{}, err
	}
	from, to := quarterOf(hours.Opens), hours.Closes
	if len(arrivals) > 0 && arrivals[0].At.Before(from) {
		from = arrivals[0].At
	}
	if end := quarterOf(now).Add(capacity.SlotLength); end.After(to) {
		to = end
	}
	made, err := p.Tally.Made(ctx, from)
	if err != nil {
		return day{}, err
	}
	refused, paces, err := p.Tally.counted(ctx, from, to)
	if err != nil {
		return day{}, err
	}
	d := empty(from, to)
	d.fill(arrivals, made, refused, paces)
	d.expect(quarterOf(now), hours, state.Capacity.Rate(now).P50*capacity.SlotLength.Minutes()/float64(capacity.Cup))
	return d, nil
}

// empty is a day of which nothing is known.
func empty(from, to time.Time) day {
	d := day{reasons: map[string]int{}}
	for at := from; at.Before(to); at = at.Add(capacity.SlotLength) {
		d.quarters = append(d.quarters, quarter{at: at, can: -1})
	}
	return d
}

// of is the quarter that begins at a moment; one outside the day is a place where nothing is kept.
func (d *day) of(at time.Time) *quarter {
	if len(d.quarters) > 0 {
		if i := int(at.Sub(d.quarters[0].at) / capacity.SlotLength); i >= 0 && i < len(d.quarters) {
			return &d.quarters[i]
		}
	}
	return &quarter{}
}

func (d *day) fill(arrivals []store.Arrivals, made map[time.Time]int, refused []store.Refused, paces []store.Pace) {
	for _, a := range arrivals {
		d.of(a.At).now += a.Cups - a.Booked
		d.of(a.At).booked += a.Booked
	}
	for at, n := range made {
		d.of(at).made += n
	}
	for _, r := range refused {
		d.of(r.At).refused += r.Cups
		d.reasons[r.Reason] += r.Cups
	}
	for _, x := range paces {
		d.of(x.At).can = x.Work.Cups()
	}
}

// expect fills in what the crew will be able to make from now until closing at the rate of now.
func (d *day) expect(now time.Time, hours capacity.Day, can float64) {
	for i := range d.quarters {
		if q := &d.quarters[i]; !q.at.Before(now) && q.can < 0 && q.at.Before(hours.Closes) && !q.at.Before(quarterOf(hours.Opens)) {
			q.can = can
		}
	}
}

// points are what the chart draws: one array for each line, x in seconds since 1970. What is not known yet,
// as what will be made in the afternoon, is null.
type points struct {
	Zone    string     `json:"zone"`
	Now     int64      `json:"at"` // which moment is now
	X       []int64    `json:"x"`
	Taken   []*int     `json:"taken"`
	Booked  []*int     `json:"booked"`
	Refused []*int     `json:"refused"`
	Made    []*int     `json:"made"`
	Can     []*float64 `json:"can"`
}

func (d *day) points(zone *time.Location, now time.Time) points {
	c := points{Zone: zone.String(), Now: now.Unix()}
	for i := range d.quarters {
		q := &d.quarters[i]
		c.X = append(c.X, q.at.Unix())
		past := !q.at.After(now)
		for _, line := range []struct {
			to *[]*int
			n  *int
		}{{&c.Taken, &q.now}, {&c.Booked, &q.booked}, {&c.Refused, &q.refused}, {&c.Made, &q.made}} {
			if !past {
				line.n = nil
			}
			*line.to = append(*line.to, line.n)
		}
		can := &q.can
		if q.can < 0 {
			can = nil
		}
		c.Can = append(c.Can, can)
	}
	return c
}

// view shows the day in words and as a table, the latest quarter first.
func (d *day) view(l words.Lang, zone *time.Location, now time.Time) templates.OwnerCurve {
	var taken, booked, refused, made int
	v := templates.OwnerCurve{Points: d.points(zone, now), Reasons: d.why(l)}
	for i := range d.quarters {
		q := &d.quarters[i]
		taken, booked, refused, made = taken+q.now, booked+q.booked, refused+q.refused, made+q.made
		if q.at.After(now) || q.now+q.booked+q.refused+q.made == 0 {
			continue
		}
		row := templates.OwnerQuarter{Time: q.at.In(zone).Format("15:04"), Now: q.now, Booked: q.booked, Refused: q.refused, Made: q.made,
			Capacity: "–"}
		if q.can >= 0 {
			row.Capacity = strconv.Itoa(int(q.can + 0.5))
		}
		v.Quarters = append(v.Quarters, row)
	}
	slices.Reverse(v.Quarters)
	v.Summary = []templates.Fact{
		{Name: l.T("owner_page.for_now"), Value: strconv.Itoa(taken)}, {Name: l.T("owner_page.for_slots"), Value: strconv.Itoa(booked)},
		{Name: l.T("owner_page.orders_refused"), Value: strconv.Itoa(refused)}, {Name: l.T("owner_page.made"), Value: strconv.Itoa(made)},
	}
	return v
}

// why is the reasons of the day's refusals, the most frequent first.
func (d *day) why(l words.Lang) string {
	var reasons []string
	for r := range d.reasons {
		reasons = append(reasons, r)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		if d.reasons[a] != d.reasons[b] {
			return d.reasons[b] - d.reasons[a]
		}
		return strings.Compare(a, b)
	})
	for i, r := range reasons {
		reasons[i] = l.T("owner_page.reason_count", templates.ReasonWord(l, capacity.Reason(r)), d.reasons[r])
	}
	return strings.Join(reasons, l.T("owner_page.between_reasons"))
}
