package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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
	config, root, err := NewTLS(TLSConfig{Mode: TLSAuto, Data: data, Hosts: []string{"tea.example"}})
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
	if der, err := io.ReadAll(resp.Body); err != nil || string(der) != string(root.DER()) || resp.Header.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("the root to install: %d bytes, %v", len(der), err)
	}
	if _, err := trusting(x509.NewCertPool(), nil).Get("https://127.0.0.1:" + port + "/pair"); err == nil {
		t.Error("a client that trusts nobody was not warned")
	}
	old := trusting(pool, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 })
	if _, err := old.Get("https://127.0.0.1:" + port + "/pair"); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	info, err := os.Stat(filepath.Join(data, "tls", rootKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v; want it readable by the shop alone", info.Mode(), err)
	}
}

func TestCookiesOverTLSAreTheHostsAlone(t *testing.T) {
	data := t.TempDir()
	config, root, err := NewTLS(TLSConfig{Mode: TLSAuto, Data: data})
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

// TestTheAuthorityVouchesForLocalNamesOnly: signed by it, a bank's name is not believed. The control is the
// same certificate for a local name.
func TestTheAuthorityVouchesForLocalNamesOnly(t *testing.T) {
	root, err := openRoot(t.TempDir(), []string{"tea.example", "203.0.113.7"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"box.local": true, "tea.example": true, "a.tea.example": true, "192.168.1.9": true, "203.0.113.7": true, "fd00::9": true,
		"bank.example": false, "eviltea.example": false, "local.example": false, "8.8.8.8": false, "203.0.113.8": false, "2001:db8::1": false,
	} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: serial(), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = []net.IP{ip}
		} else {
			template.DNSNames = []string{host}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, root.certificate, key.Public(), root.key)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		_, err = leaf.Verify(x509.VerifyOptions{Roots: poolOf(t, root.DER()), DNSName: host})
		if (err == nil) != want {
			t.Errorf("%s: %v, want believed %v", host, err, want)
		}
		if root.covers(host) != want {
			t.Errorf("%s is covered: %v, want %v", host, !want, want)
		}
	}
}

// TestTheAuthorityVouchesForThisMachine, whatever addresses it has: some shops have a public one.
func TestTheAuthorityVouchesForThisMachine(t *testing.T) {
	root, err := openRoot(t.TempDir(), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, ip := range localAddresses() {
		if !root.coversIP(ip) {
			t.Errorf("%s is this machine's and not covered", ip)
		}
	}
}

func TestTheAuthorityStaysTheSame(t *testing.T) {
	dir := t.TempDir()
	first, err := openRoot(dir, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openRoot(dir, nil, noon.Add(time.Hour))
	if err != nil || second.Fingerprint() != first.Fingerprint() {
		t.Errorf("after a restart: %v; every tablet would have to install it again", err)
	}
	if _, err := openRoot(dir, []string{"new.example"}, noon); err == nil || !strings.Contains(err.Error(), "new.example") {
		t.Errorf("a name it was not made for: %v; want to hear what to do", err)
	}
	if _, err := openRoot(dir, nil, noon.Add(rootLife+time.Hour)); err == nil {
		t.Error("an expired authority was used")
	}
	if err := os.WriteFile(filepath.Join(dir, rootKeyFile), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openRoot(dir, nil, noon); err == nil {
		t.Error("a damaged authority was replaced in silence")
	}
	if err := os.Remove(filepath.Join(dir, rootCertFile)); err != nil { // as after a crash between the two files
		t.Fatal(err)
	}
	if again, err := openRoot(dir, nil, noon); err != nil || again.Fingerprint() == first.Fingerprint() {
		t.Errorf("without a certificate: %v; want a new one", err)
	}
}

// conn is a connection that came to an address.
type conn struct {
	net.Conn
	local string
}

func (c conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.local)) }

// TestANewAddressGetsACertificate: the router gave the box another address; and in a year's time, the old
// certificate is replaced before it ends.
func TestANewAddressGetsACertificate(t *testing.T) {
	root, err := openRoot(t.TempDir(), nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{at: noon}
	own := &ownCertificate{root: root, now: c.now}
	get := func(local string) *tls.Certificate {
		t.Helper()
		got, err := own.get(&tls.ClientHelloInfo{Conn: conn{local: local}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := get("127.0.0.1:443")
	if get("127.0.0.1:443") != first {
		t.Error("a new certificate for each connection")
	}
	moved := get("192.168.77.5:443")
	if !slices.ContainsFunc(moved.Leaf.IPAddresses, func(ip net.IP) bool { return ip.String() == "192.168.77.5" }) {
		t.Errorf("addresses %v, want the one reached", moved.Leaf.IPAddresses)
	}
	if public := get("203.0.113.5:443"); public != moved {
		t.Error("a new certificate for an address it may not vouch for: anybody could keep the box busy")
	}
	c.pass(leafLife - leafRenew + time.Hour)
	if renewed := get("192.168.77.5:443"); renewed == moved || !renewed.Leaf.NotAfter.After(moved.Leaf.NotAfter) {
		t.Error("the certificate was not renewed in time")
	}
}

// TestCertificateFilesAreReadAgain when somebody has renewed them, and not while they are half written.
func TestCertificateFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	c := &clock{at: noon}
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	write := func(name string, at time.Time) {
		t.Helper()
		writePair(t, certFile, keyFile, name)
		for _, f := range []string{certFile, keyFile} {
			if err := os.Chtimes(f, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("first.example", noon)
	config, root, err := NewTLS(TLSConfig{Mode: TLSFiles, CertFile: certFile, KeyFile: keyFile, Now: c.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil || root != nil {
		t.Fatal(root, err)
	}
	serves := func(want string) {
		t.Helper()
		got, err := config.GetCertificate(&tls.ClientHelloInfo{})
		if err != nil || got.Leaf.DNSNames[0] != want {
			t.Errorf("serves %v, %v; want %s", got.Leaf.DNSNames, err, want)
		}
	}
	serves("first.example")
	write("second.example", noon.Add(time.Hour))
	serves("first.example") // not looked at yet
	c.pass(lookEvery)
	serves("second.example")
	if err := os.WriteFile(keyFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.pass(lookEvery)
	serves("second.example")
	write("third.example", noon.Add(2*time.Hour))
	c.pass(lookEvery)
	serves("third.example")
}

func writePair(t *testing.T, certFile, keyFile, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial(), NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTLSThatCannotBeSaysSo(t *testing.T) {
	for name, c := range map[string]TLSConfig{
		"unknown mode":            {Mode: "maybe"},
		"files that do not exist": {Mode: TLSFiles, CertFile: "/nowhere/tls.crt", KeyFile: "/nowhere/tls.key"},
		"files but off":           {Mode: TLSOff, CertFile: "tls.crt"},
	} {
		if _, _, err := NewTLS(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if config, root, err := NewTLS(TLSConfig{}); config != nil || root != nil || err != nil {
		t.Errorf("off: %v, %v, %v", config, root, err)
	}
}

func TestURLsNameTheBestFirst(t *testing.T) {
	listener := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.168.1.20:8443"))
	got := URLs(listener, true, []string{"tea.example"})
	if want := []string{"https://tea.example:8443", "https://192.168.1.20:8443"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	usual := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("[fd00::1]:443"))
	if got, want := URLs(usual, true, nil), []string{"https://[fd00::1]"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	everywhere := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("[::]:80"))
	all := URLs(everywhere, false, nil)
	if len(all) == 0 || fmt.Sprint(all[len(all)-1]) != "http://127.0.0.1" && !slices.Contains(all, "http://127.0.0.1") {
		t.Errorf("%v; want the machine's own addresses", all)
	}
}
