package connector

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/connector"
	"weir/shop/guard"
)

const (
	// callWithin bounds one call to a platform.
	callWithin = 10 * time.Second
	// answerMax is what is read of an answer, in bytes.
	answerMax = 64 << 10
)

// Host implements [outbox.Teller].
func (l *link) Host() string {
	address := l.config.API
	if address == "" {
		address = l.by.Calls.API
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// Event implements [outbox.Teller]: what the platform is told of an event.
func (l *link) Event(ctx context.Context, state *shop.State, e store.FeedEntry) error {
	var told shop.Told
	if err := json.Unmarshal(e.Told, &told); err != nil {
		return fmt.Errorf("decode event %d: %w", e.Feed, err)
	}
	f := connector.Fact{Type: e.Type, Ref: told.Ref, Reason: told.Reason, ReadyBy: told.ReadyBy}
	if told.Item == "" {
		return l.tell(ctx, f)
	}
	for _, sku := range skus(state, l.channel, told.Item) {
		f.SKU = sku
		if err := l.tell(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Errand implements [outbox.Teller].
func (l *link) Errand(ctx context.Context, _ *shop.State, e store.Errand) error {
	var f connector.Fact
	if err := json.Unmarshal(e.Doc, &f); err != nil {
		return fmt.Errorf("decode errand %d: %w", e.ID, err)
	}
	return l.tell(ctx, f)
}

// skus are the platform's ids of an item: those that the owner has mapped to it and to nothing else.
func skus(state *shop.State, channel, item string) (list []string) {
	for _, entry := range state.Mapping.Entries(channel) {
		if entry.Kind == shop.MapSKU && len(entry.Parts) == 1 && entry.Parts[0].Item == item && !strings.ContainsFunc(entry.Text, unfit) {
			list = append(list, entry.Text)
		}
	}
	return list
}

// unfit reports whether a sign cannot be part of an id that is put into a call.
func unfit(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_/.", r))
}

// tell makes the calls that tell a fact. A call that the platform refuses is logged and not made again: what it says no to
// once, such as confirming an order that its customer has cancelled, it says no to always.
func (l *link) tell(ctx context.Context, f connector.Fact) error {
	account, err := l.account()
	if err != nil {
		return err
	}
	for _, out := range l.by.Out(account, f, time.Now(), rand.Text) { // the machine's clock: platforms hold it against theirs
		a, err := l.call(ctx, out)
		switch {
		case err != nil:
			return err
		case a.Broken:
			return &guard.Refusal{Text: fmt.Sprintf("the platform answered %.64q to %s", a.Code, out.Action)}
		case !a.OK:
			l.Log.Warn("a platform refused a call", "channel", l.channel, "action", out.Action, "ref", f.Ref, "code", a.Code)
		}
	}
	return nil
}

func (l *link) call(ctx context.Context, out connector.Outgoing) (connector.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, out.Method, out.URL, bytes.NewReader(out.Body))
	if err != nil {
		return connector.Answer{}, fmt.Errorf("make the call: %w", guard.WithoutAddress(err))
	}
	req.Header = out.Header
	req.Header.Set("User-Agent", "weir")
	if out.Type != "" {
		req.Header.Set("Content-Type", out.Type)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return connector.Answer{}, fmt.Errorf("call the platform: %w", guard.WithoutAddress(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return connector.Answer{}, fmt.Errorf("read the platform's answer: %w", err)
	}
	if err := guard.Answered("the other end", resp); err != nil {
		return connector.Answer{}, err
	}
	return l.by.Answered(body), nil
}
