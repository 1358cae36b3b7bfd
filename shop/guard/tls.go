package guard

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// How a listener speaks TLS.
const (
	TLSOff   = "off"
	TLSAuto  = "auto"  // certificates come from the shop's own authority
	TLSFiles = "files" // the certificate comes from files
)

// TLSConfig is what a listener's TLS is made of.
type TLSConfig struct {
	Mode     string
	CertFile string   // for TLSFiles: the certificate and those between it and its authority, PEM
	KeyFile  string   // for TLSFiles
	Data     string   // the data directory; the authority is kept in its directory tls
	Hosts    []string // names the shop is reached by, besides its addresses
	Now      func() time.Time
	Log      *slog.Logger
}

// NewTLS prepares a listener's TLS. The configuration is nil when it is off; the authority is nil unless the
// shop has its own.
func NewTLS(c TLSConfig) (*tls.Config, *Root, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	switch c.Mode {
	case TLSOff, "":
		if c.CertFile != "" || c.KeyFile != "" {
			return nil, nil, errors.New("a certificate is given but TLS is off; say --tls files")
		}
		return nil, nil, nil
	case TLSFiles:
		f := &fileCertificate{TLSConfig: c}
		if err := f.load(); err != nil {
			return nil, nil, err
		}
		return listenerTLS(f.get), nil, nil
	case TLSAuto:
		root, err := openRoot(filepath.Join(c.Data, "tls"), c.Hosts, c.Now(), c.Log)
		if err != nil {
			return nil, nil, err
		}
		own := &ownCertificate{root: root, hosts: c.Hosts, now: c.Now}
		return listenerTLS(own.get), root, nil
	}
	return nil, nil, fmt.Errorf("TLS mode %q: want off, auto or files", c.Mode)
}

func listenerTLS(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: get}
}

// lookEvery is how often a certificate's files are looked at: who renews them need not restart the shop.
const lookEvery = time.Minute

// fileCertificate is a certificate in files that somebody else renews.
type fileCertificate struct {
	TLSConfig
	mu      sync.Mutex
	current *tls.Certificate
	changed time.Time // when the newer file was changed
	looked  time.Time
}

func (f *fileCertificate) load() error {
	changed, err := f.modified()
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(f.CertFile, f.KeyFile)
	if err != nil {
		return fmt.Errorf("read the certificate %s and its key %s: %w", f.CertFile, f.KeyFile, err)
	}
	f.current, f.changed, f.looked = &pair, changed, f.Now()
	return nil
}

func (f *fileCertificate) modified() (newest time.Time, err error) {
	for _, name := range []string{f.CertFile, f.KeyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

// get is the certificate as it is in the files. One that cannot be read, as in the middle of a renewal, is
// passed over: the old one is still good.
func (f *fileCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.Now(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		if changed, err := f.modified(); err == nil && !changed.Equal(f.changed) {
			if err := f.load(); err != nil {
				f.Log.Warn("the new certificate cannot be used", "error", err)
			}
		}
	}
	return f.current, nil
}

const (
	// leafLife is what every browser accepts of a certificate, leafRenew when a new one is made before that.
	leafLife, leafRenew = 397 * 24 * time.Hour, 30 * 24 * time.Hour
)

// ownCertificate makes certificates for whatever addresses the machine has.
type ownCertificate struct {
	root  *Root
	hosts []string
	now   func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
}

// get is a certificate that covers the address the caller has reached: routers give out others now and then.
func (o *ownCertificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.current; c != nil && o.now().After(c.Leaf.NotBefore) && o.now().Before(c.Leaf.NotAfter.Add(-leafRenew)) &&
		o.reaches(c.Leaf, hello.Conn) {
		return c, nil
	}
	made, err := o.make(hello.Conn)
	if err != nil {
		return nil, err
	}
	o.current = made
	return made, nil
}

// reached is the address of this machine that a connection came to.
func reached(conn net.Conn) (netip.Addr, bool) {
	if conn == nil {
		return netip.Addr{}, false
	}
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	return at.Addr().Unmap().WithZone(""), err == nil
}

// reaches reports whether a certificate is as good as any that could be made for a connection.
func (o *ownCertificate) reaches(leaf *x509.Certificate, conn net.Conn) bool {
	ip, ok := reached(conn)
	isIP := func(covered net.IP) bool { return covered.Equal(ip.AsSlice()) }
	return !ok || !o.root.coversIP(ip) || slices.ContainsFunc(leaf.IPAddresses, isIP)
}

func (o *ownCertificate) make(conn net.Conn) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	now := o.now()
	end := now.Add(leafLife)
	if last := o.root.certificate.NotAfter; end.After(last) {
		end = last
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Weir"}, NotBefore: now.Add(-clockSlack), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range slices.Concat(o.hosts, machineNames(), []string{"localhost"}) {
		if ip := net.ParseIP(name); ip == nil && o.root.covers(name) {
			template.DNSNames = append(template.DNSNames, name)
		} else if ip != nil && o.root.covers(name) {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	addresses := localAddresses()
	if ip, ok := reached(conn); ok && !slices.Contains(addresses, ip) {
		addresses = append(addresses, ip)
	}
	for _, ip := range addresses {
		if o.root.coversIP(ip) {
			template.IPAddresses = append(template.IPAddresses, net.IP(ip.AsSlice()))
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, o.root.certificate, key.Public(), o.root.key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the certificate just made: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
