package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"weir/shop"
)

//go:embed migrations/*.sql
var migrations embed.FS

// FileName is the database in the data directory.
const FileName = "weir.db"

// readersMax bounds the connections that answer questions about ended orders; each costs about 4 MB.
const readersMax = 4

// dsn has every pragma, so that every connection has them. With FULL a commit survives a power cut. With secure_delete
// purged personal data is overwritten. While somebody reads for long, as a backup does, the log of changes grows past
// walMax; journal_size_limit, twice that, gives the space back afterwards.
func dsn(path string) string {
	return fileDSN(path, "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=busy_timeout(5000)",
		"_pragma=foreign_keys(1)", "_pragma=secure_delete(1)", "_pragma=wal_autocheckpoint(0)", "_txlock=immediate",
		fmt.Sprintf("_pragma=journal_size_limit(%d)", 2*walMax))
}

// fileDSN names a file for the driver, with parameters. What would end the path in a URI is escaped
// (sqlite.org/uri.html): a directory may be called what it likes.
func fileDSN(path string, parameters ...string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?" + strings.Join(parameters, "&")
}

// Open opens the shop's data directory, brings the schema up to date, checks the file and loads what
// is open. now gives the time of decisions.
func Open(ctx context.Context, dir string, config *shop.Config, log *slog.Logger, now func() time.Time) (*Store, error) {
	path := filepath.Join(dir, FileName)
	s := &Store{
		config: config, log: log, now: now, path: path,
		queue: make(chan request, queueMax), side: make(chan sideJob),
		sure: func() bool { return true }, space: space{dir, spaceMin, ballastSize},
	}
	if err := s.openFile(ctx); err != nil {
		return nil, damaged(err, dir)
	}
	state, err := s.load(ctx)
	if err != nil {
		return nil, errors.Join(damaged(err, dir), s.Close())
	}
	s.state.Store(&state)
	s.healthy.Store(true)
	return s, nil
}

// damaged adds to an error that is damage to the file what to do about it. It returns any other error as it is.
func damaged(err error, dir string) error {
	if code := primaryCode(err); code != sqlite3.SQLITE_CORRUPT && code != sqlite3.SQLITE_NOTADB && !errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w; set %s aside as it is and restore the last backup into an empty directory: weir restore FILE", err, dir)
}

// primaryCode is SQLite's result code of an error without the detail in its upper bits (sqlite.org/rescode.html). It is
// 0 for an error that is not SQLite's.
func primaryCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	return e.Code() & 0xff
}

// openFile opens both pools and migrates. The lock beside the file keeps a second Weir out: there is
// only ever one writer.
func (s *Store) openFile(ctx context.Context) (err error) {
	if s.lock, err = Lock(s.space.dir); err != nil {
		return err
	}
	s.space.toOpen()
	if s.write, err = sql.Open("sqlite", dsn(s.path)); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn(s.path)+"&_pragma=query_only(1)"); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.read.SetMaxOpenConns(readersMax)
	s.read.SetMaxIdleConns(readersMax)
	if err := migrate(ctx, s.write); err != nil {
		return errors.Join(err, s.Close())
	}
	if s.box, err = readWord(ctx, s.write, boxPart); err != nil {
		return errors.Join(err, s.Close())
	}
	key, err := readWord(ctx, s.write, receiptPart)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	s.receipts = shop.ReceiptKey(key)
	return nil
}

// newer refuses a database that a later version has written: this one does not know what is in it. Nothing is changed before.
func newer(ctx context.Context, db *sql.DB, known int64) error {
	var tables int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?`, versionTable).Scan(&tables)
	if err != nil || tables == 0 {
		return err
	}
	var version int64
	if err := db.QueryRowContext(ctx, newestVersion).Scan(&version); err != nil {
		return fmt.Errorf("read the version of the database: %w", err)
	}
	if version > known {
		return fmt.Errorf("%w (schema %d, this one knows 1 to %d): start the newer program again; to go back to this one, restore the "+
			"backup of before the upgrade into an empty directory", ErrNewer, version, known)
	}
	return nil
}

// ErrNewer is a data directory that a newer program has written.
var ErrNewer = errors.New("the data directory was written by a newer weir")

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	sources := provider.ListSources()
	if err := newer(ctx, db, sources[len(sources)-1].Version); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the database up to date: %w", err)
	}
	return nil
}

// load builds the state from the rows: the parts, the open orders, the open jobs.
func (s *Store) load(ctx context.Context) (shop.State, error) {
	state, err := shop.Load(s.config, s.now(), func(p shop.Part) error { return readPart(ctx, s.read, p) })
	if err != nil {
		return state, err
	}
	state.Receipts = s.receipts
	err = eachRow(ctx, s.read, `SELECT `+orderColumns+`WHERE orders.open = 1 ORDER BY orders.id`, func(rows *sql.Rows) error {
		o, err := scanOrder(rows)
		if err == nil {
			state = state.Restore(o)
		}
		return err
	})
	if err != nil {
		return state, fmt.Errorf("load open orders: %w", err)
	}
	err = eachRow(ctx, s.read, `SELECT doc FROM job WHERE open = 1 ORDER BY id`, func(rows *sql.Rows) error {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return err
		}
		job := &shop.Job{}
		if err := json.Unmarshal(doc, job); err != nil {
			return fmt.Errorf("decode job: %w", err)
		}
		state = state.RestoreJob(job)
		return nil
	})
	if err != nil {
		return state, fmt.Errorf("load open jobs: %w", err)
	}
	return state, nil
}

// eachRow calls f for each row of a question.
func eachRow(ctx context.Context, db *sql.DB, query string, f func(*sql.Rows) error, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Close closes the file. Run must have ended.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
