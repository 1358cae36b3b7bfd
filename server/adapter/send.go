package adapter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"weir/shop/guard"
)

const (
	// answerWithin bounds one call. A platform that takes longer is asked again; it must know the id.
	answerWithin = 10 * time.Second
	// answerMax is what is read of an answer, so that the connection can be used again.
	answerMax = 16 << 10
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

// send makes one call. An answer other than 2xx is a [*guard.Refusal].
func (s sender) send(ctx context.Context, id string, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode the call: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the call: %w", guard.WithoutAddress(err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "weir")
	guard.SetWebhook(req.Header, [][]byte{s.key}, id, time.Now(), body) // receivers refuse a time that is minutes off their own clock
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("call the platform: %w", guard.WithoutAddress(err))
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, answerMax)) // what it says beside the status is not needed
	return guard.Answered("the platform", resp)
}

// readKey reads a signing secret: base64, with or without the prefix whsec_.
func readKey(file string) ([]byte, error) {
	text, err := guard.ReadSecret(file)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	key, err := guard.ParseWebhookKey(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", file, err)
	}
	return key, nil
}
