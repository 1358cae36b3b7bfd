package control

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"weir/server/uplink"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/remote"
)

const (
	// joinMax bounds the call to the fleet: it writes its directory before it answers.
	joinMax = 30 * time.Second
	// joinAnswerMax bounds what it may answer, bytes.
	joinAnswerMax = 16 << 10
)

// Join implements [Admin]. Only a running shop can be joined: it knows on which broker it is.
func (a Local) Join(context.Context, string) (string, error) {
	return "", fmt.Errorf("weir is %w; start the shop and ask again", guard.ErrNotRunning)
}

// Join implements [Admin].
func (a remoteAdmin) Join(ctx context.Context, code string) (string, error) {
	answer, err := a.call(ctx, request{Do: "join", Arg: code})
	return answer.Text, err
}

// Join implements [Admin]. It returns the name of the fleet.
func (a Running) Join(ctx context.Context, text string) (string, error) {
	code, err := remote.ParseCode(text)
	if err != nil {
		return "", err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make the shop's key: %w", err)
	}
	answer, err := join(ctx, code, remote.JoinRequest{Secret: code.Secret, Shop: a.config.ID, Public: public, Broker: a.Broker})
	if err != nil {
		return "", err
	}
	if remote.Fingerprint(answer.Key.Public) != code.Fingerprint {
		return "", errors.New("the fleet has shown another key than the one in the code: somebody is in between; nothing was joined")
	}
	if answer.Broker != "" {
		if _, err := uplink.ParseURL(answer.Broker); err != nil {
			return "", fmt.Errorf("the fleet's broker: %w", err)
		}
	}
	_, err = a.store.Do(ctx, shop.JoinFleet{By: Console, To: shop.Joined{
		Fleet: answer.Fleet, Pages: code.URL, Keys: []shop.FleetKey{{ID: answer.Key.ID, Public: answer.Key.Public}},
		Own: private.Seed(), Broker: answer.Broker,
	}})
	if err != nil {
		return "", fmt.Errorf("keep the fleet: %w", err)
	}
	return answer.Fleet, nil
}

// join asks the fleet.
func join(ctx context.Context, code remote.Code, ask remote.JoinRequest) (answer remote.JoinAnswer, err error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return answer, fmt.Errorf("write the request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, joinMax)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, code.URL+remote.JoinPath, bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("ask the fleet: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("ask the fleet: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, joinAnswerMax))
	if err != nil {
		return answer, fmt.Errorf("read the fleet's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var said struct {
			Detail string `json:"detail"`
		}
		if json.Unmarshal(text, &said) != nil || said.Detail == "" {
			said.Detail = resp.Status
		}
		return answer, fmt.Errorf("the fleet says no: %.300s", said.Detail)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return answer, fmt.Errorf("read the fleet's answer: %w", err)
	}
	return answer, nil
}
