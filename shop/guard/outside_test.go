package guard

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestOutside(t *testing.T) {
	own := prefixes("2001:470:1f0b::/64", "59.110.8.0/24")
	for text, want := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "2606:4700:4700::1111": true, "::ffff:1.1.1.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false,
		"172.31.255.255": false, "172.32.0.1": true, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "fd00::1": false,
		"fe80::1": false, "::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"224.0.0.1": false, "255.255.255.255": false, "192.0.0.1": false, "198.18.0.1": false,
		"2001:470:1f0b::9": false, "2001:470:1f0c::9": true, "59.110.8.200": false, "59.110.9.1": true, // the machine's own networks
	} {
		if got := outside(netip.MustParseAddr(text), own); got != want {
			t.Errorf("%s is outside: %v, want %v", text, got, want)
		}
	}
	if !Outside("platform.example") || Outside("127.0.0.1") || Outside("::1") {
		t.Error("a host is judged wrongly")
	}
}

// TestACallStaysOutside: a name that stands for this machine is found out when it is called. The control, an owner's
// permission, lets it through.
func TestACallStaysOutside(t *testing.T) {
	called := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	if _, err := NewCaller(time.Second, false).Get(url); !errors.Is(err, ErrInside) || called != 0 {
		t.Errorf("%v, %d calls", err, called)
	}
	t.Setenv("HTTP_PROXY", server.URL)
	resp, err := NewCaller(5*time.Second, true).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect || called != 1 {
		t.Errorf("%s after %d calls: a redirect was followed", resp.Status, called)
	}
}
