package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"weir/shop"
)

// Order finds an order by id, open or ended. It is [shop.ErrNotFound] when there is none.
func (s *Store) Order(ctx context.Context, id shop.OrderID) (*shop.Order, error) {
	if o, ok := s.Snapshot().Order(id); ok {
		return o, nil
	}
	return scanOrder(s.read.QueryRowContext(ctx, `SELECT `+orderColumns+`WHERE orders.id = ?`, int64(id)))
}

// OrderByRef finds an order by what its channel calls it. It is [shop.ErrNotFound] when there is none.
func (s *Store) OrderByRef(ctx context.Context, channel, ref string) (*shop.Order, error) {
	if o, ok := s.Snapshot().ByRef(channel, ref); ok {
		return o, nil
	}
	return scanOrder(s.read.QueryRowContext(ctx, `SELECT `+orderColumns+`WHERE channel = ? AND ref = ?`, channel, ref))
}

// OrdersOfDay lists the orders of a business day, of one channel or ("") of all, in order of acceptance.
func (s *Store) OrdersOfDay(ctx context.Context, day shop.Day, channel string) ([]*shop.Order, error) {
	var orders []*shop.Order
	err := eachRow(ctx, s.read, `SELECT `+orderColumns+`WHERE day = ? AND (channel = ? OR ? = '') ORDER BY orders.id`,
		func(rows *sql.Rows) error {
			o, err := scanOrder(rows)
			orders = append(orders, o)
			return err
		}, string(day), channel, channel)
	if err != nil {
		return nil, fmt.Errorf("orders of %s: %w", day, err)
	}
	return orders, nil
}

// FeedEntry is one event of a channel's feed as it was written.
type FeedEntry struct {
	Feed uint64
	Type string
	At   time.Time
	Told json.RawMessage // a [shop.Told]
}

// Feed reads a channel's events after a number, at most limit.
func (s *Store) Feed(ctx context.Context, channel string, after uint64, limit int) ([]FeedEntry, error) {
	var entries []FeedEntry
	err := eachRow(ctx, s.read, `SELECT feed, type, at, told FROM log WHERE channel = ? AND feed > ? ORDER BY feed LIMIT ?`,
		func(rows *sql.Rows) error {
			var e FeedEntry
			var at int64
			var told string
			if err := rows.Scan(&e.Feed, &e.Type, &at, &told); err != nil {
				return err
			}
			e.At, e.Told = time.UnixMilli(at).UTC(), json.RawMessage(told)
			entries = append(entries, e)
			return nil
		}, channel, int64(after), limit)
	if err != nil {
		return nil, fmt.Errorf("feed of %s: %w", channel, err)
	}
	return entries, nil
}

// LogEntry is one entry of the log. [shop.DecodeFact] turns Name and Body back into the fact.
type LogEntry struct {
	Seq    uint64
	At     time.Time
	By     string
	Name   string
	Order  shop.OrderID
	Number int // the order's pick-up number, as [Store.Audit] reads it; 0 without an order
	Body   json.RawMessage
}

// Log reads the newest entries of the log that are about an order (0 for any), newest first.
func (s *Store) Log(ctx context.Context, order shop.OrderID, limit int) ([]LogEntry, error) {
	var entries []LogEntry
	err := eachRow(ctx, s.read, `SELECT seq, at, by, name, order_id, body FROM log WHERE order_id = ? OR ? = 0 ORDER BY seq DESC LIMIT ?`,
		func(rows *sql.Rows) error {
			var e LogEntry
			var at int64
			var body string
			if err := rows.Scan(&e.Seq, &at, &e.By, &e.Name, &e.Order, &body); err != nil {
				return err
			}
			e.At, e.Body = time.UnixMilli(at).UTC(), json.RawMessage(body)
			entries = append(entries, e)
			return nil
		}, int64(order), int64(order), limit)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return entries, nil
}
