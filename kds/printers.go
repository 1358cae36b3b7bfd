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

// printerWord is what the crew calls a printer.
func (s *Screens) printerWord(l words.Lang, name string) string {
	return templates.PrinterWord(l, s.Kitchen.Snapshot().Config.Printers, name)
}

// printerLights is one light a printer.
func (s *Screens) printerLights(l words.Lang) []templates.Light {
	var lights []templates.Light
	for _, p := range s.Printers {
		st := p.Status()
		light := templates.Light{Name: s.printerWord(l, st.Name), OK: st.Working(), Word: "✓"}
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

// lostAfter is how long a paper that may be lost has for its reprint, before the board says so.
const lostAfter = 30 * time.Second

// printerAlarms are printers that print nothing, and since when, and papers that may be lost.
func (s *Screens) printerAlarms(l words.Lang, now time.Time) []templates.Alarm {
	var list []templates.Alarm
	for _, p := range s.Printers {
		if st := p.Status(); !st.Working() {
			list = append(list, templates.Alarm{
				Kind: "stop", Href: s.Base + "/printers", Button: l.T("shared.look"),
				Text: l.T("printers.trouble_of", s.printerWord(l, st.Name), st.Reason.Text(l), l.Span(max(now.Sub(st.Since), 0))),
			})
		}
	}
	gone := 0
	for j := range s.Kitchen.Snapshot().Jobs.All() {
		if lost(j) && now.Sub(j.At) >= lostAfter {
			gone++
		}
	}
	if gone > 0 {
		list = append(list, templates.Alarm{
			Kind: "ask", Href: s.Base + "/printers", Button: l.T("shared.look"), Text: l.N(gone, "printers.may_be_lost"),
		})
	}
	return list
}

// lost tells whether a paper may have been lost although its printer says what it does: something went wrong.
func lost(j *shop.Job) bool {
	return j.State == shop.JobFailed || j.State == shop.JobUnconfirmed && !printer.Reason(j.Reason).Silence()
}

// silent tells whether a paper was sent to a printer that never says what becomes of it. That is its nature, no fault.
func silent(j *shop.Job) bool { return j.State == shop.JobUnconfirmed && !lost(j) }

// noPaper is the alarm when paper is due and no printer works at all: then the screens are the paper.
func (s *Screens) noPaper(l words.Lang) []templates.Alarm {
	working := slices.ContainsFunc(s.Printers, func(p Printer) bool { return p.Status().Working() })
	due := 0
	for j := range s.Kitchen.Snapshot().Jobs.All() {
		if !silent(j) {
			due++
		}
	}
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
	p := templates.Printers{Page: s.frame().New(c, l.T("shared.printers"), "pages.css")}
	for _, pr := range s.Printers {
		st := pr.Status()
		v := templates.PrinterView{
			Light: templates.Light{Name: s.printerWord(l, st.Name), OK: st.Working(), Word: l.T("printers.works")},
			Kind:  st.Name + " · " + string(st.Model) + " · " + st.Address,
		}
		if !st.Working() {
			v.Word = st.Reason.Text(l)
		}
		v.Test = s.Base + "/printers/" + url.PathEscape(st.Name) + "/test"
		s.jobs(state, l, st.Name, &v)
		if paper := pr.Virtual(); paper != nil {
			v.Paper, v.Sheets = true, s.sheets(l, st.Name, paper.Paper())
		}
		p.Printers = append(p.Printers, v)
	}
	return page.Show(c, http.StatusOK, templates.PrintersPage(p))
}

// jobs fills in the printer's jobs that are not through: those that may be lost first, then those that wait for a person,
// and those that go on by themselves last.
func (s *Screens) jobs(state *shop.State, l words.Lang, name string, v *templates.PrinterView) {
	var all []*shop.Job
	in := map[string]int{}
	for j := range state.Jobs.All() {
		if j.Printer == name {
			all = append(all, j)
			in[stateWord(l, j)]++
		}
	}
	slices.SortStableFunc(all, func(a, b *shop.Job) int { return jobRank(a) - jobRank(b) })
	var parts []string
	for _, j := range all {
		if word := stateWord(l, j); in[word] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", word, in[word]))
			delete(in, word)
		}
	}
	v.Done = strings.Join(parts, " · ")
	if len(all) == 0 {
		v.Done = l.T("printers.no_open_print_jobs")
	}
	for _, j := range all[:min(len(all), jobsShown)] {
		view := templates.Job{Text: jobText(state, l, j), State: stateWord(l, j), Bad: lost(j) || j.State == shop.JobBlocked,
			Actions: s.jobActions(state.Config, l, j)}
		if text := printer.Reason(j.Reason).Text(l); text != "" {
			view.State += " · " + text
		}
		v.Jobs = append(v.Jobs, view)
	}
	v.More = len(all) - len(v.Jobs)
	s.bundle(l, v, all, silent, "confirm", "printers.all_on_paper")
	s.bundle(l, v, all, func(j *shop.Job) bool { return lost(j) && j.State == shop.JobUnconfirmed }, "confirm", "printers.all_lost_on_paper")
	s.bundle(l, v, all, func(j *shop.Job) bool { return j.State == shop.JobHeld }, "cancel", "printers.drop_all_held")
	s.bundle(l, v, all, func(j *shop.Job) bool { return j.State == shop.JobFailed }, "cancel", "printers.drop_all_failed")
}

// bundle offers to decide about all jobs of a sort at once, where there are several. The button names the jobs that the
// person sees counted; what comes later is not among them.
func (s *Screens) bundle(l words.Lang, v *templates.PrinterView, all []*shop.Job, sort func(*shop.Job) bool, verb, word string) {
	var ids []string
	seen := ""
	for _, j := range all {
		if sort(j) && len(ids) < bundleMax {
			ids, seen = append(ids, strconv.FormatInt(int64(j.ID), 10)), string(j.State)
		}
	}
	if len(ids) > 1 {
		v.Bundles = append(v.Bundles, templates.Bundle{
			Jobs:   strings.Join(ids, ","),
			Action: templates.Action{Href: s.Base + "/printers/jobs/all/" + verb, Seen: seen, Name: l.N(len(ids), word)},
		})
	}
}

// bundleMax bounds how many jobs one tap ends; the form stays small. More take another tap.
const bundleMax = 1000

// jobRank is the order in which people are shown jobs.
func jobRank(j *shop.Job) int {
	switch {
	case lost(j):
		return 0
	case j.State == shop.JobHeld || j.State == shop.JobBlocked:
		return 1
	case silent(j):
		return 3
	}
	return 2
}

// stateWord says how far a job is.
func stateWord(l words.Lang, j *shop.Job) string {
	if silent(j) {
		return l.T("printers.sent_not_answered")
	}
	return jobWord(l, j.State)
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
	reprint, cancel := act("reprint", "printers.button_reprint"), act("cancel", "printers.cancel")
	send := func() (list []templates.Action) {
		for _, p := range config.Printers {
			if p.Name != j.Printer && p.Takes(j.Kind) {
				list = append(list, templates.Action{Href: at + "send?onto=" + url.QueryEscape(p.Name), Seen: string(j.State),
					Name: l.T("printers.send_to", s.printerWord(l, p.Name))})
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
	to, known := map[string]shop.JobState{"confirm": shop.JobDone, "release": shop.JobQueued, "cancel": shop.JobCancelled}[c.Param("verb")]
	if known && c.Param("id") == "all" {
		return s.decideJobs(c, to)
	}
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
	if !known {
		return echo.ErrNotFound
	}
	job := s.Kitchen.Snapshot().Jobs.At(id)
	if job == nil {
		return s.refuse(c, noSuch("open print job", c.Param("id")))
	}
	return s.carryOut(c, shop.MoveJob{By: s.Who(c), Job: shop.JobID(id), Printer: job.Printer, From: shop.JobState(c.FormValue("seen")),
		To: to})
}

// decideJobs ends the jobs that the form names.
func (s *Screens) decideJobs(c echo.Context, to shop.JobState) error {
	end := shop.EndJobs{By: s.Who(c), From: shop.JobState(c.FormValue("seen")), To: to}
	for _, text := range strings.Split(c.FormValue("jobs"), ",") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(end.Jobs) >= bundleMax {
			return s.refuse(c, noSuch("print job", text))
		}
		end.Jobs = append(end.Jobs, shop.JobID(id))
	}
	return s.carryOut(c, end)
}

// testPage is POST /printers/{name}/test.
func (s *Screens) testPage(c echo.Context) error {
	for _, p := range s.Printers {
		if p.Status().Name == c.Param("name") {
			p.Test()
			return s.answer(c, shop.Result{})
		}
	}
	return s.refuse(c, noSuch("printer", c.Param("name")))
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
	case shop.JobCancellation:
		return l.T("printers.cancellation_slip")
	}
	return l.T("printers.kitchen_ticket")
}
