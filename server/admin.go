package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"weir/server/access"
	"weir/server/store"
	"weir/server/uplink"
	"weir/shop"
)

// admin is what commands beside the shop may do: with the store when no shop runs, over its control
// socket when one does. There is only ever one writer.
type admin interface {
	AddKey(ctx context.Context, channel string) (key, id string, err error)
	Keys(ctx context.Context) ([]store.Key, error)
	RevokeKey(ctx context.Context, id string) error
	Pair(ctx context.Context, owner bool) (pairing, error)
	Backup(ctx context.Context, file string) error
	Check(ctx context.Context) error
	Claim(ctx context.Context) error         // this box is the shop
	URL(ctx context.Context) (string, error) // where the running shop answers
}

// localAdmin does it with the store itself.
type localAdmin struct {
	config *shop.Config
	store  *store.Store
	keys   *access.Keys
	twin   *uplink.Twin // nil where no other box can be
}

// AddKey implements [admin].
func (a localAdmin) AddKey(ctx context.Context, channel string) (key, id string, err error) {
	if _, ok := a.config.Channel(channel); !ok {
		var known []string
		for _, ch := range a.config.Channels {
			known = append(known, ch.ID)
		}
		return "", "", fmt.Errorf("there is no channel %q; the shop has %v", channel, known)
	}
	if err := a.audit(ctx, shop.AuditKeyAdded, channel); err != nil {
		return "", "", err
	}
	return a.keys.Add(ctx, channel)
}

// console is who it was when somebody with a shell on the box did it.
const console = "console"

func (a localAdmin) audit(ctx context.Context, what, about string) error {
	_, err := a.store.Do(ctx, shop.Audit{By: console, What: what, About: about})
	return err
}

// Keys implements [admin].
func (a localAdmin) Keys(ctx context.Context) ([]store.Key, error) { return a.store.Keys(ctx) }

// RevokeKey implements [admin].
func (a localAdmin) RevokeKey(ctx context.Context, id string) error {
	err := a.keys.Revoke(ctx, id)
	if errors.Is(err, shop.ErrNotFound) {
		return fmt.Errorf("there is no key %q that is still good; see weir key list", id)
	}
	if err != nil {
		return err
	}
	return a.audit(ctx, shop.AuditKeyRevoked, id)
}

// Backup implements [admin].
func (a localAdmin) Backup(ctx context.Context, file string) error { return a.store.Backup(ctx, file) }

// Check implements [admin].
func (a localAdmin) Check(ctx context.Context) error { return a.store.Check(ctx) }

// URL implements [admin].
func (a localAdmin) URL(context.Context) (string, error) { return "", errNotRunning }

// keepPrivate makes every file from here on readable by its owner alone: a shop's data hold customers' names.
func keepPrivate() { syscall.Umask(0o077) }

// withAdmin does something to the shop in a data directory, running or not.
// makes is whether it may be the first thing that ever happens to it.
func withAdmin(ctx context.Context, data string, config *shop.Config, makes bool, do func(admin) error) error {
	remote, err := dialControl(ctx, data)
	if err == nil {
		return do(remote)
	}
	if !errors.Is(err, errNotRunning) {
		return err
	}
	if _, err := os.Stat(filepath.Join(data, store.FileName)); err != nil && !makes {
		return fmt.Errorf("no weir is running on %s, and there is no shop's data in it; name the directory with --data", data)
	}
	keepPrivate()
	s, err := store.Open(ctx, data, config, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	keys, err := access.NewKeys(ctx, s)
	if err != nil {
		return err
	}
	twin, err := uplink.OpenTwin(data)
	if err != nil {
		return err
	}
	return do(localAdmin{config, s, keys, twin})
}

// absolute makes a file name mean the same to the running shop as to the person who typed it.
func absolute(file string) (string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", file, err)
	}
	return abs, nil
}

// goodKeys are the keys that are not revoked.
func goodKeys(keys []store.Key) []store.Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k store.Key) bool { return !k.RevokedAt.IsZero() })
}
