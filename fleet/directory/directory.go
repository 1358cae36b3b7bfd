// Package directory is which shops there are, where they stand, and who may sign in: shops with their store keys,
// platforms with the keys of their channels. Of a key only the hash is kept.
package directory

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"weir/fleet/engine"
	"weir/shop"
	"weir/shop/guard"
)

// Shop is one entry.
type Shop struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	Owner    string    `json:"owner,omitempty"`
	City     string    `json:"city,omitempty"`
	Lat      float64   `json:"lat"` // GCJ-02, as maps in China have it
	Lon      float64   `json:"lon"`
	RadiusM  int       `json:"radius_m,omitempty"` // how far it delivers; 0 is no limit of its own
	Channels []string  `json:"channels,omitempty"` // that the fleet may send it orders of; none named is all
	KeyHash  string    `json:"key_hash,omitempty"`
	AddedAt  time.Time `json:"added_at,omitzero"`
}

// Takes reports whether the shop takes orders of a channel.
func (s *Shop) Takes(channel string) bool {
	return len(s.Channels) == 0 || slices.Contains(s.Channels, channel)
}

// Key is a platform's key for a channel.
type Key struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel"`
	Hash    string    `json:"hash"`
	AddedAt time.Time `json:"added_at"`
}

const (
	storePrefix, keyPrefix = "fleet.store.", "fleet.key."
	// secretBytes is the randomness of a key: nobody guesses 256 bits, so a plain hash keeps it safe.
	secretBytes = 32
	// settleMax bounds the wait until an entry that was written is known here.
	settleMax = 10 * time.Second
	// knownMax is how long a sign-in waits for the directory of a node that has just started: less than a shop's patience.
	knownMax = 8 * time.Second
	// lookMax bounds the look at the stream for a store that is not known here, and looksMax how many look at once: who
	// guesses keys must not keep the streams busy.
	lookMax   = 2 * time.Second
	looksMax  = 16
	radiusMax = 50_000 // metres: a city
)

// textMax bounds the name, owner and city of a shop, in bytes: they are shown in one line.
const textMax = 200

// ErrNotFound says that there is no such entry.
var ErrNotFound = errors.New("not found")

// idForm is what a store or a channel may be called: it is a part of topics.
var idForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// Directory is the entries as this process knows them. Several goroutines may use it.
type Directory struct {
	engine *engine.Engine
	heard  func(old, new *Shop) // told of each change; new is nil when the shop is gone
	known  chan struct{}        // closed when every entry has been read
	wait   time.Duration        // for it
	looks  chan struct{}        // a place for each look at the stream

	mu      sync.RWMutex
	shops   map[string]*Shop
	keys    map[string]Key // by hash
	changed chan struct{}
}

// New makes an empty directory. heard may be nil and must not call back.
func New(heard func(old, new *Shop)) *Directory {
	return &Directory{
		heard: heard, known: make(chan struct{}), wait: knownMax, looks: make(chan struct{}, looksMax),
		shops: map[string]*Shop{}, keys: map[string]Key{}, changed: make(chan struct{}),
	}
}

// Heard sets who is told of each change. Call it before [Directory.Open].
func (d *Directory) Heard(heard func(old, new *Shop)) { d.heard = heard }

// Open reads the directory and follows it until ctx ends.
func (d *Directory) Open(ctx context.Context, e *engine.Engine) error {
	d.engine = e
	done, err := e.Follow(ctx, engine.Stores, nil, d.take)
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	select {
	case <-done:
		close(d.known)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take takes one entry in. An empty one is removed.
func (d *Directory) take(subject string, v engine.Value) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := strings.CutPrefix(subject, storePrefix); ok {
		old := d.shops[id]
		next := &Shop{}
		if len(v.Data) == 0 || json.Unmarshal(v.Data, next) != nil {
			next = nil
			delete(d.shops, id)
		} else {
			d.shops[id] = next
		}
		if d.heard != nil {
			d.heard(old, next)
		}
		if old != nil && (next == nil || next.KeyHash != old.KeyHash) { // at every node: the shop may be connected to any
			_ = d.engine.SignOut(id) // what cannot be ended has ended
		}
	} else if id, ok := strings.CutPrefix(subject, keyPrefix); ok {
		var k Key
		for hash, old := range d.keys {
			if old.ID == id {
				delete(d.keys, hash)
			}
		}
		if len(v.Data) > 0 && json.Unmarshal(v.Data, &k) == nil {
			d.keys[k.Hash] = k
		}
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// Admit says whether a store may sign in with a key; it is the engine's question. No is said only of a directory that is
// complete, and after a look at the stream: another node may have taken the store in a moment ago. A shop that is
// refused waits longer and longer before it comes again, so it must not be refused by mistake.
func (d *Directory) Admit(store, key string) engine.Verdict {
	timer := time.NewTimer(d.wait)
	defer timer.Stop()
	select {
	case <-d.known:
	case <-timer.C:
		return engine.Later
	}
	s, ok := d.Shop(store)
	switch {
	case ok && s.opens(key):
		return engine.Yes
	case !idForm.MatchString(store):
		return engine.No
	}
	select {
	case d.looks <- struct{}{}:
		defer func() { <-d.looks }()
	default:
		return engine.Later
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookMax)
	defer cancel()
	v, err := d.engine.Get(ctx, engine.Stores, storePrefix+store)
	now := &Shop{}
	switch {
	case err != nil:
		return engine.Later
	case len(v.Data) > 0 && json.Unmarshal(v.Data, now) == nil && now.opens(key):
		return engine.Yes
	}
	return engine.No
}

func (s *Shop) opens(key string) bool {
	return s.KeyHash != "" && subtle.ConstantTimeCompare([]byte(hashOf(key)), []byte(s.KeyHash)) == 1
}

// Channel is the channel of a platform's key.
func (d *Directory) Channel(key string) (string, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	k, ok := d.keys[hashOf(key)] // a random key of 256 bits: what the look-up's time tells of a hash helps nobody
	return k.Channel, ok
}

func hashOf(key string) string { h := guard.HashOf(key); return hex.EncodeToString(h[:]) }

// Shop finds a shop.
func (d *Directory) Shop(id string) (*Shop, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	s, ok := d.shops[id]
	return s, ok
}

// Shops are all shops by id.
func (d *Directory) Shops() []*Shop {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]*Shop, 0, len(d.shops))
	for _, s := range d.shops {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Shop) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Keys are the platforms' keys by id.
func (d *Directory) Keys() []Key {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]Key, 0, len(d.keys))
	for _, k := range d.keys {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b Key) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Valid says what is wrong with an entry.
func (s *Shop) Valid() error {
	switch {
	case !idForm.MatchString(s.ID):
		return fmt.Errorf("store id %q: want a-z, 0-9 and hyphens, at most 64", s.ID)
	case !(s.Lat >= -90 && s.Lat <= 90 && s.Lon >= -180 && s.Lon <= 180) || s.Lat == 0 && s.Lon == 0:
		return fmt.Errorf("store %s: lat %v, lon %v is no place; want degrees, GCJ-02", s.ID, s.Lat, s.Lon)
	case s.RadiusM < 0 || s.RadiusM > radiusMax:
		return fmt.Errorf("store %s: radius %d m: want from 0 to %d", s.ID, s.RadiusM, radiusMax)
	}
	for name, text := range map[string]string{"name": s.Name, "owner": s.Owner, "city": s.City} {
		switch {
		case !utf8.ValidString(text):
			return fmt.Errorf("store %s: its %s is not UTF-8; save the table as UTF-8", s.ID, name)
		case len(text) > textMax:
			return fmt.Errorf("store %s: its %s has %d bytes: want at most %d", s.ID, name, len(text), textMax)
		case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || shop.Invisible(r) }):
			return fmt.Errorf("store %s: its %s %q has characters that cannot be seen", s.ID, name, text)
		case text != "" && strings.ContainsRune("=+-@", rune(text[0])):
			return fmt.Errorf("store %s: its %s %q begins like a formula: a spreadsheet would run it", s.ID, name, text)
		}
	}
	for _, c := range s.Channels {
		if !idForm.MatchString(c) {
			return fmt.Errorf("store %s: channel %q: want a-z, 0-9 and hyphens, at most 64", s.ID, c)
		}
	}
	return nil
}

// Add puts a new shop in and returns its key, which cannot be shown again.
func (d *Directory) Add(ctx context.Context, s Shop, now time.Time) (key string, err error) {
	if _, ok := d.Shop(s.ID); ok {
		return "", fmt.Errorf("store %s is in the directory already", s.ID)
	}
	key = secret()
	s.KeyHash, s.AddedAt = hashOf(key), now.UTC().Truncate(time.Second)
	return key, d.Put(ctx, s)
}

// Renew gives a shop a new key; the old one stops working at once.
func (d *Directory) Renew(ctx context.Context, id string) (key string, err error) {
	s, ok := d.Shop(id)
	if !ok {
		return "", fmt.Errorf("store %s: %w", id, ErrNotFound)
	}
	key = secret()
	next := *s
	next.KeyHash = hashOf(key)
	return key, d.Put(ctx, next)
}

// Put writes an entry and waits until this process knows it.
func (d *Directory) Put(ctx context.Context, s Shop) error {
	if err := s.Valid(); err != nil {
		return err
	}
	if err := d.write(ctx, storePrefix+s.ID, s); err != nil {
		return err
	}
	return d.settle(ctx, func() bool { got := d.shops[s.ID]; return got != nil && got.KeyHash == s.KeyHash })
}

// Remove takes a shop out; its connection ends.
func (d *Directory) Remove(ctx context.Context, id string) error {
	if _, ok := d.Shop(id); !ok {
		return fmt.Errorf("store %s: %w", id, ErrNotFound)
	}
	if err := d.engine.Set(ctx, engine.Stores, storePrefix+id, nil); err != nil {
		return err
	}
	return d.settle(ctx, func() bool { return d.shops[id] == nil })
}

// AddKey makes a platform's key for a channel. It cannot be shown again.
func (d *Directory) AddKey(ctx context.Context, channel string, now time.Time) (key, id string, err error) {
	if !idForm.MatchString(channel) {
		return "", "", fmt.Errorf("channel %q: want a-z, 0-9 and hyphens, at most 64", channel)
	}
	key = secret()
	name := make([]byte, 4)
	rand.Read(name) // never fails
	k := Key{ID: "k" + hex.EncodeToString(name), Channel: channel, Hash: hashOf(key), AddedAt: now.UTC().Truncate(time.Second)}
	if err := d.write(ctx, keyPrefix+k.ID, k); err != nil {
		return "", "", err
	}
	return key, k.ID, d.settle(ctx, func() bool { _, ok := d.keys[k.Hash]; return ok })
}

// RevokeKey makes a platform's key worthless.
func (d *Directory) RevokeKey(ctx context.Context, id string) error {
	if !slices.ContainsFunc(d.Keys(), func(k Key) bool { return k.ID == id }) {
		return fmt.Errorf("key %s: %w", id, ErrNotFound)
	}
	if err := d.engine.Set(ctx, engine.Stores, keyPrefix+id, nil); err != nil {
		return err
	}
	return d.settle(ctx, func() bool { return !slices.ContainsFunc(keysOf(d.keys), func(k Key) bool { return k.ID == id }) })
}

func keysOf(m map[string]Key) (list []Key) {
	for _, k := range m {
		list = append(list, k)
	}
	return list
}

func secret() string {
	raw := make([]byte, secretBytes)
	rand.Read(raw) // never fails: the process ends if the system has no randomness
	return "weir_" + base64.RawURLEncoding.EncodeToString(raw)
}

func (d *Directory) write(ctx context.Context, subject string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the entry: %w", err)
	}
	return d.engine.Set(ctx, engine.Stores, subject, text)
}

// settle waits until what was written is known here. known is called with the lock held.
func (d *Directory) settle(ctx context.Context, known func() bool) error {
	timer := time.NewTimer(settleMax)
	defer timer.Stop()
	for {
		d.mu.RLock()
		ok, changed := known(), d.changed
		d.mu.RUnlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return errors.New("the entry was written, and is not known here yet")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
