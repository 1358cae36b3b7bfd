package sim

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"strings"

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
	*Report
	Words       *words
	Shown       []Result // of the first acceptance: those in the pictures
	Worst, Mean template.HTML
}

// WriteDir writes the report with charts into a directory, made if need be: index.html in Chinese, en.html in English.
// The charts show the first acceptance.
func (r *Report) WriteDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the report's directory: %w", err)
	}
	for name, w := range map[string]*words{"index.html": &chinese, "en.html": &english} {
		p := page{Report: r, Words: w}
		for _, result := range r.Results {
			if result.Accept == r.Accept[0] {
				p.Shown = append(p.Shown, result)
			}
		}
		p.Worst = chart(w.Worst, p.Shown, func(p point) float64 { return float64(p.worst) })
		p.Mean = chart(w.Mean, p.Shown, func(p point) float64 { return p.mean })
		var text bytes.Buffer
		if err := reportPage.Execute(&text, p); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// Sizes of a chart in its own units; the page scales it.
const (
	chartWidth, chartHeight = 760.0, 280.0
	left, right             = 48.0, 10.0
	top, bottom             = 10.0, 30.0
	scaleLines              = 5
	opensAt                 = 10 // o'clock
)

// chart draws a line over the day for each policy, in SVG.
func chart(name string, results []Result, value func(point) float64) template.HTML {
	most := 1.0
	for i := range results {
		for _, p := range results[i].course {
			most = math.Max(most, value(p))
		}
	}
	grain := math.Pow(10, math.Floor(math.Log10(most/scaleLines)))
	line := math.Ceil(most/scaleLines/grain) * grain
	x := func(hours float64) float64 { return left + hours/end.Hours()*(chartWidth-left-right) }
	y := func(v float64) float64 { return chartHeight - bottom - v/(line*scaleLines)*(chartHeight-top-bottom) }
	var c strings.Builder
	fmt.Fprintf(&c, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, chartWidth, chartHeight, template.HTMLEscapeString(name))
	for v := 0.0; v <= line*scaleLines; v += line {
		fmt.Fprintf(&c, `<line class="grid" x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%.0f</text>`,
			left, y(v), chartWidth-right, y(v), left-6, y(v)+4, v)
	}
	for h := 0.0; h <= shopsim.DayLength.Hours(); h += 2 {
		fmt.Fprintf(&c, `<text x="%.1f" y="%.0f" text-anchor="middle">%02.0f:00</text>`, x(h), chartHeight-bottom+18, opensAt+h)
	}
	for i := range results {
		fmt.Fprintf(&c, `<polyline class="line %s" points="`, results[i].Policy)
		for _, p := range results[i].course {
			fmt.Fprintf(&c, "%.1f,%.1f ", x(p.at.Hours()), y(value(p)))
		}
		c.WriteString(`"/>`)
	}
	c.WriteString("</svg>")
	return template.HTML(c.String()) // only numbers, names of policies, and a name that is escaped
}

// words are a language's.
type words struct {
	Lang, Title, Intro, Lived, Load, Other, OtherPage string
	Worst, WorstHelp, Mean, MeanHelp                  string
	Policy, Accept, Bound, Made, Later                string
	Kept, Told, Late, GivenUp, Bare, Declined         string
	WorstBacklog, Wait, LaterWait, Counter            string
	Assumed                                           string
	Names                                             map[string]string
}

var chinese = words{
	Lang: "zh-CN", Title: "同一座城，同一天，四种派单办法", Other: "English", OtherPage: "en.html",
	Intro: "同样的顾客（耐心、肯不肯改晚一点、再试几次都一样）、同样的门店、同样的员工，只有“这单给哪家店”的办法不同。",
	Lived: "模拟的门店 / 全城门店 / 平方公里 / 外卖与自取订单",
	Load:  "如果人人都选最近的店，一家店分到的活与平均相比：较少的 5%、中位数、较多的 5%",
	Worst: "最忙的那家店：排队的杯数", WorstHelp: "已接单、现在就该做、还没做好的杯数，取全城最多的一家。",
	Mean: "平均每家店：排队的杯数", MeanHelp: "同样的杯数，取全城平均。",
	Policy: "办法", Accept: "肯改晚", Bound: "做出／能做", Made: "做好（杯）", Later: "其中改晚（杯）",
	Kept: "守约", Told: "改期并告知", Late: "迟到未告知", GivenUp: "等不及走了（杯）", Bare: "什么都没给就走（人）", Declined: "给了但不合意（人）",
	WorstBacklog: "最大积压（杯）", Wait: "现做：等待 50% / 95%（分）", LaterWait: "改晚：从下单算起（分）", Counter: "柜台：等待（分）",
	Assumed: "需求曲线按 2026 年 2 月 6 日的公开报道绘制。城市的样子、顾客的耐心和肯改多晚都是假设，没有人公布过这些数字。“能做”是每单都给全城最闲的店、没有人离开时做出的标准杯。",
	Names:   map[string]string{Fleet: "堰·多店", Nearest: "最近的店", OnOff: "最近的、没关单的店", Wait: "最近的、等得起的店"},
}

var english = words{
	Lang: "en", Title: "One city, one day, four ways to choose a shop", Other: "中文", OtherPage: "index.html",
	Intro: "The same customers (with the same patience, the same readiness to take a later time, the same tries), the same shops and crews; only who gets an order differs.",
	Lived: "Shops simulated / shops of the city / km² / orders over channels",
	Load:  "If everybody went to the nearest shop, a shop's work by the mean: the least 5 %, the median, the most 5 %",
	Worst: "The busiest shop: cups waiting", WorstHelp: "Cups that were accepted, are due now and are not made, at the shop of the city with most of them.",
	Mean: "The mean shop: cups waiting", MeanHelp: "The same cups, at the mean of all shops.",
	Policy: "Way", Accept: "Take later", Bound: "Made of possible", Made: "Cups made", Later: "of them later",
	Kept: "Kept", Told: "Changed, told", Late: "Late, not told", GivenUp: "Cups walked away", Bare: "Refused bare (people)", Declined: "Offer declined (people)",
	WorstBacklog: "Worst backlog (cups)", Wait: "Wait now, 50 / 95 % (min)", LaterWait: "Wait later, from the order (min)", Counter: "Wait at the counter (min)",
	Assumed: "The demand is drawn from reports of 6 February 2026. The shape of the city, the customers' patience and how late they take an order are assumptions: nobody has published them. Possible is the standard cups that are made when each order goes to whichever shop of the city has the least to do and nobody leaves.",
	Names:   map[string]string{Fleet: "Weir fleet", Nearest: "Nearest shop", OnOff: "Nearest that is switched on", Wait: "Nearest with a wait that suits"},
}
