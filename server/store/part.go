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
type parts map[string]part

// part is a document as last written, and the value that it was written from where that never changes.
type part struct {
	doc  []byte
	from any
}

// unchanging is what a document's value is by its pointer, where the state replaces it instead of changing it. So a large
// one is not encoded with every order. nil: it has to be looked at.
func unchanging(p shop.Part) any {
	switch of := p.Doc.(type) {
	case **shop.Mapping:
		if *of != nil {
			return *of
		}
	case **shop.Menus:
		if *of != nil {
			return *of
		}
	}
	return nil
}

func (r *rows) putParts(ctx context.Context, s *shop.State) error {
	for _, p := range s.Parts() {
		name, from := p.Name, unchanging(p)
		if from != nil && r.parts[name].from == from {
			continue
		}
		doc, err := json.Marshal(p.Doc)
		if err != nil {
			return fmt.Errorf("encode %s: %w", name, err)
		}
		if bytes.Equal(doc, r.parts[name].doc) {
			continue
		}
		if _, err := r.partStmt.ExecContext(ctx, name, string(doc)); err != nil {
			return fmt.Errorf("put %s: %w", name, err)
		}
		if r.parts == nil {
			r.parts = parts{}
		}
		r.parts[name] = part{doc, from}
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
