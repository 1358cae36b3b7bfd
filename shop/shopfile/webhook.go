package shopfile

import (
	"net/url"

	"weir/shop"
	"weir/shop/guard"
)

// webhook is where a channel's events are sent.
type webhook struct {
	URL     string `yaml:"url"`
	KeyFile string `yaml:"key_file"`
	Inside  bool   `yaml:"inside"`
}

// shop is the webhook as the shop knows it; at is its place in the file.
func (w *webhook) shop(at, channel string) (*shop.Webhook, error) {
	if channel == shop.CounterChannel {
		return nil, wrong(at, "channel %s: webhook: nobody is told what the counter sells", channel)
	}
	if w.URL == "" {
		if w.KeyFile != "" {
			return nil, wrong(at, "channel %s: webhook: key_file goes with url; without url the channel registers one itself", channel)
		}
		return &shop.Webhook{Inside: w.Inside}, nil
	}
	u, err := url.Parse(w.URL) // an error does not repeat the address: it may hold a password
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil:
		return nil, wrong(at+".url", "channel %s: webhook url: want https://host/path, without a user", channel)
	case !w.Inside && u.Scheme != "https":
		return nil, wrong(at+".url", "channel %s: webhook url: want https, or inside: true for one in the shop's own network", channel)
	case !w.Inside && !guard.Outside(u.Hostname()):
		return nil, wrong(at+".url", "channel %s: webhook url is in the shop's own network: that takes inside: true", channel)
	case w.KeyFile == "":
		return nil, wrong(at, "channel %s: webhook: want key_file, the file with the signing secret", channel)
	}
	return &shop.Webhook{URL: w.URL, KeyFile: w.KeyFile, Inside: w.Inside}, nil
}
