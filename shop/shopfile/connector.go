package shopfile

import (
	"os"
	"slices"
	"strings"

	"weir/shop"
	"weir/shop/connector"
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
	if p.URL != "" { // the platform calls it, not the shop
		if _, err := webAddress(p.URL, p.Inside); err != nil {
			return nil, wrong(at+".url", "channel %s: connector: url: %v", channel, err)
		}
	}
	if p.API != "" {
		if err := calledAddress(p.API, p.Inside); err != nil {
			return nil, wrong(at+".api", "channel %s: connector: api: %v", channel, err)
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
