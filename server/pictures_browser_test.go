package main

import (
	"context"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPicturesOfTheOwnersPage takes the pictures of the README that show the owner's page anew, with WEIR_PICTURES set. They have
// the time of the day on them, so nothing compares them; package kds compares those of the crew's screens.
func TestPicturesOfTheOwnersPage(t *testing.T) {
	if os.Getenv("WEIR_PICTURES") == "" {
		t.Skip("takes pictures only with WEIR_PICTURES=1")
	}
	r, _ := furnished(t)
	b := newReader(t, r.url)
	b.do(chromedp.EmulateViewport(390, 844))
	b.open(in("/owner", "zh"))
	ctx, stop := context.WithTimeout(b.ctx, pagePatience)
	defer stop()
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("../docs/screens/owner-phone.png", shot, 0o644); err != nil {
		t.Fatal(err)
	}
}
