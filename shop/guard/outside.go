package guard

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrInside is a call that was not made, because it would have gone to this machine or into the shop's own network.
var ErrInside = errors.New("the address is inside the shop's network")

const (
	// connectWithin bounds how long a connection to the outside may take to come about, with its name look-up.
	connectWithin = 5 * time.Second
	// answerHeaderMax bounds the header of an answer, in bytes.
	answerHeaderMax = 16 << 10
	// idleCallMax is how long a connection is kept for the next call.
	idleCallMax = 30 * time.Second
	// callsPerHost bounds the connections to one host: a slow one holds no more than these.
	callsPerHost = 2
)

// NewCaller makes a client for calls to addresses that others have given. It follows no redirect and uses no proxy of the
// environment. A call with its answer may take as long as within. Unless inside is true, the client connects to public
// addresses only, and any other call fails with [ErrInside]. It checks the address that a name was resolved to, at the moment
// of the connection: the owner of a name can change its address between two look-ups (DNS rebinding).
func NewCaller(within time.Duration, inside bool) *http.Client {
	dialer := net.Dialer{Timeout: connectWithin}
	if !inside {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("address %q: %w", address, err)
			}
			if !outside(at.Addr(), ownNetworks()) {
				return ErrInside
			}
			return nil
		}
	}
	return &http.Client{
		Timeout: within,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: connectWithin, MaxResponseHeaderBytes: answerHeaderMax, MaxConnsPerHost: callsPerHost,
			IdleConnTimeout: idleCallMax, DisableCompression: true, // a small answer may not become a large one
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Outside reports whether a host can be one outside: a name, or a public address. What a name stands for is looked at when
// it is called.
func Outside(host string) bool {
	at, err := netip.ParseAddr(host)
	return err != nil || outside(at, ownNetworks())
}

// notPublic are the addresses that nobody on the internet has: those of machines themselves, of private networks, of
// documentation, tests, multicast and translation (IANA's special-purpose address registries; RFC 6890).
var notPublic = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// publicSix is where IPv6 has its public addresses; all else is something else (RFC 4291).
var publicSix = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// outside reports whether an address is public and in none of the machine's own networks.
func outside(at netip.Addr, own []netip.Prefix) bool {
	at = at.Unmap().WithZone("")
	if at.Is6() && !publicSix.Contains(at) {
		return false
	}
	for _, list := range [][]netip.Prefix{notPublic, own} {
		for _, p := range list {
			if p.Contains(at) {
				return false
			}
		}
	}
	return at.IsValid()
}

// ownNetworks are the networks that this machine is in, as it is now. An IPv6 network of a shop has public addresses.
func ownNetworks() (list []netip.Prefix) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // private addresses are known without it
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()).Masked())
		}
	}
	return list
}
