package sim

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"time"

	"weir/shop/words"
)

//go:embed report.html
var reportHTML string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) },
	"whole":   func(x float64) string { return fmt.Sprintf("%.0f", x) },
	"minutes": func(s float64) string { return fmt.Sprintf("%.0f", s/60) },
}).Parse(reportHTML))

// Page is what the template of a report needs besides the report.
type Page struct{ Lang words.Lang }

// Others are the languages of the other pages.
func (p Page) Others() []words.Lang {
	return slices.DeleteFunc(words.All(), func(l words.Lang) bool { return l == p.Lang })
}

// File is the name of the page in a language.
func (Page) File(l words.Lang) string {
	if l == words.ZH {
		return "index.html"
	}
	return string(l) + ".html"
}

// WritePages writes a report into a directory, made if need be: a page in each language, index.html in Chinese. of makes what the
// template is filled with.
func WritePages(dir string, t *template.Template, of func(Page) any) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the report's directory: %w", err)
	}
	for _, l := range words.All() {
		p := Page{l}
		var text bytes.Buffer
		if err := t.Execute(&text, of(p)); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, p.File(l)), text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// page is one report in one language.
type page struct {
	Page
	*Report
	Backlog template.HTML
	Waits   []figure
	Slots   template.HTML
	Shown   []Result // of the first acceptance: those in the pictures
}

// figure is a picture with its policy.
type figure struct {
	Policy string
	Chart  template.HTML
}

// WriteDir writes the report with charts into a directory, see [WritePages]. The charts show the first day at the first
// acceptance.
func (r *Report) WriteDir(dir string) error {
	return WritePages(dir, reportPage, func(p Page) any { return r.page(p) })
}

func (r *Report) page(of Page) page {
	p := page{Page: of, Report: r}
	var backlog []Curve
	for i := range r.Policies {
		s := &r.Policies[i]
		if s.Accept != r.Policies[0].Accept {
			continue
		}
		p.Shown = append(p.Shown, *s)
		curve := Curve{Class: s.Policy}
		for _, at := range s.charts.backlog {
			curve.Points = append(curve.Points, Point{time.Duration(at.at) * time.Millisecond, float64(at.cups)})
		}
		backlog = append(backlog, curve)
		if s.Policy == "weir" {
			p.Slots = slotsChart(of.Lang.T("simulation.slots"), s)
		}
		if s.Policy == "weir" || s.Policy == "none" {
			p.Waits = append(p.Waits, figure{s.Policy, waitsChart(of.Lang.T("simulation.waits"), s)})
		}
	}
	p.Backlog = DayChart(of.Lang.T("simulation.backlog"), DayLength+chartMargin, backlog)
	return p
}

// chartMargin is how long after closing the backlog is drawn.
const chartMargin = 30 * time.Minute
