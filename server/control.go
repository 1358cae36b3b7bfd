package main

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

// controlSocket is how other commands speak to a running shop. Who may open the file may do what it
// offers: it is readable by the shop's own user only.
const controlSocket = "weir.sock"

// errNotRunning says that no shop answers on a data directory.
var errNotRunning = errors.New("no weir is running on this data directory")

// controlTimeout covers a backup of a large database on slow flash.
const controlTimeout = 10 * time.Minute

// controlCall is a request on the socket, controlAnswer what comes back.
type controlCall struct {
	Do  string `json:"do"`
	Arg string `json:"arg,omitempty"`
}

type controlAnswer struct {
	Key   string      `json:"key,omitempty"`
	ID    string      `json:"id,omitempty"`
	Keys  []store.Key `json:"keys,omitempty"`
	Pair  *pairing    `json:"pair,omitempty"`
	URL   string      `json:"url,omitempty"`
	Error string      `json:"error,omitempty"`
}

// socketPathMax is what fits into a socket's address on Linux (sockaddr_un has 108 bytes with the final zero).
const socketPathMax = 107

// reachable is a path to the socket that fits into an address, for as long as the directory is open.
func reachable(data string) (path string, dir *os.File, err error) {
	if path = filepath.Join(data, controlSocket); len(path) <= socketPathMax {
		return path, nil, nil
	}
	if dir, err = os.Open(data); err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), controlSocket), dir, nil
}

// listenControl opens the control socket. What a killed shop left there is removed: the store's lock
// has already shown that no other shop is running.
func listenControl(data string) (net.Listener, error) {
	path := filepath.Join(data, controlSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	short, dir, err := reachable(data)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	defer dir.Close() // nil when the path was short; closing it changes nothing for the socket
	l, err := net.Listen("unix", short)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // its name may be reachable no longer; the next start removes it
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	return l, nil
}

// serveControl answers on the socket.
func serveControl(a admin) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call controlCall
		var answer controlAnswer
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&call)
		if err == nil {
			// The server's deadlines are for a request; a backup takes longer.
			line, until := http.NewResponseController(w), time.Now().Add(controlTimeout)
			err = errors.Join(line.SetReadDeadline(until), line.SetWriteDeadline(until))
		}
		if err == nil {
			answer, err = control(r.Context(), a, call)
		}
		if err != nil {
			answer = controlAnswer{Error: err.Error()}
		}
		json.NewEncoder(w).Encode(answer) // the command has gone if this fails
	})
}

func control(ctx context.Context, a admin, call controlCall) (answer controlAnswer, err error) {
	switch call.Do {
	case "key add":
		answer.Key, answer.ID, err = a.AddKey(ctx, call.Arg)
	case "key list":
		answer.Keys, err = a.Keys(ctx)
	case "key revoke":
		err = a.RevokeKey(ctx, call.Arg)
	case "pair":
		var p pairing
		p, err = a.Pair(ctx, call.Arg == access.CodeForOwner)
		answer.Pair = &p
	case "claim":
		err = a.Claim(ctx)
	case "backup":
		err = a.Backup(ctx, call.Arg)
	case "check":
		err = a.Check(ctx)
	case "url":
		answer.URL, err = a.URL(ctx)
	default:
		err = fmt.Errorf("the running weir does not know %q; is it of an older version?", call.Do)
	}
	return answer, err
}

// remoteAdmin does it over the control socket.
type remoteAdmin struct{ client *http.Client }

func dialControl(ctx context.Context, data string) (admin, error) {
	path := filepath.Join(data, controlSocket)
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
			return nil, errNotRunning // no socket, or one that a killed shop left
		}
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	conn.Close()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	return remoteAdmin{&http.Client{Transport: transport, Timeout: controlTimeout}}, nil
}

func (a remoteAdmin) call(ctx context.Context, call controlCall) (controlAnswer, error) {
	var answer controlAnswer
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

// AddKey implements [admin].
func (a remoteAdmin) AddKey(ctx context.Context, channel string) (key, id string, err error) {
	answer, err := a.call(ctx, controlCall{"key add", channel})
	return answer.Key, answer.ID, err
}

// Keys implements [admin].
func (a remoteAdmin) Keys(ctx context.Context) ([]store.Key, error) {
	answer, err := a.call(ctx, controlCall{Do: "key list"})
	return answer.Keys, err
}

// RevokeKey implements [admin].
func (a remoteAdmin) RevokeKey(ctx context.Context, id string) error {
	_, err := a.call(ctx, controlCall{"key revoke", id})
	return err
}

// Backup implements [admin].
func (a remoteAdmin) Backup(ctx context.Context, file string) error {
	_, err := a.call(ctx, controlCall{"backup", file})
	return err
}

// Check implements [admin].
func (a remoteAdmin) Check(ctx context.Context) error {
	_, err := a.call(ctx, controlCall{Do: "check"})
	return err
}

// URL implements [admin].
func (a remoteAdmin) URL(ctx context.Context) (string, error) {
	answer, err := a.call(ctx, controlCall{Do: "url"})
	return answer.URL, err
}
