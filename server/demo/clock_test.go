package demo

import (
	"testing"
	"time"
)

// TestTheFirstRunOpensAtTen, and a later one goes on where the last one ended.
func TestTheFirstRunOpensAtTen(t *testing.T) {
	in := time.FixedZone("shop", 8*3600)
	c := NewClock()
	c.Resume(time.Time{}, in)
	if now := c.Now().In(in); c.start.In(in).Hour() != opens || now.Before(c.start) {
		t.Errorf("the first run begins at %v, and now it is %v", c.start.In(in), now)
	}
	first := c.start
	c.Resume(first.Add(-24*time.Hour), in)
	if c.start.Before(first) {
		t.Errorf("the day after, it begins at %v, want ten", c.start.In(in))
	}
	late := first.Add(72 * time.Hour)
	c.Resume(late, in)
	if !c.start.Equal(late) {
		t.Errorf("it begins at %v, want where the last run ended, %v", c.start, late)
	}
}

// TestAMinuteIsAnHour holds the clock against the machine's.
func TestAMinuteIsAnHour(t *testing.T) {
	c := NewClock()
	c.real = c.real.Add(-time.Minute)
	if d := c.Now().Sub(c.start); d < time.Hour || d > time.Hour+Speed*time.Minute {
		t.Errorf("in a minute the demo lived %v, want an hour", d)
	}
}
