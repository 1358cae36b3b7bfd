package capacity

import (
	"math"
	"time"
)

// promiseMin is the shortest promise in minutes: below it a cup is not made, sealed and packed.
const promiseMin = 4

// promiseMax is the longest wait that is quoted. A walk-in is quoted as long as this when hardly anybody works.
const promiseMax = 24 * time.Hour

// Quote is what an order of this much work could expect now. It holds nothing.
func (b Book) Quote(now time.Time, work Work) Quote {
	m := moment{Book: &b}
	m.at(now)
	return m.quoteAfter(work, int((work+Cup-1)/Cup))
}

// quoteAfter is the quote of whoever asks now: those on the waiting list come first.
func (m *moment) quoteAfter(work Work, cups int) Quote {
	if m.load.standby > 0 && !m.nobody {
		return m.quoteLong(m.load.standby+work, 0)
	}
	q, _ := m.quote(work, cups)
	return q
}

// quote finds the earliest whole minute that the P98 of the predicted time keeps, that breaks no promise already given and
// that passes nobody beyond the bound. If there is none it quotes the time it would truly take, and says which rule was broken.
func (m *moment) quote(work Work, cups int) (Quote, Rule) {
	if m.nobody {
		return m.expect(promiseMax.Minutes(), &m.spreads[bandCount-1], 0, promiseMax), RuleStaff
	}
	kept := 0
	turn := time.Duration(max(0, m.turn(cups)-m.now)) * time.Millisecond
	for d := max(promiseMin, int(turn/time.Minute)); d <= m.horizon; d++ {
		promise := max(time.Duration(d)*time.Minute, turn)
		minutes, s := m.predict(d, work)
		if minutes*s.p98 > promise.Minutes() {
			continue
		}
		if m.left[d] >= work {
			return m.expect(minutes, s, m.cups[d], promise), RuleFits
		}
		if kept == 0 {
			kept = d
		}
	}
	if kept > 0 {
		minutes, s := m.predict(kept, work)
		return m.expect(minutes, s, m.cups[kept], max(time.Duration(kept)*time.Minute, turn)), RuleDeadlines
	}
	return m.quoteLong(work, turn), RulePromise
}

// quoteLong is the time that so much work truly takes after all that is due now, beyond the horizon.
func (m *moment) quoteLong(work Work, turn time.Duration) Quote {
	minutes := quoteBase + m.takes(m.backlog()+work)
	s := &m.spreads[band(minutes)]
	promise := minutesOf(math.Ceil(minutes * s.p98))
	return m.expect(minutes, s, m.load.cups, max(promise, turn, time.Duration(m.horizon+1)*time.Minute))
}

func (m *moment) expect(minutes float64, s *spread, ahead int, promise time.Duration) Quote {
	promise = min(promise, promiseMax)
	p50 := min(seconds(minutes*s.p50), promise)
	return Quote{
		P50: p50, P90: min(max(seconds(minutes*s.p90), p50), promise),
		Promise: promise, Predicted: seconds(minutes),
		Samples: s.samples, Coverage90: m.coverage, Calibrated: s.own, Ahead: ahead,
		Crew: m.mem.Pace.Crew, Estimated: m.mem.Pace.estimated(m.now),
	}
}

// minutesOf is a time in minutes.
func minutesOf(m float64) time.Duration {
	return time.Duration(min(m, promiseMax.Minutes()) * float64(time.Minute))
}

// seconds is a time in minutes, rounded to whole seconds.
func seconds(minutes float64) time.Duration {
	return time.Duration(math.Round(min(minutes, promiseMax.Minutes())*60)) * time.Second
}
