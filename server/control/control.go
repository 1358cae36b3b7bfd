// Package control is how a command on the box reaches its shop: with the store when no shop runs, over the running shop's
// socket when one does.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"weir/server/access"
	"weir/server/store"
)

// Admin is what commands beside the shop may do. There is only ever one writer.
type Admin interface {
	AddKey(ctx context.Context, channel string) (key, id string, err error)
	Keys(ctx context.Context) ([]store.Key, error)
	RevokeKey(ctx context.Context, id string) error
	Pair(ctx context.Context, owner bool) (Pairing, error)
	Backup(ctx context.Context, file string) error
	Check(ctx context.Context) error
	Claim(ctx context.Context) error         // this box is the shop
	URL(ctx context.Context) (string, error) // where the running shop answers
}

// Pairing is a one-time code that lets a tablet or the owner in.
type Pairing struct {
	Digits      string    `json:"digits"`
	Expires     time.Time `json:"expires"`
	Pages       []string  `json:"pages"` // where it is typed, the best address first
	Fingerprint string    `json:"fingerprint,omitempty"`
}

// Socket is how other commands speak to a running shop. Who may open the file may do what it
// offers: it is readable by the shop's own user only.
const Socket = "weir.sock"

// ErrNotRunning says that no shop answers on a data directory.
var ErrNotRunning = errors.New("no weir is running on this data directory")

// callTimeout covers a backup of a large database on slow flash.
const callTimeout = 10 * time.Minute

// request is a request on the socket, response what comes back.
type request struct {
	Do  string `json:"do"`
	Arg string `json:"arg,omitempty"`
}

type response struct {
	Key   string      `json:"key,omitempty"`
	ID    string      `json:"id,omitempty"`
	Keys  []store.Key `json:"keys,omitempty"`
	Pair  *Pairing    `json:"pair,omitempty"`
	URL   string      `json:"url,omitempty"`
	Error string      `json:"error,omitempty"`
}

// socketPathMax is what fits into a socket's address on Linux (sockaddr_un has 108 bytes with the final zero).
const socketPathMax = 107

// reachable is a path to the socket that fits into an address, for as long as the directory is open.
func reachable(data string) (path string, dir *os.File, err error) {
	if path = filepath.Join(data, Socket); len(path) <= socketPathMax {
		return path, nil, nil
	}
	if dir, err = os.Open(data); err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), Socket), dir, nil
}

// Listen opens the control socket. What a killed shop left there is removed: the store's lock
// has already shown that no other shop is running.
func Listen(data string) (net.Listener, error) {
	path := filepath.Join(data, Socket)
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

// Serve answers calls on the socket: each is carried out by a, and the answer or the error goes back as JSON.
func Serve(a Admin) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call request
		var answer response
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&call)
		if err == nil {
			// The server's deadlines are for a request; a backup takes longer.
			line, until := http.NewResponseController(w), time.Now().Add(callTimeout)
			err = errors.Join(line.SetReadDeadline(until), line.SetWriteDeadline(until))
		}
		if err == nil {
			answer, err = carryOut(r.Context(), a, call)
		}
		if err != nil {
			answer = response{Error: err.Error()}
		}
		json.NewEncoder(w).Encode(answer) // the command has gone if this fails
	})
}

// carryOut does what a call asks for. An unknown call is an error.
func carryOut(ctx context.Context, a Admin, call request) (answer response, err error) {
	switch call.Do {
	case "key add":
		answer.Key, answer.ID, err = a.AddKey(ctx, call.Arg)
	case "key list":
		answer.Keys, err = a.Keys(ctx)
	case "key revoke":
		err = a.RevokeKey(ctx, call.Arg)
	case "pair":
		var p Pairing
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
