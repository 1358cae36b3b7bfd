package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"weir/shop/bell"
	"weir/shop/wire"
)

// A copied disk makes two boxes with one shop id. They take the broker's session from each other, and each would
// get a part of the orders. So each status names the run of the program that wrote it, and two rules decide:
//
//   - Whoever finds a status of another run that is newer than its own last one has a twin: nobody else writes
//     there. A run that has just begun does not know that; where the status says online it waits whether the
//     other comes back for its session, and takes nothing until then.
//   - The one that joined last stands down. It leaves the broker, says so on every screen, and answers no order
//     until a person has said which box is the shop, with weir claim there. A claim wins over an earlier one.
//
// Standing down outlives a restart: it is in a file of the data directory.

// twinSettles is how long a run that has just begun waits for whoever the status says is online. A shop that is
// there comes back within a second.
const twinSettles = 5 * time.Second

// errTwin ends a connection of the box that stands down.
var errTwin = errors.New("another box has this shop's id, and was here first: this one stands down")

// Twin is what is known of another box with this shop's id. Get one from [OpenTwin].
type Twin struct {
	file string

	mu   sync.Mutex
	kept twinFile
	bell bell.Bell
}

// twinFile is what outlives a restart.
type twinFile struct {
	Down  bool      `json:"standing_down"` // this box waits for a person
	Claim int64     `json:"claim"`         // when a person said that this box is the shop, in ms; the later one wins
	Met   time.Time `json:"met,omitzero"`  // when the other box was noticed, by this box's clock; zero is not
}

// twinName is the file's name in the data directory.
const twinName = "twin.json"

// OpenTwin reads what a data directory knows of another box.
func OpenTwin(data string) (*Twin, error) {
	t := &Twin{file: filepath.Join(data, twinName)}
	text, err := os.ReadFile(t.file)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is known of another box: %w", err)
	}
	if err := json.Unmarshal(text, &t.kept); err != nil {
		return nil, fmt.Errorf("read what is known of another box: %s: %w", t.file, err)
	}
	return t, nil
}

// Down reports whether this box stands down, because another with its id was here first.
func (t *Twin) Down() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.Down
}

// Met is when another box with this shop's id was noticed; zero when none was, or when a person has decided since.
func (t *Twin) Met() time.Time {
	if t == nil {
		return time.Time{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.Met
}

func (t *Twin) claim() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.Claim
}

// Claim says that this box is the shop. One that stood down comes back; another that is there stands down. It
// returns when that is kept.
func (t *Twin) Claim(now time.Time) error {
	return t.keep(func(k *twinFile) { *k = twinFile{Claim: max(now.UnixMilli(), k.Claim+1)} })
}

// meet notes that there is another box.
func (t *Twin) meet(now time.Time, down bool) error {
	return t.keep(func(k *twinFile) { k.Met, k.Down = now, down })
}

func (t *Twin) keep(change func(*twinFile)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.bell.Ring()
	next := t.kept
	change(&next)
	t.kept = next // even if it cannot be written: this box must not go on as if it were alone
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("keep what is known of another box: %w", err)
	}
	if t.file == "" {
		return nil
	}
	if err := writeWhole(t.file, text); err != nil {
		return fmt.Errorf("keep what is known of another box: %w", err)
	}
	return nil
}

// writeWhole replaces a file, so that a crash leaves the old one or the new one.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // the file was not put in place
	}
	return err
}

// foreign reports whether a status was written by another run than this one.
func (u *Uplink) foreign(s *wire.Status) bool { return s != nil && s.Run != "" && s.Run != u.run }

// yields reports whether this run stands down before the one that wrote a status.
func (u *Uplink) yields(joined int64, other *wire.Status) bool {
	if mine := u.twin.claim(); mine != other.Claim {
		return mine < other.Claim
	}
	return joined > other.Joined
}

// lookForTwin decides what a status that the broker kept says about another box. It returns errTwin when this one
// stands down, and another error when the connection ended.
func (u *Uplink) lookForTwin(ctx context.Context, l *link, conn int64, seen *past) error {
	other := seen.status.Load()
	u.mu.Lock()
	last, joined, doubted := u.published, u.joined, u.doubted
	u.mu.Unlock()
	if !u.foreign(other) {
		return nil
	}
	if joined == 0 {
		joined = conn
	}
	switch {
	case last != 0 && other.Conn > last, doubted != 0 && other.Conn > doubted: // it came after we did
	case last == 0 && other.Online && u.twin.claim() <= other.Claim && doubted == 0:
		return u.doubt(ctx, l, other)
	default:
		return nil // a run that is over
	}
	if !u.yields(joined, other) {
		u.log.Error("another box has this shop's id; it has to stand down. Switch off the wrong one, or say with weir claim which is the shop",
			"other_run", other.Run, "other_conn", other.Conn)
		return u.twin.meet(u.now(), false)
	}
	u.log.Error("another box has this shop's id and was here first: this one takes no orders. Switch off the wrong one; "+
		"if this is the shop, run weir claim",
		"other_run", other.Run, "other_conn", other.Conn)
	if err := u.twin.meet(u.now(), true); err != nil {
		return errors.Join(errTwin, err)
	}
	// The other one is told, where it looks when it is back. It may be back already and have taken the session from this one
	// before the broker had the message: the next connection tells it again.
	s := u.statusNow(max(conn, other.Conn+1), false)
	s.Joined = joined
	u.untold = true
	if err := u.publishJSON(ctx, l, u.topics.Status(), true, s); err != nil {
		return errors.Join(errTwin, err)
	}
	u.untold = false
	return errTwin
}

// doubt waits whether the run that a status says is online comes back for its session. Nothing is taken meanwhile.
func (u *Uplink) doubt(ctx context.Context, l *link, other *wire.Status) error {
	u.log.Warn("the broker says that this shop is online; waiting whether it is another box", "other_run", other.Run, "wait", u.twinSettles)
	u.mu.Lock()
	u.doubted = other.Conn
	u.mu.Unlock()
	timer := time.NewTimer(u.twinSettles)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.lost:
		return l.cause
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// awaitClaim waits until this box need not stand down, or until ctx ends.
func (u *Uplink) awaitClaim(ctx context.Context) {
	for ctx.Err() == nil {
		claimed := u.twin.bell.Wait()
		if !u.twin.Down() {
			return
		}
		select {
		case <-claimed:
		case <-ctx.Done():
		}
	}
}
