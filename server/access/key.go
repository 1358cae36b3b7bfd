package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"weir/server/store"
)

const (
	// keyBytes is the randomness of a key: nobody guesses 256 bits, so a plain hash keeps it safe.
	keyBytes = 32
	// keyPrefix lets people and secret scanners recognise a key.
	keyPrefix = "weir_"
	// idBytes names a key in lists; it is no secret.
	idBytes = 4
	// keysMax is far more channels and rotations than a shop has. Each request compares with every key.
	keysMax = 1000
)

// keyLength is the length of a key's text.
var keyLength = len(keyPrefix) + base64.RawURLEncoding.EncodedLen(keyBytes)

// KeyStore keeps the hashes of keys. AddKey and RevokeKey return after the commit; RevokeKey is
// [shop.ErrNotFound] when there is no such key that is still good.
type KeyStore interface {
	AddKey(ctx context.Context, k store.Key) error
	RevokeKey(ctx context.Context, id string, at time.Time) error
	Keys(ctx context.Context) ([]store.Key, error)
}

// Keys are the channel keys. Looking one up needs no disk and takes the same time whether or not it
// is good. Several goroutines may use it.
type Keys struct {
	store KeyStore
	now   func() time.Time

	mu      sync.Mutex                  // held while keys change
	revoked func()                      // see [Keys.OnRevoke]; nil before
	good    atomic.Pointer[[]store.Key] // those that are not revoked
}

// NewKeys reads the stored keys.
func NewKeys(ctx context.Context, s KeyStore) (*Keys, error) {
	k := &Keys{store: s, now: time.Now}
	all, err := s.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("load channel keys: %w", err)
	}
	good := slices.DeleteFunc(all, func(k store.Key) bool { return !k.RevokedAt.IsZero() })
	k.good.Store(&good)
	return k, nil
}

// Add makes a key for a channel. The key is in what is returned and nowhere else: it cannot be shown
// again. id names it for [Keys.Revoke].
func (k *Keys) Add(ctx context.Context, channel string) (key, id string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	good := *k.good.Load()
	if len(good) >= keysMax {
		return "", "", fmt.Errorf("there are %d keys already; revoke some", len(good))
	}
	secret, name := make([]byte, keyBytes), make([]byte, idBytes)
	rand.Read(secret) // never fails: the process ends if the system has no randomness
	rand.Read(name)
	key, id = keyPrefix+base64.RawURLEncoding.EncodeToString(secret), "k"+hex.EncodeToString(name)
	hash := sha256.Sum256([]byte(key))
	row := store.Key{ID: id, Channel: channel, Hash: hash[:], CreatedAt: k.now().UTC()}
	if err := k.store.AddKey(ctx, row); err != nil {
		return "", "", fmt.Errorf("add a key for %s: %w", channel, err)
	}
	good = append(slices.Clone(good), row)
	k.good.Store(&good)
	return key, id, nil
}

// OnRevoke has f called after each revocation, so that what was opened with the key can be closed. Set it
// before keys are revoked. f must not change keys.
func (k *Keys) OnRevoke(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.revoked = f
}

// Revoke ends a key at once. It is [shop.ErrNotFound] when there is none of that id that is still good.
func (k *Keys) Revoke(ctx context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.store.RevokeKey(ctx, id, k.now().UTC()); err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	good := slices.DeleteFunc(slices.Clone(*k.good.Load()), func(k store.Key) bool { return k.ID == id })
	k.good.Store(&good)
	if k.revoked != nil {
		k.revoked()
	}
	return nil
}

// List is every key there ever was, oldest first, without the keys themselves.
func (k *Keys) List(ctx context.Context) ([]store.Key, error) {
	all, err := k.store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list channel keys: %w", err)
	}
	return all, nil
}

// Channel is the channel that a key belongs to; ok is false when the key is not good.
func (k *Keys) Channel(key string) (channel string, ok bool) {
	if len(key) != keyLength {
		return "", false
	}
	hash := sha256.Sum256([]byte(key))
	for _, row := range *k.good.Load() {
		if subtle.ConstantTimeCompare(hash[:], row.Hash) == 1 {
			channel, ok = row.Channel, true // and on, so that the time says nothing
		}
	}
	return channel, ok
}
