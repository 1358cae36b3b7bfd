package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"weir/shop"
)

// parts are the documents of the state that are not orders or jobs, as last written, so that only
// what changed is written again.
type parts map[string][]byte

func (r *rows) putParts(ctx context.Context, s *shop.State) error {
	for _, p := range s.Parts() {
		name := p.Name
		doc, err := json.Marshal(p.Doc)
		if err != nil {
			return fmt.Errorf("encode %s: %w", name, err)
		}
		if bytes.Equal(doc, r.parts[name]) {
			continue
		}
		if _, err := r.partStmt.ExecContext(ctx, name, string(doc)); err != nil {
			return fmt.Errorf("put %s: %w", name, err)
		}
		if r.parts == nil {
			r.parts = parts{}
		}
		r.parts[name] = doc
	}
	return nil
}

// readPart fills a document of the state. A missing one leaves what the configuration says.
func readPart(ctx context.Context, db *sql.DB, p shop.Part) error {
	var doc []byte
	err := db.QueryRowContext(ctx, `SELECT doc FROM part WHERE name = ?`, p.Name).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", p.Name, err)
	}
	if err := json.Unmarshal(doc, p.Doc); err != nil {
		return fmt.Errorf("decode %s: %w", p.Name, err)
	}
	return nil
}
