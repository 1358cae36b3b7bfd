package kds

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/templates"
	"weir/templates/page"
)

// startPage says what is running, how it stands, and where everything is.
func (s *Screens) startPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	start := s.Start()
	p := templates.Start{Page: s.page(c, l.Of(state.Config.Name)+" · Weir", "pages.css"), Shop: l.Of(state.Config.Name), Ways: s.ways(l)}
	switch {
	case start.Open && start.Demo:
		p.Demo = l.T("演示：模拟平台正在下单。只在本机开放，无需登录。", "Demo: a simulated platform is sending orders. Open on this machine only, without sign-in.")
	case start.Open:
		p.Demo = l.T("只在本机开放，无需登录。对外开放后，平板要配对，店主要登录。", "Open on this machine only, without sign-in. On another interface a tablet must be paired and the owner must sign in.")
	case start.Demo:
		p.Demo = l.T("演示：模拟平台正在下单。", "Demo: a simulated platform is sending orders.")
	}
	r := state.Book.Report(now)
	level := fmt.Sprintf("%d %s", r.Level.Level, l.Level(r.Level.Level))
	if why := l.Reason(r.Level.Reason); why != "" {
		level += " · " + why
	}
	today := templates.Section{Title: l.T("今天", "Today"), Facts: []templates.Fact{
		{Name: l.T("营业日", "Business day"), Value: string(state.Counters.Day)},
		{Name: l.T("订单", "Orders"), Value: strconv.Itoa(state.Counters.Number)},
		{Name: l.T("待做", "To make"), Value: fmt.Sprintf(l.T("%d 杯，约 %s", "%d cups, about %s"), state.Ledger.Backlog(), span(l, r.Minutes))},
		{Name: l.T("接单", "Intake"), Value: level, Href: s.Base + "/kds/why"},
		{Name: l.T("杯账", "Cup ledger"), Value: ledgerWord(l, state), Bad: state.Lost() != 0},
	}}
	running := templates.Section{Title: l.T("运行", "Running")}
	for _, light := range s.lights(l) {
		running.Facts = append(running.Facts, templates.Fact{Name: light.Name, Value: light.Word, Bad: !light.OK})
	}
	if start.Broker != "" {
		running.Facts = append(running.Facts, templates.Fact{Name: "MQTT", Value: start.Broker})
	}
	for _, a := range start.Addresses {
		running.Facts = append(running.Facts, templates.Fact{Name: l.T("地址", "Address"), Value: a, Href: a})
	}
	if start.Version != "" {
		running.Facts = append(running.Facts, templates.Fact{Name: l.T("版本", "Version"), Value: start.Version})
	}
	p.Sections = []templates.Section{today, running}
	return page.Show(c, http.StatusOK, templates.StartPage(p))
}

// ways are the screens, with what each is for.
func (s *Screens) ways(l templates.Lang) []templates.Way {
	ways := []templates.Way{
		{Href: "/kds", Name: l.T("出杯屏", "Kitchen board"), For: l.T("后厨：要做的杯，最早承诺在前", "for the crew: cups to make, earliest promise first")},
		{Href: "/kds?view=batch", Name: l.T("批次", "Batches"), For: l.T("同样的杯一起做，一点开始，一点做好", "identical cups together: one tap starts, one finishes")},
		{Href: "/handoff", Name: l.T("交餐", "Hand-over"), For: l.T("扫码、核对、交出", "scan, check, hand over")},
		{Href: "/board", Name: l.T("取餐屏", "Pick-up screen"), For: l.T("给顾客和骑手看的号码", "numbers for customers and riders")},
		{Href: "/printers", Name: l.T("打印机", "Printers"), For: l.T("小票与打印任务", "paper and print jobs")},
	}
	for i := range ways {
		ways[i].Href = s.Base + ways[i].Href
	}
	if s.Base == "" {
		ways = append(ways,
			templates.Way{Href: "/practice", Name: l.T("演练", "Practice"), For: l.T("在自己的平板上排练高峰", "rehearse the rush on your own tablets")},
			templates.Way{Href: "/owner", Name: l.T("店主", "Owner"), For: l.T("手机：接单、等待、结算", "on a phone: intake, wait, settlement")},
			templates.Way{Href: "/docs", Name: l.T("接口文档", "API"), For: l.T("平台接入", "for platforms")})
	}
	return ways
}

func ledgerWord(l templates.Lang, state *shop.State) string {
	if off := state.Lost(); off != 0 {
		return fmt.Sprintf(l.T("差 %d 杯", "off by %d cups"), off)
	}
	return fmt.Sprintf(l.T("平：%d 杯，每一杯都有去处", "balanced: all %d cups accounted for"), state.Ledger.Ordered+state.Ledger.Remade)
}
