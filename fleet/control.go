package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"weir/fleet/directory"
	"weir/fleet/orders"
	"weir/fleet/owner"
	"weir/fleet/route"
	"weir/shop/guard"
)

// controlSocket is how other commands speak to a running fleet. A call may be an import of every shop of the largest platform.
var controlSocket = guard.Socket{Program: "weir-fleet", File: "fleet.sock", Max: 512 << 20, Timeout: 30 * time.Minute}

// prepareMax bounds the start of the streams for a command while the fleet does not run.
const prepareMax = 30 * time.Second

// controlCall is a call on the socket, controlAnswer what comes back.
type controlCall struct {
	Do      string           `json:"do"`
	ID      string           `json:"id,omitempty"`
	Channel string           `json:"channel,omitempty"`
	Shop    *directory.Shop  `json:"shop,omitempty"`
	Shops   []directory.Shop `json:"shops,omitempty"`
	Made    bool             `json:"made,omitempty"`
	Person  *owner.Person    `json:"person,omitempty"`
}

type controlAnswer struct {
	Key      string            `json:"key,omitempty"`
	ID       string            `json:"id,omitempty"`
	Broker   string            `json:"broker,omitempty"`
	Shops    []*directory.Shop `json:"shops,omitempty"`
	Keys     []directory.Key   `json:"keys,omitempty"`
	Findings []string          `json:"findings,omitempty"`
	Status   *route.Status     `json:"status,omitempty"`
	People   []string          `json:"people,omitempty"`
	Base     string            `json:"base,omitempty"`
}

// control carries a call out.
func (f *fleet) control(ctx context.Context, c controlCall) (a controlAnswer, err error) {
	a.Broker, a.Base = f.broker, f.owner.Address()
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
	case "person add":
		a.Key, err = f.owner.Add(ctx, *c.Person)
	case "person link":
		a.Key, err = f.owner.Relink(ctx, c.ID)
	case "person remove":
		err = f.owner.Remove(ctx, c.ID)
	case "person list":
		for _, p := range f.owner.People() {
			a.People = append(a.People, p.Name+"\t"+string(p.Role)+"\t"+strings.Join(p.Shops, ","))
		}
	case "person rotate-key":
		a.ID, err = f.owner.Rotate(ctx)
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

// carry does a call at the running fleet, or on the data directory when none runs.
func carry(ctx context.Context, data string, call controlCall) (answer controlAnswer, err error) {
	line, err := controlSocket.Dial(ctx, data)
	if err == nil {
		return answer, line.Call(ctx, call, &answer)
	}
	if !errors.Is(err, guard.ErrNotRunning) {
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
