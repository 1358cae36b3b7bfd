package clock

import (
	"time"

	"weir/shop/words"
)

// Words is what the people in the shop have to know of the clock, a sentence each; nothing while all is well.
func (s Status) Words(l words.Lang) []string {
	switch {
	case s.Away > 0:
		return []string{l.T("lights.clock_was_away", days(l, s.Away))}
	case !s.Jumped:
		return nil
	case !s.Steady:
		return []string{l.T("lights.clock_is_wrong", direction(l, s.Off))}
	case s.Last.Followed:
		return []string{l.T("lights.clock_has_jumped", direction(l, s.Last.By))}
	}
	return []string{l.T("lights.clock_was_wrong", direction(l, s.Last.By))}
}

// direction is a span ahead or behind.
func direction(l words.Lang, by time.Duration) string {
	if by < 0 {
		return l.T("lights.behind_by", days(l, -by))
	}
	return l.T("lights.ahead_by", days(l, by))
}

// days is a span in the largest unit that says enough.
func days(l words.Lang, d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n > 0 {
		return l.N(n, "lights.days")
	}
	return l.Span(d)
}
