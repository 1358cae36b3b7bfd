package kds

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// voice is a browser's speech that a test can hear: it says what is said, and ends it at once, never, or with an error.
const voice = `(() => {
	window.said = [];
	window.SpeechSynthesisUtterance = class extends EventTarget { constructor(text) { super(); this.text = text; } };
	const speech = {
		how: "end", held: [],
		speak(u) {
			said.push(u.text + " " + u.lang + " " + u.volume);
			const end = () => u.dispatchEvent(speech.how === "end" ? new Event("end") : Object.assign(new Event("error"), { error: speech.how }));
			if (speech.how === "hold") speech.held.push(() => u.dispatchEvent(new Event("end"))); else setTimeout(end);
		},
		cancel() {},
		go() { speech.how = "end"; for (const end of speech.held.splice(0)) end(); },
	};
	Object.defineProperty(window, "speechSynthesis", { value: speech, configurable: true });
})()`

// ready makes an order whose cups are made and which is called.
func (k *kitchen) ready(orders ...string) {
	k.t.Helper()
	for _, id := range orders {
		k.do(tapTo("c"+strings.TrimPrefix(id, "o")+"-1", shop.Made))
		k.clock.Move(shop.UndoTime)
		k.do(shop.Tick{})
	}
}

// TestTheVoiceCallsEveryNumberTwiceInOrder: whatever becomes ready in one moment is called, the longest ready first; what is
// fetched before its turn is not.
func TestTheVoiceCallsEveryNumberTwiceInOrder(t *testing.T) {
	k := open(t, options{})
	for i := range 6 {
		fulfilment := shop.Pickup
		if i == 4 {
			fulfilment = shop.Delivery
		}
		k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: fmt.Sprint(i), DisplayNumber: fmt.Sprint(70 + i), Fulfilment: fulfilment,
			Lines: []shop.Line{cup("matcha", 1)}}})
	}
	b := openTablet(t, browser(t), 1920, 1080, k.url+"/board").live()
	b.until(`!document.getElementById("voice-tap").hidden`) // a browser says nothing before it was touched, and the screen says so
	b.do(chromedp.Evaluate[chromedp.Void](voice))
	k.ready("o1")
	b.until(`document.querySelector("[data-called^='o1@']")`)
	if got := b.text(`said.length`); got != "0" {
		t.Errorf("%s calls before the first touch: they are lost", got)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`speechSynthesis.how = "hold"`))
	b.tap("#voice-tap")
	b.until(`said.length === 1 && document.getElementById("voice-tap").hidden`)
	b.until(`document.querySelector("#r-o1.fresh")`) // the number that is called stands out
	k.ready("o2", "o3", "o5", "o4")
	k.do(shop.Handover{By: "crew", Order: 3})
	b.until(`document.querySelector("[data-called^='o4@']") && !document.getElementById("r-o3")`)
	b.do(chromedp.Evaluate[chromedp.Void](`speechSynthesis.go()`))
	b.until(`said.length === 8`)
	var want []string
	for _, text := range []string{"请 0 0 1 号 取餐", "请 0 0 2 号 取餐", "美团骑手，7 4 号 好了", "请 0 0 4 号 取餐"} {
		want = append(want, text+" zh-Hans 1", text+" zh-Hans 1")
	}
	if got := b.text(`said.join("|")`); got != strings.Join(want, "|") {
		t.Errorf("the voice said\n%s, want\n%s", got, strings.Join(want, "|"))
	}

	// Volume, and the switch: what was called while it was off is not called afterwards.
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		said.length = 0;
		const v = document.getElementById("voice-volume");
		v.value = 40;
		v.dispatchEvent(new Event("change"));
	})()`))
	b.tap("#voice-on")
	k.ready("o6")
	b.until(`document.querySelector("[data-called^='o6@']")`)
	b.tap("#voice-on")
	b.until(`said.length === 1`)
	if got := b.text(`said.join("|")`); got != "叫号已打开 zh-Hans 0.4" {
		t.Errorf("after the switch: %q", got)
	}

	// A page that loads anew neither repeats nor forgets.
	b.do(chromedp.Navigate(k.url + "/board"))
	b.live()
	b.do(chromedp.Evaluate[chromedp.Void](voice))
	b.do(chromedp.MouseClickXY(10, 10))
	k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "n", Fulfilment: shop.Pickup, Lines: []shop.Line{cup("matcha", 1)}}})
	k.ready("o7")
	b.until(`said.length === 2`)
	if got := b.text(`said.join("|")`); strings.Contains(got, "0 0 6") || !strings.Contains(got, "0 0 7") {
		t.Errorf("after loading anew: %q", got)
	}
}

// TestASilentVoiceIsSeen: a device that cannot speak shows it, whether it says so or never ends.
func TestASilentVoiceIsSeen(t *testing.T) {
	for _, how := range []string{"synthesis-failed", "hold"} {
		k := open(t, options{})
		for i := range 2 {
			k.do(shop.Place{Channel: "meituan",
				Draft: shop.Draft{Ref: fmt.Sprint(i), Fulfilment: shop.Pickup, Lines: []shop.Line{cup("matcha", 1)}}})
		}
		b := openTablet(t, browser(t), 1280, 800, k.url+"/board").live()
		b.do(chromedp.Evaluate[chromedp.Void](voice),
			chromedp.Evaluate[chromedp.Void](`(() => { weir.speechMax = 50; speechSynthesis.how = "`+how+`"; })()`))
		b.do(chromedp.MouseClickXY(10, 10))
		k.ready("o1")
		b.until(`document.getElementById("voice-sign").textContent.includes("没有声音")`)
		if got := b.text(`document.documentElement.dataset.sound`); got != "call" {
			t.Errorf("%s: instead of the voice %q was played", how, got)
		}
		b.until(`said.length === 2`)
		b.do(chromedp.Evaluate[chromedp.Void](`(() => { speechSynthesis.how = "end"; })()`))
		k.ready("o2") // the control: once it speaks, the sign goes
		b.until(`document.getElementById("voice-sign").textContent === ""`)
	}
}

// TestNoNumberIsHiddenBesideFreePlaces: the numbers take the room there is, and what has none is counted.
func TestNoNumberIsHiddenBesideFreePlaces(t *testing.T) {
	k := open(t, options{config: roomy})
	const orders = 90
	for i := range orders {
		fulfilment := shop.Pickup
		if i%3 == 0 {
			fulfilment = shop.Delivery
		}
		k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: fmt.Sprint(i), DisplayNumber: fmt.Sprint(100 + i), Fulfilment: fulfilment,
			Lines: []shop.Line{cup("matcha", 1)}}})
	}
	const sizes = `[...document.querySelectorAll(".making .lane")].map((l) => l.dataset.lane + " " +
		[...l.querySelectorAll("li")].filter((li) => !li.hidden).length +
		"+" + (l.querySelector(".more").hidden ? 0 : l.querySelector(".more").textContent.match(/\d+/)[0]) + " at " +
		l.querySelector("ol").style.getPropertyValue("--number")).join(", ")`
	wall := openTablet(t, browser(t), 1920, 1080, k.url+"/board").live()
	small := openTablet(t, browser(t), 1024, 768, k.url+"/board").live()
	for _, b := range []*tablet{wall, small} {
		got := b.text(sizes)
		var own, ownMore, riders, ridersMore int
		var a, c string
		if _, err := fmt.Sscanf(strings.ReplaceAll(got, ",", ""), "own %d+%d at %s riders %d+%d at %s",
			&own, &ownMore, &a, &riders, &ridersMore, &c); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		if own+ownMore != 60 || riders+ridersMore != 30 {
			t.Errorf("%s: not every order is shown or counted", got)
		}
		if b == wall && (own < 30 || riders < 20) {
			t.Errorf("%s: a wall has room for more", got)
		}
		t.Log(got)
	}
	for i := 1; i <= orders; i++ {
		if i > 3 && i%3 != 1 || i > 12 {
			k.do(shop.End{Order: shop.OrderID(i), To: shop.OrderReleased, Reason: "test"})
		}
	}
	wall.until(`document.querySelectorAll(".making li").length < 10`)
	wall.until(`[...document.querySelectorAll(".making ol")].every((ol) => parseInt(ol.style.getPropertyValue("--number")) >= 66)`)
}

// TestTheDoorSaysWhatTheQuoteSays: what the screen says of an order placed now is the quote of the order that is placed then.
func TestTheDoorSaysWhatTheQuoteSays(t *testing.T) {
	k := open(t, options{config: roomy})
	k.crew()
	for _, more := range []int{0, 5, 40} {
		if more > 0 {
			k.rush(more)
		}
		_, page := k.get("/board")
		o := k.do(shop.Walkin{Cups: 1, Tap: fmt.Sprint(more)})
		q := o.Promise.Quote
		half, most := max(q.P50, time.Minute).Round(time.Minute), max(q.P90, time.Minute).Round(time.Minute)
		want := fmt.Sprintf("约等 %d–%d分钟 · 前面 %d 杯", int(half.Minutes()), int(most.Minutes()), q.Ahead)
		if half == most {
			want = fmt.Sprintf("约等 %d分钟 · 前面 %d 杯", int(half.Minutes()), q.Ahead)
		}
		if !strings.Contains(page, want) {
			at := strings.Index(page, "约等")
			t.Errorf("behind %d cups the screen says %q, the order is told %q", more, page[at:min(len(page), at+60)], want)
		}
	}
}
