package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// plainProxy is a reverse proxy on this machine as nginx's proxy_pass is without any other line: the Host header names
// the shop's own address, and no header says that anybody was in between.
func plainProxy(t *testing.T, shop string) string {
	t.Helper()
	to, err := url.Parse(shop)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to) // also sets the Host; Rewrite has taken every forwarding header away
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// asked sends a request as a page does, without following where it leads, and returns what came back.
func asked(t *testing.T, method, address string, form url.Values) (status int, to, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

// TestATrialBehindAProxyGivesOutNothingThatLasts: a proxy opens a trial to its callers. The pages say so, and nobody gets
// a channel key or a pairing code, which would be good after the trial has ended.
func TestATrialBehindAProxyGivesOutNothingThatLasts(t *testing.T) {
	r := start(t, t.TempDir())
	proxy := plainProxy(t, r.url)
	for _, at := range []string{proxy, r.url} {
		for _, page := range []string{"/", "/owner"} {
			if status, _, body := asked(t, "GET", at+page+"?lang=en", nil); status != 200 ||
				!strings.Contains(body, "whoever reaches this address") && !strings.Contains(body, "Whoever reaches this address") {
				t.Errorf("%s%s: %d; want the page to say that it is open", at, page, status)
			}
		}
		if status, _, body := asked(t, "POST", at+"/owner/keys?lang=en", url.Values{"channel": {"meituan"}}); status != http.StatusForbidden ||
			strings.Contains(body, "weir_") || !strings.Contains(body, "weir key add") {
			t.Errorf("%s: a key: %d; want to be sent to the command", at, status)
		}
		if status, _, body := asked(t, "POST", at+"/owner/devices/code", url.Values{}); status != http.StatusForbidden ||
			strings.Contains(body, `class="digits"`) {
			t.Errorf("%s: a pairing code: %d; want to be sent to the command", at, status)
		}
	}
	if keys, err := r.house.keys.List(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("%d keys, %v; want none", len(keys), err)
	}
	if key := r.key("meituan"); !strings.HasPrefix(key, "weir_") { // the control: the command gives one
		t.Errorf("weir key add gave %q", key)
	}
	for page, command := range map[string]string{"/owner/keys": "weir key add", "/owner/devices": "weir pair"} {
		if _, _, body := asked(t, "GET", proxy+page, nil); !strings.Contains(body, command) {
			t.Errorf("%s does not name %s", page, command)
		}
	}
}

// TestAShopAsksItsOwnMachineToo: with host names or an owner, what comes from this machine is nobody special, through a
// proxy or not. The control is the trial above.
func TestAShopAsksItsOwnMachineToo(t *testing.T) {
	shops := map[string]func(*testing.T) *running{
		"host names": func(t *testing.T) *running {
			return start(t, t.TempDir(), func(s *Serve) { s.Hosts = []string{"localhost"} })
		},
		"an owner": func(t *testing.T) *running {
			r := start(t, t.TempDir())
			code, err := r.house.guard.NewCode(t.Context(), "test", true)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.house.guard.SetOwner(t.Context(), code.Digits, "老板", "correct horse", "test"); err != nil {
				t.Fatal(err)
			}
			return r
		},
	}
	for name, open := range shops {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			for _, at := range []string{plainProxy(t, r.url), r.url} {
				for _, page := range []string{"GET /", "GET /kds", "GET /owner", "GET /metrics", "GET /printers", "POST /owner/keys",
					"POST /owner/devices/code", "POST /kds/counter"} {
					method, path, _ := strings.Cut(page, " ")
					status, to, _ := asked(t, method, at+path, url.Values{"channel": {"meituan"}, "cups": {"3"}})
					if status != http.StatusSeeOther || !strings.HasPrefix(to, "/pair") && !strings.HasPrefix(to, "/owner/") {
						t.Errorf("%s at %s: %d to %q; want to be asked who it is", page, at, status, to)
					}
				}
			}
		})
	}
}
