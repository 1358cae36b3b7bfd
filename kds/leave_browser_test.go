package kds

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"weir/shop"
)

// offline cuts the tablet's network, or joins it again.
func (b *tablet) offline(cut bool) {
	b.t.Helper()
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	rule := &network.Conditions{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}
	if _, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule,
		network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{rule}}); err != nil {
		b.t.Fatal(err)
	}
}

// A link that is tapped without the network keeps the page and the taps that could not be sent; when the network is back
// the taps are sent, and then the link opens.
func TestALinkWaitsForTheTapsThatWereNotSent(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 1))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	a.offline(true)
	a.tap("#c1-1 .bump")
	a.tap("#recall")
	a.until(`!document.getElementById("toast").hidden &&
		document.getElementById("toast").textContent === document.getElementById("words").dataset.waits`)
	if got := a.text(`location.pathname`); got != "/kds" {
		t.Fatalf("without the network the link led to %s", got)
	}
	if state := k.cupState("c1-1"); state != shop.Waiting {
		t.Fatalf("the network is not cut: the cup is %v", state)
	}
	a.offline(false)
	a.until(`location.pathname === "/kds/recall"`)
	if state := k.cupState("c1-1"); state != shop.Made {
		t.Errorf("the tap was lost: the cup is %v", state)
	}
}

// So does a form without taps of its own; and whoever goes on with the board stays there.
func TestAFormWaitsAndATapStays(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 2))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	a.offline(true)
	a.tap(".side .lang button")
	a.until(`!document.getElementById("toast").hidden`)
	a.tap("#c1-2 .bump")
	a.offline(false)
	a.until(`document.querySelector("#u-c1-2")`)
	if lang := a.text(`document.documentElement.lang`); lang != "zh-Hans" {
		t.Errorf("the page was left although somebody had gone on with the board: %s", lang)
	}
	a.tap(".side .lang button")
	a.until(`document.documentElement.lang === "en"`)
}
