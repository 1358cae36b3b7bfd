package wire

import (
	"time"

	"weir/shop"
)

// Who says where a channel's events go.
const (
	WebhookByChannel = "channel" // the channel has registered it
	WebhookByShop    = "shop"    // shop.yaml names it
)

// Webhook is how the webhook of a channel stands.
type Webhook struct {
	URL          string    `json:"url"` // where to; of one that shop.yaml names, the host alone
	By           string    `json:"by"`  // who says so: channel or shop
	Secret       string    `json:"secret,omitempty"`
	Cursor       Cursor    `json:"cursor"`                 // after the last event that was confirmed
	Waiting      uint64    `json:"waiting"`                // events that were not confirmed yet
	FailingSince time.Time `json:"failing_since,omitzero"` // since when no call is confirmed
	ParkedAt     time.Time `json:"parked_at,omitzero"`     // when it was given up
	Error        string    `json:"error,omitempty"`        // of the last call
}

// WebhookAsk is where a channel wants its events.
type WebhookAsk struct {
	URL    string
	Rotate bool // make another secret
}

// webhookURLMax is the length of an address in bytes.
const webhookURLMax = 2048

// DecodeWebhook reads {"url": "https://…"}, with rotate.
func DecodeWebhook(body []byte) (WebhookAsk, error) {
	f, r, err := read(body)
	if err != nil {
		return WebhookAsk{}, err
	}
	ask := WebhookAsk{URL: r.id("url", webhookURLMax), Rotate: r.flag("rotate")}
	if ask.URL == "" && !r.has("url") {
		r.missing("url")
	}
	return ask, f.err(shop.ProblemInvalid)
}
