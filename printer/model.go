package printer

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

// Model is the make of a printer as shop.yaml names it under `kind`.
type Model string

// The kinds of printer there are.
const (
	ESCPOS58 Model = "escpos58"
	ESCPOS80 Model = "escpos80"
	TSPL     Model = "tspl"
	ZPL      Model = "zpl"
)

// Models lists the kinds of printer, as messages name them.
var Models = []Model{ESCPOS58, ESCPOS80, TSPL, ZPL}

// addressForms is what Parse says when it does not understand an address.
const addressForms = "tcp://host:9100, file:/dev/usb/lp0 or virtual:"

// Address is where a printer is.
type Address struct {
	Scheme string // "tcp", "file" or "virtual"
	Where  string // host:port, path, or for virtual an optional host:port to listen on
}

// String writes the address as Parse reads it.
func (a Address) String() string {
	if a.Scheme == "tcp" {
		return "tcp://" + a.Where
	}
	return a.Scheme + ":" + a.Where
}

// portRaw is where network printers listen for raw bytes.
const portRaw = "9100"

// Parse reads kind and address of a printer as shop.yaml gives them. Errors name what exists.
func Parse(kind, address string) (Model, Address, error) {
	for _, m := range Models {
		if kind == string(m) {
			a, err := parseAddress(address)
			return m, a, err
		}
	}
	return "", Address{}, fmt.Errorf("unknown printer kind %q; the kinds are %s", kind, modelList())
}

func modelList() string {
	names := make([]string, len(Models))
	for i, m := range Models {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}

func parseAddress(s string) (Address, error) {
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
