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
	"weir/server/control"
	"weir/server/store"
	"weir/server/uplink"
	"weir/shop"
	"weir/shop/guard"
)

// keepPrivate makes every file from here on readable by its owner alone: a shop's data hold customers' names.
func keepPrivate() { syscall.Umask(0o077) }

// withAdmin does something to the shop in a data directory, running or not.
// makes is whether it may be the first thing that ever happens to it.
func withAdmin(ctx context.Context, data string, config *shop.Config, makes bool, do func(control.Admin) error) error {
	remote, err := control.Dial(ctx, data)
	if err == nil {
		return do(remote)
	}
	if !errors.Is(err, guard.ErrNotRunning) {
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
	return do(control.NewLocal(config, s, keys, twin))
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
