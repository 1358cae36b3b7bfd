package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"weir/server/access"
	"weir/server/store"
)

// remote is an [Admin] that works over the control socket of a running shop.
type remote struct{ client *http.Client }

// Dial reaches the running shop of a data directory. It is [ErrNotRunning] when there is none.
func Dial(ctx context.Context, data string) (Admin, error) {
	path := filepath.Join(data, Socket)
	dial := func(ctx context.Context) (net.Conn, error) {
		short, dir, err := reachable(data)
		if err != nil {
			return nil, err
		}
		defer dir.Close() // nil when the path was short
		return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", short)
	}
	conn, err := dial(ctx)
	if err != nil {
		if _, statErr := os.Stat(path); statErr == nil && !errors.Is(err, os.ErrPermission) || errors.Is(statErr, os.ErrNotExist) {
			return nil, ErrNotRunning // no socket, or one that a killed shop left
		}
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	conn.Close()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	return remote{&http.Client{Transport: transport, Timeout: callTimeout}}, nil
}

func (a remote) call(ctx context.Context, call request) (response, error) {
	var answer response
	body, err := json.Marshal(call)
	if err != nil {
		return answer, fmt.Errorf("encode the call: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://weir/", bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("make the call: %w", err)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("ask the running weir: %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil {
		return answer, fmt.Errorf("read the running weir's answer: %w", err)
	}
	if answer.Error != "" {
		return answer, errors.New(answer.Error)
	}
	return answer, nil
}

// AddKey implements [Admin].
func (a remote) AddKey(ctx context.Context, channel string) (key, id string, err error) {
	answer, err := a.call(ctx, request{"key add", channel})
	return answer.Key, answer.ID, err
}

// Keys implements [Admin].
func (a remote) Keys(ctx context.Context) ([]store.Key, error) {
	answer, err := a.call(ctx, request{Do: "key list"})
	return answer.Keys, err
}

// RevokeKey implements [Admin].
func (a remote) RevokeKey(ctx context.Context, id string) error {
	_, err := a.call(ctx, request{"key revoke", id})
	return err
}

// Backup implements [Admin].
func (a remote) Backup(ctx context.Context, file string) error {
	_, err := a.call(ctx, request{"backup", file})
	return err
}

// Check implements [Admin].
func (a remote) Check(ctx context.Context) error {
	_, err := a.call(ctx, request{Do: "check"})
	return err
}

// URL implements [Admin].
func (a remote) URL(ctx context.Context) (string, error) {
	answer, err := a.call(ctx, request{Do: "url"})
	return answer.URL, err
}

// Pair implements [Admin].
func (a remote) Pair(ctx context.Context, owner bool) (Pairing, error) {
	call := request{Do: "pair", Arg: access.CodeForTablet}
	if owner {
		call.Arg = access.CodeForOwner
	}
	answer, err := a.call(ctx, call)
	if err != nil {
		return Pairing{}, err
	}
	if answer.Pair == nil {
		return Pairing{}, errors.New("the running weir gave no code; is it of an older version?")
	}
	return *answer.Pair, nil
}

// Claim implements [Admin].
func (a remote) Claim(ctx context.Context) error {
	_, err := a.call(ctx, request{Do: "claim"})
	return err
}
