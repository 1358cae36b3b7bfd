package main

import (
	"errors"
	"fmt"
	"net/url"
)

// errPublicURL is what --public-url has to be.
var errPublicURL = errors.New("want the address that browsers use, as https://tea.example.com: http or https, a name, and a port " +
	"if it is not the usual one")

// publicURL reads the address under which a proxy or a tunnel shows the shop; nil where there is none. The pages name each
// other from the root of the server, so a path in front of them is refused here and not met by the first person who taps.
func publicURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no address is no error
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--public-url: %w", errPublicURL)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("--public-url: %w", errPublicURL) // it may hold a password
	case u.Path != "" && u.Path != "/":
		return nil, fmt.Errorf("--public-url %s: a shop needs a host name of its own; below a path such as %s its pages do not find each other",
			u, u.Path)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
