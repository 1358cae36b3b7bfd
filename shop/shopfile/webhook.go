package shopfile

import "weir/shop"

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
	if err := calledAddress(w.URL, w.Inside); err != nil {
		return nil, wrong(at+".url", "channel %s: webhook url: %v", channel, err)
	}
	if w.KeyFile == "" {
		return nil, wrong(at, "channel %s: webhook: want key_file, the file with the signing secret", channel)
	}
	return &shop.Webhook{URL: w.URL, KeyFile: w.KeyFile, Inside: w.Inside}, nil
}
