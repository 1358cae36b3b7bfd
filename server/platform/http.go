package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weir/shop/bell"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// httpDoor reaches a shop by HTTP: in its LAN, or through a tunnel.
type httpDoor struct {
	base   string
	key    string
	client *http.Client
}

const (
	answerMax  = 1 << 20         // bytes read of an answer
	pollWait   = 5               // seconds a poll for news may be held
	pollLeast  = 100             // ms between two polls, however quickly they are answered
	eventsMost = 500             // events read at once
	httpWait   = 2 * answerWait  // the longest wait for an answer
	afterError = 1 * time.Second // pause before a failed poll is tried again
)

// HTTP is the door of a shop at a URL. key is the channel's.
func HTTP(base, key string) (Door, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("store: want a URL such as http://127.0.0.1:8080")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = underWayMax
	return &httpDoor{strings.TrimSuffix(base, "/"), key, &http.Client{Transport: transport, Timeout: httpWait + pollWait*time.Second}}, nil
}

// call makes a request and reads its answer.
func (h *httpDoor) call(ctx context.Context, method, path string, body []byte, head ...string) (int, []byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, h.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("ask for %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+h.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("ask for %s: %w", path, reason(err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("read the answer to %s: %w", path, reason(err))
	}
	return resp.StatusCode, text, resp.Header, nil
}

// reason is an error without the URL, which is another one each time.
func reason(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Order implements [Door].
func (h *httpDoor) Order(ctx context.Context, nonce string, body []byte) (wire.Answer, error) {
	status, text, _, err := h.call(ctx, http.MethodPost, "/v1/orders", body)
	return wire.Answer{Nonce: nonce, Status: status, Body: text}, err
}

// Resync implements [Door]: HTTP has no such message, and no lease can be lost where each poll brings it.
func (h *httpDoor) Resync(context.Context, capacity.Stamp) error { return nil }

// Menu implements [Door].
func (h *httpDoor) Menu(ctx context.Context) ([]wire.MenuItem, error) {
	status, text, _, err := h.call(ctx, http.MethodGet, "/v1/menu", nil)
	if err != nil {
		return nil, err
	}
	var menu wire.Menu
	if err := json.Unmarshal(text, &menu); err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("ask for the menu: %d %s", status, http.StatusText(status))
	}
	var drinks []wire.MenuItem
	for _, it := range menu.Items {
		if it.Cups == 1 && it.Available {
			drinks = append(drinks, it)
		}
	}
	return drinks, nil
}

// Run implements [Door]: it polls the report and the feed.
func (h *httpDoor) Run(ctx context.Context, hear Hearer) error {
	status, _, _, err := h.call(ctx, http.MethodGet, "/v1/events?limit=1", nil)
	if err == nil && status != http.StatusOK {
		return fmt.Errorf("read the events of this channel: %d %s; is the key right?", status, http.StatusText(status))
	}
	done := make(chan struct{})
	go func() { defer close(done); h.reports(ctx, hear) }()
	h.events(ctx, hear)
	<-done
	return nil
}

// reports polls the capacity report; a poll is held until there is news.
func (h *httpDoor) reports(ctx context.Context, hear Hearer) {
	tag := ""
	for wait := time.Duration(0); bell.Sleep(ctx, wait); {
		status, text, head, err := h.call(ctx, http.MethodGet, "/v1/capacity", nil,
			"If-None-Match", tag, "Prefer", fmt.Sprintf("wait=%d", pollWait))
		wait = pollLeast * time.Millisecond
		if err != nil {
			wait = afterError
			continue
		}
		var report wire.Capacity
		if status != http.StatusOK || json.Unmarshal(text, &report) != nil {
			continue // 304: nothing new
		}
		tag = head.Get("ETag")
		hear.Report(report)
		if report.Lease != nil {
			hear.Lease(report.Lease.Lease)
		}
	}
}

// events reads the feed and acknowledges what it has read.
func (h *httpDoor) events(ctx context.Context, hear Hearer) {
	for bell.Sleep(ctx, pollLeast*time.Millisecond) {
		status, text, _, err := h.call(ctx, http.MethodGet, fmt.Sprintf("/v1/events?limit=%d", eventsMost), nil)
		var got wire.Events
		if err != nil || status != http.StatusOK || json.Unmarshal(text, &got) != nil || len(got.Events) == 0 {
			continue
		}
		for _, e := range got.Events {
			hear.Event(e)
		}
		ack, err := json.Marshal(map[string]any{"cursor": got.Cursor})
		if err == nil {
			_, _, _, err = h.call(ctx, http.MethodPost, "/v1/events/ack", ack)
		}
		if err != nil && !bell.Sleep(ctx, afterError) {
			return // events that are not acknowledged come again
		}
	}
}

// Close implements [Door].
func (h *httpDoor) Close() { h.client.CloseIdleConnections() }
