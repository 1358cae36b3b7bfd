package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	"weir/shop"
)

const (
	// checkpointEvery is how often the log of changes is carried over into the database while there are
	// changes. Doing it beside the writer keeps its fsyncs out of the writer's way.
	checkpointEvery = 2 * time.Second
	// walMax is the size of the log of changes at which the writer itself carries it over. While the writer is always
	// busy, a checkpoint beside it never reaches the end of the log, and the log would grow for ever.
	walMax = 32 << 20
	// walCheckEvery is how many commits pass between two checks of that size.
	walCheckEvery = 256
	// purgeEvery is how often personal data that is due is deleted.
	purgeEvery = time.Hour
	// examineEvery is how often the whole file is checked for damage, the first time at the start. Damage is then
	// noticed while there still is a backup that was made before it.
	examineEvery = 24 * time.Hour
	// examineMax bounds one such check. A gigabyte on slow flash takes half of it.
	examineMax = 2 * time.Minute
)

// Maintain keeps the files small, checks them for damage and the disk for space, and purges personal data and tombstones,
// until ctx ends.
func (s *Store) Maintain(ctx context.Context) error {
	db, err := sql.Open("sqlite", dsn(s.path))
	if err != nil {
		return fmt.Errorf("open for checkpoints: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	checkpoint, purge, look := time.NewTicker(checkpointEvery), time.NewTicker(purgeEvery), time.NewTicker(spaceCheckEvery)
	defer checkpoint.Stop()
	defer purge.Stop()
	defer look.Stop()
	examine := time.NewTicker(examineEvery)
	defer examine.Stop()
	done := int64(0)
	s.checkSpace()
	s.purge(ctx)
	// The log of changes may hold purged names, also of a run that was killed after its purge.
	names := !s.forgetNames(ctx, db)
	s.forget(ctx)
	s.examine(ctx, db)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-purge.C:
			names = s.purge(ctx) || names
			s.forget(ctx)
		case <-examine.C:
			s.examine(ctx, db)
		case <-look.C:
			s.checkSpace()
		case <-checkpoint.C:
			if names {
				names = !s.forgetNames(ctx, db) && ctx.Err() == nil
			}
			if n := s.commits.Load(); n != done {
				done = n
				if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil && ctx.Err() == nil {
					s.log.Warn("checkpoint", "error", err)
				}
			}
		}
	}
}

// examine checks the whole file for damage. A shop with a damaged file goes on as far as it can, and says so.
func (s *Store) examine(ctx context.Context, db *sql.DB) {
	bounded, cancel := context.WithTimeout(ctx, examineMax)
	defer cancel()
	err := quickCheck(bounded, db)
	switch {
	case ctx.Err() != nil: // the shop is being stopped
		return
	case bounded.Err() != nil:
		s.log.Warn("the check of the whole database was cut short", "after", examineMax)
		return
	}
	if err != nil {
		s.log.Error("the database is damaged: stop, set it aside and restore the last backup", "error", err)
	}
	if s.damaged.Swap(err != nil) != (err != nil) {
		s.bell.Ring()
	}
}

// Damaged reports whether the last check of the whole file found damage.
func (s *Store) Damaged() bool { return s.damaged.Load() }

// purgeDue are the rows of personal data that are due. The names of an order that is open are still needed.
const purgeDue = `purge_at <= ? AND order_id NOT IN (SELECT id FROM orders WHERE open = 1)`

// purge deletes personal data that is due, unless the clock is in doubt, and reports whether there was any. What was
// deleted is still in the log of changes, in the pages as they were when it was written, until [emptyLog].
func (s *Store) purge(ctx context.Context) (deleted bool) {
	if !s.sure() {
		return false
	}
	err := s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		result, err := conn.ExecContext(ctx, `DELETE FROM person WHERE `+purgeDue, s.now().UnixMilli())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		deleted = n > 0
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.log.Error("cannot purge personal data", "error", err)
	}
	return deleted
}

// emptyLogWait is how long a look at the rows may keep the log from being emptied, in milliseconds. The writer waits for as
// long; it is tried again two seconds later.
const emptyLogWait = 100

// Copier keeps a continuous copy of the database and reads the log of changes all the time.
type Copier interface {
	// EmptyLog does what emptyLog does; mine is false when the copier does not read at present.
	EmptyLog(ctx context.Context) (empty, mine bool)
}

// CopiedBy names who keeps a continuous copy. It is called before [Store.Maintain] runs.
func (s *Store) CopiedBy(c Copier) { s.copier = c }

// forgetNames empties the log of changes of names that were purged.
func (s *Store) forgetNames(ctx context.Context, db *sql.DB) bool {
	if s.copier != nil {
		if empty, mine := s.copier.EmptyLog(ctx); mine {
			return empty
		}
	}
	return emptyLog(ctx, db)
}

// emptyLog carries the log of changes over and cuts it to nothing. It reports false when somebody was looking at the rows,
// or writing: then it has to be tried again.
func emptyLog(ctx context.Context, db *sql.DB) bool {
	if _, err := db.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout(%d)`, emptyLogWait)); err != nil {
		return false
	}
	var busy, pages, carried int
	err := db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &carried)
	return err == nil && busy == 0
}

// forget drops the tombstones that are due, unless the clock is in doubt.
func (s *Store) forget(ctx context.Context) {
	if !s.sure() {
		return
	}
	if _, err := s.Do(ctx, shop.ForgetTombstones{}); err != nil && ctx.Err() == nil {
		s.log.Error("cannot forget tombstones", "error", err)
	}
}

// boundWAL carries the log of changes over when it has grown too long; the next commit then begins it anew.
func (s *Store) boundWAL(ctx context.Context, conn *sql.Conn) {
	if s.commits.Load()%walCheckEvery != 0 {
		return
	}
	if info, err := os.Stat(s.path + "-wal"); err != nil || info.Size() < walMax {
		return // no log yet, or a short one
	}
	if _, err := conn.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		s.log.Warn("checkpoint", "error", err)
	}
}
