package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Audit reads what people did, newest first: settings changed, access given and taken, orders and cups taken
// back. before is the number of the entry to go on after; 0 is the newest.
func (s *Store) Audit(ctx context.Context, before uint64, limit int) ([]LogEntry, error) {
	last := int64(before) - 1
	if before == 0 {
		last = int64(s.Snapshot().Counters.Seq)
	}
	var entries []LogEntry
	err := eachRow(ctx, s.read, `SELECT log.seq, log.at, log.by, log.name, log.order_id,
			coalesce(json_extract(orders.doc, '$.number'), 0), log.body
		FROM log LEFT JOIN orders ON orders.id = log.order_id WHERE log.audited = 1 AND log.seq <= ? ORDER BY log.seq DESC LIMIT ?`,
		func(rows *sql.Rows) error {
			var e LogEntry
			var at int64
			var body string
			if err := rows.Scan(&e.Seq, &at, &e.By, &e.Name, &e.Order, &e.Number, &body); err != nil {
				return err
			}
			e.At, e.Body = fromMs(at), json.RawMessage(body)
			entries = append(entries, e)
			return nil
		}, last, limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return entries, nil
}
