package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"weir/fleet/directory"
	"weir/fleet/orders"
	"weir/fleet/route"
)

const (
	// controlSocket is how other commands speak to a running fleet. Who may open the file may do what it offers: it is
	// readable by the fleet's own user only.
	controlSocket = "fleet.sock"
	// controlTimeout covers an import of every shop of a platform.
	controlTimeout = 30 * time.Minute
	// controlMax bounds one call: a directory of the largest platform.
	controlMax = 512 << 20
	// prepareMax bounds the start of the streams for a command while the fleet does not run.
	prepareMax = 30 * time.Second
)

// errNotRunning says that no fleet answers on a data directory.
var errNotRunning = errors.New("no weir-fleet is running on this data directory")

// controlCall is a request on the socket, controlAnswer what comes back.
type controlCall struct {
	Do      string           `json:"do"`
	ID      string           `json:"id,omitempty"`
	Channel string           `json:"channel,omitempty"`
	Shop    *directory.Shop  `json:"shop,omitempty"`
	Shops   []directory.Shop `json:"shops,omitempty"`
	Made    bool             `json:"made,omitempty"`
}

type controlAnswer struct {
	Key      string            `json:"key,omitempty"`
	ID       string            `json:"id,omitempty"`
	Broker   string            `json:"broker,omitempty"`
	Shops    []*directory.Shop `json:"shops,omitempty"`
	Keys     []directory.Key   `json:"keys,omitempty"`
	Findings []string          `json:"findings,omitempty"`
	Status   *route.Status     `json:"status,omitempty"`
	Error    string            `json:"error,omitempty"`
}

// control carries a call out.
func (f *fleet) control(ctx context.Context, c controlCall) (a controlAnswer, err error) {
	a.Broker = f.broker
	switch c.Do {
	case "store add":
		a.Key, err = f.directory.Add(ctx, *c.Shop, time.Now())
	case "store renew":
		a.Key, err = f.directory.Renew(ctx, c.ID)
	case "store remove":
		err = f.directory.Remove(ctx, c.ID)
	case "store list":
		a.Shops = f.directory.Shops()
	case "store import":
		err = f.importShops(ctx, c.Shops)
	case "key add":
		a.Key, a.ID, err = f.directory.AddKey(ctx, c.Channel, time.Now())
	case "key list":
		a.Keys = f.directory.Keys()
	case "key revoke":
		err = f.directory.RevokeKey(ctx, c.ID)
	case "order settle":
		var s route.Status
		s, err = f.router.Judge(ctx, orders.Key{Channel: c.Channel, Ref: c.ID}, c.Made)
		a.Status = &s
	case "check":
		a.Findings, err = f.engine.Check(ctx, f.config.Keep)
	default:
		err = fmt.Errorf("the running weir-fleet does not know %q; is it of an older version?", c.Do)
	}
	return a, err
}

// importShops puts shops in and leaves the keys of those that are there.
func (f *fleet) importShops(ctx context.Context, shops []directory.Shop) error {
	for _, s := range shops {
		if known, ok := f.directory.Shop(s.ID); ok {
			s.KeyHash, s.AddedAt = known.KeyHash, known.AddedAt
		} else {
			s.AddedAt = time.Now().UTC().Truncate(time.Second)
		}
		if err := f.directory.Put(ctx, s); err != nil {
			return fmt.Errorf("store %s: %w", s.ID, err)
		}
	}
	return nil
}

// listenControl opens the socket. What a killed fleet left there is removed: the lock has shown that none is running.
func listenControl(data string) (net.Listener, error) {
	path := filepath.Join(data, controlSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	short, dir, err := reachable(data)
	if err != nil {
		return nil, err
	}
	defer dir.Close() // it was needed for its name only
	l, err := net.Listen("unix", short)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	return l, nil
}

// reachable is a path to the socket that fits into an address (108 bytes on Linux) for as long as the directory is open.
func reachable(data string) (string, *os.File, error) {
	dir, err := os.Open(data)
	if err != nil {
		return "", nil, fmt.Errorf("open the data directory: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), controlSocket), dir, nil
}

// serveControl answers on the socket.
func serveControl(f *fleet) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call controlCall
		var answer controlAnswer
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, controlMax)).Decode(&call)
		if err == nil {
			answer, err = f.control(r.Context(), call)
		}
		if err != nil {
			answer = controlAnswer{Error: err.Error()}
		}
		json.NewEncoder(w).Encode(answer) // the command has gone if this fails
	})
}

// callRunning sends a call to the fleet that runs on a data directory.
func callRunning(ctx context.Context, data string, call controlCall) (answer controlAnswer, err error) {
	dial := func(ctx context.Context) (net.Conn, error) {
		short, dir, err := reachable(data)
		if err != nil {
			return nil, errNotRunning
		}
		defer dir.Close() // it was needed for its name only
		return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", short)
	}
	conn, err := dial(ctx)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return answer, fmt.Errorf("open the control socket: %w", err)
		}
		return answer, errNotRunning // no socket, or one that a killed fleet left
	}
	conn.Close()
	client := &http.Client{Timeout: controlTimeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}
	text, err := json.Marshal(call)
	if err != nil {
		return answer, fmt.Errorf("encode the call: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://fleet/", bytes.NewReader(text))
	if err != nil {
		return answer, fmt.Errorf("make the call: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("ask the running weir-fleet: %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, controlMax)).Decode(&answer); err != nil {
		return answer, fmt.Errorf("read the running weir-fleet's answer: %w", err)
	}
	if answer.Error != "" {
		return answer, errors.New(answer.Error)
	}
	return answer, nil
}

// carry does a call at the running fleet, or on the data directory when none runs.
func carry(ctx context.Context, data string, call controlCall) (controlAnswer, error) {
	answer, err := callRunning(ctx, data, call)
	if !errors.Is(err, errNotRunning) {
		return answer, err
	}
	begins := call.Do == "store add" || call.Do == "key add" || call.Do == "store import"
	if _, err := os.Stat(filepath.Join(data, "streams")); err != nil && !begins {
		return answer, fmt.Errorf("no weir-fleet is running on %s, and there are no streams in it; name the directory with --data", data)
	}
	var s commands
	parser, err := newParser(&s)
	if err != nil {
		return answer, err
	}
	if _, err := parser.Parse([]string{"serve", "--data", data, "--mqtt-addr", ""}); err != nil {
		return answer, fmt.Errorf("defaults: %w", err)
	}
	broker, err := os.ReadFile(filepath.Join(data, brokerFile))
	if err != nil {
		broker = []byte("tcp://" + defaultMQTT)
	}
	s.Serve.MQTTAddr = ""
	f, err := open(&s.Serve, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return answer, err
	}
	defer f.engine.Close()
	f.broker = strings.TrimSpace(string(broker))
	ctx, cancel := context.WithTimeout(ctx, prepareMax)
	defer cancel()
	if err := f.prepare(ctx); err != nil {
		return answer, err
	}
	return f.control(ctx, call)
}

// defaultMQTT is where shops connect when nobody says otherwise.
const defaultMQTT = "127.0.0.1:1884"

// storeURL is what a shop is started with: --broker URL.
func storeURL(broker, store, key string) string {
	u, err := url.Parse(broker)
	if err != nil || broker == "" {
		return ""
	}
	u.User = url.UserPassword(store, key)
	u.RawQuery = "qos=0"
	return u.String()
}
