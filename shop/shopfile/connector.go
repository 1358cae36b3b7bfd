package shopfile

import (
	"net/url"
	"os"
	"slices"
	"strings"

	"weir/shop"
	"weir/shop/connector"
	"weir/shop/guard"
)

// platform is a platform that pushes its orders in a form of its own.
type platform struct {
	Map        string `yaml:"map"`
	App        string `yaml:"app"`
	Store      string `yaml:"shop"`
	SecretFile string `yaml:"secret_file"`
	TokenFile  string `yaml:"token_file"`
	URL        string `yaml:"url"`
	API        string `yaml:"api"`
	Inside     bool   `yaml:"inside"`
}

// shop is the connector as the shop knows it; at is its place in the file. The files that it names are read when the shop
// starts, the map now.
func (p *platform) shop(at, channel string) (*shop.Connector, error) {
	if p.App == "" || p.Store == "" || p.SecretFile == "" {
		return nil, wrong(at, "channel %s: connector: want app, shop (the shop's id at the platform) and secret_file", channel)
	}
	for _, address := range []string{p.URL, p.API} {
		u, err := url.Parse(address)
		if address != "" && (err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !(p.Inside && u.Scheme == "http")) {
			// The address is not said again: it may hold a password.
			return nil, wrong(at, "channel %s: connector: url and api: want https://host, without a user", channel)
		}
		if address == p.API && address != "" && !p.Inside && !guard.Outside(u.Hostname()) {
			return nil, wrong(at, "channel %s: connector: api is in the shop's own network: that takes inside: true", channel)
		}
	}
	m, err := MapOf(p.Map)
	switch {
	case err != nil:
		return nil, wrong(at+".map", "channel %s: connector: %v", channel, err)
	case p.URL == "" && m.SignsURL():
		return nil, wrong(at, "channel %s: connector: this platform signs the address that it pushes to: want url", channel)
	}
	c := shop.Connector(*p)
	return &c, nil
}

// MapOf reads the map of a connector: one that comes with the program, by its name, or a file.
func MapOf(name string) (*connector.Map, error) {
	if slices.Contains(connector.Names(), name) || !strings.ContainsAny(name, "/.") {
		return connector.Shipped(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return connector.Parse(text)
}
