package kds

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"weir/shop"
	"weir/shop/words"
)

// at is the middle of an element.
func (b *tablet) at(selector string) (x, y float64) {
	b.t.Helper()
	return b.middle(fmt.Sprintf("document.querySelector(%q)", selector))
}

// middle is the middle of the element that an expression gives.
func (b *tablet) middle(element string) (x, y float64) {
	b.t.Helper()
	p := value(b, chromedp.Evaluate[[]float64]("(() => { const r = "+element+".getBoundingClientRect(); return [r.x + r.width / 2, r.y + "+
		"r.height / 2]; })()"))
	return p[0], p[1]
}

// tap presses and releases at the middle of an element, as a person does who has seen it there.
func (b *tablet) tap(selector string) {
	b.t.Helper()
	b.until("!window.weir || weir.settled()")
	x, y := b.at(selector)
	b.do(chromedp.MouseClickXY(x, y))
}

func (b *tablet) mouse(kind input.DispatchMouseEventType, x, y float64) {
	b.t.Helper()
	b.do(chromedp.MouseEvent(kind, x, y, chromedp.ButtonLeft, func(p *input.DispatchMouseEventParams) { p.ClickCount = 1 }))
}

// live waits until a board shows what the server has.
func (b *tablet) live() *tablet {
	b.t.Helper()
	b.until("window.weir && weir.stats.frames > 0")
	return b
}

func TestTwoTabletsFollowOneCup(t *testing.T) {
	k := one(t)
	browser := browser(t)
	a := openTablet(t, browser, 1280, 800, k.url+"/kds").live()
	b := openTablet(t, browser, 1280, 800, k.url+"/kds").live()
	a.tap("#c1-2 .tools button") // start
	b.until(`document.querySelector("#c1-2.is-making")`)
	k.clock.Move(time.Second)
	b.tap("#c1-2 .bump")
	a.until(`!document.getElementById("c1-2") && document.querySelector(".undo[value=c1-2]")`)
	if k.cupState("c1-2") != shop.Made {
		t.Errorf("the cup is %v", k.cupState("c1-2"))
	}
	a.tap(".undo")
	b.until(`document.querySelector("#c1-2.is-making")`)
	a.tap(".walkin button[value='3']")
	b.until(`document.querySelectorAll("[data-cup]").length === 6`)
}

// While a finger is down the board must not move under it.
func TestATapIsNotLostWhileTheBoardMoves(t *testing.T) {
	k := one(t)
	k.order("shangou", "second", cup("matcha", 1))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	x, y := a.at("#c1-2 .bump")
	before := a.text("weir.stats.frames")
	a.mouse(input.DispatchMouseEventTypeMousePressed, x, y)
	first := a.text(`document.querySelector("[data-cup]").id`)
	k.do(tapTo(first, shop.Voided)) // every card moves up by one place
	a.until(`weir.waiting()`)
	if now := a.text("weir.stats.frames"); now != before {
		t.Errorf("the board moved under a finger: %s frames, then %s", before, now)
	}
	a.mouse(input.DispatchMouseEventTypeMouseReleased, x, y)
	a.until(`document.querySelector(".undo[value=c1-2]")`)
	if k.cupState("c1-2") != shop.Made {
		t.Errorf("the tapped cup is %v", k.cupState("c1-2"))
	}
}

// A tap in the moment after a move was aimed at the card that had been there.
func TestATapRightAfterAMoveHitsWhatWasAimedAt(t *testing.T) {
	for _, settle := range []struct {
		name string
		wait string
		want string // the place, before the move, of the card that the tap takes
	}{{"at once", "true", "third"}, {"after a while", "weir.settled()", "fourth"}} {
		t.Run(settle.name, func(t *testing.T) {
			k := one(t)
			k.order("shangou", "second", cup("matcha", 2))
			a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
			a.do(chromedp.Evaluate[chromedp.Void](`weir.settle(3000)`)) // a browser in a test is slower than a finger
			ids := strings.Split(a.text(`Array.from(document.querySelectorAll("[data-cup]"), (c) => c.id).join()`), ",")
			x, y := a.at("#" + ids[2] + " .bump")
			k.do(tapTo(ids[0], shop.Voided))
			a.until(`!document.getElementById("` + ids[0] + `")`)
			a.until(settle.wait)
			a.do(chromedp.MouseClickXY(x, y))
			a.until(`document.querySelector(".undo")`)
			want := map[string]string{"third": ids[2], "fourth": ids[3]}[settle.want]
			if got := a.text(`document.querySelector(".undo").value`); got != want {
				t.Errorf("the tap took %s, want %s, the %s before the move", got, want, settle.want)
			}
		})
	}
}

// sameAsNew tells whether a live board shows what a page loaded this moment would.
const sameAsNew = `(() => {
	const page = new XMLHttpRequest();
	page.open("GET", location.href, false);
	page.send();
	const text = (frame) => frame.outerHTML.replace(/<!--.*?-->/g, "").replace(/>\s+</g, "><").replace(/ chosen| going/g, "");
	const anew = new DOMParser().parseFromString(page.responseText, "text/html");
	return text(anew.getElementById("frame")) === text(document.getElementById("frame"));
})()`

// A frame touches only the parts that changed. Whatever happens in the shop, what adds up on the tablet must
// be what a page loaded anew shows, in the same order.
func TestFramesAddUpToTheWholePage(t *testing.T) {
	for _, view := range []string{"/kds", "/kds?view=batch", "/kds?page=2"} {
		t.Run(view, func(t *testing.T) {
			k := open(t, options{config: roomy})
			k.rush(60)
			a := openTablet(t, browser(t), 1280, 800, k.url+view).live()
			a.until(sameAsNew)
			random := rand.New(rand.NewPCG(3, 4))
			for i := range 40 {
				queue := k.store.Snapshot().Queue("", time.Time{})
				some := queue[random.IntN(len(queue))].ID()
				switch random.IntN(6) {
				case 0:
					k.do(shop.Tap{Cups: []shop.CupID{some}, To: shop.Making})
				case 1:
					k.do(shop.Tap{Cups: []shop.CupID{queue[0].ID(), some}, To: shop.Made})
				case 2:
					k.do(shop.Tap{Cups: []shop.CupID{some}, To: shop.Voided}) // another is made in its place
				case 3:
					k.do(shop.Walkin{Cups: 2}) // promised sooner than most: it is put in between
				case 4:
					k.order("shangou", fmt.Sprint("extra-", i), cup("matcha", 1+random.IntN(3)))
				case 5:
					k.clock.Move(time.Duration(random.IntN(8)) * time.Second)
				}
				if random.IntN(3) == 0 {
					a.until(sameAsNew)
				}
			}
			a.until(sameAsNew)
			a.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#cards > .card:nth-of-type(3)").remove()`))
			if a.text(sameAsNew) != "false" {
				t.Error("a card that is missing was not noticed: this test proves nothing")
			}
			k.do(shop.Walkin{Cups: 1})
			a.until(sameAsNew) // and the next frame mends it
		})
	}
}

// The server is killed under an open board and comes back on the same port: the board catches up by
// itself, and a tap made in between is sent.
func TestBoardSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	k := open(t, options{dir: dir})
	k.order("meituan", "37", cup("pearl-milk-tea", 2), cup("matcha", 1))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	address, err := url.Parse(k.url)
	if err != nil {
		t.Fatal(err)
	}
	k.close()
	a.tap("#c1-1 .bump")
	a.until(`document.querySelector("#c1-1.going")`)
	again := open(t, options{dir: dir, addr: address.Host})
	again.order("meituan", "38", cup("matcha", 1))
	a.until(`document.getElementById("c2-1") && !document.getElementById("c1-1")`)
	if again.cupState("c1-1") != shop.Made {
		t.Errorf("the tap made while the server was down: the cup is %v", again.cupState("c1-1"))
	}
}

// Without a beat for 25 seconds the board says so, over everything, with the age of what it shows.
func TestLostConnectionIsLoud(t *testing.T) {
	dir := t.TempDir()
	k := open(t, options{dir: dir})
	k.order("meituan", "37", cup("matcha", 1))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	address, err := url.Parse(k.url)
	if err != nil {
		t.Fatal(err)
	}
	k.close()
	a.later(24 * time.Second)
	a.until(`!document.getElementById("lost").hidden && /2[5-9]/.test(document.getElementById("lost-age").textContent)`)
	again := open(t, options{dir: dir, addr: address.Host})
	a.until(`document.getElementById("lost").hidden`)
	again.order("meituan", "38", cup("matcha", 1))
	a.until(`document.getElementById("c2-1")`)
}

// later lets time pass on a tablet: its clock that cannot be set moves on.
func (b *tablet) later(d time.Duration) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`(() => { const real = performance.now.bind(performance); performance.now = () => real() + %d; })()`, d.Milliseconds())))
}

// A tablet's own clock may be set, or be wrong: what it measures does not come from it. Whatever time the tablet believes,
// a lost connection is told, one that is not lost is not, and a tap that cannot be sent is given up in the end.
func TestATabletsOwnClockIsNotTrusted(t *testing.T) {
	for name, set := range map[string]time.Duration{"an hour back": -time.Hour, "a day ahead": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			k := open(t, options{})
			k.order("meituan", "37", cup("matcha", 1))
			a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
			a.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
				const real = Date.now;
				Date.now = () => real() + %d;
				window.looked = 0;
				setInterval(() => { looked++; }, 1000);
			})()`, set.Milliseconds())))
			a.until("looked >= 2") // the page has looked at its connection since
			if a.text(`document.getElementById("lost").hidden`) != "true" {
				t.Error("the clock was set, and the page says that the connection is lost")
			}
			k.close()
			a.later(26 * time.Second)
			a.until(`!document.getElementById("lost").hidden && parseInt(document.getElementById("lost-age").textContent) >= 25`)
			a.tap("#c1-1 .bump")
			a.until(`document.querySelector("#c1-1.going")`)
			a.later(time.Minute)
			a.until(`!document.getElementById("toast").hidden && !document.querySelector("#c1-1.going")`)
		})
	}
}

// A new order, one that is late and trouble are heard, each in its own way, from the first touch on.
func TestWhatIsNewAndLateIsHeard(t *testing.T) {
	trouble := atomic.Bool{}
	k := open(t, options{screen: func(c *Config) {
		c.Troubles = func(words.Lang) []string {
			if trouble.Load() {
				return []string{"出事了"}
			}
			return nil
		}
	}})
	k.order("meituan", "37", cup("matcha", 1))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	const heard = `document.documentElement.dataset.sound`
	if now := a.text(heard); now != "undefined" {
		t.Errorf("before the first touch %s was played: no browser allows that", now)
	}
	a.tap(".clock")
	a.until(heard + ` === "test"`)
	for place, channel := range []string{"meituan", "shangou"} { // each channel has its own tone
		at := slices.IndexFunc(k.store.Snapshot().Config.Channels, func(c shop.Channel) bool { return c.ID == channel })
		k.clock.Move(time.Second)
		k.order(channel, fmt.Sprint(38+place), cup("matcha", 1))
		a.until(heard + fmt.Sprintf(` === "fresh-%d"`, at))
	}
	before := a.text(heard)
	// Mute is for new orders and late cups; the board shows until when.
	a.do(chromedp.Evaluate[chromedp.Void](`localStorage.setItem("weir_sound", JSON.stringify({ until: Date.now() + 600000 }))`))
	k.clock.Move(time.Second)
	k.order("meituan", "40", cup("matcha", 1))
	a.until(`document.querySelector("#sound.muted small").textContent.includes(":") && document.querySelectorAll("[data-cup]").length === 4`)
	if now := a.text(heard); now != before {
		t.Errorf("a mute tablet played %s after %s", now, before)
	}
	a.do(chromedp.Evaluate[chromedp.Void](`localStorage.removeItem("weir_sound")`))
	k.clock.Move(time.Hour)
	a.until(heard + ` === "late"`)
	trouble.Store(true)
	k.do(shop.Walkin{Cups: 1})
	a.until(heard + ` === "trouble"`)
}

// The bump bar: numbers bump, arrows choose, enter bumps what is chosen, U takes back, R recalls.
func TestBumpBar(t *testing.T) {
	k := one(t)
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	ids := strings.Split(a.text(`Array.from(document.querySelectorAll("[data-cup]"), (c) => c.id).join()`), ",")
	a.do(chromedp.KeyEvent("2"))
	a.until(`document.querySelector(".undo[value=` + ids[1] + `]")`)
	a.do(chromedp.KeyEvent("u"))
	a.until(`document.getElementById("` + ids[1] + `")`)
	a.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	a.until(`document.querySelector("#` + ids[1] + `.chosen")`)
	a.do(chromedp.KeyEvent("\r"))
	a.until(`document.querySelector(".undo[value=` + ids[1] + `]")`)
	a.do(chromedp.KeyEvent("r"))
	a.until(`location.pathname === "/kds/recall" && document.querySelector(".recall")`)
}
