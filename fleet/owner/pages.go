package owner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/route"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/remote"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// lookEvery is how often a page asks again, seconds; loadEvery without script.
	lookEvery, loadEvery = 4, 15
	// viewFresh is how old what a shop said may be before it is asked again.
	viewFresh = 3 * time.Second
	// lookMax is how long a page waits for a shop, actMax how long what somebody did does. Then it says that it is not known yet.
	lookMax, actMax = 1500 * time.Millisecond, 3 * time.Second
	// rowsMax is how many shops are drawn, asksShown how many of the last asks.
	rowsMax, asksShown = 200, 6
)

func (o *Owner) page(c echo.Context, title string) templates.Page {
	p := page.Light.New(c, title, "owner.css")
	p.Base, p.Guest = "/owner", true
	return p
}

// shopsPage is the shops of whoever looks, worst first.
func (o *Owner) shopsPage(c echo.Context) error {
	l, who, now := page.Lang(c), personOf(c), o.Now()
	v := templates.FarShops{Page: o.page(c, l.T("far.title")), Who: who.Name, Brand: who.Manages()}
	v.Scripts, v.Again, v.Every = []string{"track.js"}, loadEvery, lookEvery
	r := o.router.Load()
	if r == nil {
		v.Notice = l.T("fleet_page.not_ready")
		return page.Show(c, http.StatusOK, templates.FarShopsPage(v))
	}
	var rows []route.StoreRow
	for _, row := range r.Stores(now) {
		if s, ok := o.Directory.Shop(row.ID); ok && who.Sees(s) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b route.StoreRow) int {
		return cmp.Or(cmp.Compare(len(b.Alarms), len(a.Alarms)), cmp.Compare(b.Level, a.Level), cmp.Compare(b.Backlog/10, a.Backlog/10),
			cmp.Compare(a.ID, b.ID))
	})
	if len(rows) == 0 {
		v.Notice = l.T("far.no_shops")
	}
	for _, row := range rows[:min(len(rows), rowsMax)] {
		v.Rows = append(v.Rows, rowOf(l, row))
	}
	if rest := len(rows) - len(v.Rows); rest > 0 {
		v.Rest = l.T("far.rest", rest)
	}
	return page.Show(c, http.StatusOK, templates.FarShopsPage(v))
}

// rowOf is one shop in the list.
func rowOf(l words.Lang, r route.StoreRow) templates.FarRow {
	row := templates.FarRow{Href: "/owner/shop/" + r.ID, Name: cmp.Or(r.Name, r.ID), Word: l.T("fleet_page.alarm.silent"), Class: "l4"}
	if r.Fresh {
		row.Word, row.Class = templates.LevelWord(l, r.Level), "l"+strconv.Itoa(r.Level)
		row.Wait, row.Backlog = waitWord(l, r.P50, r.P90), l.N(r.Backlog, "fleet_page.cups")
	}
	for _, a := range r.Alarms {
		row.Alarms = append(row.Alarms, l.T("fleet_page.alarm."+a))
	}
	return row
}

func waitWord(l words.Lang, p50, p90 int64) string {
	minutes := func(s int64) int { return int(math.Ceil(float64(s) / 60)) }
	if p90 <= 0 {
		return "–"
	}
	return l.T("owner_page.min", minutes(p50), minutes(p90))
}

// visible is the shop of a page, for whoever may see it. Others are told what they would be told of one that is not there.
func (o *Owner) visible(c echo.Context) (id string, err error) {
	s, ok := o.Directory.Shop(c.Param("store"))
	if !ok || !personOf(c).Sees(s) {
		return "", echo.ErrNotFound
	}
	return s.ID, nil
}

func (o *Owner) shopPage(c echo.Context) error {
	return o.showShop(c, http.StatusOK, "", nil)
}

// showShop is one shop as it says that it stands.
func (o *Owner) showShop(c echo.Context, status int, wrong string, code *remote.Code) error {
	store, err := o.visible(c)
	if err != nil {
		return err
	}
	l, who := page.Lang(c), personOf(c)
	s, _ := o.Directory.Shop(store)
	v := templates.FarShop{Page: o.page(c, cmp.Or(s.Name, s.ID)), Wrong: wrong, Acts: who.Acts(), ID: store}
	v.Path, v.Scripts, v.Again, v.Every = "/owner/shop/"+store, []string{"track.js"}, loadEvery, lookEvery
	if code != nil {
		v.Code, v.Every, v.Again = "weir join '"+code.String()+"'", 0, 0 // what is shown once must not be loaded away
	}
	o.mu.Lock()
	_, v.Joined = o.joined[store]
	o.mu.Unlock()
	if r := o.router.Load(); r != nil {
		for _, row := range r.Stores(o.Now()) {
			if row.ID == store {
				v.Row = rowOf(l, row)
			}
		}
	}
	if v.Joined {
		o.fillView(c.Request().Context(), &v, l, store)
	}
	for _, a := range o.asksOf(store, false) {
		if a.By != "" && len(v.Asks) < asksShown {
			v.Asks = append(v.Asks, o.askRow(l, a))
		}
	}
	return page.Show(c, status, templates.FarShopPage(v))
}

// fillView asks the shop how it stands, and shows what it said last.
func (o *Owner) fillView(ctx context.Context, v *templates.FarShop, l words.Lang, store string) {
	is := o.viewOf(ctx, store)
	if is.view == nil {
		v.Silent = l.T("far.not_heard")
		return
	}
	zone := o.Zone
	if z, err := time.LoadLocation(is.view.Zone); err == nil {
		zone = z
	}
	if age := time.Since(is.at); age > 2*viewFresh+lookMax {
		v.Silent = l.T("far.heard_ago", l.Span(age.Truncate(time.Second)))
	}
	w, now := is.view, o.Now()
	v.Heard, v.Wait, v.Backlog = true, waitWord(l, w.P50S, w.P90S), l.N(w.Backlog, "fleet_page.cups")
	v.Level, v.Class = templates.LevelWord(l, w.Level), "l"+strconv.Itoa(w.Level)
	v.Reason = templates.ReasonWord(l, capacity.Reason(w.Reason))
	v.MayIntake, v.MayStaff, v.MayNotices = w.May.Intake && v.Acts, w.May.Staff && v.Acts, w.May.Notices && v.Acts
	for _, a := range w.Alarms {
		text := a.ZH
		if l != words.ZH {
			text = a.EN
		}
		v.Alarms = append(v.Alarms, text)
	}
	for _, ch := range w.Channels {
		row := templates.FarChannel{ID: ch.ID, Name: l.Of(ch.Name), Word: templates.IntakeWord(l, ch.Mode), Mode: string(ch.Mode),
			Open: ch.Mode == capacity.IntakeOpen}
		if !row.Open {
			v.Restricted = true
			if !ch.Until.IsZero() && ch.Until.After(now) {
				row.Detail = l.T("owner_page.opens_by_itself_at", ch.Until.In(zone).Format("15:04"))
			}
			if by := shop.OutsideName(ch.By); by != "" {
				row.Detail += " · " + l.T("outside.actor", by)
			}
		}
		v.Channels = append(v.Channels, row)
	}
	for _, s := range w.Stations {
		v.Stations = append(v.Stations, templates.FarStation{ID: s.ID, Name: l.Of(s.Name), Staff: s.Staff,
			Less: max(s.Staff-1, 0), More: min(s.Staff+1, shop.StaffMax)})
	}
	for _, n := range w.Notices {
		v.Notices = append(v.Notices, templates.FarNotice{ID: n.ID, Revision: strconv.Itoa(n.Revision), Name: n.Name,
			CanTake: strconv.Itoa(n.CanTake),
			Text:    l.T("far.notice", n.Start.In(zone).Format("01-02 15:04"), n.End.In(zone).Format("01-02 15:04"), n.Expected, n.CanTake)})
	}
	most := 1
	for _, h := range w.Day {
		most = max(most, h.Taken+h.Refused, h.Made)
	}
	for _, h := range w.Day {
		at := h.At.In(zone).Format("15:04")
		v.Day = append(v.Day, templates.FarHour{Time: at, Taken: h.Taken, Refused: h.Refused, Made: h.Made, Most: most})
	}
	for _, minutes := range []int{15, 30, 60, 120} {
		v.Fors = append(v.Fors, templates.Choice{Value: strconv.Itoa(minutes), Name: l.T("far.minutes", minutes), Chosen: minutes == 30})
	}
	for _, r := range shop.PauseReasons {
		v.Whys = append(v.Whys, templates.Choice{Value: r, Name: l.T("pause_reason." + r)})
	}
}

// viewOf is how a shop stands: asked now, unless it has just said so.
func (o *Owner) viewOf(ctx context.Context, store string) seen {
	timer := time.NewTimer(lookMax)
	defer timer.Stop()
	for asked := false; ; {
		o.mu.Lock()
		is, changed := o.views[store], o.changed
		o.mu.Unlock()
		if is.view != nil && time.Since(is.at) < viewFresh {
			return is
		}
		if !asked {
			o.look(store)
			asked = true
		}
		select {
		case <-changed:
		case <-timer.C:
			return is
		case <-ctx.Done():
			return is
		}
	}
}

// askRow says what was asked and what became of it. Nothing is said to be done that the shop has not said.
func (o *Owner) askRow(l words.Lang, a Ask) templates.FarAsk {
	row := templates.FarAsk{Who: a.By, At: a.MadeAt.In(o.Zone).Format("15:04"), What: o.askWords(l, a)}
	switch {
	case a.Status == http.StatusOK:
		row.Word, row.Class = l.T("far.done", a.AnsweredAt.In(o.Zone).Format("15:04")), "good"
	case a.Status != 0:
		row.Word, row.Class = l.T("far.refused", a.Detail), "bad"
		if entry, ok := wire.Lookup(a.Problem); ok {
			row.Word = l.T("far.refused", entry.Title(l))
		}
	case a.Closed(o.Now()):
		row.Word, row.Class = l.T("far.given_up"), "bad"
	default:
		row.Word, row.Class = l.T("far.unknown"), "wait"
	}
	return row
}

func (o *Owner) askWords(l words.Lang, a Ask) string {
	var do remote.Do
	if json.Unmarshal(a.Do, &do) != nil {
		return a.ID
	}
	switch {
	case do.Intake != nil:
		what := l.T("far.all")
		if len(do.Intake.Channels) == 1 {
			what = o.channelName(l, a.Store, do.Intake.Channels[0])
		}
		text := what + " " + templates.IntakeWord(l, do.Intake.Mode)
		if !do.Intake.Until.IsZero() {
			text += " · " + l.T("far.until", do.Intake.Until.In(o.Zone).Format("15:04"))
		}
		return text
	case do.Staff != nil:
		return l.T("far.staff_set", o.stationName(l, a.Store, do.Staff.Station), do.Staff.Staff)
	case do.Notice != nil && do.Notice.Limit == nil:
		return l.T("far.notice_open")
	case do.Notice != nil:
		return l.T("far.notice_limit", do.Notice.Limit.Cups)
	}
	return a.ID
}

func (o *Owner) channelName(l words.Lang, store, id string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if v := o.views[store].view; v != nil {
		for _, ch := range v.Channels {
			if ch.ID == id {
				return l.Of(ch.Name)
			}
		}
	}
	return id
}

func (o *Owner) stationName(l words.Lang, store, id string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if v := o.views[store].view; v != nil {
		for _, s := range v.Stations {
			if s.ID == id {
				return l.Of(s.Name)
			}
		}
	}
	return id
}

// act asks something of a shop, waits a moment for its answer, and shows the shop.
func (o *Owner) act(c echo.Context, do remote.Do) error {
	store, err := o.visible(c)
	if err != nil {
		return err
	}
	l, who := page.Lang(c), personOf(c)
	o.mu.Lock()
	_, has := o.joined[store]
	o.mu.Unlock()
	if !who.Acts() || !has {
		return o.showShop(c, http.StatusForbidden, l.T("far.may_not"), nil)
	}
	ctx := c.Request().Context()
	a, err := o.ask(ctx, store, who, do)
	if refusal := (*shop.Error)(nil); errors.As(err, &refusal) {
		return o.showShop(c, http.StatusTooManyRequests, l.T("far.too_many"), nil)
	}
	if err != nil {
		return err
	}
	o.Log.Info("asked of a shop", "store", store, "person", who.ID, "id", a.ID)
	o.settled(ctx, a.ID, actMax)
	o.look(store)
	return c.Redirect(http.StatusSeeOther, "/owner/shop/"+store+"#asked")
}

// setIntake pauses one or all channels until a time of day or for so long, or opens them.
func (o *Owner) setIntake(c echo.Context) error {
	l, in := page.Lang(c), remote.Intake{Mode: capacity.IntakeMode(c.FormValue("mode"))}
	if ch := c.FormValue("channel"); ch != "" {
		in.Channels = []string{ch}
	}
	if in.Mode != capacity.IntakeOpen {
		var err error
		if in.Until, err = o.until(c.Param("store"), wire.Typed(c.FormValue("until")), c.FormValue("for")); err != nil {
			return o.showShop(c, http.StatusUnprocessableEntity, l.T("owner_page.choose_until_when"), nil)
		}
		if in.Reason = c.FormValue("why"); !slices.Contains(shop.PauseReasons, in.Reason) {
			return o.showShop(c, http.StatusUnprocessableEntity, l.T("owner_page.choose_a_reason_the"), nil)
		}
	}
	return o.act(c, remote.Do{Intake: &in})
}

// until reads when intake opens again: the next moment at which the shop's clock shows a time, or so many minutes from now.
func (o *Owner) until(store, clock, minutes string) (time.Time, error) {
	now := o.Now()
	if clock == "" {
		n, err := strconv.Atoi(minutes)
		if err != nil || n < 1 || n > 24*60 {
			return time.Time{}, fmt.Errorf("%.20q minutes", minutes)
		}
		return now.Add(time.Duration(n) * time.Minute).UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, fmt.Errorf("read a time of day: %w", err)
	}
	zone := o.Zone
	o.mu.Lock()
	if v := o.views[store].view; v != nil {
		if z, err := time.LoadLocation(v.Zone); err == nil {
			zone = z
		}
	}
	o.mu.Unlock()
	local := now.In(zone)
	end := time.Date(local.Year(), local.Month(), local.Day(), at.Hour(), at.Minute(), 0, 0, zone)
	if !end.After(local) {
		end = end.AddDate(0, 0, 1)
	}
	return end.UTC(), nil
}

func (o *Owner) setStaff(c echo.Context) error {
	n, err := strconv.Atoi(wire.Typed(c.FormValue("staff")))
	if err != nil {
		return o.showShop(c, http.StatusUnprocessableEntity, page.Lang(c).T("owner_page.staff_is_a_whole"), nil)
	}
	return o.act(c, remote.Do{Staff: &remote.Staff{Station: c.FormValue("station"), Staff: n}})
}

func (o *Owner) answerNotice(c echo.Context) error {
	l := page.Lang(c)
	revision, err := strconv.Atoi(c.FormValue("revision"))
	if err != nil {
		return o.showShop(c, http.StatusUnprocessableEntity, l.T("campaigns.open_this_page_anew"), nil)
	}
	n := remote.Notice{Campaign: c.FormValue("campaign"), Revision: revision}
	if c.FormValue("answer") != "open" {
		cups, err := strconv.Atoi(wire.Typed(c.FormValue("cups")))
		if err != nil {
			return o.showShop(c, http.StatusUnprocessableEntity, l.T("campaigns.how_many_cups_is"), nil)
		}
		n.Limit = &shop.Limit{Cups: cups, Of: shop.LimitOfChannel}
	}
	return o.act(c, remote.Do{Notice: &n})
}

// makeCode shows the code with which a shop joins, once.
func (o *Owner) makeCode(c echo.Context) error {
	store, err := o.visible(c)
	if err != nil {
		return err
	}
	if who := personOf(c); !who.Acts() || *o.base.Load() == "" {
		return o.showShop(c, http.StatusForbidden, page.Lang(c).T("far.may_not"), nil)
	}
	code, err := o.newCode(c.Request().Context(), store, personOf(c))
	if err != nil {
		return err
	}
	return o.showShop(c, http.StatusOK, "", &code)
}

func (o *Owner) peoplePage(c echo.Context) error { return o.showPeople(c, http.StatusOK, "", "", "") }

// showPeople is who may sign in, for the brand. link is a one-time link that was just made, of somebody.
func (o *Owner) showPeople(c echo.Context, status int, wrong, link, of string) error {
	l, who := page.Lang(c), personOf(c)
	if !who.Manages() {
		return echo.ErrNotFound
	}
	v := templates.FarPeople{Page: o.page(c, l.T("far.people")), Wrong: wrong, For: of}
	if link != "" {
		v.Link = *o.base.Load() + link
	}
	for _, p := range o.People() {
		row := templates.FarPerson{ID: p.ID, Name: p.Name, Role: l.T("far.role." + string(p.Role)), Self: p.ID == who.ID}
		row.Shops = l.T("far.all_shops")
		if len(p.Shops) > 0 {
			row.Shops = fmt.Sprint(p.Shops)[1 : len(fmt.Sprint(p.Shops))-1]
		}
		if p.Password == "" {
			row.Note = l.T("far.not_begun")
		}
		v.People = append(v.People, row)
	}
	for _, r := range []Role{RoleOwner, RoleRead, RoleBrand} {
		v.Roles = append(v.Roles, templates.Choice{Value: string(r), Name: l.T("far.role." + string(r))})
	}
	return page.Show(c, status, templates.FarPeoplePage(v))
}

func (o *Owner) addPerson(c echo.Context) error {
	if !personOf(c).Manages() {
		return echo.ErrNotFound
	}
	p := Person{Name: c.FormValue("name"), Role: Role(c.FormValue("role")), Shops: listed(c.FormValue("shops"))}
	link, err := o.Add(c.Request().Context(), p)
	if err != nil {
		return o.showPeople(c, http.StatusUnprocessableEntity, page.Lang(c).T("far.person_wrong"), "", "")
	}
	o.Log.Info("a person was added", "by", personOf(c).ID)
	return o.showPeople(c, http.StatusOK, "", link, p.Name)
}

// other is the person of a form, who is not the one that sends it: nobody recovers or removes themselves.
func (o *Owner) other(c echo.Context) (Person, error) {
	who := personOf(c)
	o.mu.Lock()
	k, ok := o.people[c.Param("id")]
	o.mu.Unlock()
	if !who.Manages() || !ok || k.is.ID == who.ID {
		return Person{}, echo.ErrNotFound
	}
	return k.is, nil
}

func (o *Owner) newLink(c echo.Context) error {
	p, err := o.other(c)
	if err != nil {
		return err
	}
	link, err := o.Relink(c.Request().Context(), p.Name)
	if err != nil {
		return err
	}
	o.Log.Info("a person gets a new link", "person", p.ID, "by", personOf(c).ID)
	return o.showPeople(c, http.StatusOK, "", link, p.Name)
}

func (o *Owner) removePerson(c echo.Context) error {
	p, err := o.other(c)
	if err != nil {
		return err
	}
	if err := o.Remove(c.Request().Context(), p.Name); err != nil {
		return err
	}
	o.Log.Info("a person was removed", "person", p.ID, "by", personOf(c).ID)
	return c.Redirect(http.StatusSeeOther, "/owner/people")
}
