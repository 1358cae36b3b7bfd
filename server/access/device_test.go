package access

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/try"
)

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestACodePairsOneDeviceOnce(t *testing.T) {
	dir := t.TempDir()
	s, stop := open(t, dir)
	h := guardedStore(t, s, nil)
	code, err := h.NewCode(t.Context(), "owner:老板", false)
	if err != nil {
		t.Fatal(err)
	}
	if len(code.Digits) != 8 || strings.Trim(code.Digits, "0123456789") != "" || code.Spaced() != code.Digits[:4]+" "+code.Digits[4:] {
		t.Errorf("code %q, %q; want 8 digits", code.Digits, code.Spaced())
	}
	first, second := h.browser(), h.browser()
	if a := first.post("/pair", "code", code.Digits, "name", " "); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a name that says nothing: %d", a.status)
	}
	a := first.post("/pair", "code", code.Spaced(), "name", "前台") // a bad name has not used the code up
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
		t.Fatalf("pairing: %d %s", a.status, wrongOf(a))
	}
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cookie.Value) != 22 || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Name != "weir_device" ||
		cookie.Secure {
		t.Errorf("cookie %+v; want 128 bits that no script and no other site gets", cookie)
	}
	if a := first.get("/kds"); a.status != http.StatusOK {
		t.Errorf("the board after pairing: %d", a.status)
	}
	if a := second.post("/pair", "code", code.Digits, "name", "后厨"); a.status != http.StatusForbidden || len(h.Devices()) != 1 {
		t.Errorf("the code a second time: %d, %d devices", a.status, len(h.Devices()))
	}
	if a := second.post("/pair", "code", h.code(true), "name", "后厨"); a.status != http.StatusForbidden {
		t.Errorf("an owner's code pairs a tablet: %d", a.status)
	}
	h.clock.pass(time.Hour)
	if a := second.post("/pair", "code", h.code(false), "name", "前台"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a name twice: %d", a.status)
	}
	if got := h.logged(20); !strings.Contains(strings.Join(got, "\n"), `owner:老板 device.paired {"about":"前台"}`) {
		t.Errorf("log %q: want who let it in", got)
	}
	stop()
	text, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil || strings.Contains(string(text), cookie.Value) || strings.Contains(string(text), code.Digits) {
		t.Errorf("%v; the token and the code must not be on disk", err)
	}
	s, _ = open(t, dir)
	again := guardedStore(t, s, nil)
	got := again.browser().does("GET", "/kds", nil, func(r *http.Request) { r.AddCookie(cookie) })
	if got.status != http.StatusOK || got.body != "by tablet:前台" {
		t.Errorf("after a restart: %d %q", got.status, got.body)
	}
}

func TestACodeGrowsOld(t *testing.T) {
	h := guarded(t, nil)
	code := h.code(false)
	h.clock.pass(guard.CodeLife - time.Second)
	if a := h.browser().post("/pair", "code", code, "name", "前台"); a.status != http.StatusSeeOther {
		t.Errorf("in its last second: %d", a.status)
	}
	code = h.code(false)
	h.clock.pass(guard.CodeLife)
	if a := h.browser().post("/pair", "code", code, "name", "后厨"); a.status != http.StatusForbidden {
		t.Errorf("after its life: %d", a.status)
	}
}

func TestOnlyTheNewestCodesAreGood(t *testing.T) {
	h := guarded(t, nil)
	first := h.code(false)
	var rest []string
	for range guard.CodesMax {
		h.clock.pass(time.Second)
		rest = append(rest, h.code(false))
	}
	if _, err := h.Pair(t.Context(), first, "一", "test"); !errors.Is(err, ErrCode) {
		t.Errorf("the oldest of too many: %v, want %v", err, ErrCode)
	}
	for i, code := range rest {
		if _, err := h.Pair(t.Context(), code, fmt.Sprint(i), "test"); err != nil {
			t.Errorf("code %d: %v", i, err)
		}
	}
}

// TestGuessingCodesIsSlow: one address soon waits minutes; a thousand addresses together are held to the same
// pace, and the code is still good for who knows it from an address of their own.
func TestGuessingCodesIsSlow(t *testing.T) {
	h := guarded(t, nil)
	h.code(false)
	looked := 0
	guess := func(i int, address string) {
		_, err := h.Pair(t.Context(), fmt.Sprintf("%08d", i), "x", address)
		var soon guard.TooSoon
		switch {
		case errors.Is(err, ErrCode):
			looked++
		case !errors.As(err, &soon):
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	for i := range 600 { // one a second for the life of a code
		guess(i, "address:192.0.2.1/32")
		h.clock.pass(time.Second)
	}
	if looked > 15 {
		t.Errorf("%d guesses from one address were looked at in ten minutes", looked)
	}
	code := h.code(false)
	looked = 0
	for i := range 10_000 { // all at once, from everywhere
		guess(i, fmt.Sprint("address:", i))
	}
	if looked > 30 {
		t.Errorf("%d guesses from many addresses were looked at at once", looked)
	}
	h.clock.pass(time.Minute)
	if _, err := h.Pair(t.Context(), code, "前台", "address:192.0.2.77/32"); err != nil {
		t.Errorf("a minute later, by who knows it: %v", err)
	}
}

// TestRevocationEndsStreams: the tablet is out with its next request, and a stream that is open ends.
func TestRevocationEndsStreams(t *testing.T) {
	h := guarded(t, nil)
	stolen, other := h.tablet("丢了的"), h.tablet("出杯")
	ended := make(chan string, 2)
	for name, b := range map[string]*browser{"stolen": stolen, "other": other} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", h.url+"/kds/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		resp, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		lines := bufio.NewScanner(resp.Body)
		if !lines.Scan() || lines.Text() != "data: hello" {
			t.Fatalf("%s: %d %q", name, resp.StatusCode, lines.Text())
		}
		go func() {
			for lines.Scan() {
				continue
			}
			ended <- name
		}()
	}
	id := h.Devices()[0].ID
	if h.Devices()[0].Name != "丢了的" {
		id = h.Devices()[1].ID
	}
	if err := h.RevokeDevice(t.Context(), "owner:老板", id); err != nil {
		t.Fatal(err)
	}
	select {
	case name := <-ended:
		if name != "stolen" {
			t.Errorf("the stream of %s ended", name)
		}
	case <-time.After(5 * time.Second):
		t.Error("the stolen tablet's stream goes on")
	}
	if a := stolen.get("/kds"); a.status != http.StatusSeeOther {
		t.Errorf("the stolen tablet: %d, want to be asked for a code", a.status)
	}
	if a := other.get("/kds"); a.status != http.StatusOK {
		t.Errorf("the other tablet: %d", a.status)
	}
	if err := h.RevokeDevice(t.Context(), "owner:老板", id); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	if got := h.logged(1)[0]; got != `owner:老板 device.revoked {"about":"丢了的"}` {
		t.Errorf("log %q", got)
	}
	select {
	case name := <-ended:
		t.Errorf("the stream of %s ended, too", name)
	default:
	}
}

func TestTheCookieIsSentAgainEveryDay(t *testing.T) {
	h := guarded(t, nil)
	tablet := h.tablet("出杯")
	if a := tablet.get("/kds"); a.header.Get("Set-Cookie") != "" {
		t.Errorf("sent again at once: %s", a.header.Get("Set-Cookie"))
	}
	h.clock.pass(renewEvery + time.Minute)
	if a := tablet.get("/kds"); !strings.HasPrefix(a.header.Get("Set-Cookie"), "weir_device=") {
		t.Errorf("a day later: %q, want the cookie again", a.header.Get("Set-Cookie"))
	}
}

func TestSeenIsStored(t *testing.T) {
	h := guarded(t, nil)
	tablet := h.tablet("出杯")
	h.clock.pass(time.Hour)
	tablet.get("/kds")
	if err := h.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := h.store.Access(t.Context())
	if err != nil || len(rows.Devices) != 1 || !rows.Devices[0].SeenAt.Equal(try.Noon.Add(time.Hour)) {
		t.Errorf("%+v, %v; want it seen an hour after try.Noon", rows.Devices, err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", h.url+"/kds/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tablet.Do(r) // a board that nobody touches
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	h.clock.pass(time.Hour)
	if err := h.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seen := h.Devices()[0].SeenAt; !seen.Equal(try.Noon.Add(2 * time.Hour)) {
		t.Errorf("a board that is open was seen at %v, want two hours after try.Noon", seen)
	}
}

// TestRightCodesCostStrangersNothing: a shop that pairs many tablets at once does not run into the limit on the guesses
// of strangers.
func TestRightCodesCostStrangersNothing(t *testing.T) {
	h := guarded(t, nil)
	for i := range 40 {
		if _, err := h.Pair(t.Context(), h.code(false), fmt.Sprint("平板", i), fmt.Sprintf("address:192.0.2.%d/32", i)); err != nil {
			t.Fatalf("tablet %d: %v", i, err)
		}
	}
	if _, err := h.Pair(t.Context(), "00000000", "x", "address:198.51.100.1/32"); !errors.Is(err, ErrCode) {
		t.Errorf("a guess after that: %v, want it looked at", err)
	}
}

// TestAWrongCodeTellsNoNames: with a wrong code, a name that is taken is answered as one that is free.
func TestAWrongCodeTellsNoNames(t *testing.T) {
	h := guarded(t, nil)
	h.tablet("出杯")
	for _, name := range []string{"出杯", "没有"} {
		if a := h.browser().post("/pair", "code", "00000000", "name", name); a.status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403 for both", name, a.status)
		}
	}
	code := h.code(false)
	if a := h.browser().post("/pair", "code", code, "name", "出杯"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("with a code, a name that is taken: %d", a.status)
	}
	if a := h.browser().post("/pair", "code", code, "name", "前台"); a.status != http.StatusSeeOther {
		t.Errorf("the code after that: %d, want it still good", a.status)
	}
}
