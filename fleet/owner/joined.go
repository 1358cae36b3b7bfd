package owner

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/engine"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/remote"
	"weir/shop/wire"
)

// keys are the keys with which the fleet signs: the last is the present one, the others are still known by shops.
type keys struct {
	List []signing `json:"list"`
}

// signing is a private key.
type signing struct {
	ID   string `json:"id"`
	Seed []byte `json:"seed"`
}

func (s signing) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s.Seed) }

func (s signing) public() ed25519.PublicKey { return s.private().Public().(ed25519.PublicKey) }

// joined is a shop that has joined.
type joined struct {
	Store  string    `json:"store"`
	Public []byte    `json:"public"`        // with which it signs its answers
	Key    string    `json:"key"`           // with which it is asked
	Old    string    `json:"old,omitempty"` // that it has to forget
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// code is a one-time code for a store. It is gone when it was used.
type code struct {
	Store string `json:"store"`
	By    string `json:"by"`
	// Person is the id of who made it, for the log.
	Person string    `json:"person,omitempty"`
	Until  time.Time `json:"until"`
}

// keysMax bounds the keys that are kept: shops that were away for longer have to join anew.
const keysMax = 4

func newSigning() signing {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // never fails: the process ends if the system has no randomness
	}
	id := make([]byte, 4)
	rand.Read(id)
	return signing{ID: "k" + hex.EncodeToString(id), Seed: private.Seed()}
}

// ensureKey makes the fleet's first key.
func (o *Owner) ensureKey(ctx context.Context) error {
	for {
		v, err := o.engine.Get(ctx, engine.People, keysAt)
		if err != nil {
			return fmt.Errorf("read the fleet's key: %w", err)
		}
		if len(v.Data) > 0 {
			return o.settle(ctx, keysAt, v.Revision)
		}
		err = o.put(ctx, keysAt, keys{[]signing{newSigning()}}, v.Revision)
		if err == nil || !errors.Is(err, engine.ErrConflict) {
			return err
		}
	}
}

// Rotate makes a new key. Each shop is told it with the one that it knows, and then to forget that one.
func (o *Owner) Rotate(ctx context.Context) (id string, err error) {
	o.mu.Lock()
	k := o.keys
	o.mu.Unlock()
	next := newSigning()
	list := append(append([]signing{}, k.is.List...), next)
	return next.ID, o.put(ctx, keysAt, keys{list[max(0, len(list)-keysMax):]}, k.revision)
}

// key is a key by its id, and the present one. The caller holds mu.
func (o *Owner) key(id string) (is, present signing, ok bool) {
	for _, s := range o.keys.is.List {
		if s.ID == id {
			is, ok = s, true
		}
		present = s
	}
	return is, present, ok
}

// present is the key with which the fleet signs.
func (o *Owner) present() signing {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, present, _ := o.key("")
	return present
}

// newCode makes a code with which a shop joins.
func (o *Owner) newCode(ctx context.Context, store string, by Person) (remote.Code, error) {
	c := remote.NewCode(*o.base.Load(), o.present().public())
	return c, o.put(ctx, codeAt+hashed(c.Secret), code{store, by.Name, by.ID, time.Now().Add(remote.CodeLife)}, 0)
}

func hashed(secret string) string { h := guard.HashOf(secret); return hex.EncodeToString(h[:]) }

// join takes a shop in that shows a code. The code is used up before anything else happens.
func (o *Owner) join(c echo.Context) error {
	if !o.ready.Load() {
		return errStarting
	}
	var ask remote.JoinRequest
	body := http.MaxBytesReader(c.Response(), c.Request().Body, formMax)
	if json.NewDecoder(body).Decode(&ask) != nil || len(ask.Public) != ed25519.PublicKeySize {
		return refuse(http.StatusBadRequest, wire.ProblemMalformed, "this is no request of a shop")
	}
	ctx := c.Request().Context()
	at := codeAt + hashed(ask.Secret)
	v, err := o.engine.Get(ctx, engine.People, at)
	if err != nil {
		return err
	}
	var is code
	if len(v.Data) == 0 || json.Unmarshal(v.Data, &is) != nil || !time.Now().Before(is.Until) {
		// Only wrong codes are counted, of 128 bits: strangers do not keep a shop out that has a right one.
		if _, err := o.codes.Guess(guard.AddressKey(c.Request().RemoteAddr), true, time.Now()); err != nil {
			return refuse(http.StatusTooManyRequests, wire.ProblemQuota, err.Error())
		}
		return refuse(http.StatusForbidden, wire.ProblemNotPermitted, "the code is wrong, was used, or is older than ten minutes")
	}
	if is.Store != ask.Shop {
		return refuse(http.StatusForbidden, wire.ProblemNotPermitted,
			fmt.Sprintf("the code is for the shop %s, and this shop calls itself %.64q in its shop.yaml", is.Store, ask.Shop))
	}
	if _, err := o.engine.Put(ctx, engine.People, at, nil, v.Revision); err != nil {
		return refuse(http.StatusForbidden, wire.ProblemNotPermitted, "the code was used already, or is not known to be unused")
	}
	answer, err := o.adopt(ctx, ask, is.By)
	if err != nil {
		return err
	}
	o.Log.Info("a shop has joined", "store", ask.Shop, "by", is.Person)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, answer)
}

func refuse(status int, problem, detail string) error {
	kind := shop.Unauthorized
	if status == http.StatusBadRequest {
		kind = shop.Invalid
	}
	return &shop.Error{Kind: kind, Type: problem, Detail: detail}
}

// adopt writes that a shop has joined.
func (o *Owner) adopt(ctx context.Context, ask remote.JoinRequest, by string) (a remote.JoinAnswer, err error) {
	present := o.present()
	a = remote.JoinAnswer{Fleet: o.Name, Key: remote.NewKey{ID: present.ID, Public: present.public()}}
	if !o.linkedHere(ask) {
		key, err := o.Directory.Renew(ctx, ask.Shop)
		if err != nil {
			return a, err
		}
		a.Broker = shopURL(o.Broker(), ask.Shop, key)
	}
	o.mu.Lock()
	revision := o.joined[ask.Shop].revision
	delete(o.epochs, ask.Shop)
	o.mu.Unlock()
	if revision == 0 {
		v, err := o.engine.Get(ctx, engine.People, joinedAt+ask.Shop)
		if err != nil {
			return a, err
		}
		revision = v.Revision
	}
	return a, o.put(ctx, joinedAt+ask.Shop, joined{Store: ask.Shop, Public: ask.Public, Key: present.ID, By: by,
		At: time.Now().UTC().Truncate(time.Second)}, revision)
}

// Adopt has a shop of a demo join: nobody types a code for it.
func (o *Owner) Adopt(ctx context.Context, store string) (shop.Joined, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return shop.Joined{}, fmt.Errorf("make a shop's key: %w", err)
	}
	present := o.present()
	to := shop.Joined{Fleet: o.Name, Pages: *o.base.Load(), Own: private.Seed(),
		Keys: []shop.FleetKey{{ID: present.ID, Public: present.public()}}}
	return to, o.put(ctx, joinedAt+store, joined{Store: store, Public: public, Key: present.ID, By: "demo", At: time.Now().UTC()}, 0)
}

// linkedHere reports whether a shop is on the fleet's broker already: a key of its own for commands would end the one that its
// orders come with.
func (o *Owner) linkedHere(ask remote.JoinRequest) bool {
	if u, err := url.Parse(o.Broker()); err != nil || u.Host == "" || u.Host == ask.Broker {
		return true // a broker that runs elsewhere gives its own keys out
	}
	r := o.router.Load()
	if r == nil {
		return false
	}
	s, ok := r.Table.Get(ask.Shop)
	return ok && s.Online
}

// shopURL is the address of the broker with a shop's key.
func shopURL(broker, store, key string) string {
	u, err := url.Parse(broker)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery = url.UserPassword(store, key), "qos=0"
	return u.String()
}

// readFactor reads the secret of a second factor as it is spelled.
func readFactor(text string) ([]byte, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(raw) != factorBytes {
		return nil, errors.New("not the secret that the page has shown")
	}
	return raw, nil
}
