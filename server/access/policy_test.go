package access

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWhoMayDoWhat asks for every page as everybody. "ok" is let in; otherwise it is where one is led.
func TestWhoMayDoWhat(t *testing.T) {
	h := guarded(t, nil)
	stale := h.owner() // before the others: what follows takes longer than a proof is good
	staffID, managerID := h.member("小王", Staff, "2580"), h.member("李姐", Manager, "1470")
	stranger, tablet, staff, manager := h.browser(), h.tablet("出杯"), h.tablet("前台"), h.tablet("后厨")
	for b, id := range map[*browser]string{staff: staffID, manager: managerID} {
		pin := map[string]string{staffID: "2580", managerID: "1470"}[id]
		if a := b.post("/signin", "member", id, "pin", pin); a.status != http.StatusSeeOther {
			t.Fatalf("sign in: %d %s", a.status, wrongOf(a))
		}
	}
	h.clock.pass(provedForForm + time.Second)
	owner := h.browser()
	if a := owner.post("/owner/signin", "secret", ownersPassword); a.status != http.StatusSeeOther {
		t.Fatalf("sign in: %d %s", a.status, wrongOf(a))
	}
	const ok, pair, pin, pass, again = "ok", "/pair", "/signin", "/owner/signin", "/owner/again"
	who := []*browser{stranger, tablet, staff, manager, stale, owner}
	names := []string{"stranger", "tablet", "staff", "manager", "owner, not lately", "owner"}
	everybody := []string{ok, ok, ok, ok, ok, ok}
	paired := []string{pair, ok, ok, ok, ok, ok}
	managers := []string{pass, pass, pass, ok, ok, ok}
	owners := []string{pass, pass, pass, pass, ok, ok}
	proven := []string{pass, pass, pass, pass, again, ok}
	for page, want := range map[string][]string{
		"GET /board": everybody, "GET /board/live": nil, "POST /lang": everybody, "POST /v1/orders": everybody,
		"GET /healthz": everybody, "GET /readyz": everybody, "GET /static/x": everybody,
		"GET /pair": everybody, "GET /owner/signin": everybody, "GET /owner/setup": everybody,
		"GET /": paired, "GET /kds": paired, "GET /kds/shake": paired, "GET /kds/live": nil, "GET /signin": paired,
		"POST /kds/cups/c1-1/done": paired, "POST /kds/cups/c1-1/void": {pair, pin, ok, ok, ok, ok},
		"POST /kds/cups/c1-1/discard": {pair, pin, ok, ok, ok, ok}, "POST /kds/orders/o1/handover": paired,
		"GET /handoff": paired, "GET /printers": paired, "GET /practice/kds": paired,
		"POST /kds/orders/o1/release": {pair, pin, ok, ok, ok, ok}, "POST /kds/orders/o1/first": {pair, pin, ok, ok, ok, ok},
		"POST /kds/release": {pair, pin, ok, ok, ok, ok}, "GET /kds/release": paired,
		"GET /owner": managers, "GET /owner/devices": managers, "POST /owner/intake/meituan": managers, "POST /owner/staff": managers,
		"POST /owner/closing": managers,
		"POST /owner/terms":   owners, "GET /forgotten": owners,
		"GET /owner/people": proven, "POST /owner/people": proven, "GET /owner/keys": proven, "POST /owner/keys": proven,
		"GET /owner/settlement": proven,
	} {
		if want == nil {
			continue // streams do not end; see TestRevocationEndsStreams
		}
		method, path, _ := strings.Cut(page, " ")
		for i, b := range who {
			var form map[string][]string
			if method == "POST" {
				form = map[string][]string{}
			}
			a := b.does(method, path, form)
			got := fmt.Sprint(a.status)
			if a.status == http.StatusOK {
				got = ok
			} else if a.status == http.StatusSeeOther {
				got, _, _ = strings.Cut(a.header.Get("Location"), "?")
			}
			if got != want[i] {
				t.Errorf("%s as %s: %s, want %s", page, names[i], got, want[i])
			}
		}
	}
	if a := stranger.get("/nowhere"); a.status != http.StatusNotFound {
		t.Errorf("an unknown path: %d, want 404", a.status)
	}
}

func TestAProgramIsToldAndNotLedAway(t *testing.T) {
	h := guarded(t, nil)
	a := h.browser().does("POST", "/kds/cups/c1-1/done", nil, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	if a.status != http.StatusForbidden || a.header.Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(a.body, `"/problems/not-permitted"`) || !strings.Contains(a.body, "请先配对这台设备") {
		t.Errorf("%d %s %s; want 403 not-permitted that says what to do", a.status, a.header.Get("Content-Type"), a.body)
	}
}

// TestWithoutPINsTheTabletReleases: a shop that gave nobody a PIN is not stopped from telling a customer no.
func TestWithoutPINsTheTabletReleases(t *testing.T) {
	h := guarded(t, nil)
	tablet := h.tablet("出杯")
	if a := tablet.post("/kds/orders/o1/release"); a.status != http.StatusOK || a.body != "by tablet:出杯" {
		t.Errorf("without people: %d %q", a.status, a.body)
	}
	h.member("小王", Staff, "2580")
	if a := tablet.post("/kds/orders/o1/release"); a.status != http.StatusSeeOther {
		t.Errorf("with people: %d, want to be asked who it is", a.status)
	}
}

func TestTheLogNamesDeviceAndPerson(t *testing.T) {
	h := guarded(t, nil)
	id := h.member("小王", Staff, "2580")
	tablet := h.tablet("前台")
	if a := tablet.get("/kds"); a.body != "by tablet:前台" {
		t.Errorf("%q, want the device", a.body)
	}
	tablet.post("/signin", "member", id, "pin", "2580")
	if a := tablet.get("/kds"); a.body != "by tablet:前台 · 小王" {
		t.Errorf("%q, want device and person", a.body)
	}
	if a := tablet.post("/signout"); a.status != http.StatusSeeOther {
		t.Errorf("sign out: %d", a.status)
	}
	if a := tablet.get("/kds"); a.body != "by tablet:前台" {
		t.Errorf("signed out: %q", a.body)
	}
	if a := h.owner().get("/kds"); a.body != "by owner:老板" {
		t.Errorf("the owner: %q", a.body)
	}
}

// TestOpenOnThisMachineOnly: without an owner, on loopback, everybody may do everything; with any sign that
// others can come in, nobody may.
func TestOpenOnThisMachineOnly(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		header string
		owner  bool
		open   bool
	}{
		"loopback":                    {func(c *Config) { c.Loopback = true }, "", false, true},
		"the whole network":           {nil, "", false, false},
		"loopback, reached by a name": {func(c *Config) { c.Loopback, c.Hosts = true, []string{"shop.example"} }, "", false, false},
		"loopback over TLS":           {func(c *Config) { c.Loopback, c.Secure = true, true }, "", false, false},
		"loopback through a proxy":    {func(c *Config) { c.Loopback = true }, "X-Forwarded-For", false, false},
		"loopback with an owner":      {func(c *Config) { c.Loopback = true }, "", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := guarded(t, c.change)
			if c.owner {
				h.owner()
			}
			for _, page := range []string{"/kds", "/owner", "/owner/people"} {
				a := h.browser().does("GET", page, nil, func(r *http.Request) {
					if c.header != "" {
						r.Header.Set(c.header, "203.0.113.9")
					}
				})
				if opened := a.status == http.StatusOK; opened != c.open {
					t.Errorf("%s: %d, want open %v", page, a.status, c.open)
				}
			}
		})
	}
}

func TestMetricsAreForDevices(t *testing.T) {
	h := guarded(t, nil)
	if a := h.browser().get("/metrics"); a.status == http.StatusOK {
		t.Error("this machine reads the figures without being asked: a proxy on it does so for everybody")
	}
	token, err := h.Pair(t.Context(), h.code(false), "monitor", "test")
	if err != nil {
		t.Fatal(err)
	}
	a := h.browser().does("GET", "/metrics", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
	if a.status != http.StatusOK || a.body != "by tablet:monitor" {
		t.Errorf("a paired monitor: %d %q", a.status, a.body)
	}
}

// A reader at a machine is paired like a tablet and sends its token; anybody else is told what is missing.
func TestAReaderIsAPairedDevice(t *testing.T) {
	h := guarded(t, nil)
	token, err := h.Pair(t.Context(), h.code(false), "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	for bearer, want := range map[string]string{"": "401 key-missing", "guessed": "401 key-invalid", token: "200 by tablet:reader"} {
		a := h.browser().does("POST", "/v1/device/scans", nil, func(r *http.Request) {
			if bearer != "" {
				r.Header.Set("Authorization", "Bearer "+bearer)
			}
		})
		status, said, _ := strings.Cut(want, " ")
		if fmt.Sprint(a.status) != status || !strings.Contains(a.body, said) {
			t.Errorf("bearer %q: %d %s, want %s", bearer, a.status, a.body, want)
		}
	}
}
