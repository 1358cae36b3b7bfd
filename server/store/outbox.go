package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weir/shop"
)

// Follower is how far somebody has read a channel's feed who is told by calls of the shop's own.
type Follower struct {
	Name    string    // what it is and whose, as webhook/shangou
	Seq     uint64    // of the last event that the other end has confirmed
	Failing time.Time // since when it cannot be told; zero while it can
	Parked  time.Time // when it was given up, until a person sends again; zero is not
	Why     string    // what went wrong last
}

// Follower reads how far a follower has read. It is [shop.ErrNotFound] for one that was never stored.
func (s *Store) Follower(ctx context.Context, name string) (Follower, error) {
	f := Follower{Name: name}
	var seq, failing, parked int64
	err := s.read.QueryRowContext(ctx, `SELECT seq, failing, parked, why FROM follower WHERE name = ?`, name).
		Scan(&seq, &failing, &parked, &f.Why)
	if errors.Is(err, sql.ErrNoRows) {
		return f, shop.ErrNotFound
	}
	if err != nil {
		return f, fmt.Errorf("read how far %s is: %w", name, err)
	}
	f.Seq, f.Failing, f.Parked = uint64(seq), fromMsOrZero(failing), fromMsOrZero(parked)
	return f, nil
}

// PutFollower stores how far a follower has read.
func (s *Store) PutFollower(ctx context.Context, f Follower) error {
	return s.exec(ctx, "store how far "+f.Name+" is", `INSERT INTO follower (name, seq, failing, parked, why) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, failing = excluded.failing, parked = excluded.parked, why = excluded.why`,
		f.Name, int64(f.Seq), msOrZero(f.Failing), msOrZero(f.Parked), f.Why)
}

// Webhook is where a channel wants its events, as it has registered it.
type Webhook struct {
	Channel     string
	URL         string
	Secret      string    // as whsec_…
	Before      string    // the secret before this one; "" is none
	BeforeUntil time.Time // Before signs as well until then
}

// Webhook reads what a channel has registered. It is [shop.ErrNotFound] when it has not.
func (s *Store) Webhook(ctx context.Context, channel string) (Webhook, error) {
	w := Webhook{Channel: channel}
	var until int64
	err := s.read.QueryRowContext(ctx, `SELECT url, secret, before, before_until FROM webhook WHERE channel = ?`, channel).
		Scan(&w.URL, &w.Secret, &w.Before, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return w, shop.ErrNotFound
	}
	if err != nil {
		return w, fmt.Errorf("read the webhook of %s: %w", channel, err)
	}
	w.BeforeUntil = fromMsOrZero(until)
	return w, nil
}

// PutWebhook stores what a channel has registered.
func (s *Store) PutWebhook(ctx context.Context, w Webhook) error {
	return s.exec(ctx, "store the webhook", `INSERT INTO webhook (channel, url, secret, before, before_until) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (channel) DO UPDATE SET url = excluded.url, secret = excluded.secret, before = excluded.before,
			before_until = excluded.before_until`,
		w.Channel, w.URL, w.Secret, w.Before, msOrZero(w.BeforeUntil))
}

// RemoveWebhook forgets what a channel has registered, and how far it was told. It is [shop.ErrNotFound] when it has not.
func (s *Store) RemoveWebhook(ctx context.Context, channel, follower string) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("remove the webhook: %w", err)
		}
		defer tx.Rollback() // does nothing after the commit
		r, err := tx.ExecContext(ctx, `DELETE FROM webhook WHERE channel = ?`, channel)
		if err != nil {
			return fmt.Errorf("remove the webhook: %w", err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(shop.ErrNotFound, err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM follower WHERE name = ?`, follower); err != nil {
			return fmt.Errorf("remove the webhook: %w", err)
		}
		return tx.Commit()
	})
}

// Errand is something that a platform has to be told beside its feed.
type Errand struct {
	ID   int64
	Name string          // of the follower that tells it
	Key  string          // what it is about: each is told once
	Doc  json.RawMessage // what there is to tell
}

// AddErrand stores an errand. One whose key is there already is not stored again.
func (s *Store) AddErrand(ctx context.Context, e Errand) error {
	err := s.exec(ctx, "store what is to be told", `INSERT INTO errand (name, key, doc) VALUES (?, ?, ?) ON CONFLICT (name, key) DO NOTHING`,
		e.Name, e.Key, string(e.Doc))
	if errors.Is(err, shop.ErrNotFound) {
		return nil // it is there
	}
	return err
}

// Errands reads the oldest errands of a follower.
func (s *Store) Errands(ctx context.Context, name string, limit int) (list []Errand, err error) {
	err = eachRow(ctx, s.read, `SELECT id, key, doc FROM errand WHERE name = ? ORDER BY id LIMIT ?`, func(rows *sql.Rows) error {
		e := Errand{Name: name}
		var doc string
		if err := rows.Scan(&e.ID, &e.Key, &doc); err != nil {
			return err
		}
		e.Doc = json.RawMessage(doc)
		list = append(list, e)
		return nil
	}, name, limit)
	if err != nil {
		return nil, fmt.Errorf("read what %s is to be told: %w", name, err)
	}
	return list, nil
}

// DropErrand removes an errand that the other end has confirmed. It is [shop.ErrNotFound] when it is gone.
func (s *Store) DropErrand(ctx context.Context, id int64) error {
	return s.exec(ctx, "remove what was told", `DELETE FROM errand WHERE id = ?`, id)
}

// msOrZero is a time as these tables have it; 0 is none.
func msOrZero(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

func fromMsOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return fromMs(ms)
}
