package guard

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Root is the shop's private certificate authority. A tablet that has installed its certificate knows that
// it speaks to this shop. It can vouch for names and addresses of a local network only, so that somebody
// who steals the box cannot pretend to be a bank.
type Root struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

const (
	rootCertFile, rootKeyFile = "root.crt", "root.key"
	// rootLife is longer than a tablet lives: nobody should have to install another.
	rootLife = 10 * 365 * 24 * time.Hour
	// clockSlack is how far a tablet's clock may be behind at first.
	clockSlack = 24 * time.Hour
)

// written is when this was written. A box without a battery behind its clock may believe that it is years earlier when
// it starts for the first time: an authority is good from here on, and for [rootLife] from now or from here.
var written = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// localDomains are names that belong to nobody on the internet (RFC 6762, RFC 8375, RFC 6761, ICANN's
// resolution on .internal; .lan by custom).
var localDomains = []string{"localhost", "local", "lan", "home.arpa", "internal"}

// localNetworks are addresses that belong to nobody on the internet (RFC 1918, RFC 6598, RFC 3927, RFC 4193).
var localNetworks = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// openRoot reads the authority kept in dir, or makes one for a shop that is reached by hosts. One that has expired keeps
// no shop from starting: the clock may be wrong, and a shop that does not start sells nothing.
func openRoot(dir string, hosts []string, now time.Time, log *slog.Logger) (*Root, error) {
	certPEM, certErr := os.ReadFile(filepath.Join(dir, rootCertFile))
	keyPEM, keyErr := os.ReadFile(filepath.Join(dir, rootKeyFile))
	switch {
	case errors.Is(certErr, os.ErrNotExist):
		return makeRoot(dir, hosts, now)
	case certErr != nil || keyErr != nil:
		return nil, fmt.Errorf("read the shop's certificate authority: %w", errors.Join(certErr, keyErr))
	}
	r, err := parseRoot(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("read the shop's certificate authority in %s: %w; set the directory aside to make a new one", dir, err)
	}
	until := r.certificate.NotAfter
	switch {
	case until.Before(written.Add(rootLife - clockSlack)): // made when the clock was years behind: it may have expired long ago
		log.Error("the shop's certificate authority was made with a wrong clock and was set aside; install the new one on the tablets, "+
			"see docs/access.md",
			"until", until, "dir", dir)
		if err := setAside(dir, until); err != nil {
			return nil, err
		}
		return makeRoot(dir, hosts, now)
	// or the clock is wrong: nothing is thrown away for that
	case now.After(until) || now.Before(r.certificate.NotBefore) && now.After(written):
		log.Error("the shop's certificate authority is not good now, if the clock is right; set it aside to make a new one, "+
			"and install that on the tablets",
			"from", r.certificate.NotBefore, "until", until, "now", now, "dir", dir)
	}
	for _, host := range hosts {
		if !r.covers(host) {
			return nil, fmt.Errorf("the shop's certificate authority in %s was not made for %s; set it aside to make a new one, "+
				"and install that on the tablets", dir, host)
		}
	}
	return r, nil
}

// setAside renames an authority that is not good any more.
func setAside(dir string, until time.Time) error {
	for _, name := range []string{rootCertFile, rootKeyFile} {
		old := filepath.Join(dir, name)
		if err := os.Rename(old, old+until.UTC().Format(".until-2006-01-02")); err != nil {
			return fmt.Errorf("set the expired certificate authority aside: %w", err)
		}
	}
	return nil
}

func parseRoot(certPEM, keyPEM []byte) (*Root, error) {
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, errors.New("not PEM")
	}
	certificate, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(*ecdsa.PrivateKey)
	if !ok || !signer.PublicKey.Equal(certificate.PublicKey) {
		return nil, errors.New("key and certificate do not belong together")
	}
	return &Root{certificate, signer}, nil
}

// makeRoot makes an authority and keeps it in dir, the key before the certificate: without the certificate
// it is made again.
func makeRoot(dir string, hosts []string, now time.Time) (*Root, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	template := rootTemplate(hosts, now)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the authority's certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode the authority's key: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the authority's certificate: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of certificates: %w", err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := writeFile(filepath.Join(dir, rootKeyFile), keyPEM, 0o600); err != nil {
		return nil, err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := writeFile(filepath.Join(dir, rootCertFile), certPEM, 0o644); err != nil {
		return nil, err
	}
	return &Root{certificate, key}, nil
}

// rootTemplate is an authority for local names and networks, for this machine, and for the hosts that were named.
func rootTemplate(hosts []string, now time.Time) *x509.Certificate {
	if now.Before(written) {
		now = written
	}
	name := "Weir " + now.Format(time.DateOnly)
	if machine := machineNames(); len(machine) > 0 {
		name = "Weir " + machine[0] + now.Format(" 2006-01-02")
	}
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: written.Add(-clockSlack), NotAfter: now.Add(rootLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: slices.Concat(localDomains, machineNames()),
	}
	networks := slices.Clone(localNetworks)
	for _, ip := range localAddresses() { // those that the machine has now, local or not
		if !slices.ContainsFunc(localNetworks, func(n netip.Prefix) bool { return n.Contains(ip) }) {
			networks = append(networks, netip.PrefixFrom(ip, ip.BitLen()))
		}
	}
	for _, host := range hosts {
		if ip, err := netip.ParseAddr(host); err == nil {
			networks = append(networks, netip.PrefixFrom(ip, ip.BitLen()))
		} else {
			t.PermittedDNSDomains = append(t.PermittedDNSDomains, host)
		}
	}
	for _, p := range networks {
		t.PermittedIPRanges = append(t.PermittedIPRanges, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	return t
}

// writeFile writes a file that is there whole or not at all.
func writeFile(path string, body []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, writeErr := f.Write(body)
	err = errors.Join(writeErr, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

func serial() *big.Int {
	raw := make([]byte, 16)
	rand.Read(raw)
	return new(big.Int).SetBytes(raw)
}

// covers reports whether the authority may vouch for a name or address.
func (r *Root) covers(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return slices.ContainsFunc(r.certificate.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) })
	}
	host = strings.ToLower(host)
	return slices.ContainsFunc(r.certificate.PermittedDNSDomains, func(d string) bool {
		d = strings.ToLower(d)
		return host == d || strings.HasSuffix(host, "."+d)
	})
}

// coversIP is covers for an address.
func (r *Root) coversIP(ip netip.Addr) bool { return r.covers(ip.String()) }

// DER is the certificate as a tablet installs it.
func (r *Root) DER() []byte { return r.certificate.Raw }

// Fingerprint is the certificate's SHA-256 as people compare it.
func (r *Root) Fingerprint() string {
	sum := sha256.Sum256(r.certificate.Raw)
	var b strings.Builder
	for i, x := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", x)
	}
	return b.String()
}
