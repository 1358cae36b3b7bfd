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

// receiptPart is the row of table part that has the key of receipts, see [shop.ReceiptKey]. A restore keeps it.
const receiptPart = "receipt_key"

// readWord reads a random word of the data directory, of 128 bits at least, and makes one where there is none.
func readWord(ctx context.Context, db *sql.DB, part string) (word string, err error) {
	if _, err := db.ExecContext(ctx, `INSERT OR IGNORE INTO part (name, doc) VALUES (?, json_quote(?))`, part, rand.Text()); err != nil {
		return "", fmt.Errorf("make the data directory's %s: %w", part, err)
	}
	if err := db.QueryRowContext(ctx, `SELECT json_extract(doc, '$') FROM part WHERE name = ?`, part).Scan(&word); err != nil {
		return "", fmt.Errorf("read the data directory's %s: %w", part, err)
	}
	return word, nil
}
