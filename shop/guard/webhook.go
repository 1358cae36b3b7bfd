package guard

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// webhookKeyMin and webhookKeyMax are the lengths of a signing secret in bytes (Standard Webhooks 1.0, signature scheme).
const webhookKeyMin, webhookKeyMax = 24, 64

// webhookPrefix stands before a signing secret (Standard Webhooks 1.0).
const webhookPrefix = "whsec_"

// SignWebhook is the value of webhook-signature for a call: HMAC-SHA256 over id, seconds since 1970 and body, set apart by
// full stops (Standard Webhooks 1.0, signature scheme, v1).
func SignWebhook(key []byte, id string, at time.Time, body []byte) string {
	w, err := standardwebhooks.NewWebhookRaw(key)
	if err == nil {
		var signature string
		if signature, err = w.Sign(id, at, body); err == nil {
			return signature
		}
	}
	panic(err) // a hash takes every key and every byte
}

// SetWebhook puts the headers of Standard Webhooks 1.0 on a call, signed with each of the keys: a receiver takes the one that
// it knows, so that a secret can be changed.
func SetWebhook(h http.Header, keys [][]byte, id string, at time.Time, body []byte) {
	signatures := make([]string, len(keys))
	for i, key := range keys {
		signatures[i] = SignWebhook(key, id, at, body)
	}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
}

// ParseWebhookKey reads a signing secret as platforms give it: base64, with or without the prefix whsec_.
func ParseWebhookKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, webhookPrefix))
	if err != nil {
		return nil, fmt.Errorf("want base64, as in whsec_MfKQ…: %w", err)
	}
	if len(key) < webhookKeyMin || len(key) > webhookKeyMax {
		return nil, fmt.Errorf("the secret has %d bytes; want %d to %d", len(key), webhookKeyMin, webhookKeyMax)
	}
	return key, nil
}

// WebhookSecret writes a signing secret as [ParseWebhookKey] reads it.
func WebhookSecret(key []byte) string { return webhookPrefix + base64.StdEncoding.EncodeToString(key) }
