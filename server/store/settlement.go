package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weir/shop"
)

// ClosedDay is a business day's books as they were closed.
type ClosedDay struct {
	At   time.Time
	By   string
	Told shop.DayClosed
}

// ClosedDay reads how a day was closed. It is [shop.ErrNotFound] when it is not closed, or had no books.
func (s *Store) ClosedDay(ctx context.Context, day shop.Day) (ClosedDay, error) {
	var c ClosedDay
	var at int64
	var doc []byte
	err := s.read.QueryRowContext(ctx, `SELECT closed_at, closed_by, doc FROM closed_day WHERE day = ?`, string(day)).Scan(&at, &c.By, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return c, shop.ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("read how %s was closed: %w", day, err)
	}
	if err := json.Unmarshal(doc, &c.Told); err != nil {
		return c, fmt.Errorf("decode how %s was closed: %w", day, err)
	}
	c.At = time.UnixMilli(at).UTC()
	return c, nil
}

// Statement is a platform's statement as it was imported.
type Statement struct {
	Channel string
	Day     shop.Day
	At      time.Time
	By      string
	File    string // its name, for people
	SHA256  string // checksum of the file, hex
	shop.Statement
}

// Statement reads the latest statement of a channel for a day. It is [shop.ErrNotFound] when none was imported.
func (s *Store) Statement(ctx context.Context, day shop.Day, channel string) (Statement, error) {
	st := Statement{Channel: channel, Day: day}
	var at int64
	var doc []byte
	err := s.read.QueryRowContext(ctx, `SELECT imported_at, imported_by, file, sha256, doc FROM statement WHERE day = ? AND channel = ?`,
		string(day), channel).Scan(&at, &st.By, &st.File, &st.SHA256, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return st, shop.ErrNotFound
	}
	if err != nil {
		return st, fmt.Errorf("read the statement of %s for %s: %w", channel, day, err)
	}
	if err := json.Unmarshal(doc, &st.Statement); err != nil {
		return st, fmt.Errorf("decode the statement of %s for %s: %w", channel, day, err)
	}
	st.At = time.UnixMilli(at).UTC()
	return st, nil
}

// Days lists the business days that have orders, the newest first.
func (s *Store) Days(ctx context.Context, limit int) ([]shop.Day, error) {
	var days []shop.Day
	err := eachRow(ctx, s.read, `SELECT DISTINCT day FROM orders ORDER BY day DESC LIMIT ?`, func(rows *sql.Rows) error {
		var day string
		err := rows.Scan(&day)
		days = append(days, shop.Day(day))
		return err
	}, limit)
	if err != nil {
		return nil, fmt.Errorf("list the days: %w", err)
	}
	return days, nil
}

// putBooks writes what an event says about closed books and statements, and drops the tombstones that it says are past
// their time.
func (r *rows) putBooks(ctx context.Context, e *shop.Event) error {
	switch f := e.Fact.(type) {
	case shop.DayClosed:
		doc, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("encode how %s was closed: %w", f.Day, err)
		}
		if _, err := r.closedDayStmt.ExecContext(ctx, string(f.Day), e.At.UnixMilli(), e.By, string(doc)); err != nil {
			return fmt.Errorf("close %s: %w", f.Day, err)
		}
	case shop.StatementImported:
		doc, err := json.Marshal(f.Statement)
		if err != nil {
			return fmt.Errorf("encode the statement of %s: %w", f.Channel, err)
		}
		_, err = r.statementStmt.ExecContext(ctx, string(f.Day), f.Channel, e.At.UnixMilli(), e.By, f.File, f.SHA256, string(doc))
		if err != nil {
			return fmt.Errorf("put the statement of %s for %s: %w", f.Channel, f.Day, err)
		}
	case shop.TombstonesForgotten:
		if _, err := r.forgetStmt.ExecContext(ctx, string(f.First), string(f.Last), shop.ReasonCancelledBefore, shop.ReasonPinned); err != nil {
			return fmt.Errorf("forget tombstones: %w", err)
		}
	}
	return nil
}

// ordersOfDay reads every order of a business day, in order of acceptance.
func (r *rows) ordersOfDay(ctx context.Context, day shop.Day) (orders []*shop.Order, err error) {
	found, err := r.ordersOfDayStmt.QueryContext(ctx, string(day))
	if err != nil {
		return nil, fmt.Errorf("orders of %s: %w", day, err)
	}
	defer found.Close()
	for found.Next() {
		o, err := scanOrder(found)
		if err != nil {
			return nil, fmt.Errorf("orders of %s: %w", day, err)
		}
		orders = append(orders, o)
	}
	return orders, found.Err()
}
