package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// errSchema is a database with something in it that this program did not make.
var errSchema = errors.New("the file is not a shop's database as this program makes it")

// versionTable is where goose keeps how far the schema is.
const versionTable = "goose_db_version"

// newestVersion asks how far it is.
const newestVersion = `SELECT coalesce(max(version_id), 0) FROM ` + versionTable + ` WHERE is_applied`

// copierTables are what a continuous copy (Litestream) adds to a database. They hold a number that it counts up.
var copierTables = map[string]string{
	"table _litestream_seq":  `CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)`,
	"table _litestream_lock": `CREATE TABLE _litestream_lock (id INTEGER)`,
}

// checkSchema compares what a database consists of with what the migrations make at the same version. A trigger or a view
// would run with the shop's own writes, and a table that was changed could hold what the rules never read.
func checkSchema(ctx context.Context, db *sql.DB) error {
	have, err := schemaOf(ctx, db)
	if err != nil {
		return err
	}
	var version int64
	if err := db.QueryRowContext(ctx, newestVersion).Scan(&version); err != nil {
		return fmt.Errorf("%w: it does not say its version", errSchema)
	}
	want, err := schemaAt(ctx, version)
	if err != nil {
		return err
	}
	for name, made := range have {
		if copierTables[name] == made {
			continue
		}
		if want[name] != made && name != "table "+versionTable {
			return fmt.Errorf("%w: %s", errSchema, name)
		}
	}
	for name := range want {
		if _, ok := have[name]; !ok {
			return fmt.Errorf("%w: %s is missing", errSchema, name)
		}
	}
	return nil
}

// schemaOf is everything a database consists of: kind and name, and the statement that made it.
func schemaOf(ctx context.Context, db *sql.DB) (map[string]string, error) {
	all := map[string]string{}
	err := eachRow(ctx, db, `SELECT type, name, coalesce(sql, '') FROM sqlite_schema`, func(rows *sql.Rows) error {
		var kind, name, made string
		if err := rows.Scan(&kind, &name, &made); err != nil {
			return err
		}
		all[kind+" "+name] = made
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return all, nil
}

// schemaAt is what the migrations up to a version make.
func schemaAt(ctx context.Context, version int64) (map[string]string, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("make the schema: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection to :memory: is a database of its own
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	known := provider.ListSources()
	if last := known[len(known)-1].Version; version < 1 || version > last {
		return nil, fmt.Errorf("the file is of schema %d, this program knows 1 to %d: use the program that made it, or a newer one",
			version, last)
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return nil, fmt.Errorf("make the schema: %w", err)
	}
	return schemaOf(ctx, db)
}
