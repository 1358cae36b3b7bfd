package owner

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// formMax is the size of a form of these pages in bytes.
const formMax = 8 << 10

func readForm(c echo.Context) (url.Values, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formMax)
	form, err := c.FormParams()
	if err != nil {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the form cannot be read").SetInternal(err)
	}
	return form, nil
}

// untilClosing is the choice of a closed intake that lasts for the rest of the day.
const untilClosing = "close"

// fors are for how long intake can be closed. There is no "for good": what somebody forgets to open again
// would lose the next day's orders.
func fors(l words.Lang) []templates.Choice {
	return []templates.Choice{
		{Value: "15", Name: l.T("owner_page.w_15_minutes")}, {Value: "30", Name: l.T("owner_page.w_30_minutes"), Chosen: true},
		{Value: "60", Name: l.T("owner_page.w_1_hour")}, {Value: "120", Name: l.T("owner_page.w_2_hours")},
		{Value: untilClosing, Name: l.T("owner_page.until_closing_today")},
	}
}

// whys are the reasons to close intake, as a choice.
func whys(l words.Lang) []templates.Choice {
	list := []templates.Choice{{Value: "", Name: l.T("owner_page.choose_a_reason")}}
	for _, r := range shop.PauseReasons {
		list = append(list, templates.Choice{Value: r, Name: pauseWord(l, r)})
	}
	return list
}

// pauseWord is a reason in the page's language. One that is not in the list is shown as it is: earlier versions stored it in
// Chinese and English.
func pauseWord(l words.Lang, reason string) string {
	if !slices.Contains(shop.PauseReasons, reason) {
		return reason
	}
	return l.T("pause_reason." + reason)
}

// setIntake opens or restricts a channel. Restricting it needs an end and a reason.
func (p *Pages) setIntake(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	channel := c.Param("channel")
	in, wrong := p.readIntake(c, channel, form)
	if wrong.text != "" {
		return p.show(c, http.StatusUnprocessableEntity, wrong)
	}
	return p.do(c, "intake", mistake{part: channel, form: form}, shop.SetIntake{Channel: channel, Intake: in})
}

// everyPlatform is the part of the first page that is about all platforms. No channel can be called so.
const everyPlatform = "*"

// setIntakes opens or restricts all platforms, and the counter where the form says so: walk-ins that are tapped in are taken
// all the same, but the pick-up screen tells customers at the door.
func (p *Pages) setIntakes(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	in, wrong := p.readIntake(c, everyPlatform, form)
	if wrong.text != "" {
		return p.show(c, http.StatusUnprocessableEntity, wrong)
	}
	var commands []shop.Command
	for _, ch := range p.Tally.Snapshot().Config.Channels {
		open := in.Mode == capacity.IntakeOpen
		if ch.ID != shop.CounterChannel || open || in.Mode == capacity.IntakePaused && form.Get("counter") == "true" {
			commands = append(commands, shop.SetIntake{Channel: ch.ID, Intake: in})
		}
	}
	return p.do(c, "intake", mistake{part: everyPlatform, form: form}, commands...)
}

// readIntake reads what a form says of intake; what is wrong with it is the mistake.
func (p *Pages) readIntake(c echo.Context, part string, form url.Values) (shop.Intake, mistake) {
	l, now := page.Lang(c), p.Now()
	in := shop.Intake{Mode: capacity.IntakeMode(form.Get("mode")), By: access.Who(c)}
	if in.Mode == capacity.IntakeOpen {
		return in, mistake{}
	}
	in.Reason = form.Get("why")
	if !slices.Contains(shop.PauseReasons, in.Reason) {
		return in, mistake{part, l.T("owner_page.choose_a_reason_the"), form}
	}
	var err error
	if at := wire.Typed(form.Get("until")); at != "" {
		in.Until, err = p.atClock(at, now)
	} else {
		in.Until, err = p.end(form.Get("for"), now)
	}
	if err != nil {
		return in, mistake{part, l.T("owner_page.choose_until_when"), form}
	}
	return in, mistake{}
}

// atClock is the next moment at which the shop's clock shows a time that is written 14:00: two in the morning belongs to the day
// that runs.
func (p *Pages) atClock(written string, now time.Time) (time.Time, error) {
	clock, err := time.Parse("15:04", written)
	if err != nil {
		return time.Time{}, fmt.Errorf("read a time of day: %w", err)
	}
	local := now.In(p.Tally.Snapshot().Config.Location)
	at := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), 0, 0, local.Location())
	if !at.After(local) {
		at = at.AddDate(0, 0, 1)
	}
	return at, nil
}

// closeEarly closes the shop at a time of today that is written 14:00. Everybody who had booked for later is told at once.
func (p *Pages) closeEarly(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	at, err := p.atClock(form.Get("at"), p.Now())
	if err != nil {
		return p.show(c, http.StatusUnprocessableEntity, mistake{"closing", page.Lang(c).T("owner_page.write_the_time_of"), form})
	}
	return p.do(c, "closing", mistake{part: "closing", form: form}, shop.CloseEarly{By: access.Who(c), At: at})
}

// end is when a restriction is over that begins now.
func (p *Pages) end(choice string, now time.Time) (time.Time, error) {
	if choice == untilClosing {
		closes := p.Tally.Snapshot().Config.Hours(now).Closes
		if closes.After(now) {
			return closes, nil
		}
		return time.Time{}, errors.New("the shop is closed already")
	}
	if !slices.ContainsFunc(fors(words.EN), func(f templates.Choice) bool { return f.Value == choice }) {
		return time.Time{}, fmt.Errorf("%q is not among the choices", choice)
	}
	m, err := strconv.Atoi(choice)
	return now.Add(time.Duration(m) * time.Minute), err
}

// setStaff says who is on duty. The form names the number and not the difference, so that tapping it twice is
// tapping it once.
func (p *Pages) setStaff(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	staff, err := strconv.Atoi(wire.Typed(form.Get("staff")))
	if err != nil {
		return p.show(c, http.StatusUnprocessableEntity, mistake{"staff", page.Lang(c).T("owner_page.staff_is_a_whole"), form})
	}
	return p.do(c, "staff", mistake{part: "staff", form: form}, shop.SetStaff{By: access.Who(c), Station: form.Get("station"), Staff: staff})
}

// setTerms changes the owner's terms.
func (p *Pages) setTerms(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	horizon, horizonErr := strconv.Atoi(wire.Typed(form.Get("horizon_min")))
	reserve, reserveErr := strconv.ParseFloat(wire.Typed(form.Get("reserve_cups")), 64)
	bags, bagsErr := strconv.Atoi(wire.Typed(form.Get("shelf_bags")))
	const most = 10_000 // for any number: larger ones could overflow, and the rules refuse them
	if errors.Join(horizonErr, reserveErr, bagsErr) != nil || horizon > most || !(reserve >= -most && reserve <= most) {
		return p.show(c, http.StatusUnprocessableEntity, mistake{"terms", page.Lang(c).T("owner_page.promise_counter_and_shelf"), form})
	}
	once := p.Tally.Snapshot().Settings.OneTap
	if taps := form.Get("station_taps"); taps != "" {
		once = taps == tapsValue(true)
	}
	return p.do(c, "terms", mistake{part: "terms", form: form}, shop.SetTerms{By: access.Who(c), Terms: shop.Terms{
		Horizon: time.Duration(horizon) * time.Minute, Reserve: capacity.Work(reserve*float64(capacity.Cup) + 0.5), ShelfMax: bags,
		CheckMode: form.Get("check_mode"), OneTap: once,
	}})
}

// do has commands carried out, one after the other, and returns to the part of the page that shows it. A refusal is a mistake in
// the form.
func (p *Pages) do(c echo.Context, part string, wrong mistake, commands ...shop.Command) error {
	for _, command := range commands {
		_, err := p.Tally.Do(c.Request().Context(), command)
		if refusal := (*shop.Error)(nil); errors.As(err, &refusal) {
			wrong.text = explain(page.Lang(c), refusal)
			return p.show(c, wire.NewProblem(err, nil).Status, wrong)
		}
		if err != nil {
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, "/owner#"+part)
}

// explain says what is wrong with a setting.
func explain(l words.Lang, e *shop.Error) string {
	if len(e.Fields) == 0 {
		entry, _ := wire.Lookup(e.Type)
		return entry.Text(l)
	}
	switch e.Fields[0].Pointer {
	case "/horizon":
		return l.T("owner_page.wrong_horizon", minutes(capacity.HorizonMin), minutes(capacity.HorizonMax))
	case "/reserve":
		return l.T("owner_page.wrong_reserve", 0, 100)
	case "/shelf_max":
		return l.T("owner_page.wrong_shelf", 0, 1000)
	case "/check_mode":
		return l.T("owner_page.wrong_check")
	case "/staff":
		return l.T("owner_page.wrong_staff", shop.StaffMax)
	case "/until":
		return l.T("owner_page.wrong_until")
	}
	return l.T("owner_page.wrong")
}
