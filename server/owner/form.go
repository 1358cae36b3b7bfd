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
func fors(l templates.Lang) []templates.Choice {
	return []templates.Choice{
		{Value: "15", Name: l.T("15 分钟", "15 minutes")}, {Value: "30", Name: l.T("30 分钟", "30 minutes"), Chosen: true},
		{Value: "60", Name: l.T("1 小时", "1 hour")}, {Value: "120", Name: l.T("2 小时", "2 hours")},
		{Value: untilClosing, Name: l.T("到今天打烊", "until closing today")},
	}
}

// reasons are why intake is closed. They are told to the channel and kept in the log, in both languages.
var reasons = []shop.Name{
	{ZH: "忙不过来", EN: "overloaded"}, {ZH: "人手不够", EN: "short of staff"}, {ZH: "缺料", EN: "out of ingredients"},
	{ZH: "设备故障", EN: "equipment trouble"}, {ZH: "骑手不足", EN: "no riders"}, {ZH: "提前打烊", EN: "closing early"},
}

func whys(l templates.Lang) []templates.Choice {
	list := []templates.Choice{{Value: "", Name: l.T("请选原因", "Choose a reason")}}
	for _, r := range reasons {
		list = append(list, templates.Choice{Value: r.EN, Name: l.Of(r)})
	}
	return list
}

// both is a reason as it is told to channels, who may read either language.
func both(n shop.Name) string { return n.ZH + " / " + n.EN }

// why is a reason in the page's language; one that is not ours is shown as it is.
func why(l templates.Lang, reason string) string {
	for _, r := range reasons {
		if both(r) == reason {
			return l.Of(r)
		}
	}
	return reason
}

// setIntake opens or restricts a channel. Restricting it needs an end and a reason.
func (p *Pages) setIntake(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	l, now, channel := page.Lang(c), p.Now(), c.Param("channel")
	in := shop.Intake{Mode: capacity.IntakeMode(form.Get("mode")), By: access.Who(c)}
	if in.Mode != capacity.IntakeOpen {
		at := slices.IndexFunc(reasons, func(r shop.Name) bool { return r.EN == form.Get("why") })
		if at < 0 {
			return p.show(c, http.StatusUnprocessableEntity, mistake{channel, l.T("请选原因：渠道要知道为什么。", "Choose a reason: the channel is told why."), form})
		}
		in.Reason = both(reasons[at])
		if in.Until, err = p.end(form.Get("for"), now); err != nil {
			return p.show(c, http.StatusUnprocessableEntity, mistake{channel, l.T("请选到什么时候为止。", "Choose until when."), form})
		}
	}
	return p.do(c, "intake", mistake{part: channel, form: form}, shop.SetIntake{Channel: channel, Intake: in})
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
	if !slices.ContainsFunc(fors(templates.EN), func(f templates.Choice) bool { return f.Value == choice }) {
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
	staff, err := strconv.Atoi(form.Get("staff"))
	if err != nil {
		return p.show(c, http.StatusUnprocessableEntity, mistake{"staff", page.Lang(c).T("人数是一个整数。", "Staff is a whole number."), form})
	}
	return p.do(c, "staff", mistake{part: "staff", form: form}, shop.SetStaff{By: access.Who(c), Station: form.Get("station"), Staff: staff})
}

// setTerms changes the owner's terms.
func (p *Pages) setTerms(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	horizon, horizonErr := strconv.Atoi(strings.TrimSpace(form.Get("horizon_min")))
	reserve, reserveErr := strconv.ParseFloat(strings.TrimSpace(form.Get("reserve_cups")), 64)
	bags, bagsErr := strconv.Atoi(strings.TrimSpace(form.Get("shelf_bags")))
	const most = 10_000 // of anything: more overflows, and the rules will not have it either
	if errors.Join(horizonErr, reserveErr, bagsErr) != nil || horizon > most || !(reserve >= -most && reserve <= most) {
		return p.show(c, http.StatusUnprocessableEntity, mistake{"terms", page.Lang(c).T("承诺、柜台和货架都要填数字。", "Promise, counter and shelf are numbers."), form})
	}
	return p.do(c, "terms", mistake{part: "terms", form: form}, shop.SetTerms{By: access.Who(c), Terms: shop.Terms{
		Horizon: time.Duration(horizon) * time.Minute, Reserve: capacity.Work(reserve*float64(capacity.Cup) + 0.5), ShelfMax: bags, CheckMode: form.Get("check_mode"),
	}})
}

// do has a command carried out and returns to the part of the page that shows it. A refusal is a mistake in the form.
func (p *Pages) do(c echo.Context, part string, wrong mistake, command shop.Command) error {
	_, err := p.Tally.Do(c.Request().Context(), command)
	if refusal := (*shop.Error)(nil); errors.As(err, &refusal) {
		wrong.text = explain(page.Lang(c), refusal)
		return p.show(c, wire.NewProblem(err, nil).Status, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner#"+part)
}

// explain says what is wrong with a setting.
func explain(l templates.Lang, e *shop.Error) string {
	if l == templates.EN || len(e.Fields) == 0 {
		entry, _ := wire.Lookup(e.Type)
		return l.T(entry.Text.ZH, e.Detail)
	}
	switch e.Fields[0].Pointer {
	case "/horizon":
		return fmt.Sprintf("最长承诺要在 %d 到 %d 分钟之间。", minutes(capacity.HorizonMin), minutes(capacity.HorizonMax))
	case "/reserve":
		return "给柜台留的杯数要在 0 到 100 之间。"
	case "/shelf_max":
		return "货架袋数要在 0 到 1000 之间。"
	case "/check_mode":
		return "请选一种核对方式。"
	case "/staff":
		return fmt.Sprintf("每个工位 0 到 %d 人。", shop.StaffMax)
	case "/until":
		return "恢复时间已经过去了。"
	}
	return "这样设置不行。"
}
