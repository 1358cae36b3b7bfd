package shopfile

import (
	"errors"
	"net/url"

	"weir/shop/guard"
)

// webAddress reads an address of the web. inside allows one without TLS. No error repeats the address: it may hold a password.
func webAddress(text string, inside bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil:
		return nil, errors.New("want https://host/path, without a user")
	case !inside && u.Scheme != "https":
		return nil, errors.New("want https, or inside: true for one in the shop's own network")
	}
	return u, nil
}

// calledAddress reads an address that the shop calls. It is outside the shop's own network unless inside allows that.
func calledAddress(text string, inside bool) error {
	u, err := webAddress(text, inside)
	if err == nil && !inside && !guard.Outside(u.Hostname()) {
		return errors.New("it is in the shop's own network: that takes inside: true")
	}
	return err
}
