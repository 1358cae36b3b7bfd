package remote

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Shop is what a desk needs of a shop.
type Shop interface {
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	Snapshot() *shop.State
}

// Config is what a [Desk] is made of.
type Config struct {
	Shop   Shop
	Box    string                                // id of the data directory
	Now    func() time.Time                      // the shop's clock
	Day    func(context.Context) ([]Hour, error) // today, by the hour; nil: the shop does not count it
	Alarms func() []Alarm                        // what is wrong in the shop; nil: nothing that it knows of
}

const (
	// auditBurst and auditEvery bound the lines in the log about messages that nobody can be blamed for: whoever may write to
	// the topic can send any number.
	auditBurst = 10
	auditEvery = time.Minute
	// askRate and askBurst bound the commands that are carried out, from the whole fleet: more is a loop that has gone wild.
	askRate, askBurst = 2, 40
)

// Desk takes commands from outside. Several goroutines may use it.
type Desk struct {
	Config
	audits *rate.Limiter
	asks   *rate.Limiter
	mu     sync.Mutex // one command at a time
}

// New makes a desk.
func New(c Config) *Desk {
	return &Desk{Config: c, audits: rate.NewLimiter(rate.Every(auditEvery), auditBurst), asks: rate.NewLimiter(askRate, askBurst)}
}

// Carry has a message carried out. answer is what is said to the fleet; nil is nothing, for what nobody can be answered to. An
// error is a fault of ours: the outcome is not known, and the fleet asks again.
func (d *Desk) Carry(ctx context.Context, message []byte) (answer []byte, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	to := d.Shop.Snapshot().Joining.To
	if to == nil {
		return nil, nil // nobody may command a shop that has joined nobody, and nobody is answered
	}
	payload, keyID, err := Open(message, TypeCommand, func(id string) (ed25519.PublicKey, bool) {
		k, ok := to.Key(id)
		return k.Public, ok
	})
	if err != nil {
		return nil, d.unsigned(ctx, err, keyID)
	}
	var c Command
	if strictly(payload, &c) != nil || c.V != Version || !named(c.ID, idMax) || !named(c.By, nameMax) {
		return nil, d.unsigned(ctx, ErrMalformed, keyID)
	}
	a, err := d.judge(ctx, to, c)
	if err != nil {
		return nil, err
	}
	return d.sign(ctx, to, c, a), nil
}

// named reports whether a text is one that can be shown in a line.
func named(text string, most int) bool {
	if text == "" || len(text) > most || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) || shop.Invisible(r) {
			return false
		}
	}
	return true
}

// unsigned notes a message that was not looked at.
func (d *Desk) unsigned(ctx context.Context, why error, keyID string) error {
	about := why.Error()
	if named(keyID, idMax) {
		about += " · " + keyID
	}
	return d.audit(ctx, "", about)
}

// audit writes into the log that a command was refused before it was looked at. by is "" where that is not known.
func (d *Desk) audit(ctx context.Context, by, about string) error {
	if by == "" {
		by = "stranger"
	}
	if !d.audits.AllowN(d.Now(), 1) {
		return nil
	}
	_, err := d.Shop.Do(ctx, shop.Audit{By: by, What: shop.AuditOutsideRefused, About: about})
	return err
}

// judge decides on a command whose signature is good.
func (d *Desk) judge(ctx context.Context, to *shop.Joined, c Command) (Answer, error) {
	state, now := d.Shop.Snapshot(), d.Now()
	by := shop.OutsideBy(c.By, to.Fleet)
	refuse := func(status int, problem, why string) (Answer, error) {
		return Answer{Status: status, Problem: problem, Detail: why}, d.audit(ctx, by, why)
	}
	switch {
	case c.Shop != state.Config.ID:
		return refuse(http.StatusForbidden, shop.ProblemNotPermitted, "the command is for another shop")
	case !now.Before(c.Expires) || c.Expires.Sub(c.At) > ValidMax || c.Expires.Before(c.At):
		return refuse(http.StatusGone, ProblemExpired, "the command has expired")
	case state.Counters.ClockDoubt || c.At.Sub(now) > aheadMax:
		return refuse(http.StatusServiceUnavailable, ProblemClock, "the clocks of shop and fleet differ, or the shop's is in doubt")
	case c.Epoch != state.Counters.Epoch: // no audit: it is how the fleet learns of a restore
		return Answer{Status: http.StatusConflict, Problem: ProblemEpoch, Detail: "the shop was restored: sign it anew for its epoch"}, nil
	case !d.asks.AllowN(now, 1):
		return Answer{Status: http.StatusTooManyRequests, Problem: wire.ProblemQuota, Detail: "too many commands from outside"}, nil
	}
	commands, look, err := d.read(c.Do, by)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, shop.ProblemInvalid, err.Error())
	}
	if look {
		return Answer{Status: http.StatusOK}, nil
	}
	r, err := d.Shop.Do(ctx, shop.FromOutside{ID: c.ID, By: by, Body: c.Do, Do: commands})
	if refusal := (*shop.Error)(nil); errors.As(err, &refusal) && !refusal.Unknown {
		p := wire.NewProblem(err, state.Config.Menu)
		return refuse(p.Status, refusal.Type, refusal.Detail)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("carry out a command from outside: %w", err)
	}
	a := Answer{Status: http.StatusOK, Again: r.Replayed}
	if done := r.Carried; done != nil && done.Refused != "" {
		p := wire.NewProblem(&shop.Error{Kind: done.Kind, Type: done.Refused, Detail: done.Why}, nil)
		a.Status, a.Problem, a.Detail = p.Status, done.Refused, done.Why
	}
	return a, nil
}

// read turns what is asked into the shop's own commands.
func (d *Desk) read(text []byte, by string) (commands []shop.Command, look bool, err error) {
	var do Do
	if strictly(text, &do) != nil {
		return nil, false, errors.New("what is asked cannot be read, or the shop does not know it")
	}
	asked := 0
	for _, there := range []bool{do.Look != nil, do.Intake != nil, do.Staff != nil, do.Notice != nil, do.Learn != nil, do.Forget != nil} {
		if there {
			asked++
		}
	}
	if asked != 1 {
		return nil, false, errors.New("want one of look, intake, staff, notice, learn and forget")
	}
	switch {
	case do.Look != nil:
		return nil, true, nil
	case do.Intake != nil:
		commands, err = d.intake(*do.Intake, by)
		return commands, false, err
	case do.Staff != nil:
		commands = []shop.Command{shop.SetStaff{By: by, Station: do.Staff.Station, Staff: do.Staff.Staff}}
	case do.Notice != nil:
		id, err := shop.ParseCampaignID(do.Notice.Campaign)
		if err != nil {
			return nil, false, err
		}
		commands = []shop.Command{shop.AcknowledgeNotice{By: by, Campaign: id, Revision: do.Notice.Revision, Limit: do.Notice.Limit}}
	case do.Learn != nil:
		commands = []shop.Command{shop.LearnKey{By: by, Key: shop.FleetKey{ID: do.Learn.ID, Public: do.Learn.Public}}}
	case do.Forget != nil:
		commands = []shop.Command{shop.ForgetKey{By: by, Key: do.Forget.ID}}
	}
	return commands, false, nil
}

// intake is what is to be done for channels. Walk-ins are always taken.
func (d *Desk) intake(in Intake, by string) (commands []shop.Command, err error) {
	if in.Mode != capacity.IntakeOpen && !slices.Contains(shop.PauseReasons, in.Reason) {
		return nil, fmt.Errorf("reason %.40q is none of %v", in.Reason, shop.PauseReasons)
	}
	set := shop.Intake{Mode: in.Mode, Until: in.Until, Reason: in.Reason, By: by}
	if in.Mode == capacity.IntakeOpen {
		set = shop.Intake{By: by}
		set.Mode = capacity.IntakeOpen
	}
	channels := in.Channels
	for _, ch := range d.Shop.Snapshot().Config.Channels {
		if len(in.Channels) == 0 && ch.ID != shop.CounterChannel {
			channels = append(channels, ch.ID)
		}
	}
	if len(channels) == 0 || slices.Contains(channels, shop.CounterChannel) {
		return nil, errors.New("there is no platform to open or close: walk-ins are always taken")
	}
	for _, ch := range channels {
		commands = append(commands, shop.SetIntake{Channel: ch, Intake: set})
	}
	return commands, nil
}

// sign completes an answer and signs it with the shop's key.
func (d *Desk) sign(ctx context.Context, to *shop.Joined, c Command, a Answer) []byte {
	state, now := d.Shop.Snapshot(), d.Now()
	a.V, a.ID, a.Shop, a.Epoch, a.Box, a.At = Version, c.ID, state.Config.ID, state.Counters.Epoch, d.Box, now.UTC()
	if a.Status != http.StatusForbidden || a.Problem == shop.ProblemNotPermitted && c.Shop == state.Config.ID {
		a.View = d.view(ctx, state, now)
	}
	text, _ := json.Marshal(a) // nothing in it cannot be written
	return Seal(ed25519.NewKeyFromSeed(to.Own), keyOf(to.Own), TypeAnswer, text)
}

// keyOf names a shop's own key by the beginning of its public part.
func keyOf(seed []byte) string {
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	return Fingerprint(public)
}
