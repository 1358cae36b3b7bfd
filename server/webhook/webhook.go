// Package webhook tells channels their events by calls signed as Standard Webhooks 1.0 says, for those that can neither poll
// nor hold MQTT. Where to is said in shop.yaml, or by the channel itself with PUT /v1/webhook. The body of a call is one
// event as in the feed; the order, the repetition and the cursor are those of package outbox.
package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"weir/server/outbox"
	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

const (
	// Kind is what webhooks are called among the followers of a feed.
	Kind = "webhook"
	// answerWithin bounds one call. A receiver that takes longer is told again; it must know the id.
	answerWithin = 15 * time.Second
	// answerMax is what is read of an answer, in bytes, so that the connection can be used again.
	answerMax = 16 << 10
	// bodyMax is the size of an event in bytes. The longest that the rules make is a closed day, with some 2 KiB.
	bodyMax = 64 << 10
	// secretsMax is how many secrets are good at once: the new one and the one before.
	secretsMax = 2
	// secretBytes is the length of a secret that the shop makes.
	secretBytes = 32
	// RotateTime is how long the secret before signs as well, when a channel has asked for a new one.
	RotateTime = 24 * time.Hour
)

// Store is what webhooks need of the shop; [store.Store] is one.
type Store interface {
	outbox.Shop
	Webhook(ctx context.Context, channel string) (store.Webhook, error)
	PutWebhook(ctx context.Context, w store.Webhook) error
	RemoveWebhook(ctx context.Context, channel, follower string) error
}

// Config is what webhooks are made of.
type Config struct {
	Store Store
	Terms outbox.Terms     // zero: the ordinary ones
	Now   func() time.Time // the shop's clock
	Log   *slog.Logger
}

// Hooks are the webhooks of all channels of a shop.
type Hooks struct {
	store Store
	now   func() time.Time
	of    map[string]*hook
	all   []*outbox.Follower
}

// New makes the webhooks of a shop: every channel may have one. It is an error when a key file cannot be read.
func New(ctx context.Context, c Config) (*Hooks, error) {
	h := &Hooks{store: c.Store, now: c.Now, of: map[string]*hook{}}
	for _, ch := range c.Store.Snapshot().Config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		one := &hook{channel: ch.ID, now: c.Now}
		if ch.Webhook != nil {
			one.config = *ch.Webhook
		}
		if one.config.URL != "" {
			if _, err := one.keys(); err != nil {
				return nil, fmt.Errorf("webhook of channel %s: %w", ch.ID, err)
			}
		} else if said, err := c.Store.Webhook(ctx, ch.ID); err == nil {
			one.said = said
		} else if !errors.Is(err, shop.ErrNotFound) {
			return nil, err
		}
		one.client = guard.NewCaller(answerWithin, one.config.Inside)
		one.follower = outbox.New(outbox.Config{Shop: c.Store, Channel: ch.ID, Kind: Kind, Teller: one, Terms: c.Terms, Now: c.Now, Log: c.Log})
		h.of[ch.ID] = one
		h.all = append(h.all, one.follower)
	}
	return h, nil
}

// Followers are those who tell the channels, one for each; each has to be run.
func (h *Hooks) Followers() []*outbox.Follower { return h.all }

// hook is the webhook of one channel.
type hook struct {
	channel  string
	config   shop.Webhook // as shop.yaml says
	client   *http.Client
	now      func() time.Time
	follower *outbox.Follower

	changing sync.Mutex // held while the channel registers or removes: one change at a time

	mu   sync.Mutex
	said store.Webhook // what the channel has registered; the zero value is nothing
}

// url is where the channel wants its events; "" is nowhere.
func (h *hook) url() string {
	if h.config.URL != "" {
		return h.config.URL
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.said.URL
}

// Host implements [outbox.Teller].
func (h *hook) Host() string {
	u, err := url.Parse(h.url())
	if err != nil {
		return ""
	}
	return u.Host
}

// keys are the secrets that sign now. The file is read each time: a secret is changed without a restart.
func (h *hook) keys() ([][]byte, error) {
	if h.config.URL == "" {
		h.mu.Lock()
		texts := []string{h.said.Secret}
		if h.said.Before != "" && h.now().Before(h.said.BeforeUntil) {
			texts = append(texts, h.said.Before)
		}
		h.mu.Unlock()
		return parseKeys(texts)
	}
	text, err := guard.ReadSecret(h.config.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	keys, err := parseKeys(strings.Fields(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", h.config.KeyFile, err)
	}
	return keys, nil
}

func parseKeys(texts []string) (keys [][]byte, err error) {
	if len(texts) == 0 || len(texts) > secretsMax {
		return nil, fmt.Errorf("%d secrets; want one, or two while one takes the place of the other", len(texts))
	}
	for _, text := range texts {
		key, err := guard.ParseWebhookKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// errErrand is why a webhook has none.
var errErrand = errors.New("a webhook is told events alone")

// Errand implements [outbox.Teller].
func (h *hook) Errand(context.Context, *shop.State, store.Errand) error { return errErrand }

// Event implements [outbox.Teller]: one call with one event, as the feed has it.
func (h *hook) Event(ctx context.Context, state *shop.State, e store.FeedEntry) error {
	event, err := wire.NewEvent(state, h.channel, e.Feed, e.Type, e.At, e.Told)
	if err != nil {
		return err
	}
	body, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("encode the event: %w", err)
	}
	if len(body) > bodyMax {
		return fmt.Errorf("event %d has %d bytes; at most %d", e.Feed, len(body), bodyMax)
	}
	return h.post(ctx, MessageID(state, h.channel, e.Feed), body)
}

// MessageID is the webhook-id of an event: the same for each try, and another for each event of each epoch.
func MessageID(state *shop.State, channel string, seq uint64) string {
	return fmt.Sprintf("evt_%s_%s_%d_%d", state.Config.ID, channel, state.Counters.Epoch, seq)
}

func (h *hook) post(ctx context.Context, id string, body []byte) error {
	keys, err := h.keys()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the call: %w", guard.WithoutAddress(err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "weir")
	guard.SetWebhook(req.Header, keys, id, time.Now(), body) // the time of the try: receivers hold it against their own clock
	resp, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("call the receiver: %w", guard.WithoutAddress(err))
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, answerMax)) // what it says beside the status is not needed
	return guard.Answered("the other end", resp)
}

// newSecret is a secret that nobody has seen.
func newSecret() string {
	key := make([]byte, secretBytes)
	rand.Read(key) // never fails
	return guard.WebhookSecret(key)
}
