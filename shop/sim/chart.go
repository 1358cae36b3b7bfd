package sim

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// chart is a picture in SVG with a scale to the left and below.
type chart struct {
	strings.Builder
	xMax, yMax float64
}

// Sizes of a chart in its own units; the page scales it.
const (
	chartWidth, chartHeight = 760.0, 300.0
	left, right             = 48.0, 10.0
	top, bottom             = 10.0, 34.0
	hourMinutes             = 60.0
)

func newChart(name string, xMax, yMax, yStep float64) *chart {
	c := &chart{xMax: xMax, yMax: math.Max(yStep, math.Ceil(yMax/yStep)*yStep)}
	fmt.Fprintf(c, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, chartWidth, chartHeight, template.HTMLEscapeString(name))
	for y := 0.0; y <= c.yMax; y += yStep {
		fmt.Fprintf(c, `<line class="grid" x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%.0f</text>`,
			left, c.y(y), chartWidth-right, c.y(y), left-6, c.y(y)+4, y)
	}
	return c
}

func (c *chart) x(v float64) float64 { return left + v/c.xMax*(chartWidth-left-right) }
func (c *chart) y(v float64) float64 { return chartHeight - bottom - v/c.yMax*(chartHeight-top-bottom) }

// hours writes the time of day below, from opening.
func (c *chart) hours() {
	for h := 0.0; h*hourMinutes <= c.xMax; h += 2 {
		fmt.Fprintf(c, `<text x="%.1f" y="%.0f" text-anchor="middle">%02.0f:00</text>`, c.x(h*hourMinutes), chartHeight-bottom+18,
			opensAt.Hours()+h)
	}
}

// numbers writes a scale below.
func (c *chart) numbers(step float64) {
	for x := 0.0; x <= c.xMax; x += step {
		fmt.Fprintf(c, `<text x="%.1f" y="%.0f" text-anchor="middle">%.0f</text>`, c.x(x), chartHeight-bottom+18, x)
	}
}

func (c *chart) end() template.HTML {
	c.WriteString("</svg>")
	return template.HTML(c.String()) // only numbers, and a name that is escaped
}

// Point is a number of cups at a time since opening.
type Point struct {
	At   time.Duration
	Cups float64
}

// Curve is a line over the day, in the colour that the page gives its class.
type Curve struct {
	Class  string
	Points []Point
}

// scaleLines is how many lines the scale of a [DayChart] has.
const scaleLines = 5

// DayChart draws curves over a day that ends so long after opening. The name is for those who do not see the picture.
func DayChart(name string, ends time.Duration, curves []Curve) template.HTML {
	most := 1.0
	for _, curve := range curves {
		for _, p := range curve.Points {
			most = math.Max(most, p.Cups)
		}
	}
	round := math.Pow(10, math.Floor(math.Log10(most/scaleLines)))
	c := newChart(name, ends.Minutes(), most, math.Ceil(most/scaleLines/round)*round)
	c.hours()
	for _, curve := range curves {
		fmt.Fprintf(c, `<polyline class="line %s" points="`, curve.Class)
		for _, p := range curve.Points {
			fmt.Fprintf(c, "%.1f,%.1f ", c.x(p.At.Minutes()), c.y(p.Cups))
		}
		c.WriteString(`"/>`)
	}
	return c.end()
}

// waitsMost is the longest wait in minutes that is drawn in its place; longer ones are at the edge.
const waitsMost = 90.0

// waitsChart draws every order made at once: how long it was promised to take, and how long it took.
func waitsChart(name string, r *Result) template.HTML {
	c := newChart(name, waitsMost, waitsMost, 15)
	c.numbers(15)
	fmt.Fprintf(c, `<line class="limit" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, c.x(0), c.y(0), c.x(waitsMost), c.y(waitsMost))
	for _, w := range r.charts.waits {
		class := "kept"
		if w.ready > w.promised {
			class = "late"
		}
		fmt.Fprintf(c, `<circle class="%s" cx="%.1f" cy="%.1f" r="2.5"/>`, class,
			c.x(math.Min(float64(w.promised)/60_000, waitsMost)), c.y(math.Min(float64(w.ready)/60_000, waitsMost)))
	}
	return c.end()
}

// slotsChart draws the standard cups that were booked into each quarter of an hour.
func slotsChart(name string, r *Result) template.HTML {
	most := 0.0
	for _, s := range r.charts.slots {
		most = math.Max(most, s.work.Cups())
	}
	const quarter = 15.0
	c := newChart(name, float64(dayLength)/60_000, most, 10)
	c.hours()
	for _, s := range r.charts.slots {
		x := float64(s.start) / 60_000
		fmt.Fprintf(c, `<rect class="slot" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`,
			c.x(x)+1, c.y(s.work.Cups()), c.x(x+quarter)-c.x(x)-2, c.y(0)-c.y(s.work.Cups()))
	}
	return c.end()
}
