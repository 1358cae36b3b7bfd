package webhook

import (
	"context"
	"errors"
	"net/url"

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

// Register takes where a channel wants its events. fresh reports whether it had nothing registered before. The secret is in
// the answer when it is new: at first, and when the channel asks for another; the one before signs for another day then.
// What was parked is sent again.
func (h *Hooks) Register(ctx context.Context, channel string, ask wire.WebhookAsk) (answer wire.Webhook, fresh bool, err error) {
	one, err := h.open(channel)
	if err != nil {
		return answer, false, err
	}
	if why := one.unfit(ask.URL); why != "" {
		return answer, false, &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: "the webhook was not registered",
			Fields: []shop.FieldError{{Pointer: "/url", Detail: why}}}
	}
	one.changing.Lock()
	defer one.changing.Unlock()
	next, err := h.store.Webhook(ctx, channel)
	if fresh = errors.Is(err, shop.ErrNotFound); err != nil && !fresh {
		return answer, false, err
	}
	secret := ""
	if fresh || ask.Rotate {
		next.Before, next.BeforeUntil = next.Secret, h.now().Add(RotateTime)
		secret = newSecret()
		next.Secret = secret
	}
	next.URL = ask.URL
	if err := h.store.PutWebhook(ctx, next); err != nil {
		return answer, false, err
	}
	one.say(next)
	if fresh {
		one.follower.Reload()
	} else if err := one.follower.Again(ctx); err != nil {
		return answer, false, err
	}
	answer, err = h.Look(channel)
	answer.Secret = secret
	return answer, fresh, err
}

// say changes what the channel has registered, and returns what it was.
func (h *hook) say(next store.Webhook) (before store.Webhook) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, h.said = h.said, next
	return before
}

// Remove ends a channel's webhook. It is [shop.ErrNotFound] where there is none.
func (h *Hooks) Remove(ctx context.Context, channel string) error {
	one, err := h.open(channel)
	if err != nil {
		return err
	}
	one.changing.Lock()
	defer one.changing.Unlock()
	before := one.say(store.Webhook{})
	one.follower.Reload() // what is under way is not noted any more
	if err := h.store.RemoveWebhook(ctx, channel, one.follower.Name()); err != nil {
		one.say(before) // it is still registered
		one.follower.Reload()
		return notRegistered(err)
	}
	return nil
}

// Look is how a channel's webhook stands. It is a [*shop.Error] where there is none.
func (h *Hooks) Look(channel string) (wire.Webhook, error) {
	one := h.of[channel]
	if one == nil || one.url() == "" {
		return wire.Webhook{}, notRegistered(shop.ErrNotFound)
	}
	s, epoch := one.follower.Status(), h.store.Snapshot().Counters.Epoch
	w := wire.Webhook{URL: one.url(), By: wire.WebhookByChannel, Cursor: wire.Cursor{Epoch: epoch, Seq: s.Told}, Waiting: s.Waiting(),
		FailingSince: s.Failing, ParkedAt: s.Parked, Error: s.Why}
	if one.config.URL != "" {
		w.By, w.URL = wire.WebhookByShop, one.Host() // the owner's address may hold a secret
	}
	return w, nil
}

func notRegistered(err error) error {
	if errors.Is(err, shop.ErrNotFound) {
		return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "this channel has no webhook"}
	}
	return err
}

// open is a channel's webhook, where the channel may say where to.
func (h *Hooks) open(channel string) (*hook, error) {
	one := h.of[channel]
	switch {
	case one == nil:
		return nil, notRegistered(shop.ErrNotFound)
	case one.config.URL != "":
		return nil, &shop.Error{Kind: shop.Unauthorized, Type: wire.ProblemNotPermitted,
			Detail: "the shop's owner says where this channel's events go"}
	}
	return one, nil
}

// unfit says why an address cannot be one for events; "" is nothing.
func (h *hook) unfit(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "want an address, as https://host/path"
	case u.User != nil || u.Fragment != "":
		return "may have neither a user nor a fragment"
	case h.config.Inside:
		return ""
	case u.Scheme != "https":
		return "want https"
	case !guard.Outside(u.Hostname()):
		return "is inside the shop's network; only the shop's owner may allow that"
	}
	return ""
}
