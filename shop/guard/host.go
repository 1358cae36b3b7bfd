package guard

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// What [Front.Check] refuses.
var (
	ErrHost   = errors.New("the request names a host that is not this server")
	ErrOrigin = errors.New("the request was made by another site's page")
)

// Front is the check before every route of a server that browsers reach: the request names this server, and no page
// of another site made it.
type Front struct {
	loopback bool
	names    []string
	origin   *http.CrossOriginProtection
}

// NewFront makes the check for a server that is reached by the addresses and names of its machine and by names.
// One on loopback is reached by loopback addresses, localhost and names only.
func NewFront(loopback bool, names []string) *Front {
	f := &Front{loopback: loopback, names: names, origin: http.NewCrossOriginProtection()}
	if !loopback {
		f.names = slices.Concat(machineNames(), names)
	}
	return f
}

// Check returns [ErrHost] or [ErrOrigin] when a request must be refused.
//
// A page of another site whose name was made to point here (DNS rebinding) names its own host. An address in figures
// cannot be made to point anywhere.
func (f *Front) Check(r *http.Request) error {
	if !f.knows(hostOf(r.Host)) {
		return ErrHost
	}
	if f.origin.Check(r) != nil {
		return ErrOrigin
	}
	return nil
}

func (f *Front) knows(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !f.loopback || ip.IsLoopback()
	}
	isHost := func(name string) bool { return strings.EqualFold(name, host) }
	return isHost("localhost") || slices.ContainsFunc(f.names, isHost)
}

// ViaProxy reports whether a request says that somebody has passed it on. That it does not say so proves nothing:
// a proxy need not add a header.
func ViaProxy(r *http.Request) bool {
	for _, sign := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(sign) != "" {
			return true
		}
	}
	return false
}

// hostOf is a Host header without its port.
func hostOf(header string) string {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
	}
	return strings.TrimSuffix(host, ".")
}

// machineNames are what the machine calls itself, on its own and by multicast DNS.
func machineNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil // a machine without a name is reached by its address
	}
	if strings.Contains(name, ".") {
		return []string{name}
	}
	return []string{name, name + ".local"}
}

// IsLoopback reports whether an address with a port is on this machine.
func IsLoopback(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Loopback reports whether a listener can be reached from this machine only.
func Loopback(listener net.Addr) bool { return IsLoopback(listener.String()) }

// URLs are where browsers reach a listener, the best for a tablet first: by name, then by the addresses of
// the local network.
func URLs(listener net.Addr, secure bool, hosts []string) []string {
	scheme, plain := "http://", "80"
	if secure {
		scheme, plain = "https://", "443"
	}
	host, port, err := net.SplitHostPort(listener.String())
	if err != nil {
		return nil
	}
	names := slices.Clone(hosts)
	if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() {
		names = append(names, host)
	} else {
		for _, ip := range localAddresses() {
			names = append(names, ip.String())
		}
	}
	var urls []string
	for _, name := range names {
		if port != plain {
			name = net.JoinHostPort(name, port)
		} else if strings.Contains(name, ":") {
			name = "[" + name + "]"
		}
		urls = append(urls, scheme+name)
	}
	return urls
}

// localAddresses are the machine's own, those that tablets reach first: private IPv4, other IPv4, IPv6, and
// loopback last. Link-local ones need a zone, which no browser takes.
func localAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})} // the machine does not tell
	}
	var list []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLinkLocalUnicast() {
			list = append(list, p.Addr().Unmap())
		}
	}
	rank := func(ip netip.Addr) int {
		switch {
		case ip.IsLoopback():
			return 3
		case ip.Is6():
			return 2
		case ip.IsPrivate():
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b netip.Addr) int { return rank(a) - rank(b) })
	return list
}
