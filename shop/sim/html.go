package sim

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
)

//go:embed report.html
var reportHTML string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) },
	"whole":   func(x float64) string { return fmt.Sprintf("%.0f", x) },
	"minutes": func(s float64) string { return fmt.Sprintf("%.0f", s/60) },
}).Parse(reportHTML))

// page is one report in one language.
type page struct {
	*Report
	Words   *words
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

// WriteDir writes the report with charts into a directory, made if need be: index.html in Chinese, en.html in
// English. The charts show the first day at the first acceptance.
func (r *Report) WriteDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the report's directory: %w", err)
	}
	for name, w := range map[string]*words{"index.html": &chinese, "en.html": &english} {
		var text bytes.Buffer
		if err := reportPage.Execute(&text, r.page(w)); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

func (r *Report) page(w *words) page {
	p := page{Report: r, Words: w}
	for _, result := range r.Policies {
		if result.Accept == r.Policies[0].Accept {
			p.Shown = append(p.Shown, result)
		}
	}
	p.Backlog = backlogChart(w.Backlog, p.Shown)
	for i := range p.Shown {
		s := &p.Shown[i]
		if s.Policy == "weir" {
			p.Slots = slotsChart(w.Slots, s)
		}
		if s.Policy == "weir" || s.Policy == "none" {
			p.Waits = append(p.Waits, figure{s.Policy, waitsChart(w.Waits, s)})
		}
	}
	return p
}

// words are a language's.
type words struct {
	Lang, Title, Intro, Shape, Other, OtherPage    string
	Backlog, BacklogHelp, Waits, WaitsHelp         string
	Slots, SlotsHelp                               string
	Policy, Accept, Bound, Kept, Told, Late        string
	Made, GivenUp, Refused, WaitP50, WaitP95, WMax string
	Days, Seed                                     string
	Names                                          map[string]string
}

var chinese = words{
	Lang: "zh-CN", Title: "同一天，不同做法", Other: "English", OtherPage: "en.html",
	Intro:   "同样的顾客、同样的员工、同样的制作时间，只有接单的做法不同。",
	Shape:   "需求曲线按 2026 年 2 月 6 日的公开报道绘制；没有任何一家门店公布过自己的记录。",
	Backlog: "一天中排队的杯数", BacklogHelp: "已接单、现在就该做、还没做好的杯数。越低，顾客等得越短。",
	Waits: "答应的时间和实际的时间（分钟）", WaitsHelp: "每个点是一张现做的订单：横轴是答应顾客的分钟数，竖轴是实际等的分钟数。斜线以下是守约，以上（红色）是迟到。",
	Slots: "每刻钟预约的杯数（标准杯）", SlotsHelp: "中午做不完的订单，经顾客同意，移到有空的时段。",
	Policy: "做法", Accept: "愿意预约", Bound: "做出／能做", Kept: "守约", Told: "改期并告知", Late: "迟到", Made: "做好（杯）", GivenUp: "等不及走了（杯）",
	Refused: "没接的单", WaitP50: "等待中位数（分）", WaitP95: "等待 95%（分）", WMax: "最大积压（杯）", Days: "天数", Seed: "种子",
	Names: map[string]string{"weir": "堰", "none": "全部接单", "toggle": "手动开关", "throttle": "忙时拉长时间"},
}

var english = words{
	Lang: "en", Title: "The same day, run differently", Other: "中文", OtherPage: "index.html",
	Intro:   "The same customers, the same crew, the same making times; only how orders are taken differs.",
	Shape:   "The demand is drawn from reports of 6 February 2026; no shop's own record is public.",
	Backlog: "Cups waiting over the day", BacklogHelp: "Cups that were accepted, are due now and are not made. The lower, the shorter people wait.",
	Waits: "What was promised and what it took (minutes)", WaitsHelp: "Each dot is an order made at once: across, the minutes that were promised; up, the minutes it took. Below the line the promise was kept, above it (red) it was broken.",
	Slots: "Cups booked into each quarter of an hour (standard cups)", SlotsHelp: "What noon cannot make goes, if the customer agrees, to where there is time.",
	Policy: "Policy", Accept: "Take a slot", Bound: "Made of possible", Kept: "Kept", Told: "Changed, told", Late: "Late", Made: "Cups made", GivenUp: "Cups walked away",
	Refused: "Orders refused", WaitP50: "Wait, median (min)", WaitP95: "Wait, 95 % (min)", WMax: "Largest backlog (cups)", Days: "Days", Seed: "Seed",
	Names: map[string]string{"weir": "Weir", "none": "Accept all", "toggle": "Close by hand", "throttle": "Longer quotes"},
}
