package kds

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/printer"
	"weir/printer/virtual"
	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// sheetsMax is how many of a virtual printer's last papers are shown.
const sheetsMax = 12

// jobsShown is how many jobs of a printer are listed: those that need a person are the first.
const jobsShown = 30

// printerLights is one light a printer.
func (s *Screens) printerLights(l words.Lang) []templates.Light {
	var lights []templates.Light
	for _, p := range s.Printers {
		st := p.Status()
		light := templates.Light{Name: l.T("printers.printer") + st.Name, OK: st.Working(), Word: "✓"}
		switch {
		case !st.Working():
			light.Word = st.Reason.Text(l)
		case st.NearEnd:
			light.Word = printer.ReasonNearEnd.Text(l)
		}
		lights = append(lights, light)
	}
	return lights
}

// printerAlarms are printers that print nothing, and since when.
func (s *Screens) printerAlarms(l words.Lang, now time.Time) []templates.Alarm {
	var list []templates.Alarm
	for _, p := range s.Printers {
		if st := p.Status(); !st.Working() {
			list = append(list, templates.Alarm{
				Kind: "stop", Href: s.Base + "/printers", Button: l.T("shared.look"),
				Text: l.T("printers.printer_2", st.Name, st.Reason.Text(l), l.Span(now.Sub(st.Since))),
			})
		}
	}
	return list
}

// noPaper is the alarm when paper is due and no printer works at all: then the screens are the paper.
func (s *Screens) noPaper(l words.Lang) []templates.Alarm {
	working := slices.ContainsFunc(s.Printers, func(p Printer) bool { return p.Status().Working() })
	due := s.Kitchen.Snapshot().Jobs.Len()
	if working || due == 0 || len(s.Printers) == 0 {
		return nil
	}
	return []templates.Alarm{{
		Kind: "stop", Href: s.Base + "/printers", Button: l.T("printers.the_tickets"),
		Text: l.T("printers.no_printer_works_papers", due),
	}}
}

// printersPage is every printer with its jobs and, where it is virtual, its paper.
func (s *Screens) printersPage(c echo.Context) error {
	state, l := s.Kitchen.Snapshot(), page.Lang(c)
	p := templates.Printers{Page: s.page(c, l.T("shared.printers"), "pages.css")}
	for _, pr := range s.Printers {
		st := pr.Status()
		v := templates.PrinterView{
			Light: templates.Light{Name: st.Name, OK: st.Working(), Word: l.T("printers.works")}, Kind: string(st.Model) + " " + st.Address,
		}
		if !st.Working() {
			v.Word = st.Reason.Text(l)
		}
		v.Jobs, v.Done = s.jobs(state, l, st.Name)
		v.More, v.Jobs = max(0, len(v.Jobs)-jobsShown), v.Jobs[:min(len(v.Jobs), jobsShown)]
		if paper := pr.Virtual(); paper != nil {
			v.Paper, v.Sheets = true, s.sheets(l, st.Name, paper.Paper())
		}
		p.Printers = append(p.Printers, v)
	}
	return page.Show(c, http.StatusOK, templates.PrintersPage(p))
}

// jobs are the printer's jobs that are not through, and how many are in which state.
func (s *Screens) jobs(state *shop.State, l words.Lang, name string) (list []templates.Job, counts string) {
	in := map[shop.JobState]int{}
	for j := range state.Jobs.All() {
		if j.Printer != name {
			continue
		}
		in[j.State]++
		view := templates.Job{State: jobWord(l, j.State), Bad: j.State == shop.JobUnconfirmed || j.State == shop.JobFailed || j.State == shop.JobBlocked, Held: j.State == shop.JobHeld}
		view.Text = jobText(state, l, j)
		if text := printer.Reason(j.Reason).Text(l); text != "" {
			view.State += " · " + text
		}
		view.Actions = s.jobActions(state.Config, l, j)
		list = append(list, view)
	}
	slices.SortStableFunc(list, func(a, b templates.Job) int { return rank(a) - rank(b) })
	var parts []string
	for _, st := range []shop.JobState{shop.JobQueued, shop.JobSending, shop.JobFenced, shop.JobBlocked, shop.JobUnconfirmed, shop.JobHeld, shop.JobFailed} {
		if in[st] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", jobWord(l, st), in[st]))
		}
	}
	if len(parts) == 0 {
		return list, l.T("printers.no_open_print_jobs")
	}
	return list, strings.Join(parts, " · ")
}

// rank puts the jobs that wait for a person before those that go on by themselves.
func rank(j templates.Job) int {
	if j.Bad || j.Held {
		return 0
	}
	return 1
}

func jobText(state *shop.State, l words.Lang, j *shop.Job) string {
	number := j.Order.String()
	if o, ok := state.Order(j.Order); ok {
		number = o.PickupNumber()
	}
	text := fmt.Sprintf("%s %s", number, jobKindWord(l, j.Kind))
	if j.Cup > 0 {
		text += fmt.Sprintf(" %d", j.Cup)
	}
	if j.Reprint > 0 {
		text += l.T("printers.reprint", j.Reprint)
	}
	return text
}

// jobActions are what a person may decide about a job that does not go on by itself.
func (s *Screens) jobActions(config *shop.Config, l words.Lang, j *shop.Job) []templates.Action {
	at := s.Base + "/printers/jobs/" + strconv.FormatInt(int64(j.ID), 10) + "/"
	act := func(verb, word string) templates.Action {
		return templates.Action{Href: at + verb, Seen: string(j.State), Name: l.T(word)}
	}
	reprint, cancel := act("reprint", "printers.reprint_2"), act("cancel", "printers.cancel")
	send := func() (list []templates.Action) {
		for _, p := range config.Printers {
			if p.Name != j.Printer && p.Takes(j.Kind) {
				list = append(list, templates.Action{Href: at + "send?onto=" + url.QueryEscape(p.Name), Seen: string(j.State), Name: l.T("printers.send_to", p.Name)})
			}
		}
		return list
	}
	switch j.State {
	case shop.JobUnconfirmed:
		return []templates.Action{act("confirm", "printers.it_is_on_paper"), reprint}
	case shop.JobHeld:
		return append([]templates.Action{act("release", "printers.print_now")}, append(send(), cancel)...)
	case shop.JobFailed:
		return append([]templates.Action{reprint}, append(send(), cancel)...)
	case shop.JobQueued, shop.JobBlocked:
		return append(send(), cancel)
	}
	return nil
}

// decideJob is POST /printers/jobs/{id}/{verb}: what a person decides about a job.
func (s *Screens) decideJob(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return s.refuse(c, noSuch("print job", c.Param("id")))
	}
	if c.Param("verb") == "reprint" {
		return s.carryOut(c, shop.Reprint{By: s.Who(c), Job: shop.JobID(id)})
	}
	if c.Param("verb") == "send" {
		return s.carryOut(c, shop.SendJob{By: s.Who(c), Job: shop.JobID(id), Onto: c.FormValue("onto")})
	}
	to, known := map[string]shop.JobState{"confirm": shop.JobDone, "release": shop.JobQueued, "cancel": shop.JobCancelled}[c.Param("verb")]
	if !known {
		return echo.ErrNotFound
	}
	job := s.Kitchen.Snapshot().Jobs.At(id)
	if job == nil {
		return s.refuse(c, noSuch("open print job", c.Param("id")))
	}
	return s.carryOut(c, shop.MoveJob{By: s.Who(c), Job: shop.JobID(id), Printer: job.Printer, From: shop.JobState(c.FormValue("seen")), To: to})
}

// sheets are the last papers of a virtual printer, the newest first.
func (s *Screens) sheets(l words.Lang, name string, papers []virtual.Sheet) []templates.Sheet {
	var list []templates.Sheet
	for _, sheet := range slices.Backward(papers[max(0, len(papers)-sheetsMax):]) {
		list = append(list, templates.Sheet{
			Href: fmt.Sprintf("%s/printers/%s/paper/%d", s.Base, name, sheet.No), Alt: l.T("printers.ticket") + strings.Join(sheet.Text(), " / "),
			Width: sheet.Width * 2 / 3, Height: sheet.Height * 2 / 3,
		})
	}
	return list
}

// paper is one paper of a virtual printer as a picture.
func (s *Screens) paper(c echo.Context) error {
	no, err := strconv.ParseInt(c.Param("sheet"), 10, 64)
	if err != nil {
		return echo.ErrNotFound
	}
	for _, p := range s.Printers {
		if p.Status().Name != c.Param("name") || p.Virtual() == nil {
			continue
		}
		for _, sheet := range p.Virtual().Paper() {
			if sheet.No == no {
				return c.Blob(http.StatusOK, "image/svg+xml", drawPaper(sheet))
			}
		}
	}
	return echo.ErrNotFound
}

func jobWord(l words.Lang, s shop.JobState) string {
	switch s {
	case shop.JobQueued:
		return l.T("printers.queued")
	case shop.JobSending:
		return l.T("printers.sending")
	case shop.JobFenced:
		return l.T("printers.printing")
	case shop.JobDone:
		return l.T("printers.done")
	case shop.JobBlocked:
		return l.T("printers.blocked")
	case shop.JobUnconfirmed:
		return l.T("printers.unconfirmed_look_at_the")
	case shop.JobFailed:
		return l.T("printers.failed")
	case shop.JobHeld:
		return l.T("printers.held")
	}
	return l.T("printers.cancelled")
}

func jobKindWord(l words.Lang, k shop.JobKind) string {
	switch k {
	case shop.JobReceipt:
		return l.T("printers.receipt")
	case shop.JobSlip:
		return l.T("printers.bag_slip")
	case shop.JobLabel:
		return l.T("printers.label")
	}
	return l.T("printers.kitchen_ticket")
}
