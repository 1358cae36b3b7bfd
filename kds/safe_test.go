package kds

import (
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/shop"
)

var everyPage = []string{
	"/", "/kds", "/kds?view=batch", "/kds/recall", "/kds/sold-out", "/kds/stock", "/kds/stock/pearl", "/kds/stock-day", "/kds/why",
	"/kds/cups/c1-1", "/kds/clear", "/kds/release",
	"/handoff", "/handoff?order=o1", "/handoff?code=x", "/board", "/printers", "/practice",
}

// What a customer types is text on every page, and never markup.
func TestWhatCustomersTypeIsText(t *testing.T) {
	const evil = `<script>alert(1)</script>"onload="x`
	k := open(t, options{})
	k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{
		Ref: evil, DisplayNumber: evil, Fulfilment: shop.Delivery, Lines: []shop.Line{{Item: "unknown", Name: evil, Qty: 1}},
		Customer: shop.Customer{Name: evil, Notes: []string{evil}},
	}})
	for _, path := range append(everyPage, "/handoff?code="+strings.ReplaceAll(evil, `"`, "%22")) {
		if _, page := k.get(path); strings.Contains(page, "<script>alert") || strings.Contains(page, `"onload="`) {
			t.Errorf("%s shows markup that a customer typed", path)
		}
	}
}

var (
	inlineScript = regexp.MustCompile(`<script(?:\s[^>]*)?>[^<]|\son[a-z]+="|\sstyle="|javascript:|<style`)
	scriptTag    = regexp.MustCompile(`<script[^>]*>`)
	outside      = regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`)
)

// Nothing is inline, every script carries the response's own nonce, and nothing comes from outside.
func TestPagesKeepToTheirPolicy(t *testing.T) {
	k := one(t)
	seen := map[string]bool{}
	for _, path := range everyPage {
		r, err := http.Get(k.url + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		policy := r.Header.Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`script-src 'nonce-([^']+)'`).FindStringSubmatch(policy)
		if nonce == nil || seen[nonce[1]] {
			t.Errorf("%s: no nonce of its own in %q", path, policy)
			continue
		}
		seen[nonce[1]] = true
		for _, want := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s", path, want)
			}
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, r.Header)
		}
		_, page := k.get(path)
		if found := inlineScript.FindString(page); found != "" {
			t.Errorf("%s has something inline: %q", path, found)
		}
		if found := outside.FindString(page); found != "" {
			t.Errorf("%s loads from outside: %q", path, found)
		}
		for _, tag := range scriptTag.FindAllString(page, -1) {
			if !strings.Contains(tag, ` nonce="`) || !strings.Contains(tag, ` src="/static/`) {
				t.Errorf("%s: %s", path, tag)
			}
		}
	}
}

// A tablet that takes nothing more holds up nobody, and is let go.
func TestAFrozenTabletHoldsUpNobody(t *testing.T) {
	k := open(t, options{config: roomy, hub: func(h *hub) { h.gap, h.patient = time.Millisecond, 50*time.Millisecond }})
	k.rush(60)
	frozen, err := net.Dial("tcp", strings.TrimPrefix(k.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer frozen.Close()
	if _, err := frozen.Write([]byte("GET /kds/live?fit=60 HTTP/1.1\r\nHost: weir\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	w := k.watch(t, "fit=60")
	w.next()
	streams := func() int {
		k.screens.hub.mu.Lock()
		defer k.screens.hub.mu.Unlock()
		return k.screens.hub.streams
	}
	for deadline := time.Now().Add(15 * time.Second); streams() != 1; {
		if time.Now().After(deadline) {
			t.Fatalf("%d streams: the frozen tablet is still held", streams())
		}
		k.do(shop.Walkin{Cups: 1})
		if e := w.next(); e.name != "frame" { // the other one goes on
			t.Fatalf("a %s instead of a frame", e.name)
		}
	}
}

// However fast the changes come, a tablet gets at most a frame each gap.
func TestFramesKeepTheirGap(t *testing.T) {
	k := one(t)
	w := k.watch(t, "")
	w.next()
	began := time.Now()
	for range 60 {
		k.do(shop.Walkin{Cups: 1})
	}
	last := w.until("<b>63</b>")
	k.screens.hub.mu.Lock()
	frames := k.screens.hub.frames
	k.screens.hub.mu.Unlock()
	if most := uint64(time.Since(began)/frameGap) + 3; frames > most {
		t.Errorf("%d frames for 60 changes in %v, at most %d are due; the last is %s", frames, time.Since(began), most, last.id)
	}
}

// The language is remembered on the tablet that chose it.
func TestLanguageIsRemembered(t *testing.T) {
	k := one(t)
	r, err := http.NewRequest(http.MethodPost, k.url+"/lang", strings.NewReader("to=en&back=/kds"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	cookie := answer.Cookies()[0]
	if answer.StatusCode != http.StatusSeeOther || cookie.Value != "en" || cookie.MaxAge < 365*24*3600 {
		t.Errorf("%d, %v", answer.StatusCode, cookie)
	}
	if _, page := k.get("/kds", "Cookie", cookie.String()); !strings.Contains(page, `lang="en"`) || !strings.Contains(page, "Start") {
		t.Error("the board is not in English")
	}
	if _, page := k.get("/kds"); !strings.Contains(page, `lang="zh-Hans"`) {
		t.Error("another tablet is not in Chinese")
	}
}

func TestInstallable(t *testing.T) {
	k := one(t)
	_, manifest := k.get("/manifest.webmanifest")
	icons := regexp.MustCompile(`"src":"([^"]+)"`).FindAllStringSubmatch(manifest, -1)
	if len(icons) < 2 || !strings.Contains(manifest, `"start_url":"/kds"`) {
		t.Fatal(manifest)
	}
	for _, icon := range icons {
		if status, _ := k.get(icon[1]); status != 200 {
			t.Errorf("%s: %d", icon[1], status)
		}
	}
}
