package printer

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

// addressForms is what ParseAddress says when it does not understand an address.
const addressForms = "tcp://host:9100, file:/dev/usb/lp0 or virtual:"

// Address is where a printer is.
type Address struct {
	Scheme string // "tcp", "file" or "virtual"
	Where  string // host:port, path, or for virtual an optional host:port to listen on
}

// String writes the address as ParseAddress reads it.
func (a Address) String() string {
	if a.Scheme == "tcp" {
		return "tcp://" + a.Where
	}
	return a.Scheme + ":" + a.Where
}

// portRaw is where network printers listen for raw bytes.
const portRaw = "9100"

// ParseAddress reads the address of a printer as shop.yaml gives it. The error names the forms there are.
func ParseAddress(s string) (Address, error) {
	bad := func(why string) (Address, error) {
		return Address{}, fmt.Errorf("printer address %q %s; write %s", s, why, addressForms)
	}
	switch {
	case strings.HasPrefix(s, "tcp://"):
		where, err := hostPort(strings.TrimPrefix(s, "tcp://"))
		if err != nil {
			return bad(err.Error())
		}
		return Address{"tcp", where}, nil
	case strings.HasPrefix(s, "file:"):
		path := strings.TrimPrefix(s, "file:")
		if !filepath.IsAbs(path) {
			return bad("has no absolute path")
		}
		return Address{"file", filepath.Clean(path)}, nil
	case strings.HasPrefix(s, "virtual:"):
		where := strings.TrimPrefix(s, "virtual:")
		if where == "" {
			return Address{Scheme: "virtual"}, nil
		}
		where, err := hostPort(where)
		if err != nil {
			return bad(err.Error())
		}
		return Address{"virtual", where}, nil
	}
	return bad("has an unknown form")
}

// hostPort checks host:port; a host alone gets the raw port.
func hostPort(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil && strings.Trim(s, "[]") != "" && !strings.ContainsAny(s, "/ ") {
		host, port, err = net.SplitHostPort(s + ":" + portRaw)
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("is not host:port")
	case host == "" || strings.ContainsAny(host, "/ @?#"):
		return "", fmt.Errorf("has no host")
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n == 0 {
		return "", fmt.Errorf("has no port from 1 to 65535")
	}
	return net.JoinHostPort(host, port), nil
}
