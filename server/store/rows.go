package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"weir/shop"
)

// ErrDamaged is a row whose checksum does not fit its content: the file has been changed or is failing.
var ErrDamaged = errors.New("row is damaged")

// personKept is how long personal data is kept after acceptance: a week covers complaints.
const personKept = 7 * 24 * time.Hour

// rows writes the shop's rows. It holds every statement prepared on the one write connection.
type rows struct {
	stmts                               []*sql.Stmt
	beginStmt, commitStmt, rollbackStmt *sql.Stmt
	insertOrderStmt, updateOrderStmt    *sql.Stmt
	orderStmt, orderByRefStmt           *sql.Stmt
	personStmt, eventStmt, jobStmt      *sql.Stmt
	partStmt                            *sql.Stmt
	closedDayStmt, statementStmt        *sql.Stmt
	ordersOfDayStmt, forgetStmt         *sql.Stmt
	parts                               parts
}

const orderColumns = `orders.doc, orders.crc, person.doc, person.crc FROM orders LEFT JOIN person ON person.order_id = orders.id `

func prepare(ctx context.Context, conn *sql.Conn) (*rows, error) {
	r := &rows{}
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&r.beginStmt, `BEGIN IMMEDIATE`},
		{&r.commitStmt, `COMMIT`},
		{&r.rollbackStmt, `ROLLBACK`},
		{&r.insertOrderStmt, `INSERT INTO orders (state, open, cups, total_fen, paid_fen, subsidy_fen, ended_at, doc, crc, day, accepted_at,
				id, channel, ref)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&r.updateOrderStmt, `UPDATE orders SET state = ?, open = ?, cups = ?, total_fen = ?, paid_fen = ?, subsidy_fen = ?, ended_at = ?,
			doc = ?, crc = ?, day = ?, accepted_at = ? WHERE id = ?`},
		{&r.orderStmt, `SELECT ` + orderColumns + `WHERE orders.id = ?`},
		{&r.orderByRefStmt, `SELECT ` + orderColumns + `WHERE channel = ? AND ref = ?`},
		{&r.ordersOfDayStmt, `SELECT ` + orderColumns + `WHERE day = ? ORDER BY orders.id`},
		{&r.forgetStmt, `DELETE FROM orders WHERE day BETWEEN ? AND ? AND state = 'cancelled' AND cups = 0
			AND json_extract(doc, '$.reason') IN (?, ?)`},
		{&r.closedDayStmt, `INSERT INTO closed_day (day, closed_at, closed_by, doc) VALUES (?, ?, ?, ?)`},
		{&r.statementStmt, `INSERT INTO statement (day, channel, imported_at, imported_by, file, sha256, doc) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (day, channel) DO UPDATE SET imported_at = excluded.imported_at, imported_by = excluded.imported_by,
			file = excluded.file, sha256 = excluded.sha256, doc = excluded.doc`},
		{&r.personStmt, `INSERT INTO person (order_id, doc, crc, purge_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (order_id) DO UPDATE SET doc = excluded.doc, crc = excluded.crc`},
		{&r.eventStmt, `INSERT INTO log (seq, at, by, name, order_id, body, audited, channel, feed, type, told)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&r.jobStmt, `INSERT INTO job (id, order_id, printer, state, open, doc) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET printer = excluded.printer, state = excluded.state, open = excluded.open, doc = excluded.doc`},
		{&r.partStmt, `INSERT INTO part (name, doc) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`},
	} {
		stmt, err := conn.PrepareContext(ctx, p.sql)
		if err != nil {
			return nil, fmt.Errorf("prepare %q: %w", p.sql, err)
		}
		*p.to = stmt
		r.stmts = append(r.stmts, stmt)
	}
	return r, nil
}

func (r *rows) close() {
	for _, s := range r.stmts {
		s.Close() // the connection is closing with it
	}
}

func (r *rows) begin(ctx context.Context) error {
	if _, err := r.beginStmt.ExecContext(ctx); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

func (r *rows) commit(ctx context.Context) error {
	if _, err := r.commitStmt.ExecContext(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback ends the open transaction without a commit and returns cause. A cause of nil means that nothing was
// written. After some errors, a full disk among them, SQLite has rolled back by itself; then there is nothing to undo.
func (r *rows) rollback(ctx context.Context, cause error) error {
	if cause != nil {
		r.parts = parts{} // the transaction may have been rolled back: nothing is known to be written
	}
	if _, err := r.rollbackStmt.ExecContext(ctx); err != nil && cause == nil {
		return fmt.Errorf("rollback: %w", err)
	}
	return cause
}

// putOrder writes the order as it is now.
func (r *rows) putOrder(ctx context.Context, o *shop.Order, isNew bool) error {
	doc, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode order %s: %w", o.ID, err)
	}
	var total, paid, subsidy, ended any
	if o.Totals != nil {
		total, paid, subsidy = o.Totals.TotalFen, o.Totals.PaidFen, o.Totals.SubsidyFen
	}
	if !o.EndedAt.IsZero() {
		ended = o.EndedAt.UnixMilli()
	}
	state := o.State()
	args := []any{string(state), !state.Ended(), len(o.Cups), total, paid, subsidy, ended, string(doc), checksum(doc),
		string(o.Day), o.AcceptedAt.UnixMilli(), int64(o.ID)}
	if !isNew {
		if _, err := r.updateOrderStmt.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("update order %s: %w", o.ID, err)
		}
		return nil
	}
	args = append(args, o.Channel, o.Ref)
	if _, err := r.insertOrderStmt.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("insert order %s: %w", o.ID, err)
	}
	return r.putPerson(ctx, o)
}

func (r *rows) putPerson(ctx context.Context, o *shop.Order) error {
	if o.Customer.Empty() {
		return nil
	}
	doc, err := json.Marshal(o.Customer)
	if err != nil {
		return fmt.Errorf("encode customer of %s: %w", o.ID, err)
	}
	if _, err := r.personStmt.ExecContext(ctx, int64(o.ID), string(doc), checksum(doc), o.AcceptedAt.Add(personKept).UnixMilli()); err != nil {
		return fmt.Errorf("insert customer of %s: %w", o.ID, err)
	}
	return nil
}

func (r *rows) insertEvent(ctx context.Context, e *shop.Event) error {
	body, err := json.Marshal(e.Fact)
	if err != nil {
		return fmt.Errorf("encode event %d: %w", e.Seq, err)
	}
	var channel, feed, kind, told any
	if e.Told != nil {
		text, err := json.Marshal(e.Told)
		if err != nil {
			return fmt.Errorf("encode event %d: %w", e.Seq, err)
		}
		channel, feed, kind, told = e.Told.Channel, int64(e.Told.Feed), e.Told.Type, string(text)
	}
	_, err = r.eventStmt.ExecContext(ctx, int64(e.Seq), e.At.UnixMilli(), e.By, e.Name(), int64(e.Order), string(body), e.InAudit(),
		channel, feed, kind, told)
	if err != nil {
		return fmt.Errorf("insert event %d: %w", e.Seq, err)
	}
	return nil
}

func (r *rows) putJob(ctx context.Context, j *shop.Job) error {
	doc, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode job %d: %w", j.ID, err)
	}
	_, err = r.jobStmt.ExecContext(ctx, int64(j.ID), int64(j.Order), j.Printer, string(j.State), !j.State.Ended(), string(doc))
	if err != nil {
		return fmt.Errorf("put job %d: %w", j.ID, err)
	}
	return nil
}

func (r *rows) order(ctx context.Context, id shop.OrderID) (*shop.Order, error) {
	return scanOrder(r.orderStmt.QueryRowContext(ctx, int64(id)))
}

func (r *rows) orderByRef(ctx context.Context, channel, ref string) (*shop.Order, error) {
	return scanOrder(r.orderByRefStmt.QueryRowContext(ctx, channel, ref))
}

// scanOrder reads the orderColumns.
func scanOrder(row interface{ Scan(...any) error }) (*shop.Order, error) {
	var doc []byte
	var person sql.Null[[]byte]
	var crc uint32
	var personCRC sql.Null[uint32] // rows that are older than it have none
	err := row.Scan(&doc, &crc, &person, &personCRC)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, shop.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read order: %w", err)
	}
	if checksum(doc) != crc {
		return nil, fmt.Errorf("order %.40s…: %w", doc, ErrDamaged)
	}
	o := &shop.Order{}
	if err := json.Unmarshal(doc, o); err != nil {
		return nil, fmt.Errorf("decode order: %w", err)
	}
	if person.Valid {
		if personCRC.Valid && checksum(person.V) != personCRC.V {
			return nil, fmt.Errorf("customer of %s: %w", o.ID, ErrDamaged)
		}
		if err := json.Unmarshal(person.V, &o.Customer); err != nil {
			return nil, fmt.Errorf("decode customer of %s: %w", o.ID, err)
		}
	}
	return o, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(doc []byte) uint32 { return crc32.Checksum(doc, castagnoli) }
