package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"
)

const (
	// checkpointEvery is how often the log of changes is carried over into the database while there are
	// changes. Doing it beside the writer keeps its fsyncs out of the writer's way.
	checkpointEvery = 2 * time.Second
	// walMax is the size of the log of changes at which the writer itself carries it over. Beside a writer
	// that never rests a checkpoint never catches up, and the log would grow for ever.
	walMax = 32 << 20
	// walLookEvery is how many commits pass between two looks at the log's size.
	walLookEvery = 256
	// purgeEvery is how often personal data that is due is deleted.
	purgeEvery = time.Hour
)

// Maintain keeps the files small and purges personal data until ctx ends.
func (s *Store) Maintain(ctx context.Context) error {
	db, err := sql.Open("sqlite", dsn(s.path))
	if err != nil {
		return fmt.Errorf("open for checkpoints: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	checkpoint, purge := time.NewTicker(checkpointEvery), time.NewTicker(purgeEvery)
	defer checkpoint.Stop()
	defer purge.Stop()
	done := int64(0)
	s.purge(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-purge.C:
			s.purge(ctx)
		case <-checkpoint.C:
			if n := s.commits.Load(); n != done {
				done = n
				if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil && ctx.Err() == nil {
					s.log.Warn("checkpoint", "error", err)
				}
			}
		}
	}
}

// purge deletes personal data that is due.
func (s *Store) purge(ctx context.Context) {
	err := s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, `DELETE FROM person WHERE purge_at <= ?`, s.now().UnixMilli())
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.log.Error("cannot purge personal data", "error", err)
	}
}

// boundWAL carries the log of changes over when it has grown too long; the next commit then begins it anew.
func (s *Store) boundWAL(ctx context.Context, conn *sql.Conn) {
	if s.commits.Load()%walLookEvery != 0 {
		return
	}
	if info, err := os.Stat(s.path + "-wal"); err != nil || info.Size() < walMax {
		return // no log yet, or a short one
	}
	if _, err := conn.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		s.log.Warn("checkpoint", "error", err)
	}
}
