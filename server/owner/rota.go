package owner

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// homesShown is how many times are offered at which one goes home: six hours in steps of half an hour.
const homesShown = 12

// homes are the times at which somebody at a station may go home today: the next half hours until closing.
func (p *Pages) homes(state *shop.State, now time.Time) (list []string) {
	closes := state.Config.Hours(now).Closes
	for at := now.Truncate(homeStep).Add(homeStep); at.Before(closes) && len(list) < homesShown; at = at.Add(homeStep) {
		list = append(list, wallClock(state.Config.Clock(at)))
	}
	return list
}

const homeStep = 30 * time.Minute

// wallClock is a time after midnight as it is typed: 13:00, and 26:00 for two in the morning of the same business day.
func wallClock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// typedClock reads a time that somebody typed. Nothing typed is 0. What a browser writes for two in the morning, 02:00, is
// 26:00 of the business day.
func typedClock(config *shop.Config, text string) (time.Duration, error) {
	text = strings.ReplaceAll(wire.Typed(text), "：", ":")
	if text == "" {
		return 0, nil
	}
	h, m, found := strings.Cut(text, ":")
	hours, err := strconv.Atoi(h)
	minutes, errMinutes := strconv.Atoi(m)
	if !found || err != nil || errMinutes != nil || hours < 0 || hours > 36 || minutes < 0 || minutes > 59 {
		return 0, fmt.Errorf("%q is not a time", text)
	}
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if d < config.Cutoff {
		d += 24 * time.Hour
	}
	return d, nil
}

func (p *Pages) rotaPage(c echo.Context) error { return p.showRota(c, http.StatusOK, "", nil) }

// showRota is the rota: who is planned to be there today, its turns, and a form for another.
func (p *Pages) showRota(c echo.Context, status int, wrong string, typed url.Values) error {
	l, state, now := page.Lang(c), p.Tally.Snapshot(), p.Now()
	o := templates.OwnerRota{Page: title(c, l.T("rota_page.rota")), Wrong: wrong,
		Told: toldWords(l, c.QueryParam("moved"), c.QueryParam("released"))}
	o.Path = "/owner/rota"
	o.Differs = !slices.Equal(state.Settings.Rota, state.Config.Settings.Rota)
	for _, s := range state.Config.Stations {
		o.Stations = append(o.Stations, templates.Choice{Value: s.ID, Name: l.Of(s.Name), Chosen: typed.Get("station") == s.ID})
		o.Today = append(o.Today, templates.Fact{Name: l.Of(s.Name), Value: headsToday(l, state, s.ID)})
	}
	o.Days = []templates.Choice{{Value: "", Name: l.T("rota_page.every_day")}}
	for d := time.Sunday; d <= time.Saturday; d++ {
		day := (d + 1) % 7 // a week begins on Monday
		o.Days = append(o.Days, templates.Choice{Value: strconv.Itoa(int(day)), Name: weekdayWord(l, day),
			Chosen: typed.Get("day") == strconv.Itoa(int(day))})
	}
	o.Kinds = []templates.Choice{
		{Value: "staff", Name: l.T("rota_page.kind_staff")}, {Value: "fewer", Name: l.T("rota_page.kind_fewer")},
		{Value: "more", Name: l.T("rota_page.kind_more")},
	}
	choose(o.Kinds, typed.Get("kind"))
	o.Date, o.From, o.To, o.People = typed.Get("date"), typed.Get("from"), typed.Get("to"), typed.Get("people")
	for _, t := range state.Settings.Rota {
		o.Turns = append(o.Turns, templates.OwnerTurn{Text: turnWords(l, state.Config, t), Key: turnKey(t),
			Past: t.Date != "" && shop.Day(t.Date) < state.Config.Day(now)})
	}
	return page.Show(c, status, templates.OwnerRotaPage(o))
}

// headsToday says who is planned at a station today: 10:00 2, 11:30 3.
func headsToday(l words.Lang, state *shop.State, station string) string {
	day, config := state.Counters.Day, state.Config
	hours := config.HoursOf(day)
	var parts []string
	last := -1
	for _, at := range state.Shifts(day) {
		if at.Before(hours.Opens) {
			at = hours.Opens
		}
		n := state.OnDuty(at)[station]
		if n == last || !at.Before(hours.Closes) {
			continue
		}
		last = n
		parts = append(parts, l.T("rota_page.from_people", wallClock(config.Clock(at)), n))
	}
	if len(parts) == 1 {
		return l.T("rota_page.all_day", last)
	}
	return strings.Join(parts, l.T("rota_page.comma"))
}

func weekdayWord(l words.Lang, d time.Weekday) string {
	return l.T("weekday." + [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[d])
}

// turnWords says a line of the rota.
func turnWords(l words.Lang, config *shop.Config, t capacity.Turn) string {
	when := l.T("rota_page.every_day")
	switch {
	case t.Date != "":
		when = t.Date
	case t.Days != 0:
		var days []string
		for d := time.Sunday; d <= time.Saturday; d++ {
			if day := (d + 1) % 7; t.Days.Has(day) {
				days = append(days, weekdayWord(l, day))
			}
		}
		when = strings.Join(days, " ")
	}
	until := l.T("rota_page.closing")
	if t.To != 0 {
		until = wallClock(t.To)
	}
	people := l.T("rota_page.people", t.Staff)
	switch {
	case t.More && t.Staff < 0:
		people = l.T("rota_page.people_fewer", -t.Staff)
	case t.More:
		people = l.T("rota_page.people_more", t.Staff)
	}
	return l.T("rota_page.line", stationName(l, config, t.Station), when, wallClock(t.From), until, people)
}

// turnKey names a turn in a form.
func turnKey(t capacity.Turn) string {
	return fmt.Sprintf("%s|%d|%s|%d|%d|%d|%t", t.Station, t.Days, t.Date, t.From/time.Minute, t.To/time.Minute, t.Staff, t.More)
}

// toldWords says what a change did to the promises that had been given.
func toldWords(l words.Lang, moved, released string) string {
	m, errMoved := strconv.Atoi(moved)
	r, errReleased := strconv.Atoi(released)
	switch {
	case errMoved != nil || errReleased != nil || m < 0 || r < 0:
		return ""
	case m == 0 && r == 0:
		return l.T("rota_page.breaks_nothing")
	}
	return l.T("rota_page.breaks", m, r)
}

// setHome says that one at a station goes home at a time today.
func (p *Pages) setHome(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	state := p.Tally.Snapshot()
	at, err := typedClock(state.Config, form.Get("at"))
	if err != nil || at == 0 {
		return p.show(c, http.StatusUnprocessableEntity, mistake{"staff", page.Lang(c).T("rota_page.wrong_time"), form})
	}
	turn := capacity.Turn{Station: form.Get("station"), Date: string(state.Config.Day(p.Now())), From: at, Staff: -1, More: true}
	return p.changeRota(c, shop.ChangeRota{By: access.Who(c), Add: []capacity.Turn{turn}}, form)
}

// addTurn adds a line to the rota.
func (p *Pages) addTurn(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	l, config := page.Lang(c), p.Tally.Snapshot().Config
	from, errFrom := typedClock(config, form.Get("from"))
	to, errTo := typedClock(config, form.Get("to"))
	people, errPeople := strconv.Atoi(wire.Typed(form.Get("people")))
	if errFrom != nil || errTo != nil {
		return p.showRota(c, http.StatusUnprocessableEntity, l.T("rota_page.wrong_time"), form)
	}
	if errPeople != nil || people < 0 || people > capacity.HeadsMax {
		return p.showRota(c, http.StatusUnprocessableEntity, l.T("owner_page.wrong_staff", shop.StaffMax), form)
	}
	turn := capacity.Turn{Station: form.Get("station"), Date: wire.Typed(form.Get("date")), From: from, To: to, Staff: people}
	if turn.More = form.Get("kind") != "staff"; form.Get("kind") == "fewer" {
		turn.Staff = -people
	}
	if turn.Date == "" {
		for _, day := range form["day"] {
			if d, err := strconv.Atoi(day); err == nil && d >= 0 && d < 7 {
				turn.Days |= capacity.Of(time.Weekday(d))
			}
		}
	}
	return p.changeRota(c, shop.ChangeRota{By: access.Who(c), Add: []capacity.Turn{turn}}, form)
}

// removeTurn takes a line out of the rota.
func (p *Pages) removeTurn(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	var remove []capacity.Turn
	for _, t := range p.Tally.Snapshot().Settings.Rota {
		if turnKey(t) == form.Get("turn") {
			remove = append(remove, t)
		}
	}
	return p.changeRota(c, shop.ChangeRota{By: access.Who(c), Remove: remove}, form)
}

// fileRota goes back to the rota of shop.yaml.
func (p *Pages) fileRota(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	state := p.Tally.Snapshot()
	return p.changeRota(c, shop.ChangeRota{By: access.Who(c), Remove: state.Settings.Rota, Add: state.Config.Settings.Rota}, form)
}

// changeRota has the change made and says which promises it broke.
func (p *Pages) changeRota(c echo.Context, command shop.ChangeRota, form url.Values) error {
	result, err := p.Tally.Do(c.Request().Context(), command)
	if e := (*shop.Error)(nil); errors.As(err, &e) {
		l := page.Lang(c)
		text := l.T("rota_page.wrong_turn")
		if len(command.Add) > 0 && command.Add[0].To != 0 && command.Add[0].To <= command.Add[0].From {
			text = l.T("rota_page.end_before_start")
		} else if e.Kind == shop.Conflict {
			text = l.T("rota_page.too_many", capacity.TurnsMax)
		}
		return p.showRota(c, wire.NewProblem(err, nil).Status, text, form)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, fmt.Sprintf("/owner/rota?moved=%d&released=%d", result.Broken.Moved, result.Broken.Released))
}
