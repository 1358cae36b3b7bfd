package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Arrivals are the cups that were accepted in a quarter of an hour from one channel.
type Arrivals struct {
	At      time.Time // the quarter's beginning
	Channel string
	Cups    int
	Booked  int // those for a slot
}

// Arrivals sums up a business day's orders, quarter by quarter. Remade cups count with their orders.
func (s *Store) Arrivals(ctx context.Context, day shop.Day) ([]Arrivals, error) {
	var all []Arrivals
	err := eachRow(ctx, s.read, `SELECT accepted_at / ?1 * ?1, channel, sum(cups),
			sum(iif(json_extract(doc, '$.promise.slot_start') IS NULL, 0, cups))
			FROM orders WHERE day = ?2 GROUP BY 1, 2 ORDER BY 1, 2`,
		func(rows *sql.Rows) error {
			var a Arrivals
			var at int64
			err := rows.Scan(&at, &a.Channel, &a.Cups, &a.Booked)
			a.At = fromMs(at)
			all = append(all, a)
			return err
		}, quarterMs, string(day))
	if err != nil {
		return nil, fmt.Errorf("arrivals of %s: %w", day, err)
	}
	return all, nil
}

// quarterMs is the step of a day's curve, the same as of slots. The quarters of an hour begin at the same moments in
// every time zone.
const quarterMs = int64(capacity.SlotLength / time.Millisecond)

// Made counts the cups that were made since a moment, by the beginning of their quarter of an hour. What
// was undone or recalled is taken off where that happened.
func (s *Store) Made(ctx context.Context, since time.Time) (map[time.Time]int, error) {
	from, err := s.logFrom(ctx, since)
	if err != nil {
		return nil, err
	}
	made := map[time.Time]int{}
	name := shop.Event{Fact: shop.CupsMoved{}}.Name()
	err = eachRow(ctx, s.read, `SELECT at / ?1 * ?1, body FROM log WHERE name = ?2 AND seq >= ?3`, func(rows *sql.Rows) error {
		var at int64
		var body []byte
		if err := rows.Scan(&at, &body); err != nil {
			return err
		}
		fact, err := shop.DecodeFact(name, body)
		if moved, ok := fact.(shop.CupsMoved); ok {
			made[fromMs(at)] += moved.Made()
		}
		return err
	}, quarterMs, name, from)
	if err != nil {
		return nil, fmt.Errorf("cups made since %v: %w", since, err)
	}
	return made, nil
}

// logFrom finds the first entry of the log that is not before a moment. It halves the distance each time,
// because the log has no index on its times: they rise with its numbers. Where the clock was set back they
// do not, and the figures of that day begin late or early.
func (s *Store) logFrom(ctx context.Context, since time.Time) (seq int64, err error) {
	low, high := int64(0), int64(s.Snapshot().Counters.Seq)+1
	for low < high {
		middle := (low + high) / 2
		var at int64
		err := s.read.QueryRowContext(ctx, `SELECT at FROM log WHERE seq >= ? ORDER BY seq LIMIT 1`, middle).Scan(&at)
		if err != nil && err != sql.ErrNoRows {
			return 0, fmt.Errorf("look for %v in the log: %w", since, err)
		}
		if err == nil && at < since.UnixMilli() {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// Refused is orders that were asked for and not accepted, of one channel, for one reason.
type Refused struct {
	At      time.Time // the beginning of their quarter of an hour
	Channel string
	Reason  string
	Orders  int
	Cups    int
}

// Pace is what the crew could make in a quarter of an hour.
type Pace struct {
	At   time.Time
	Work capacity.Work
}

// curveKept is how long the figures of past days are kept.
const curveKept = 90 * 24 * time.Hour

// PutCurve stores what was counted of quarters of an hour, in place of what was stored of them before, and
// forgets what is older than three months.
func (s *Store) PutCurve(ctx context.Context, refused []Refused, pace []Pace, now time.Time) error {
	return s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("store the day's curve: %w", err)
		}
		defer tx.Rollback() // does nothing after the commit
		for _, r := range refused {
			if _, err := tx.ExecContext(ctx, `INSERT INTO refused (at, channel, reason, orders, cups) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (at, channel, reason) DO UPDATE SET orders = excluded.orders, cups = excluded.cups`,
				r.At.UnixMilli(), r.Channel, r.Reason, r.Orders, r.Cups); err != nil {
				return fmt.Errorf("store what was refused: %w", err)
			}
		}
		for _, p := range pace {
			if _, err := tx.ExecContext(ctx, `INSERT INTO pace (at, work) VALUES (?, ?) ON CONFLICT (at) DO UPDATE SET work = excluded.work`,
				p.At.UnixMilli(), int64(p.Work)); err != nil {
				return fmt.Errorf("store the pace: %w", err)
			}
		}
		for _, table := range []string{"refused", "pace"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE at < ?`, now.Add(-curveKept).UnixMilli()); err != nil {
				return fmt.Errorf("forget old figures: %w", err)
			}
		}
		return tx.Commit()
	})
}

// Curve reads what was counted from one moment to before another.
func (s *Store) Curve(ctx context.Context, from, to time.Time) ([]Refused, []Pace, error) {
	var refused []Refused
	err := eachRow(ctx, s.read, `SELECT at, channel, reason, orders, cups FROM refused WHERE at >= ? AND at < ? ORDER BY at, channel, reason`,
		func(rows *sql.Rows) error {
			var r Refused
			var at int64
			err := rows.Scan(&at, &r.Channel, &r.Reason, &r.Orders, &r.Cups)
			r.At = fromMs(at)
			refused = append(refused, r)
			return err
		}, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, nil, fmt.Errorf("read what was refused: %w", err)
	}
	var pace []Pace
	err = eachRow(ctx, s.read, `SELECT at, work FROM pace WHERE at >= ? AND at < ? ORDER BY at`, func(rows *sql.Rows) error {
		var p Pace
		var at int64
		err := rows.Scan(&at, &p.Work)
		p.At = fromMs(at)
		pace = append(pace, p)
		return err
	}, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, nil, fmt.Errorf("read the pace: %w", err)
	}
	return refused, pace, nil
}

// Worked is what somebody did with the cups of one order, as the log has it.
type Worked struct {
	At    time.Time
	By    string
	Order shop.OrderID
	Fact  shop.Fact // [shop.CupsMoved] or [shop.CupRemade]
}

// Worked calls each for what was done with cups from one moment to before another, in its order.
func (s *Store) Worked(ctx context.Context, from, to time.Time, each func(Worked)) error {
	first, err := s.logFrom(ctx, from)
	if err != nil {
		return err
	}
	last, err := s.logFrom(ctx, to)
	if err != nil {
		return err
	}
	moved, remade := shop.Event{Fact: shop.CupsMoved{}}.Name(), shop.Event{Fact: shop.CupRemade{}}.Name()
	err = eachRow(ctx, s.read, `SELECT at, by, order_id, name, body FROM log WHERE seq >= ? AND seq < ? AND name IN (?, ?) ORDER BY seq`,
		func(rows *sql.Rows) error {
			var w Worked
			var at int64
			var name string
			var body []byte
			if err := rows.Scan(&at, &w.By, &w.Order, &name, &body); err != nil {
				return err
			}
			w.At = fromMs(at)
			fact, err := shop.DecodeFact(name, body)
			if w.Fact = fact; err == nil {
				each(w)
			}
			return err
		}, first, last, moved, remade)
	if err != nil {
		return fmt.Errorf("what was done from %v to %v: %w", from, to, err)
	}
	return nil
}
