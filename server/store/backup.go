package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
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

// Restore makes an empty data directory hold what a backup holds. Personal data that is past its time
// is purged first. The epoch rises, so that readers can tell events from after the restore from those before.
func Restore(ctx context.Context, file, dir string, now time.Time) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("restore into %s: there is a database already; set it aside or name an empty directory", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if err := checkFile(ctx, file); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&immutable=1")
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer db.Close()
	half := path + ".half" // until it is whole: a shop must never start on a copy whose numbers were not raised
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what an earlier restore has left: %w", err)
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, half); err != nil {
		return errors.Join(fmt.Errorf("copy the backup: %w", err), os.Remove(half))
	}
	if err := errors.Join(raise(ctx, half, now), syncFile(half)); err != nil {
		return errors.Join(err, os.Remove(half))
	}
	if err := os.Rename(half, path); err != nil {
		return fmt.Errorf("put the copy in its place: %w", err)
	}
	return syncFile(dir)
}

// raise purges and starts a new epoch in a database that has just been copied.
func raise(ctx context.Context, path string, now time.Time) error {
	// In the journal mode of the copy, which leaves no second file behind.
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_txlock=immediate")
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("prepare the copy: %w", err)
	}
	defer tx.Rollback() // nothing is left to roll back after the commit
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM person WHERE purge_at <= ?`, []any{now.UnixMilli()}},
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

// ErrFile is a database that SQLite finds damaged.
var ErrFile = errors.New("the database file is damaged")

// checkFile has SQLite check a file for damage.
func checkFile(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer db.Close()
	return quickCheck(ctx, db)
}

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

// Check looks for damage in the file, rows whose checksum does not fit, a ledger that does not balance, and memory that
// differs from the rows. It returns nil when it finds nothing.
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
		return err
	})
	errs = append(errs, err)
	if lost := state.Lost(); err == nil && lost != 0 {
		errs = append(errs, fmt.Errorf("the ledger is out of balance by %d cups", lost))
	}
	return errors.Join(errs...)
}
