package city

import "time"

// Clock runs some times as fast as the machine's, from the moment it was made.
type Clock struct {
	start time.Time
	speed float64
}

// NewClock starts a clock that is so many times as fast.
func NewClock(speed float64) *Clock { return &Clock{time.Now(), speed} }

// Now is the city's time.
func (c *Clock) Now() time.Time {
	return c.start.Add(time.Duration(float64(time.Since(c.start)) * c.speed))
}
