package access

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"weir/shop/guard"
)

// served starts a guarded shop over TLS on loopback and returns its port.
func served(t *testing.T, h *house, config *tls.Config) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h.echo(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)}
	go server.Serve(tls.NewListener(l, config))
	t.Cleanup(func() { server.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// trusting is a client that trusts one authority only.
func trusting(roots *x509.CertPool, change func(*tls.Config)) *http.Client {
	config := &tls.Config{RootCAs: roots}
	if change != nil {
		change(config)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, DisableKeepAlives: true}}
}

func poolOf(t *testing.T, der []byte) *x509.CertPool {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return pool
}

// TestTheShopsOwnAuthority: who trusts it and nothing else reaches the shop by address and by name, and who
// does not is warned.
func TestTheShopsOwnAuthority(t *testing.T) {
	data := t.TempDir()
	config, root, err := guard.NewTLS(guard.TLSConfig{Mode: guard.TLSAuto, Data: data, Hosts: []string{"tea.example"}})
	if err != nil {
		t.Fatal(err)
	}
	h := guarded(t, func(c *Config) { c.Secure, c.Root, c.Hosts = true, root, []string{"tea.example"} })
	port := served(t, h, config)
	pool := poolOf(t, root.DER())
	for _, host := range []string{"127.0.0.1", "localhost"} {
		resp, err := trusting(pool, nil).Get("https://" + host + ":" + port + "/pair")
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.Proto != "HTTP/2.0" || !strings.Contains(string(body), root.Fingerprint()) {
			t.Errorf("%s: %d over %s; want the page with the fingerprint over HTTP/2", host, resp.StatusCode, resp.Proto)
		}
	}
	named := trusting(pool, func(c *tls.Config) { c.ServerName = "tea.example" })
	if _, err := named.Get("https://127.0.0.1:" + port + "/pair"); err != nil {
		t.Errorf("by its name: %v", err)
	}
	resp, err := trusting(pool, nil).Get("https://127.0.0.1:" + port + "/ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if der, err := io.ReadAll(resp.Body); err != nil || string(der) != string(root.DER()) ||
		resp.Header.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("the root to install: %d bytes, %v", len(der), err)
	}
	if _, err := trusting(x509.NewCertPool(), nil).Get("https://127.0.0.1:" + port + "/pair"); err == nil {
		t.Error("a client that trusts nobody was not warned")
	}
	old := trusting(pool, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 })
	if _, err := old.Get("https://127.0.0.1:" + port + "/pair"); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	info, err := os.Stat(filepath.Join(data, "tls", "root.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v; want it readable by the shop alone", info.Mode(), err)
	}
}

func TestCookiesOverTLSAreTheHostsAlone(t *testing.T) {
	data := t.TempDir()
	config, root, err := guard.NewTLS(guard.TLSConfig{Mode: guard.TLSAuto, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	h := guarded(t, func(c *Config) { c.Secure, c.Root = true, root })
	port := served(t, h, config)
	b := h.browser()
	b.Transport = trusting(poolOf(t, root.DER()), nil).Transport
	h.url = "https://127.0.0.1:" + port
	a := b.post("/pair", "code", h.code(false), "name", "前台")
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-weir_device=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, "Domain") {
		t.Errorf("cookie %q names a domain", cookie)
	}
	if a := b.get("/kds"); a.status != 200 {
		t.Errorf("the board after pairing: %d", a.status)
	}
}
