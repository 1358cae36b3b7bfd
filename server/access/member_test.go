package access

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSixWrongPINsSlowOnePersonOnOneDevice, and stop nobody else from anything.
func TestSixWrongPINsSlowOnePersonOnOneDevice(t *testing.T) {
	h := guarded(t, nil)
	wang, li := h.member("小王", Staff, "2580"), h.member("李姐", Manager, "1470")
	tablet, other := h.tablet("出杯"), h.tablet("前台")
	signIn := func(b *browser, id, pin string) answer {
		t.Helper()
		return b.post("/signin", "member", id, "pin", pin)
	}
	waited := time.Duration(0)
	for i := range 6 {
		for {
			a := signIn(tablet, wang, fmt.Sprintf("90%02d", i))
			if a.status == http.StatusForbidden {
				break
			}
			s, err := strconv.Atoi(a.header.Get("Retry-After"))
			if a.status != http.StatusTooManyRequests || err != nil || s < 1 {
				t.Fatalf("wrong PIN %d: %d, Retry-After %q", i+1, a.status, a.header.Get("Retry-After"))
			}
			h.clock.pass(time.Duration(s) * time.Second)
			waited += time.Duration(s) * time.Second
		}
	}
	if waited != (1+2+4)*time.Second {
		t.Errorf("six wrong PINs cost %v, want 7 s", waited)
	}
	if a := signIn(tablet, wang, "2580"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "8" {
		t.Errorf("the right PIN at once: %d, Retry-After %q; want 8 s", a.status, a.header.Get("Retry-After"))
	}
	if a := tablet.post("/kds/cups/c1-1/done"); a.status != http.StatusOK {
		t.Errorf("making drinks on that tablet: %d", a.status)
	}
	if a := signIn(tablet, li, "1470"); a.status != http.StatusSeeOther {
		t.Errorf("somebody else on that tablet: %d", a.status)
	}
	if a := signIn(other, wang, "2580"); a.status != http.StatusSeeOther {
		t.Errorf("the same person on another tablet: %d", a.status)
	}
	if got := strings.Join(h.logged(5), "\n"); strings.Count(got, `signin.slowed {"about":"小王"}`) != 1 ||
		!strings.Contains(got, "tablet:出杯 signin.slowed") {
		t.Errorf("log %q: want one line about it", got)
	}
	h.clock.pass(8 * time.Second)
	if a := signIn(tablet, wang, "2580"); a.status != http.StatusSeeOther {
		t.Errorf("the right PIN after the wait: %d", a.status)
	}
	if a := signIn(tablet, wang, "9999"); a.status != http.StatusForbidden { // what was wrong is forgotten
		t.Errorf("a wrong PIN after the right one: %d", a.status)
	}
}

// TestAHundredPINsAtOnceAreNotOne: guesses that arrive together are counted before any is looked at.
func TestAHundredPINsAtOnceAreNotOne(t *testing.T) {
	h := guarded(t, nil)
	id := h.member("小王", Staff, "2580")
	h.tablet("出杯")
	caller := Caller{Role: Tablet, DeviceID: h.Devices()[0].ID, Device: "出杯"}
	var mu sync.Mutex
	looked := 0
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			_, err := h.SignIn(t.Context(), caller, id, fmt.Sprint(3000+i*7), "test")
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrWrong) {
				looked++
			}
		})
	}
	all.Wait()
	if looked != 3 {
		t.Errorf("%d PINs were looked at, want %d", looked, 3)
	}
}

func TestSessionsEnd(t *testing.T) {
	h := guarded(t, nil)
	id := h.member("李姐", Manager, "1470")
	tablet := h.tablet("出杯")
	signIn := func() {
		t.Helper()
		if a := tablet.post("/signin", "member", id, "pin", "1470"); a.status != http.StatusSeeOther {
			t.Fatalf("sign in: %d %s", a.status, wrongOf(a))
		}
	}
	in := func() bool { t.Helper(); return tablet.get("/owner").status == http.StatusOK }
	signIn()
	h.clock.pass(crewSpan.Idle - time.Minute)
	if !in() {
		t.Error("out before the time")
	}
	h.clock.pass(crewSpan.Idle + 2*time.Minute)
	if in() {
		t.Error("in although nobody has touched the tablet")
	}
	signIn()
	for range 2 * int(crewSpan.Limit/crewSpan.Idle) {
		h.clock.pass(crewSpan.Idle / 2)
		tablet.get("/kds")
	}
	h.clock.pass(time.Minute)
	if in() {
		t.Error("in after more than a shift")
	}
	signIn()
	if err := h.ChangeMember(t.Context(), "owner:老板", id, Manager, "3691"); err != nil {
		t.Fatal(err)
	}
	if in() {
		t.Error("in with a PIN that was changed")
	}
	if a := tablet.post("/signin", "member", id, "pin", "1470"); a.status != http.StatusForbidden {
		t.Errorf("the old PIN: %d", a.status)
	}
	tablet.post("/signin", "member", id, "pin", "3691")
	if !in() {
		t.Error("the new PIN does not let in")
	}
	if err := h.RemoveMember(t.Context(), "owner:老板", id); err != nil {
		t.Fatal(err)
	}
	if in() {
		t.Error("in although removed")
	}
	rows, err := h.store.Access(t.Context())
	if err != nil || len(rows.Members)+len(rows.Sessions) != 0 {
		t.Errorf("%+v, %v; want no member and no session in the rows", rows, err)
	}
}

// TestAWatchedScreenIsNobodyWhoIsHere: a board that was left open keeps nobody signed in.
func TestAWatchedScreenIsNobodyWhoIsHere(t *testing.T) {
	h := guarded(t, nil)
	id := h.member("李姐", Manager, "1470")
	tablet := h.tablet("出杯")
	tablet.post("/signin", "member", id, "pin", "1470")
	for range 4 {
		h.clock.pass(crewSpan.Idle / 3)
		tablet.does("GET", "/kds", nil, func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") })
		tablet.does("GET", "/owner", nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Dest", "empty") })
	}
	if a := tablet.get("/owner"); a.status != http.StatusSeeOther {
		t.Errorf("the owner's page: %d, want to be asked again", a.status)
	}
}

// TestASessionIsGoodOnItsTabletOnly: the cookie alone, on a device of one's own, is worth nothing.
func TestASessionIsGoodOnItsTabletOnly(t *testing.T) {
	h := guarded(t, nil)
	id := h.member("李姐", Manager, "1470")
	tablet, other, stranger := h.tablet("出杯"), h.tablet("前台"), h.browser()
	tablet.post("/signin", "member", id, "pin", "1470")
	var stolen *http.Cookie
	for _, c := range tablet.Jar.Cookies(mustURL(t, h.url)) {
		if c.Name == sessionCookie {
			stolen = c
		}
	}
	with := func(r *http.Request) { r.AddCookie(stolen) }
	if a := other.does("GET", "/owner", nil, with); a.status == http.StatusOK {
		t.Error("good on another tablet")
	}
	if a := stranger.does("GET", "/owner", nil, with); a.status == http.StatusOK {
		t.Error("good without a tablet")
	}
	if a := tablet.get("/owner"); a.status != http.StatusOK {
		t.Errorf("not good on its own: %d", a.status)
	}
	if _, err := h.SignIn(t.Context(), Caller{}, id, "1470", "test"); !errors.Is(err, ErrWrong) {
		t.Errorf("a PIN without a tablet: %v, want %v", err, ErrWrong)
	}
}

func TestTheOwnerSetsAPasswordWithACode(t *testing.T) {
	h := guarded(t, nil)
	if a := h.browser().get("/owner"); a.header.Get("Location") != "/owner/setup?back=%2Fowner" {
		t.Errorf("without an owner: %s, want set-up", a.header.Get("Location"))
	}
	if a := h.browser().post("/owner/signin", "secret", ""); a.status != http.StatusForbidden {
		t.Errorf("signing in before there is a password: %d", a.status)
	}
	b, code := h.browser(), h.code(true)
	for _, c := range []struct {
		code, password, again string
		want                  int
	}{
		{code, "short 1", "short 1", 422}, {code, "12345678", "12345678", 422}, {code, "aaaaaaaa", "aaaaaaaa", 422},
		{code, ownersPassword, "another one", 422}, {"00000000", ownersPassword, ownersPassword, 403},
		{h.code(false), ownersPassword, ownersPassword, 403}, // a tablet's code
		{code, ownersPassword, ownersPassword, 303}, {code, "correct cow 2", "correct cow 2", 403},
	} {
		h.clock.pass(time.Minute)
		if a := b.post("/owner/setup", "code", c.code, "name", "老板", "password", c.password, "again", c.again); a.status != c.want {
			t.Errorf("%q, %q, %q: %d %s, want %d", c.code, c.password, c.again, a.status, wrongOf(a), c.want)
		}
	}
	if a := b.get("/owner/people"); a.status != http.StatusOK {
		t.Errorf("the owner is not signed in after set-up: %d", a.status)
	}
	// Forgotten: a new code sets a new password and ends what the old one had begun.
	again := h.owner()
	if a := b.get("/owner"); a.status != http.StatusSeeOther {
		t.Errorf("signed in with the old password: %d", a.status)
	}
	if a := again.get("/owner"); a.status != http.StatusOK {
		t.Errorf("signed in with the new one: %d", a.status)
	}
}

func TestTheOwnerIsAskedAgain(t *testing.T) {
	h := guarded(t, nil)
	owner := h.owner()
	h.clock.pass(provedFor + time.Second)
	a := owner.get("/owner/keys?x=1")
	if a.header.Get("Location") != "/owner/again?back=%2Fowner%2Fkeys%3Fx%3D1" {
		t.Fatalf("keys: %d %s, want to be asked again", a.status, a.header.Get("Location"))
	}
	if a := owner.post("/owner/keys"); a.status != http.StatusOK {
		t.Errorf("a form that was opened in time: %d", a.status)
	}
	if a := owner.post("/owner/again", "secret", "wrong", "back", "/owner/keys"); a.status != http.StatusForbidden {
		t.Errorf("a wrong password: %d", a.status)
	}
	if a := owner.post("/owner/again", "secret", ownersPassword, "back", "/owner/keys"); a.header.Get("Location") != "/owner/keys" {
		t.Errorf("the right password: %d %s", a.status, a.header.Get("Location"))
	}
	if a := owner.get("/owner/keys"); a.status != http.StatusOK {
		t.Errorf("keys after that: %d", a.status)
	}
	h.clock.pass(provedForForm + time.Second)
	if a := owner.post("/owner/keys"); a.status != http.StatusSeeOther {
		t.Errorf("a form that was left open: %d, want to be asked", a.status)
	}
	h.clock.pass(ownerSpan.Idle + time.Minute)
	if a := owner.get("/owner"); a.header.Get("Location") != "/owner/signin?back=%2Fowner" {
		t.Errorf("after the idle limit: %d %s", a.status, a.header.Get("Location"))
	}
}

// TestAStrangersGuessesDoNotKeepTheOwnerOut who comes from a paired phone.
func TestAStrangersGuessesDoNotKeepTheOwnerOut(t *testing.T) {
	h := guarded(t, nil)
	h.owner()
	phone, attacker := h.tablet("店主手机"), h.browser()
	for range 20 {
		attacker.post("/owner/signin", "secret", "guess guess")
	}
	if a := attacker.post("/owner/signin", "secret", ownersPassword); a.status != http.StatusTooManyRequests {
		t.Errorf("the attacker's next guess: %d, want to wait", a.status)
	}
	if a := phone.post("/owner/signin", "secret", ownersPassword); a.status != http.StatusSeeOther {
		t.Errorf("the owner: %d %s", a.status, wrongOf(a))
	}
}

func TestNamesAreClean(t *testing.T) {
	for name, clean := range map[string]string{" 小王\n": "小王", "a\x1b[2Jb": "a[2Jb", "": "", "\u202eevil": "evil",
		"前\u200b台\u3164": "前台", "前\ufe0f台\u2800": "前台",
		"前\u00a0台\u3000": "前 台", "\u200b\u3164": "", strings.Repeat("长", 17): ""} {
		if got, ok := cleanName(name); ok != (clean != "") || ok && got != clean {
			t.Errorf("name %q becomes %q, %v; want %q", name, got, ok, clean)
		}
	}
}
