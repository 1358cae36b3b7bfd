package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// chromiumPath is Debian's browser; without it the tests of this file are skipped.
const chromiumPath = "/usr/bin/chromium"

// reader is a browser that opens every page of a shop, one after the other.
type reader struct {
	t   *testing.T
	ctx context.Context
	url string
}

// pagePatience is how long a browser may take for one page: the machine may be busy.
const pagePatience = 75 * time.Second

func newReader(t *testing.T, url string) *reader {
	t.Helper()
	if _, err := os.Stat(chromiumPath); err != nil {
		t.Skip("no Chromium here: ", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromiumPath), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true), chromedp.Flag("accept-lang", "zh-CN"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &reader{t, ctx, url}
}

func (r *reader) do(steps ...chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.ctx, pagePatience)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		r.t.Fatal(err)
	}
}

// text evaluates a JavaScript expression, or a promise of one, to a string.
func (r *reader) text(expression string) string {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.ctx, pagePatience)
	defer stop()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		again, stop := context.WithTimeout(r.ctx, pagePatience)
		defer stop()
		at, _ := chromedp.Run(again, chromedp.Evaluate[string](`location.href + " " + innerWidth + " " + document.readyState`))
		r.t.Fatalf("%v at %s", err, at)
	}
	return v
}

// list evaluates an expression that is a list of what is wrong, as JSON.
func (r *reader) list(expression string) (wrong []string) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.text(expression)), &wrong); err != nil {
		r.t.Fatal(err)
	}
	return wrong
}

// still waits until a page has its frame and has made room for it.
const still = `new Promise((done) => {
	const framed = () => !document.body?.dataset.stream || window.weir && weir.stats.frames > 0 && weir.fits() && !weir.waiting();
	const look = () => document.readyState === "complete" && framed()
		? requestAnimationFrame(() => requestAnimationFrame(() => done("still"))) : setTimeout(look, 20);
	look();
})`

// open opens a page in a size and waits until it is at rest.
func (r *reader) open(path string) {
	r.t.Helper()
	r.do(chromedp.Navigate(r.url + path))
	r.text(still)
}

// in is the path of a page in a language.
func in(path, lang string) string {
	if strings.Contains(path, "?") {
		return path + "&lang=" + lang
	}
	return path + "?lang=" + lang
}

// geometry is an expression that lists what of a page cannot be reached or read; the file says what that is.
//
//go:embed testdata/geometry.js
var geometry string

// furnished is a shop with work in every list, and the pages that there are about it.
func furnished(t *testing.T) (r *running, pages []string) {
	t.Helper()
	r = start(t, t.TempDir())
	do := func(commands ...shop.Command) {
		t.Helper()
		for _, c := range commands {
			if _, err := r.house.store.Do(t.Context(), c); err != nil {
				t.Fatalf("%#v: %v", c, err)
			}
		}
	}
	notes := []string{"", "花生过敏", "少放一点茶，谢谢！", "不要牛奶，孩子过敏，请一定注意，谢谢老板"}
	all := shop.Options{Size: "l", Ice: "none", Sugar: "zero", Milk: "oat",
		Toppings: []string{"pearl", "coconut", "taro", "pudding", "redbean"}}
	for i := range 9 {
		items := r.house.config.Menu.Items
		options := shop.Options{}
		if i%3 == 1 {
			options = all
		}
		do(shop.Place{Channel: []string{"meituan", "shangou"}[i%2], Draft: shop.Draft{
			Ref: fmt.Sprint("ref-", i), DisplayNumber: fmt.Sprint(37*i + 5), Fulfilment: shop.Delivery,
			Customer: shop.Customer{Notes: []string{notes[i%len(notes)]}},
			Lines:    []shop.Line{{Item: items[i%len(items)].ID, Name: items[i%len(items)].ID, Qty: 1 + i%2, Options: options}},
		}})
	}
	made := func(id string) shop.Command {
		cup, err := shop.ParseCupID(id)
		if err != nil {
			t.Fatal(err)
		}
		return shop.Tap{Cups: []shop.CupID{cup}, To: shop.Made}
	}
	do(made("c1-1"), made("c2-1"), made("c2-2"), shop.Walkin{Cups: 2, Tap: "w"}, shop.SetStock{Ingredient: "milk", Amount: 300},
		shop.SetStock{Ingredient: "pearl", Amount: 100}, shop.SetStock{Ingredient: "taro", Amount: 60},
		shop.Cook{Ingredient: "taro", Step: shop.CookBegin}, shop.SetAvailable{Ingredient: "coconutmilk", Closing: true},
		shop.SetAvailable{Channel: "meituan", Option: "topping/redbean"})
	return r, []string{
		"/", "/kds", "/kds?view=batch", "/kds/cups/c3-1", "/kds/cups/c1-1", "/kds/recall", "/kds/clear",
		"/kds/release?item=oolong-milk-tea", "/kds/totals", "/kds/counter", "/kds/counter?line=grape*2+size/l",
		"/kds/sold-out", "/kds/stock", "/kds/stock/pearl", "/kds/stock/taro", "/kds/stock-day",
		"/kds/why", "/handoff", "/handoff?order=o2", "/handoff?code=nothing", "/printers", "/practice", "/pair", "/signin",
		"/owner", "/owner/rota", "/owner/report", "/owner/report/days", "/owner/campaigns",
		"/owner/settlement", "/owner/devices", "/owner/people", "/owner/keys", "/owner/password", "/owner/log", "/docs", "/kds/cups/c99-1",
		"/kds/lines", "/kds/sound", "/kds/orders", "/kds/orders/o2", "/owner/waiting", "/owner/names", "/problems/invalid", "/board",
	}
}

// window is a size that shops have, and how large it shows everything, percent.
type window struct {
	wide, high int64
	size       string
}

// windows are phones, old tablets, tablets, counter computers and walls, upright and on their side, and letters of twice the size.
func windows() []window {
	upright := []window{{360, 640, ""}, {390, 844, ""}, {800, 1280, ""}, {1024, 768, ""}, {1280, 800, ""}, {1366, 768, ""},
		{1920, 1080, ""}}
	list := append(upright, window{1280, 800, "200"}, window{390, 844, "200"})
	if os.Getenv("WEIR_LONG") == "" {
		return append(list, window{844, 390, ""}, window{768, 1024, ""})
	}
	for _, w := range upright {
		list = append(list, window{w.high, w.wide, ""})
	}
	return list
}

// TestEveryPageFitsEveryScreen: at every size that shops have no control is off the screen, none lies over another, and no
// text is cut.
func TestEveryPageFitsEveryScreen(t *testing.T) {
	r, pages := furnished(t)
	b := newReader(t, r.url)
	only := os.Getenv("WEIR_PAGE") // looks at one page alone, while it is being mended
	for i, path := range pages {
		if only != "" && path != only {
			continue
		}
		for _, lang := range []string{"zh", "en"} {
			at := in(path, lang)
			b.do(chromedp.EmulateViewport(1280, 800))
			b.open(at)
			for n, w := range windows() {
				if lang == "en" && (n+i)%3 != 0 && os.Getenv("WEIR_LONG") == "" {
					continue // a third of the sizes for each page in the ordinary run
				}
				b.do(chromedp.EmulateViewport(w.wide, w.high),
					chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.size = "`+w.size+`"`))
				b.text(still)
				for _, wrong := range b.list(geometry) {
					t.Errorf("%s at %d×%d %s: %s", at, w.wide, w.high, w.size, wrong)
				}
			}
		}
	}
	// The control: a page made wrong on purpose.
	b.open("/kds/why")
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		for (const [tag, text, style] of [["p", "much too long for it", { width: "40px", overflow: "hidden", whiteSpace: "nowrap" }],
			["button", "off", { position: "absolute", left: "-30px" }], ["button", "under", {}], ["button", "over", { marginTop: "-40px" }]]) {
			const e = document.createElement(tag);
			e.textContent = text;
			Object.assign(e.style, style);
			document.querySelector("main").append(e);
		}
	})()`))
	found := strings.Join(b.list(geometry), "\n")
	for _, want := range []string{"cut: p much too long", "off the screen: button off", "overlap: button under and button over"} {
		if !strings.Contains(found, want) {
			t.Errorf("the geometry did not find %q in:\n%s", want, found)
		}
	}
}
