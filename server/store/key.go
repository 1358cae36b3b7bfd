package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"weir/shop"
)

// Key is a channel's key as it is stored: never the key itself.
type Key struct {
	ID        string
	Channel   string
	Hash      []byte // SHA-256 of the key; the key has 256 random bits, so no slow hash is needed
	CreatedAt time.Time
	RevokedAt time.Time // zero while it is good
}

// onWriter runs work on the write connection, between two batches.
func (s *Store) onWriter(ctx context.Context, do func(context.Context, *sql.Conn) error) error {
	done := make(chan error, 1)
	select {
	case s.side <- sideJob{do, done}:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	}
}

// AddKey stores a key.
func (s *Store) AddKey(ctx context.Context, k Key) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, `INSERT INTO channel_key (id, channel, hash, created_at) VALUES (?, ?, ?, ?)`,
			k.ID, k.Channel, k.Hash, k.CreatedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("store the key: %w", err)
		}
		return nil
	})
}

// RevokeKey ends a key. It is [shop.ErrNotFound] when there is none of that id that is still good.
func (s *Store) RevokeKey(ctx context.Context, id string, at time.Time) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		r, err := conn.ExecContext(ctx, `UPDATE channel_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, at.UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("revoke the key: %w", err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(shop.ErrNotFound, err)
		}
		return nil
	})
}

// Keys lists all keys, oldest first.
func (s *Store) Keys(ctx context.Context) ([]Key, error) {
	var keys []Key
	err := eachRow(ctx, s.read, `SELECT id, channel, hash, created_at, revoked_at FROM channel_key ORDER BY created_at, id`,
		func(rows *sql.Rows) error {
			var k Key
			var created int64
			var revoked sql.NullInt64
			if err := rows.Scan(&k.ID, &k.Channel, &k.Hash, &created, &revoked); err != nil {
				return err
			}
			k.CreatedAt = time.UnixMilli(created).UTC()
			if revoked.Valid {
				k.RevokedAt = time.UnixMilli(revoked.Int64).UTC()
			}
			keys = append(keys, k)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return keys, nil
}
