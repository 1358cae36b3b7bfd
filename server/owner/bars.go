package owner

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
)

// A campaign of up to eight hours is drawn by the quarter of an hour, one of up to two days by the hour, a longer one by
// the business day: a phone has room for some fifty bars.
const (
	quartersShownMax = 8 * 4
	hoursShownMax    = 2 * 24 * 4 // quarters of an hour
)

// stretch is one bar: a quarter of an hour or several.
type stretch struct {
	name, short       string
	expected, canTake int
}

// stretches joins a campaign's quarters of an hour to as many bars as can be read.
func stretches(l words.Lang, config *shop.Config, quarters []shop.Quarter) (title string, list []stretch) {
	name := func(at time.Time) (name, short string) { return at.Format("15:04"), at.Format("15:04") }
	title = l.T("owner_page.cups_per_quarter_of")
	switch n := len(quarters); {
	case n > hoursShownMax:
		title = l.T("owner_page.cups_per_business_day")
		name = func(at time.Time) (string, string) {
			day := config.Day(at)
			return dayName(l, day), string(day)[len("2006-"):]
		}
	case n > quartersShownMax:
		title = l.T("owner_page.cups_per_hour")
		name = func(at time.Time) (string, string) { return at.Format("01-02 15:00"), at.Format("15:00") }
	}
	for _, q := range quarters {
		long, short := name(q.Start.In(config.Location))
		if len(list) == 0 || list[len(list)-1].name != long {
			list = append(list, stretch{name: long, short: short})
		}
		last := &list[len(list)-1]
		last.expected, last.canTake = last.expected+q.Expected, last.canTake+q.CanTake
	}
	return title, list
}

// The chart's measures, in units of its SVG; on a phone a unit is about a pixel.
const (
	barsWidth, barsHeight = 350.0, 220.0
	barsLeft, barsRight   = 44.0, 344.0
	barsTop, barsBottom   = 12.0, 190.0
	acrossMax             = 5 // labels along the time
)

// bars draws what is expected of a campaign against what can be taken.
func bars(l words.Lang, config *shop.Config, quarters []shop.Quarter) *templates.OwnerBars {
	title, list := stretches(l, config, quarters)
	most := 0
	for _, s := range list {
		most = max(most, s.expected)
	}
	step := gridStep(most)
	top := float64(step * max(1, (most+step-1)/step))
	y := func(cups int) float64 { return barsBottom - (barsBottom-barsTop)*float64(cups)/top }
	wide := (barsRight - barsLeft) / float64(max(1, len(list)))
	b := &templates.OwnerBars{Title: title, Width: px(barsWidth), Height: px(barsHeight), Left: px(barsLeft), Right: px(barsRight)}
	for at := 0; float64(at) <= top; at += step {
		b.Up = append(b.Up, templates.OwnerTick{X: px(barsLeft - 6), Y: px(y(at)), Text: strconv.Itoa(at)})
	}
	every := (len(list) + acrossMax - 1) / acrossMax
	var line strings.Builder
	for i, s := range list {
		x := barsLeft + float64(i)*wide
		b.Bars = append(b.Bars, templates.OwnerBar{X: px(x + wide*.05), Y: px(y(s.expected)), Width: px(wide * .9),
			Height: px(barsBottom - y(s.expected))})
		if i == 0 {
			line.WriteString("M" + px(x) + " " + px(y(s.canTake)))
		}
		line.WriteString("V" + px(y(s.canTake)) + "H" + px(x+wide))
		if i%every == 0 {
			b.Across = append(b.Across, templates.OwnerTick{X: px(x), Y: px(barsBottom + 22), Text: s.short})
		}
		b.Rows = append(b.Rows, templates.OwnerUse{Name: s.name, Expected: strconv.Itoa(s.expected), CanTake: strconv.Itoa(s.canTake)})
	}
	b.Line = line.String()
	return b
}

// gridStep is the distance of the grid's lines in cups: 1, 2 or 5 times a power of ten, with at most five lines.
func gridStep(most int) int {
	const lines = 4
	for power := 1; ; power *= 10 {
		for _, n := range []int{1, 2, 5} {
			if n*power*lines >= most || power > math.MaxInt/100 {
				return n * power
			}
		}
	}
}

// px is a measure as SVG writes it.
func px(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
