package access

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"weir/templates/page"
)

func TestForeignPagesAndHostsAreRefused(t *testing.T) {
	h := guarded(t, func(c *Config) { c.Hosts = []string{"shop.example"} })
	tablet := h.tablet("出杯")
	set := func(header, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(header, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for name, c := range map[string]struct {
		method string
		change []func(*http.Request)
		want   int
	}{
		"our own page":                   {"POST", []func(*http.Request){set("Sec-Fetch-Site", "same-origin")}, 200},
		"a program":                      {"POST", nil, 200},
		"another site's page":            {"POST", []func(*http.Request){set("Sec-Fetch-Site", "cross-site")}, 403},
		"another site of the same owner": {"POST", []func(*http.Request){set("Sec-Fetch-Site", "same-site")}, 403},
		"an old browser, foreign origin": {"POST", []func(*http.Request){set("Origin", "https://evil.example")}, 403},
		"a sandboxed page":               {"POST", []func(*http.Request){set("Origin", "null")}, 403},
		"a link from another site":       {"GET", []func(*http.Request){set("Sec-Fetch-Site", "cross-site")}, 200},
		"a rebound name":                 {"POST", []func(*http.Request){host("evil.example")}, 421},
		"a rebound name, reading":        {"GET", []func(*http.Request){host("evil.example:8080")}, 421},
		"a name like ours":               {"GET", []func(*http.Request){host("shop.example.evil.example")}, 421},
		"our name":                       {"GET", []func(*http.Request){host("Shop.Example:8443")}, 200},
		"our name, as in DNS":            {"GET", []func(*http.Request){host("shop.example.")}, 200},
		"localhost":                      {"GET", []func(*http.Request){host("LocalHost:1")}, 200},
		"an address":                     {"GET", []func(*http.Request){host("192.168.1.20:8443")}, 200},
		"an IPv6 address":                {"GET", []func(*http.Request){host("[fd00::1]")}, 200},
	} {
		path := "/kds"
		var form map[string][]string
		if c.method == "POST" {
			path, form = "/kds/cups/c1-1/done", map[string][]string{}
		}
		// The cookie of a paired tablet goes with every request, as a browser would send it.
		cookies := tablet.Jar.Cookies(mustURL(t, h.url))
		a := h.browser().does(c.method, path, form, append(c.change, func(r *http.Request) {
			for _, k := range cookies {
				r.AddCookie(k)
			}
		})...)
		if a.status != c.want {
			t.Errorf("%s: %d, want %d", name, a.status, c.want)
		}
	}
	for _, path := range []string{"/v1/orders", "/owner/signin", "/pair"} { // keys and codes do not help a foreign page
		if a := h.browser().does("POST", path, map[string][]string{}, set("Sec-Fetch-Site", "cross-site")); a.status != 403 {
			t.Errorf("%s from another site: %d, want 403", path, a.status)
		}
	}
}

// TestALoopbackShopKnowsOnlyItself: what listens on this machine only is reached by its loopback names only.
func TestALoopbackShopKnowsOnlyItself(t *testing.T) {
	h := guarded(t, func(c *Config) { c.Loopback = true })
	for host, want := range map[string]int{"127.0.0.1:8080": 200, "localhost": 200, "[::1]:8080": 200, "192.168.1.20": 421,
		"evil.example": 421} {
		if a := h.browser().does("GET", "/kds", nil, func(r *http.Request) { r.Host = host }); a.status != want {
			t.Errorf("%s: %d, want %d", host, a.status, want)
		}
	}
}

var nonceOf = regexp.MustCompile(`script-src 'nonce-([A-Za-z0-9+/]{20,})'`)

func TestPagesTellBrowsersWhatTheyMustNotDo(t *testing.T) {
	h := guarded(t, nil)
	nonces := map[string]bool{}
	for _, path := range []string{"/pair", "/owner/setup", "/kds", "/board", "/pair"} {
		a := h.browser().get(path)
		policy := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
			"form-action 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		m := nonceOf.FindStringSubmatch(policy)
		if m == nil || nonces[m[1]] {
			t.Fatalf("%s: policy %q; want a nonce of its own", path, policy)
		}
		nonces[m[1]] = true
		if a.status == http.StatusOK && strings.Contains(a.body, "<html") && !strings.Contains(a.body, `nonce="`+m[1]+`"`) {
			t.Errorf("%s: the page does not know its nonce", path)
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
}

func TestNobodyIsSentToAnotherSite(t *testing.T) {
	for to, want := range map[string]string{
		"/kds?page=2": "/kds?page=2", "": "/", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "kds": "/",
		"/a\r\nSet-Cookie: x=y": "/", "javascript:alert(1)": "/",
	} {
		if got := page.Back(to, "/"); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
	h := guarded(t, nil)
	h.owner()
	if a := h.browser().post("/owner/signin", "secret", ownersPassword, "back", "//evil.example"); a.header.Get("Location") != "/owner" {
		t.Errorf("signing in leads to %q", a.header.Get("Location"))
	}
}

// TestEveryAnswerSaysNosniff, and over TLS that the browser stays there: also where there is nothing, or no permission.
func TestEveryAnswerSaysNosniff(t *testing.T) {
	for _, secure := range []bool{false, true} {
		h := guarded(t, func(c *Config) { c.Secure = secure })
		for _, path := range []string{"/v1/orders", "/static/x", "/nowhere", "/kds", "/board", "/healthz", "/pair"} {
			a := h.browser().get(path)
			if a.header.Get("X-Content-Type-Options") != "nosniff" || (a.header.Get("Strict-Transport-Security") != "") != secure {
				t.Errorf("%s, secure %v: %v", path, secure, a.header)
			}
		}
	}
}
