package shopfile

import (
	"net/url"
	"slices"

	"weir/shop"
)

// adapter is how a channel's platform is told what it takes instead of credit.
type adapter struct {
	Kind    string `yaml:"kind"` // pause, busy or openclosed
	URL     string `yaml:"url"`
	KeyFile string `yaml:"key_file"`
}

// shop is the adapter as the shop knows it; at is its place in the file.
func (a *adapter) shop(at, channel string) (*shop.Adapter, error) {
	kind := shop.AdapterKind(a.Kind)
	if !slices.Contains([]shop.AdapterKind{shop.AdapterPause, shop.AdapterBusy, shop.AdapterOpenClosed}, kind) {
		return nil, wrong(at+".kind", "channel %s: adapter kind %q: want pause, busy or openclosed", channel, a.Kind)
	}
	u, err := url.Parse(a.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, wrong(at+".url", "channel %s: adapter url: want https://host/path", channel) // it may hold a password
	}
	if a.KeyFile == "" {
		return nil, wrong(at, "channel %s: adapter: want key_file, the file with the platform's signing secret", channel)
	}
	return &shop.Adapter{Kind: kind, URL: a.URL, KeyFile: a.KeyFile}, nil
}
