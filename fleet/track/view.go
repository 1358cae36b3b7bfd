package track

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/record"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// lookEvery is how often a page that is looked at asks again, seconds: soon enough for somebody who waits, and a poor line
	// stands it.
	lookEvery = 15
	// loadEvery is the same for a browser without script, which loads the whole page and moves it under the reader's eyes.
	loadEvery = 30
	// noticed is the least change of a time, and the least time that is left, that the page names: it shows minutes.
	noticed = time.Minute
)

// show answers with the page of an order.
func (t *Track) show(v visit, status int, what said) error {
	headers(v)
	l := page.Lang(v)
	p := templates.Track{Page: page.Light.New(v, l.T("track.title"), "track.css")}
	p.Base, p.Guest, p.Scripts = "/t/"+v.token, true, []string{"track.js"}
	if lang := inAddress(v); lang != "" {
		p.Query = "?lang=" + lang
	}
	t.fill(&p, v, l)
	p.Said, p.SaidClass = say(l, what, v.status.State)
	if p.Every > 0 {
		p.Again = loadEvery
	}
	return page.Show(v, status, templates.TrackPage(p))
}

// say is what a tap did, in words. When the order has ended, that says it already.
func say(l words.Lang, what said, state string) (text, class string) {
	ended := state != string(record.Placed) && state != string(record.Open)
	switch {
	case what == saidLate && !ended:
		return l.T("track.said_late"), "bad"
	case what == saidUnknown && !ended:
		return l.T("track.said_unknown"), "bad"
	case what == saidCancelled && !ended:
		return l.T("track.said_cancelled"), "good" // the event that ends the order is on its way
	}
	return "", ""
}

// fill says how the order stands.
func (t *Track) fill(p *templates.Track, v visit, l words.Lang) {
	now, s := t.now(), v.status
	p.Number, p.Updated = s.PickupNumber, l.T("track.updated", now.In(t.zone).Format(time.TimeOnly))
	known, there := v.router.Table.Get(s.Store)
	if there {
		p.Shop = cmp.Or(known.Name, known.ID)
	}
	switch record.State(s.State) {
	case record.Placed:
		t.placed(p, v, l, now)
		if there && !known.Fresh(now) {
			p.Warning = l.T("track.silent", v.entry.At.In(t.zone).Format("15:04"))
		}
	case record.Open:
		p.State, p.Every = l.T("track.asking"), lookEvery
		p.Text, p.CancelText = l.T("track.asking_text"), l.T("track.cancel_text")
		p.Cancel = v.may == Act
	case record.Doubt:
		p.State, p.Class, p.Every = l.T("track.doubt"), "late", lookEvery
		p.Text = l.T("track.doubt_text")
	case record.Cancelled:
		p.State, p.Text = l.T("track.cancelled"), l.T("track.cancelled_text")
	case record.Ended:
		t.ended(p, s.Reason, l)
	default: // nobody makes it; the platform may still place it anew
		p.State, p.Class, p.Every = l.T("track.nobody"), "late", lookEvery
		p.Text = l.T("track.nobody_text")
	}
}

// ends are the ends of an order at its shop: what is said, and what stands below.
var ends = map[string][2]string{
	"handed": {"track.handed", "track.handed_text"}, "unclaimed": {"track.unclaimed", "track.unclaimed_text"},
	"cancelled": {"track.cancelled", "track.cancelled_text"}, "released": {"track.released", "track.released_text"},
	"made": {"track.handed", "track.handed_text"},
}

func (t *Track) ended(p *templates.Track, why string, l words.Lang) {
	text, known := ends[why]
	if !known {
		text = [2]string{"track.over", "track.handed_text"}
	}
	p.State, p.Text = l.T(text[0]), l.T(text[1])
	if why == "released" {
		p.Class = "late"
	}
	if why == "handed" {
		p.Steps = steps(l, len(stepWords)) // all of them are behind
	}
}

// stepWords are the steps of an order that goes well.
var stepWords = [...]string{"track.step_taken", "track.step_making", "track.step_ready", "track.step_handed"}

// steps shows which of them are behind, and which one is now.
func steps(l words.Lang, now int) (list []templates.TrackStep) {
	for i, id := range stepWords {
		s := templates.TrackStep{Name: l.T(id), Class: "ahead"}
		switch {
		case i < now:
			s.Class = "behind"
		case i == now:
			s.Class, s.Now = "now", true
		}
		list = append(list, s)
	}
	return list
}

// placed is an order that a shop has taken.
func (t *Track) placed(p *templates.Track, v visit, l words.Lang, now time.Time) {
	p.Every = lookEvery
	switch record.Step(v.status.Step) {
	case record.Ready:
		p.State, p.Class, p.Steps = l.T("track.ready"), "good", steps(l, 2)
		p.Text = l.T("track.ready_text")
	case record.Making:
		p.State, p.Steps, p.CancelText = l.T("track.making"), steps(l, 1), l.T("track.cancel_begun")
		t.still(p, v, l, now)
	default:
		p.State, p.Steps, p.CancelText = l.T("track.waiting"), steps(l, 0), l.T("track.cancel_text")
		t.still(p, v, l, now)
	}
}

// still is an order of which nothing is made yet, as far as is known here: the shop says whether it can be cancelled.
func (t *Track) still(p *templates.Track, v visit, l words.Lang, now time.Time) {
	t.when(p, v, l, now)
	if p.Cancel = v.may == Act; !p.Cancel {
		p.Text = l.T("track.look_only")
	}
}

// when says when the order should be ready, and how that has changed since it was taken.
func (t *Track) when(p *templates.Track, v visit, l words.Lang, now time.Time) {
	first, at := v.status.ReadyBy, v.status.ExpectedAt
	if at.IsZero() {
		at = first
	}
	if at.IsZero() {
		return
	}
	clock := func(at time.Time) string {
		at = at.In(t.zone)
		if day := at.Format(time.DateOnly); day != now.In(t.zone).Format(time.DateOnly) {
			return l.T("track.on_day", int(at.Month()), at.Day(), at.Format("15:04"))
		}
		return at.Format("15:04")
	}
	p.Ready = l.T("track.ready_by", clock(at))
	if left := at.Sub(now); left > 0 {
		p.Left = l.T("track.left", l.Span(max(left, noticed)))
	} else {
		p.Left, p.Class = l.T("track.late_already"), "late"
	}
	switch d := at.Sub(first); {
	case first.IsZero():
	case d >= noticed:
		p.Change, p.Class = l.T("track.later", clock(first), l.Span(d)), "late"
	case d <= -noticed:
		p.Change = l.T("track.earlier", clock(first), l.Span(-d))
	}
}

// gone answers that there is no such page, or not any more.
func (t *Track) gone(c echo.Context) error {
	return t.bare(c, http.StatusNotFound, "track.gone", "track.gone_text", 0)
}

// busy answers that the page cannot be drawn now.
func (t *Track) busy(c echo.Context) error {
	c.Response().Header().Set("Retry-After", strconv.Itoa(busyRetry))
	return t.bare(c, http.StatusServiceUnavailable, "track.busy", "track.busy_text", loadEvery)
}

// bare is a page without an order. It does not repeat the token of its address, which may be anything.
func (t *Track) bare(c echo.Context, status int, state, text string, again int) error {
	headers(c)
	l := page.Lang(c)
	p := templates.Track{Page: page.Light.New(c, l.T("track.title"), "track.css"), State: l.T(state), Text: l.T(text)}
	p.Guest, p.Again = true, again
	return page.Show(c, status, templates.TrackPage(p))
}
