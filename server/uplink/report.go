package uplink

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"weir/shop/bell"
	"weir/shop/capacity"
	"weir/shop/wire"
)

const (
	// reportGap is the least time between two capacity reports.
	reportGap = time.Second
	// reportLook is the least time between two looks at whether there is something to report: in a rush
	// the shop's bell rings at every tap.
	reportLook = 100 * time.Millisecond
	// reportRest is the longest: trouble with the disk rings no bell.
	reportRest = time.Second
)

// By how much an estimate has to move to be news. Estimates drift all the time; a report for every
// second of it would be most of what a platform's brokers carry. What is counted is news at any change.
const (
	newsSeconds = 60      // change of a quote
	newsShare   = 0.1     // change of a rate or a quote, fraction
	newsWork    = 4 * 100 // change of a slot's room: four cups
)

// published is a capacity report as it goes out: with the place in the shop's log that it knows. After
// a restore that place shows that something is missing.
type published struct {
	wire.Capacity
	Log uint64 `json:"log_seq"`
}

// report publishes the capacity report: at once, on change but not more than once a second, and every
// next_report_s although nothing changed.
func (u *Uplink) report(ctx context.Context, l *link, conn int64) {
	var last published
	again := l.again.Wait()
	for wanted := true; ctx.Err() == nil && l.alive(); {
		rung := u.shop.Bell()
		next := u.reportNow()
		if wanted || news(&last.Capacity, &next.Capacity) || next.Seq != last.Seq && overdue(&last.Capacity, next.At) {
			bell.Sleep(ctx, time.Until(u.reportedAt().Add(reportGap)))
			next = u.reportNow()
			err := u.publishJSON(ctx, l, u.topics.Capacity(), true, next)
			u.markReported()
			if err == nil {
				last, wanted = next, false
			} else if l.alive() && ctx.Err() == nil {
				// The report cannot be written. When the connection is gone, the next one begins with a report.
				u.log.Error("cannot report the capacity", "error", err)
			}
			continue
		}
		bell.Sleep(ctx, reportLook)
		rest := time.NewTimer(reportRest)
		select {
		case <-rung:
		case <-rest.C:
		case <-ctx.Done():
		case <-again:
			again, wanted = l.again.Wait(), true
			if err := u.publishJSON(ctx, l, u.topics.Status(), true, u.statusNow(conn, true)); err != nil && l.alive() && ctx.Err() == nil {
				u.log.Warn("status not confirmed", "error", err)
			}
		}
		rest.Stop()
	}
}

func (u *Uplink) reportNow() published {
	state := u.shop.Snapshot()
	return published{u.reporter.Report(state, u.now()), state.Counters.Seq}
}

// overdue reports whether a reader has been promised another report by now.
func overdue(last *wire.Capacity, now time.Time) bool {
	age := now.Sub(last.At)
	return age < 0 || age >= time.Duration(last.NextReport)*time.Second
}

func (u *Uplink) reportedAt() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.reported
}

func (u *Uplink) markReported() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reported = time.Now()
}

// news reports whether a report says something that the last one did not.
func news(last, next *wire.Capacity) bool {
	return last.Epoch != next.Epoch || last.Level != next.Level || last.Reason != next.Reason ||
		last.BacklogCups != next.BacklogCups || last.BacklogWork != next.BacklogWork || last.InProgress != next.InProgress ||
		last.ShelfBags != next.ShelfBags || last.MenuRev != next.MenuRev || !slices.Equal(last.SoldOut, next.SoldOut) ||
		!slices.Equal(last.NoOption, next.NoOption) || !maps.Equal(last.Left, next.Left) ||
		moved(last.Rate.P10, next.Rate.P10, 0) || moved(last.Rate.P50, next.Rate.P50, 0) ||
		moved(float64(last.Quote.P50), float64(next.Quote.P50), newsSeconds) ||
		moved(float64(last.Quote.P90), float64(next.Quote.P90), newsSeconds) ||
		!slices.EqualFunc(last.Slots, next.Slots, func(a, b wire.Slot) bool {
			return a.Start.Equal(b.Start) && max(a.Work-b.Work, b.Work-a.Work) < newsWork
		})
}

// moved reports whether an estimate moved by more than least and by more than its share.
func moved(last, next, least float64) bool {
	return math.Abs(next-last) > max(least, newsShare*math.Abs(last))
}

// lend publishes a channel's lease whenever the shop has issued a newer one.
func (u *Uplink) lend(ctx context.Context, l *link) {
	sent := map[string]capacity.Lease{}
	again := l.again.Wait()
	for ctx.Err() == nil && l.alive() {
		rung := u.shop.Bell()
		state := u.shop.Snapshot()
		for channel := range u.feeds {
			lease := wire.NewLease(state, channel)
			if lease == nil || lease.Epoch == sent[channel].Epoch && lease.Seq == sent[channel].Seq {
				continue
			}
			if _, wrong := u.clockOff(channel); wrong {
				continue // its times would not mean the same to both
			}
			if err := u.publishJSON(ctx, l, u.topics.Lease(channel), true, lease); err == nil {
				sent[channel] = lease.Lease
			}
		}
		select {
		case <-rung:
		case <-again:
			again = l.again.Wait()
			clear(sent)
		case <-ctx.Done():
		case <-l.lost:
		}
	}
}
