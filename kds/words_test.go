package kds

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"weir/printer"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/words"
	"weir/shop/words/madeup"
	"weir/templates"
)

// shopNames are the names that a shop gives itself: they are not in the catalogues.
func shopNames(config *shop.Config) (names []string) {
	add := func(n shop.Name) { names = append(names, n.EN, n.ZH) }
	for _, i := range config.Menu.Items {
		add(i.Name)
	}
	for _, g := range config.Menu.Groups {
		for _, o := range g.Options {
			add(o.Name)
			names = append(names, short(madeup.Lang, g.ID, o.Name.EN))
		}
	}
	for _, n := range config.Menu.Pantry {
		add(n.Name)
		add(n.Unit)
	}
	for _, ch := range config.Channels {
		add(ch.Name)
	}
	for _, st := range config.Stations {
		add(st.Name)
	}
	for _, s := range config.Sisters {
		add(s.Name)
	}
	add(config.Name)
	return names
}

// TestEveryScreenSpeaksAThirdLanguage: every page of the crew's in a language that was added as one file has no
// word of ours in Chinese or English.
func TestEveryScreenSpeaksAThirdLanguage(t *testing.T) {
	madeup.Add(t)
	broken := printer.Status{Name: "kitchen", Model: printer.ESCPOS80, Address: "virtual:", Reason: printer.ReasonPaper, Since: try.Noon}
	k := open(t, options{screen: func(c *Config) {
		c.Printers = []Printer{shown{broken, nil}}
		c.Network = func(l words.Lang) []templates.Light {
			return []templates.Light{{Name: l.T("lights.platform"), Word: l.T("lights.not_connected")}}
		}
		c.Troubles = func(l words.Lang) []string { return []string{l.T("lights.cut_off_from_the")} }
		c.Start = func() Start { return Start{Open: true, Demo: true, Broker: "tcp://127.0.0.1:1883", Version: "1.0.0"} }
	}})
	for n := range 10 {
		k.order("meituan", string(rune('a'+n)), cup("matcha", 1+n%3), cup("pearl-milk-tea", 1))
	}
	k.do(tapTo("c1-1", shop.Made), tapTo("c2-1", shop.Making), shop.Walkin{Cups: 2, Tap: "w"}, shop.SetAvailable{Item: "grape"},
		shop.SetStock{Ingredient: "milk", Amount: 300},
		shop.SetAvailable{Ingredient: "taro", Closing: true}, shop.SetStock{Ingredient: "pearl", Amount: 100})
	k.do(shop.End{By: "test", Order: 3, To: shop.OrderReleased, Reason: "zzz"})
	k.clock.Move(25 * time.Minute)
	k.do(shop.Tick{})
	k.post("/practice/begin/calm", url.Values{})
	names := append(shopNames(k.store.Snapshot().Config), "Weir", "MQTT", "tcp://127.0.0.1:1883", "escpos80", "virtual:", "kitchen", "zzz")
	for _, path := range []string{
		"/", "/kds", "/kds?view=batch", "/kds/tea", "/kds?fit=8&page=2", "/kds/why", "/kds/recall", "/kds/clear", "/kds/release",
		"/kds/release?item=matcha",
		"/kds/sold-out", "/kds/stock", "/kds/stock/pearl", "/kds/stock-day", "/kds/cups/c1-1", "/kds/cups/c2-1", "/kds/cups/c4-1",
		"/kds/cups/c3-1", "/handoff", "/handoff?order=o1",
		"/handoff?order=o3",
		"/handoff?code=nothing", "/board", "/printers", "/practice", "/practice/kds", "/practice/handoff", "/practice/board",
	} {
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("lang", string(madeup.Lang))
		u.RawQuery = q.Encode()
		status, page := k.get(u.String())
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		for _, text := range madeup.Foreign(page, append(names, "nothing")...) {
			t.Errorf("%s: %q is in no catalogue", path, text)
		}
	}
	// The control: the same page in a language that is released is full of such words.
	_, page := k.get("/kds?lang=en")
	if page = strings.ReplaceAll(page, `lang="en"`, `lang="`+madeup.Lang.Tag()+`"`); len(madeup.Foreign(page, names...)) < 10 {
		t.Error("an English page passes for one in the made-up language: the test sees nothing")
	}
}
