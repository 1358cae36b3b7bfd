package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"weir/shop"
)

// Device is a paired tablet or phone as it is stored: never its token.
type Device struct {
	ID       string
	Name     string
	Hash     []byte // SHA-256 of the token; the token has 128 random bits, so no slow hash is needed
	PairedAt time.Time
	SeenAt   time.Time // to the minute
}

// Member is somebody who can sign in.
type Member struct {
	ID      string
	Name    string
	Role    string // staff, manager or owner
	Secret  string // argon2id of PIN or password
	AddedAt time.Time
}

// Session is somebody who has signed in.
type Session struct {
	Hash     []byte // SHA-256 of the session's token
	Member   string // id
	Device   string // id of the tablet it is good on; "" is any browser
	BeganAt  time.Time
	SeenAt   time.Time // to the minute
	ProvedAt time.Time // when PIN or password was last given
}

// Access is everybody who may come in.
type Access struct {
	Devices  []Device
	Members  []Member
	Sessions []Session
}

// Access reads everybody who may come in.
func (s *Store) Access(ctx context.Context) (Access, error) {
	var a Access
	err := errors.Join(
		eachRow(ctx, s.read, `SELECT id, name, hash, paired_at, seen_at FROM device ORDER BY paired_at, id`, func(rows *sql.Rows) error {
			var d Device
			var paired, seen int64
			err := rows.Scan(&d.ID, &d.Name, &d.Hash, &paired, &seen)
			d.PairedAt, d.SeenAt = fromMs(paired), fromMs(seen)
			a.Devices = append(a.Devices, d)
			return err
		}),
		eachRow(ctx, s.read, `SELECT id, name, role, secret, added_at FROM member ORDER BY added_at, id`, func(rows *sql.Rows) error {
			var m Member
			var added int64
			err := rows.Scan(&m.ID, &m.Name, &m.Role, &m.Secret, &added)
			m.AddedAt = fromMs(added)
			a.Members = append(a.Members, m)
			return err
		}),
		eachRow(ctx, s.read, `SELECT hash, member, coalesce(device, ''), began_at, seen_at, proved_at FROM session WHERE epoch = ?`,
			func(rows *sql.Rows) error {
				var x Session
				var began, seen, proved int64
				err := rows.Scan(&x.Hash, &x.Member, &x.Device, &began, &seen, &proved)
				x.BeganAt, x.SeenAt, x.ProvedAt = fromMs(began), fromMs(seen), fromMs(proved)
				a.Sessions = append(a.Sessions, x)
				return err
			}, s.Snapshot().Counters.Epoch),
	)
	if err != nil {
		return Access{}, fmt.Errorf("read who may come in: %w", err)
	}
	return a, nil
}

func fromMs(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// AddDevice stores a device that was just paired.
func (s *Store) AddDevice(ctx context.Context, d Device) error {
	return s.exec(ctx, "store the device", `INSERT INTO device (id, name, hash, paired_at, seen_at) VALUES (?, ?, ?, ?, ?)`,
		d.ID, d.Name, d.Hash, d.PairedAt.UnixMilli(), d.SeenAt.UnixMilli())
}

// RemoveDevice ends a device, with every session on it. It is [shop.ErrNotFound] when there is none of that id.
func (s *Store) RemoveDevice(ctx context.Context, id string) error {
	return s.exec(ctx, "remove the device", `DELETE FROM device WHERE id = ?`, id)
}

// PutMember stores somebody, new or changed. Who was changed has to sign in again.
func (s *Store) PutMember(ctx context.Context, m Member) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, `DELETE FROM session WHERE member = ?`, m.ID); err != nil {
			return fmt.Errorf("end the sessions of %s: %w", m.ID, err)
		}
		_, err := conn.ExecContext(ctx, `INSERT INTO member (id, name, role, secret, added_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, secret = excluded.secret`,
			m.ID, m.Name, m.Role, m.Secret, m.AddedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("store %s: %w", m.ID, err)
		}
		return nil
	})
}

// RemoveMember ends somebody's access, with every session. It is [shop.ErrNotFound] when there is none of that id.
func (s *Store) RemoveMember(ctx context.Context, id string) error {
	return s.exec(ctx, "remove the member", `DELETE FROM member WHERE id = ?`, id)
}

// PutSession stores a session, new or with a new proof. It is good in this epoch only: a backup that is
// restored brings back nobody who had signed out since.
func (s *Store) PutSession(ctx context.Context, x Session) error {
	var device any
	if x.Device != "" {
		device = x.Device
	}
	return s.exec(ctx, "store the session", `INSERT INTO session (hash, member, device, epoch, began_at, seen_at, proved_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET seen_at = excluded.seen_at, proved_at = excluded.proved_at`,
		x.Hash, x.Member, device, s.Snapshot().Counters.Epoch, x.BeganAt.UnixMilli(), x.SeenAt.UnixMilli(), x.ProvedAt.UnixMilli())
}

// RemoveSession ends a session. It is [shop.ErrNotFound] when it had ended.
func (s *Store) RemoveSession(ctx context.Context, hash []byte) error {
	return s.exec(ctx, "remove the session", `DELETE FROM session WHERE hash = ?`, hash)
}

// Seen stores when devices and sessions were last seen, in one transaction.
func (s *Store) Seen(ctx context.Context, devices []Device, sessions []Session) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("store who was seen: %w", err)
		}
		defer tx.Rollback() // does nothing after the commit
		for _, d := range devices {
			if _, err := tx.ExecContext(ctx, `UPDATE device SET seen_at = ? WHERE id = ?`, d.SeenAt.UnixMilli(), d.ID); err != nil {
				return fmt.Errorf("store that %s was seen: %w", d.ID, err)
			}
		}
		for _, x := range sessions {
			if _, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = ? WHERE hash = ?`, x.SeenAt.UnixMilli(), x.Hash); err != nil {
				return fmt.Errorf("store that a session was used: %w", err)
			}
		}
		return tx.Commit()
	})
}

// exec changes rows on the write connection. It is [shop.ErrNotFound] when none was changed.
func (s *Store) exec(ctx context.Context, what, query string, args ...any) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		r, err := conn.ExecContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(shop.ErrNotFound, err)
		}
		return nil
	})
}
