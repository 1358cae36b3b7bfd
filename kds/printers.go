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
	"weir/templates"
	"weir/templates/page"
)

// sheetsMax is how many of a virtual printer's last papers are shown.
const sheetsMax = 12

// jobsShown is how many jobs of a printer are listed: those that need a person are the first.
const jobsShown = 30

// printerLights is one light a printer.
func (s *Screens) printerLights(l templates.Lang) []templates.Light {
	var lights []templates.Light
	for _, p := range s.Printers {
		st := p.Status()
		light := templates.Light{Name: l.T("打印 ", "Printer ") + st.Name, OK: st.Working(), Word: "✓"}
		switch {
		case !st.Working():
			light.Word = st.Reason.Text(string(l))
		case st.NearEnd:
			light.Word = printer.ReasonNearEnd.Text(string(l))
		}
		lights = append(lights, light)
	}
	return lights
}

// printerAlarms are printers that print nothing, and since when.
func (s *Screens) printerAlarms(l templates.Lang, now time.Time) []templates.Alarm {
	var list []templates.Alarm
	for _, p := range s.Printers {
		if st := p.Status(); !st.Working() {
			list = append(list, templates.Alarm{
				Kind: "stop", Href: s.Base + "/printers", Button: l.T("查看", "Look"),
				Text: fmt.Sprintf(l.T("打印机 %s：%s（%s）", "Printer %s: %s (%s)"), st.Name, st.Reason.Text(string(l)), span(l, now.Sub(st.Since))),
			})
		}
	}
	return list
}

// noPaper is the alarm when paper is due and no printer works at all: then the screens are the paper.
func (s *Screens) noPaper(l templates.Lang) []templates.Alarm {
	working := slices.ContainsFunc(s.Printers, func(p Printer) bool { return p.Status().Working() })
	due := s.Kitchen.Snapshot().Jobs.Len()
	if working || due == 0 || len(s.Printers) == 0 {
		return nil
	}
	return []templates.Alarm{{
		Kind: "stop", Href: s.Base + "/printers", Button: l.T("票在这里", "The tickets"),
		Text: fmt.Sprintf(l.T("没有一台打印机能用，%d 张没打出来：照屏幕做", "No printer works, %d papers have not come out: work from the screens"), due),
	}}
}

// printersPage is every printer with its jobs and, where it is virtual, its paper.
func (s *Screens) printersPage(c echo.Context) error {
	state, l := s.Kitchen.Snapshot(), page.Lang(c)
	p := templates.Printers{Page: s.page(c, l.T("打印机", "Printers"), "pages.css")}
	for _, pr := range s.Printers {
		st := pr.Status()
		v := templates.PrinterView{
			Light: templates.Light{Name: st.Name, OK: st.Working(), Word: l.T("正常", "works")}, Kind: string(st.Model) + " " + st.Address,
		}
		if !st.Working() {
			v.Word = st.Reason.Text(string(l))
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
func (s *Screens) jobs(state *shop.State, l templates.Lang, name string) (list []templates.Job, counts string) {
	in := map[shop.JobState]int{}
	for j := range state.Jobs.All() {
		if j.Printer != name {
			continue
		}
		in[j.State]++
		view := templates.Job{State: jobWord(l, j.State), Bad: j.State == shop.JobUnconfirmed || j.State == shop.JobFailed || j.State == shop.JobBlocked, Held: j.State == shop.JobHeld}
		view.Text = jobText(state, l, j)
		if text := printer.Reason(j.Reason).Text(string(l)); text != "" {
			view.State += " · " + text
		}
		view.Actions = s.jobActions(state.Config, l, j)
		list = append(list, view)
	}
	slices.SortStableFunc(list, func(a, b templates.Job) int { return rank(a) - rank(b) })
	var words []string
	for _, st := range []shop.JobState{shop.JobQueued, shop.JobSending, shop.JobFenced, shop.JobBlocked, shop.JobUnconfirmed, shop.JobHeld, shop.JobFailed} {
		if in[st] > 0 {
			words = append(words, fmt.Sprintf("%s %d", jobWord(l, st), in[st]))
		}
	}
	if len(words) == 0 {
		return list, l.T("没有未完成的打印任务", "No open print jobs")
	}
	return list, strings.Join(words, " · ")
}

// rank puts the jobs that wait for a person before those that go on by themselves.
func rank(j templates.Job) int {
	if j.Bad || j.Held {
		return 0
	}
	return 1
}

func jobText(state *shop.State, l templates.Lang, j *shop.Job) string {
	number := j.Order.String()
	if o, ok := state.Order(j.Order); ok {
		number = o.PickupNumber()
	}
	text := fmt.Sprintf("%s %s", number, jobKindWord(l, j.Kind))
	if j.Cup > 0 {
		text += fmt.Sprintf(" %d", j.Cup)
	}
	if j.Reprint > 0 {
		text += fmt.Sprintf(l.T(" 补打 %d", " reprint %d"), j.Reprint)
	}
	return text
}

// jobActions are what a person may decide about a job that does not go on by itself.
func (s *Screens) jobActions(config *shop.Config, l templates.Lang, j *shop.Job) []templates.Action {
	at := s.Base + "/printers/jobs/" + strconv.FormatInt(int64(j.ID), 10) + "/"
	act := func(verb, zh, en string) templates.Action {
		return templates.Action{Href: at + verb, Seen: string(j.State), Name: l.T(zh, en)}
	}
	reprint, cancel := act("reprint", "补打", "Reprint"), act("cancel", "不打了", "Cancel")
	send := func() (list []templates.Action) {
		for _, p := range config.Printers {
			if p.Name != j.Printer && p.Kind.Label() == (j.Kind == shop.JobLabel) {
				list = append(list, act("send?onto="+url.QueryEscape(p.Name), "改到 "+p.Name, "Send to "+p.Name))
			}
		}
		return list
	}
	switch j.State {
	case shop.JobUnconfirmed:
		return []templates.Action{act("confirm", "纸上有", "It is on paper"), reprint}
	case shop.JobHeld:
		return append([]templates.Action{act("release", "现在打", "Print now")}, append(send(), cancel)...)
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
func (s *Screens) sheets(l templates.Lang, name string, papers []virtual.Sheet) []templates.Sheet {
	var list []templates.Sheet
	for _, sheet := range slices.Backward(papers[max(0, len(papers)-sheetsMax):]) {
		list = append(list, templates.Sheet{
			Href: fmt.Sprintf("%s/printers/%s/paper/%d", s.Base, name, sheet.No), Alt: l.T("小票：", "Ticket: ") + strings.Join(sheet.Text(), " / "),
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

func jobWord(l templates.Lang, s shop.JobState) string {
	switch s {
	case shop.JobQueued:
		return l.T("排队", "queued")
	case shop.JobSending:
		return l.T("发送中", "sending")
	case shop.JobFenced:
		return l.T("打印中", "printing")
	case shop.JobDone:
		return l.T("完成", "done")
	case shop.JobBlocked:
		return l.T("卡住", "blocked")
	case shop.JobUnconfirmed:
		return l.T("未确认，请看纸", "unconfirmed: look at the paper")
	case shop.JobFailed:
		return l.T("失败", "failed")
	case shop.JobHeld:
		return l.T("待人处理", "held")
	}
	return l.T("取消", "cancelled")
}

func jobKindWord(l templates.Lang, k shop.JobKind) string {
	switch k {
	case shop.JobReceipt:
		return l.T("收据", "receipt")
	case shop.JobSlip:
		return l.T("袋单", "bag slip")
	case shop.JobLabel:
		return l.T("杯贴", "label")
	}
	return l.T("厨房单", "kitchen ticket")
}
