package adapter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"weir/shop/guard"
)

const (
	// answerWithin bounds one call. A platform that takes longer is asked again; it must know the id.
	answerWithin = 10 * time.Second
	// answerMax is what is read of an answer, so that the connection can be used again.
	answerMax = 16 << 10
	// keyFileMax is larger than any secret.
	keyFileMax = 4 << 10
)

// message is the body of a call.
type message struct {
	Type      string    `json:"type"` // intake.pause, intake.busy or intake.openclosed
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Shop    string `json:"store"`
	Channel string `json:"channel"`
	Seq     uint64 `json:"seq"` // a receiver passes over what has a lower one than the last it took
	Wish
}

// sender makes signed calls to one address.
type sender struct {
	url    string
	key    []byte
	client *http.Client
}

func newSender(address string, key []byte) sender {
	return sender{url: address, key: key, client: &http.Client{
		Timeout: answerWithin,
		// Whoever answers with another address is not the platform that was given the secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send makes one call. An answer other than 2xx is a [*refusal].
func (s sender) send(ctx context.Context, id string, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode the call: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the call: %w", err)
	}
	at := time.Now() // time of the attempt; receivers refuse a time that is minutes off their own clock
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "weir")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("webhook-signature", guard.SignWebhook(s.key, id, at, body))
	resp, err := s.client.Do(req)
	if at := (*url.Error)(nil); errors.As(err, &at) {
		err = at.Err // without the address: its query may be a secret, and this is shown
	}
	if err != nil {
		return fmt.Errorf("call the platform: %w", err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, answerMax)) // what it says beside the status is not needed
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return &refusal{status: resp.StatusCode, after: retryAfter(resp.Header.Get("Retry-After"))}
}

// refusal is an answer that is no success.
type refusal struct {
	status int
	after  time.Duration // as Retry-After asked; 0 when it did not
}

// Error implements error.
func (r *refusal) Error() string {
	return fmt.Sprintf("the platform answered %d %s", r.status, http.StatusText(r.status))
}

// final reports whether trying again will hardly help: the platform understood and does not want it so.
func (r *refusal) final() bool {
	return r.status/100 == 3 || r.status/100 == 4 && r.status != http.StatusRequestTimeout &&
		r.status != http.StatusTooEarly && r.status != http.StatusTooManyRequests
}

// retryAfter reads the header (RFC 9110, 10.2.3), in seconds or as a date.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(retryAfterMax/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// readKey reads a signing secret: base64, with or without the prefix whsec_.
func readKey(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, keyFileMax))
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	key, err := guard.ParseWebhookKey(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", file, err)
	}
	return key, nil
}
