package setup

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// printerPort is where network printers take raw bytes.
	printerPort = 9100
	// addressesMax is how many addresses are asked at a time: a network of a shop (/24).
	addressesMax = 256
	// askedAtOnce is how many of them are asked at once: a cheap router forgets connections when there are more.
	askedAtOnce = 24
	// answerWithin is how long an address may take: a printer that is on answers within milliseconds.
	answerWithin = 700 * time.Millisecond
	// networkMax bounds a search and a test print altogether: 256 addresses at 24 at once take 8 s.
	networkMax = 20 * time.Second
)

// Why a person's addresses are not asked.
var (
	errAddress = errors.New("an address is wanted, a range of them, or a network")
	errPublic  = errors.New("the address is not in a network of a shop")
	errMany    = errors.New("these are more addresses than a network of a shop has")
)

// inShop reports whether an address can be one of the shop's own network: private ones (RFC 1918), and this machine itself,
// where a print server may run.
func inShop(a netip.Addr) bool { return a.Is4() && (a.IsPrivate() || a.IsLoopback()) }

// addresses reads what a person typed: 192.168.1.50, 192.168.1.20-60, 192.168.1.0/24, several with spaces or commas between.
func addresses(text string) (list []netip.Addr, err error) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' || r == '，' || r == '、' || r == '\n' }) {
		first, last, err := span(word)
		if err != nil {
			return nil, err
		}
		if !inShop(first) || !inShop(last) {
			return nil, errPublic
		}
		for a := first; ; a = a.Next() {
			if !slices.Contains(list, a) {
				list = append(list, a)
			}
			if len(list) > addressesMax {
				return nil, errMany
			}
			if a == last {
				break
			}
		}
	}
	if len(list) == 0 {
		return nil, errAddress
	}
	return list, nil
}

// span is the first and the last address of a word.
func span(word string) (first, last netip.Addr, err error) {
	if network, err := netip.ParsePrefix(word); err == nil {
		if !network.Addr().Is4() {
			return first, last, errAddress
		}
		if network.Bits() < 24 {
			return first, last, errMany
		}
		bytes := network.Masked().Addr().As4()
		bytes[3] |= byte(1<<(32-network.Bits()) - 1)
		return network.Masked().Addr(), netip.AddrFrom4(bytes), nil
	}
	from, to, ranged := strings.Cut(word, "-")
	if first, err = netip.ParseAddr(from); err != nil || !first.Is4() {
		return first, last, errAddress
	}
	if !ranged {
		return first, first, nil
	}
	if last, err = netip.ParseAddr(to); err != nil {
		n, err := strconv.ParseUint(to, 10, 8)
		if err != nil {
			return first, last, errAddress
		}
		bytes := first.As4()
		bytes[3] = byte(n)
		last = netip.AddrFrom4(bytes)
	}
	if !last.Is4() || last.Less(first) {
		return first, last, errAddress
	}
	return first, last, nil
}

// search returns those of the addresses at which something answers on a port. It connects, and sends nothing.
func search(ctx context.Context, list []netip.Addr, port uint16) (found []netip.AddrPort) {
	var mu sync.Mutex
	var all sync.WaitGroup
	todo := make(chan netip.Addr)
	for range min(askedAtOnce, len(list)) {
		all.Go(func() {
			for a := range todo {
				dialer := net.Dialer{Timeout: answerWithin}
				at := netip.AddrPortFrom(a, port)
				c, err := dialer.DialContext(ctx, "tcp", at.String())
				if err != nil {
					continue // nothing is there, as at most addresses
				}
				c.Close()
				mu.Lock()
				found = append(found, at)
				mu.Unlock()
			}
		})
	}
	for _, a := range list {
		if ctx.Err() != nil {
			break
		}
		todo <- a
	}
	close(todo)
	all.Wait()
	slices.SortFunc(found, netip.AddrPort.Compare)
	return found
}

// ownNetworks are the shop's networks that this machine is in, as a person would type them.
func ownNetworks() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return "" // the person types it
	}
	var list []string
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().Is4() || !p.Addr().IsPrivate() {
			continue
		}
		list = append(list, netip.PrefixFrom(p.Addr(), max(p.Bits(), 24)).Masked().String())
	}
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
