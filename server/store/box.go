package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
)

// boxPart is the row of table part that names the data directory. It is not part of the shop's state.
const boxPart = "box"

// Box names this data directory: a random word, made when it is first opened, and another one after a restore. Whoever
// reads two answers with different boxes has not talked to the same shop twice, though it has the same id.
func (s *Store) Box() string { return s.box }

// readBox reads the name of the data directory, and makes one where there is none.
func readBox(ctx context.Context, db *sql.DB) (box string, err error) {
	if _, err := db.ExecContext(ctx, `INSERT OR IGNORE INTO part (name, doc) VALUES (?, json_quote(?))`, boxPart, rand.Text()); err != nil {
		return "", fmt.Errorf("name the data directory: %w", err)
	}
	if err := db.QueryRowContext(ctx, `SELECT json_extract(doc, '$') FROM part WHERE name = ?`, boxPart).Scan(&box); err != nil {
		return "", fmt.Errorf("read the data directory's name: %w", err)
	}
	return box, nil
}
