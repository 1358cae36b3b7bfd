package sim

import (
	_ "embed"
	"fmt"
	"html/template"

	shopsim "weir/shop/sim"
)

//go:embed report.html
var reportHTML string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) },
	"ratio":   func(x float64) string { return fmt.Sprintf("%.2f", x) },
	"minutes": func(s [2]int) string { return fmt.Sprintf("%d / %d", s[0]/60, s[1]/60) },
}).Parse(reportHTML))

// page is the report in one language.
type page struct {
	shopsim.Page
	*Report
	Shown       []Result // of the first acceptance: those in the pictures
	Worst, Mean template.HTML
}

// WriteDir writes the report with charts into a directory, see [shopsim.WritePages]. The charts show the first acceptance.
func (r *Report) WriteDir(dir string) error {
	return shopsim.WritePages(dir, reportPage, func(of shopsim.Page) any {
		p := page{Page: of, Report: r}
		var worst, mean []shopsim.Curve
		for _, result := range r.Results {
			if result.Accept != r.Accept[0] {
				continue
			}
			p.Shown = append(p.Shown, result)
			worst = append(worst, shopsim.Curve{Class: result.Policy, Points: result.worst})
			mean = append(mean, shopsim.Curve{Class: result.Policy, Points: result.mean})
		}
		p.Worst = shopsim.DayChart(of.Lang.T("city_simulation.worst"), end, worst)
		p.Mean = shopsim.DayChart(of.Lang.T("city_simulation.mean"), end, mean)
		return p
	})
}
