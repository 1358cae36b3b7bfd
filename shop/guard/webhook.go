package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// webhookKeyMin and webhookKeyMax are the lengths of a signing secret in bytes (Standard Webhooks 1.0, signature scheme).
const webhookKeyMin, webhookKeyMax = 24, 64

// SignWebhook is the value of webhook-signature for a call: HMAC-SHA256 over id, seconds since 1970 and body, set apart by
// full stops (Standard Webhooks 1.0, signature scheme, v1).
func SignWebhook(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body) // a hash takes every byte
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// ParseWebhookKey reads a signing secret as platforms give it: base64, with or without the prefix whsec_.
func ParseWebhookKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil {
		return nil, fmt.Errorf("want base64, as in whsec_MfKQ…: %w", err)
	}
	if len(key) < webhookKeyMin || len(key) > webhookKeyMax {
		return nil, fmt.Errorf("the secret has %d bytes; want %d to %d", len(key), webhookKeyMin, webhookKeyMax)
	}
	return key, nil
}
