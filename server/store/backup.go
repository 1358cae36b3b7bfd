package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"weir/shop"
)

// Backup writes a consistent copy of the database to a file that must not exist yet. Orders go on while
// it runs.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("backup to %s: the file exists; name another", file)
	}
	db, err := sql.Open("sqlite", dsn(s.path))
	if err != nil {
		return fmt.Errorf("open for the backup: %w", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, file); err != nil {
		_ = os.Remove(file) // half a backup is none; it may not be there at all
		return fmt.Errorf("backup to %s: %w", file, err)
	}
	if err := os.Chmod(file, 0o600); err != nil { // it holds what the database holds
		return fmt.Errorf("protect %s: %w", file, err)
	}
	return syncFile(file)
}

// syncFile makes a file or a directory safe from a power cut; VACUUM INTO does not.
func syncFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("sync %s: %w", file, err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// restoredAhead is how far the numbers of orders and jobs jump at a restore, so that what was given out
// after the backup, and is printed on labels, is not given out again.
const restoredAhead = 100_000

// halfName is where a restore works until the copy is sound: a shop must never start on one that is not.
const halfName = FileName + ".half"

// Restore makes an empty data directory hold what a backup holds. The backup is not believed: it must be a regular file
// with this program's schema and nothing else in it, and the copy must pass what [Store.Check] looks at before it takes
// its place. Personal data that is past its time is purged first. The epoch rises, so that readers can tell events from
// after the restore from those before. An error leaves the directory without a database.
func Restore(ctx context.Context, file, dir string, config *shop.Config, now time.Time) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("restore into %s: there is a database already; set it aside or name an empty directory", dir)
	}
	if err := regular(file); err != nil {
		return err
	}
	half := filepath.Join(dir, halfName)
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("remove what an earlier restore has left: %w", err)
	}
	if err := os.MkdirAll(half, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	copied := filepath.Join(half, FileName)
	err := copyBackup(ctx, file, copied)
	if err == nil {
		err = raise(ctx, copied, now)
	}
	if err == nil {
		err = examineCopy(ctx, half, config, now)
	}
	if err == nil {
		err = syncFile(copied)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("restore %s: %w; nothing was restored", file, err), os.RemoveAll(half))
	}
	if err := os.Rename(copied, path); err != nil {
		return fmt.Errorf("put the copy in its place: %w", err)
	}
	return errors.Join(os.RemoveAll(half), syncFile(dir))
}

// regular refuses what is not a plain file: a pipe would be waited for, a device has no end.
func regular(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open the backup: %s is not a regular file", file)
	}
	return nil
}

// copyBackup looks whether a backup is one of this program's, and copies it.
func copyBackup(ctx context.Context, file, to string) error {
	// Nobody writes it, and nothing in it may run.
	db, err := sql.Open("sqlite", fileDSN(file, "mode=ro", "immutable=1", "_pragma=trusted_schema(0)"))
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := quickCheck(ctx, db); err != nil {
		return err
	}
	if err := checkSchema(ctx, db); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("copy the backup: %w", err)
	}
	return nil
}

// raise purges and starts a new epoch in a database that has just been copied.
func raise(ctx context.Context, path string, now time.Time) error {
	// In the journal mode of the copy, which leaves no second file behind.
	db, err := sql.Open("sqlite", fileDSN(path, "_pragma=synchronous(FULL)", "_pragma=secure_delete(1)", "_txlock=immediate"))
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("prepare the copy: %w", err)
	}
	defer tx.Rollback() // nothing is left to roll back after the commit
	var epoch any
	err = tx.QueryRowContext(ctx, `SELECT CASE WHEN EXISTS (SELECT * FROM part WHERE name NOT IN (?, ?)) OR EXISTS (SELECT * FROM orders)
		THEN (SELECT json_extract(doc, '$.epoch') FROM part WHERE name = 'counters') ELSE 1 END`,
		boxPart, receiptPart).Scan(&epoch) // 1: nothing has happened yet
	if err != nil {
		return fmt.Errorf("read the backup's epoch: %w", err)
	}
	if n, ok := epoch.(int64); !ok || n < 1 || n >= epochEnd {
		return fmt.Errorf("%w: epoch %v in the backup", ErrDamaged, epoch)
	}
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM person WHERE ` + purgeDue, []any{now.UnixMilli()}},
		{`DROP TABLE IF EXISTS _litestream_seq`, nil},
		{`DROP TABLE IF EXISTS _litestream_lock`, nil},
		{`DELETE FROM part WHERE name = ?`, []any{boxPart}},
		{`UPDATE part SET doc = json_set(doc, '$.epoch', json_extract(doc, '$.epoch') + 1,
			'$.order', 'o' || (substr(json_extract(doc, '$.order'), 2) + ?), '$.job', json_extract(doc, '$.job') + ?,
			'$.restored_at', ?) WHERE name = 'counters'`, []any{restoredAhead, restoredAhead, now.UTC().Format(time.RFC3339)}},
	} {
		if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
			return fmt.Errorf("prepare the copy: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("prepare the copy: %w", err)
	}
	return nil
}

// epochEnd is the epoch that no shop reaches: the numbers from it on are not whole in every reader (RFC 8259, section 6).
const epochEnd = 1 << 53

// examineCopy opens a copy as a shop does and checks it as [Store.Check] does.
func examineCopy(ctx context.Context, dir string, config *shop.Config, now time.Time) (err error) {
	s, err := Open(ctx, dir, config, slog.New(slog.DiscardHandler), func() time.Time { return now })
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running) }()
	err = s.Check(ctx)
	stop()
	return errors.Join(err, <-ended, s.Close())
}

// ErrFile is a database that SQLite finds damaged.
var ErrFile = errors.New("the database file is damaged")

func quickCheck(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrFile, verdict)
	}
	return nil
}

// Check looks for damage in the file, rows whose checksum does not fit, a ledger that does not balance, a count of
// tombstones that is not theirs, and memory that differs from the rows. It returns nil when it finds nothing.
func (s *Store) Check(ctx context.Context) error {
	errs := []error{quickCheck(ctx, s.read)}
	err := eachRow(ctx, s.read, `SELECT `+orderColumns, func(rows *sql.Rows) error {
		if _, err := scanOrder(rows); err != nil {
			errs = append(errs, err)
		}
		return nil
	})
	errs = append(errs, err)
	var state shop.State
	err = s.onWriter(ctx, func(ctx context.Context, _ *sql.Conn) (err error) {
		state, err = s.load(ctx) // on the writer, so that memory and rows are of one moment
		if live := s.Snapshot(); err == nil && !live.Equal(state) {
			err = errors.New("memory is not the rows")
		}
		return errors.Join(err, checkTombstones(ctx, s.read, state.Tombstones))
	})
	errs = append(errs, err)
	if lost := state.Lost(); err == nil && lost != 0 {
		errs = append(errs, fmt.Errorf("the ledger is out of balance by %d cups", lost))
	}
	return errors.Join(errs...)
}

// checkTombstones counts the rows that keep a ref from becoming an order, and compares. By their count they are bounded.
func checkTombstones(ctx context.Context, db *sql.DB, counted shop.Tombstones) error {
	left := map[string]map[shop.Day]int{}
	for channel, days := range counted {
		left[channel] = maps.Clone(days)
	}
	var errs []error
	const query = `SELECT channel, day, count(*) FROM orders WHERE state = 'cancelled' AND cups = 0
		AND json_extract(doc, '$.reason') IN (?, ?) GROUP BY channel, day`
	err := eachRow(ctx, db, query, func(rows *sql.Rows) error {
		var channel string
		var day shop.Day
		var n int
		if err := rows.Scan(&channel, &day, &n); err != nil {
			return err
		}
		if has := left[channel][day]; has != n {
			errs = append(errs, fmt.Errorf("%w: %d tombstones of %s on %s are counted, there are %d", ErrDamaged, has, channel, day, n))
		}
		delete(left[channel], day)
		return nil
	}, shop.ReasonCancelledBefore, shop.ReasonPinned)
	for channel, days := range left {
		for day, n := range days {
			if n != 0 {
				errs = append(errs, fmt.Errorf("%w: %d tombstones of %s on %s are counted, there are none", ErrDamaged, n, channel, day))
			}
		}
	}
	return errors.Join(append(errs, err)...)
}
