package guard

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/shop/try"
)

// TestTheAuthorityVouchesForLocalNamesOnly: signed by it, a bank's name is not believed. The control is the
// same certificate for a local name.
func TestTheAuthorityVouchesForLocalNamesOnly(t *testing.T) {
	root, err := openRoot(t.TempDir(), []string{"tea.example", "203.0.113.7"}, time.Now(), slog.New(slog.DiscardHandler))
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
	root, err := openRoot(t.TempDir(), nil, time.Now(), slog.New(slog.DiscardHandler))
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
	first, err := openRoot(dir, nil, try.Noon, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	second, err := openRoot(dir, nil, try.Noon.Add(time.Hour), slog.New(slog.DiscardHandler))
	if err != nil || second.Fingerprint() != first.Fingerprint() {
		t.Errorf("after a restart: %v; every tablet would have to install it again", err)
	}
	if _, err := openRoot(dir, []string{"new.example"}, try.Noon, slog.New(slog.DiscardHandler)); err == nil ||
		!strings.Contains(err.Error(), "new.example") {
		t.Errorf("a name it was not made for: %v; want to hear what to do", err)
	}
	var said bytes.Buffer
	late, err := openRoot(dir, nil, written.Add(rootLife+time.Hour), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil || late.Fingerprint() != first.Fingerprint() || !strings.Contains(said.String(), "set it aside to make a new one") {
		t.Errorf("an authority that has expired, or a clock that is ahead: %v, said %q; want the shop to start and to say so", err, said.String())
	}
	if err := os.WriteFile(filepath.Join(dir, rootKeyFile), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openRoot(dir, nil, try.Noon, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a damaged authority was replaced in silence")
	}
	if err := os.Remove(filepath.Join(dir, rootCertFile)); err != nil { // as after a crash between the two files
		t.Fatal(err)
	}
	if again, err := openRoot(dir, nil, try.Noon, slog.New(slog.DiscardHandler)); err != nil || again.Fingerprint() == first.Fingerprint() {
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
	root, err := openRoot(t.TempDir(), nil, try.Noon, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{at: try.Noon}
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
	c := &clock{at: try.Noon}
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
	write("first.example", try.Noon)
	config, root, err := NewTLS(TLSConfig{Mode: TLSFiles, CertFile: certFile, KeyFile: keyFile, Now: c.now,
		Log: slog.New(slog.DiscardHandler)})
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
	write("second.example", try.Noon.Add(time.Hour))
	serves("first.example") // not looked at yet
	c.pass(lookEvery)
	serves("second.example")
	if err := os.WriteFile(keyFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.pass(lookEvery)
	serves("second.example")
	write("third.example", try.Noon.Add(2*time.Hour))
	c.pass(lookEvery)
	serves("third.example")
}

func writePair(t *testing.T, certFile, keyFile, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial(), NotBefore: try.Noon, NotAfter: try.Noon.AddDate(1, 0, 0), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
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

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

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

// A box whose clock is years off when it starts for the first time makes an authority that is good all the same.
func TestAnAuthorityThatWasMadeWithAWrongClock(t *testing.T) {
	today := written.AddDate(0, 3, 0)
	quiet := slog.New(slog.DiscardHandler)
	for _, year := range []int{1970, 2010, 2045} {
		dir := t.TempDir()
		made, err := openRoot(dir, nil, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), quiet)
		if err != nil {
			t.Fatal(err)
		}
		now, err := openRoot(dir, nil, today, quiet)
		if err != nil || now.Fingerprint() != made.Fingerprint() {
			t.Errorf("%d, then put right: %v; want the same authority", year, err)
		}
		if c := now.certificate; today.Before(c.NotBefore) || c.NotAfter.Before(today.Add(9*365*24*time.Hour)) {
			t.Errorf("made in %d it is good from %s to %s", year, c.NotBefore, c.NotAfter)
		}
	}
	// As an earlier version made it: good from 2009 to 2019.
	dir := t.TempDir()
	old, err := openRoot(dir, nil, today, quiet)
	if err != nil {
		t.Fatal(err)
	}
	template := rootTemplate(nil, today)
	template.NotBefore, template.NotAfter = time.Date(2009, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2019, 12, 30, 0, 0, 0, 0, time.UTC)
	der, err := x509.CreateCertificate(rand.Reader, template, template, old.key.Public(), old.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, rootCertFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		0o600); err != nil {
		t.Fatal(err)
	}
	anew, err := openRoot(dir, nil, today, quiet)
	if err != nil || !anew.certificate.NotAfter.After(today) {
		t.Fatalf("%v: the shop does not start with an authority of 2010", err)
	}
	if aside, err := filepath.Glob(filepath.Join(dir, "root.*.until-2019-12-30")); err != nil || len(aside) != 2 {
		t.Errorf("%q, %v: want the old certificate and key set aside", aside, err)
	}
}
