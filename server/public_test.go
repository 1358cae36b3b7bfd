package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/shop/try"
)

// publicName is the name in Go's test certificate.
const publicName = "example.com"

func TestPublicURL(t *testing.T) {
	for _, tt := range []struct{ text, want, wrong string }{
		{"", "", ""},
		{"https://tea.example.com", "https://tea.example.com", ""},
		{"https://tea.example.com:8443/", "https://tea.example.com:8443", ""},
		{"http://192.168.1.9", "http://192.168.1.9", ""},
		{"https://example.com/tea", "", "below a path such as /tea"},
		{"https://example.com/tea/", "", "below a path"},
		{"tea.example.com", "", "want the address"},
		{"ftp://tea.example.com", "", "want the address"},
		{"https://me:hunter2@tea.example.com", "", "want the address"},
		{"weir:hunter2@tea.example.com", "", "want the address"},
		{"https://tea.example.com?x=hunter2", "", "want the address"},
		{"https://", "", "want the address"},
	} {
		u, err := publicURL(tt.text)
		switch {
		case tt.wrong != "":
			if err == nil || !strings.Contains(err.Error(), tt.wrong) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: %v, want %q", tt.text, err, tt.wrong)
			}
		case err != nil, tt.want == "" && u != nil, tt.want != "" && u.String() != tt.want:
			t.Errorf("%q: %v, %v", tt.text, u, err)
		}
	}
}

// front is a proxy that speaks TLS as example.com: where it is reached, and a client that goes there.
type front struct {
	url    string
	client *http.Client
}

// newFront is a client of a proxy at an address of this machine, with whose certificate it is content.
func newFront(t *testing.T, address string, certificate *x509.Certificate) front {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	way := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	way.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	t.Cleanup(way.CloseIdleConnections)
	return front{"https://" + publicName + ":" + port, &http.Client{Transport: way, Jar: jar, Timeout: try.Patience}}
}

// goProxy is Go's reverse proxy. Where it goes is said later.
func goProxy(t *testing.T, keepHost bool) (f front, leadTo func(shop string)) {
	t.Helper()
	var to *url.URL
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		if keepHost {
			r.Out.Host = r.In.Host
		}
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	return newFront(t, proxy.Listener.Addr().String(), proxy.Certificate()), func(shop string) { to, _ = url.Parse(shop) }
}

// proxied is what a proxy of its own process needs: its lines on the page about proxies, an address, and a certificate.
type proxied struct {
	dir, address, lines string
	cert, key           string // files
	certificate         *x509.Certificate
}

func newProxied(t *testing.T, fence string) (p proxied) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.dir, p.address = t.TempDir(), free.Addr().String()
	free.Close()
	page, err := os.ReadFile("../docs/proxy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(page), fence)
	lines, _, found := strings.Cut(lines, "```")
	if !found {
		t.Fatalf("docs/proxy.md has no lines after %q", fence)
	}
	p.lines = lines
	pair := httptest.NewTLSServer(nil) // for its certificate alone
	defer pair.Close()
	made := pair.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	p.cert = p.write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]})))
	p.key = p.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	if p.certificate, err = x509.ParseCertificate(made.Certificate[0]); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p proxied) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs the proxy's program until the test ends, and waits until it listens.
func (p proxied) run(t *testing.T, name string, args ...string) {
	t.Helper()
	program := exec.CommandContext(t.Context(), name, args...)
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	program.WaitDelay = try.Patience // then it is killed
	program.Stderr = t.Output()
	program.Env = append(os.Environ(), "HOME="+p.dir) // where Caddy keeps things
	if err := program.Start(); err != nil {
		t.Fatalf("%v; this test needs it: apt-get install %s", err, filepath.Base(name))
	}
	t.Cleanup(func() { program.Wait() }) // an error says that it was told to end
	try.Until(t, name+" listens", func() bool {
		c, err := net.Dial("tcp", p.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// nginx is Debian's nginx with the lines of docs/proxy.md.
func nginx(t *testing.T) (f front, leadTo func(shop string)) {
	t.Helper()
	p := newProxied(t, "```nginx\n")
	return newFront(t, p.address, p.certificate), func(shop string) {
		server := strings.NewReplacer("443 ssl", p.address+" ssl", "tea.example.com", publicName, "/etc/ssl/tea.pem", p.cert,
			"/etc/ssl/tea.key", p.key, "http://127.0.0.1:8080", shop).Replace(p.lines)
		conf := p.write(t, "nginx.conf", fmt.Sprintf("daemon off; master_process off; user root; pid %s/pid; error_log %[1]s/error.log; "+
			"events {}\nhttp { access_log off;\n"+
			"client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;\n%s}\n",
			p.dir, server))
		p.run(t, "/usr/sbin/nginx", "-e", p.dir+"/error.log", "-c", conf)
	}
}

// caddy is Debian's Caddy with the lines of docs/proxy.md. It is given a certificate: it cannot fetch one for a name that is not ours.
func caddy(t *testing.T) (f front, leadTo func(shop string)) {
	t.Helper()
	program, err := exec.LookPath("caddy")
	if err != nil {
		t.Skip("no Caddy here: apt-get install caddy")
	}
	p := newProxied(t, "## Caddy\n```\n")
	return newFront(t, p.address, p.certificate), func(shop string) {
		host, port, err := net.SplitHostPort(p.address)
		if err != nil {
			t.Fatal(err)
		}
		site := strings.NewReplacer("tea.example.com {", fmt.Sprintf("%s:%s {\n\tbind %s\n\ttls %s %s", publicName, port, host, p.cert, p.key),
			"127.0.0.1:8080", strings.TrimPrefix(shop, "http://")).Replace(p.lines)
		conf := p.write(t, "Caddyfile", "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+site)
		p.run(t, program, "run", "--adapter", "caddyfile", "--config", conf)
	}
}

// TestAShopBehindAProxy: through Go's proxy, nginx and Caddy, as the page about proxies sets them up, the links and the QR
// code lead to the proxy, cookies are for HTTPS alone, and streams and large files pass.
func TestAShopBehindAProxy(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (front, func(string)){
		"go":    func(t *testing.T) (front, func(string)) { return goProxy(t, true) },
		"nginx": nginx,
		"caddy": caddy,
	} {
		t.Run(name, func(t *testing.T) {
			f, leadTo := open(t)
			r := start(t, t.TempDir(), func(s *Serve) { s.PublicURL = f.url })
			leadTo(r.url)
			var said bytes.Buffer
			if err := runCommand(t.Context(), []string{"pair", "--owner", "--data", r.data}, &said); err != nil {
				t.Fatal(err)
			}
			if first, _, _ := strings.Cut(said.String()[strings.Index(said.String(), "http"):], "\n"); first != f.url+"/owner/setup" {
				t.Errorf("the owner is sent to %s first", first)
			}
			code, err := r.house.guard.NewCode(t.Context(), "test", true)
			if err != nil {
				t.Fatal(err)
			}
			owner := f.post(t, "/owner/setup", url.Values{"code": {code.Digits}, "name": {"老板"}, "password": {"correct horse"},
				"again": {"correct horse"}})
			if owner.StatusCode >= 400 {
				t.Fatalf("setting the owner up: %s", owner.Status)
			}
			u, _ := url.Parse(f.url)
			cookies := 0
			for _, c := range f.client.Jar.Cookies(u) {
				if strings.HasPrefix(c.Name, "__Host-") {
					cookies++
				}
			}
			if cookies == 0 {
				t.Error("no cookie that goes over HTTPS alone")
			}
			devices := f.post(t, "/owner/devices/code?lang=en", nil)
			if body := read(t, devices); !strings.Contains(body, f.url+"/pair") {
				t.Errorf("the page with the pairing code does not lead to %s", f.url)
			}
			f.firstFrame(t)
			f.largeFile(t)
		})
	}
}

// TestAProxyThatHidesTheName: without the Host header the shop cannot tell its own pages from another site's; what would
// change something is refused, and the page says what to set. Without --public-url the name is not the shop's.
func TestAProxyThatHidesTheName(t *testing.T) {
	f, leadTo := goProxy(t, true)
	r := start(t, t.TempDir())
	leadTo(r.url)
	if resp := f.get(t, "/"); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a name that nobody gave: %s", resp.Status)
	}
	f, leadTo = goProxy(t, false)
	r = start(t, t.TempDir(), func(s *Serve) { s.PublicURL = f.url })
	leadTo(r.url)
	if resp := f.post(t, "/owner/setup", url.Values{}); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a form through a proxy that hides the name: %s", resp.Status)
	}
}

// post sends a form as a page of the shop does.
func (f front) post(t *testing.T, path string, form url.Values) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", f.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.do(t, r)
}

func (f front) get(t *testing.T, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", f.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f.do(t, r)
}

func (f front) do(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Origin", f.url)
	resp, err := f.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// firstFrame waits for the first picture of the board's stream, which a proxy that collects would keep.
func (f front) firstFrame(t *testing.T) {
	t.Helper()
	began := time.Now()
	resp := f.get(t, "/kds/live")
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("the stream: %s %s", resp.Status, kind)
	}
	if n, err := io.ReadFull(resp.Body, make([]byte, 64)); err != nil {
		t.Errorf("the stream: %d bytes after %v: %v", n, time.Since(began), err)
	}
	resp.Body.Close()
}

// largeFile uploads a statement of six megabytes: it reaches the shop, which says what is wrong with it.
func (f front) largeFile(t *testing.T) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "day.csv")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(bytes.Repeat([]byte("nothing of an order\n"), 6<<20/20))
	form.Close()
	day := time.Now().Format(time.DateOnly)
	r, err := http.NewRequestWithContext(t.Context(), "POST", f.url+"/owner/settlement/"+day+"/shangou", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	if resp := f.do(t, r); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a file of six megabytes: %s", resp.Status)
	}
}
