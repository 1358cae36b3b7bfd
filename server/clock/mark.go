package clock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// MarkFile is the file of a mark in a shop's data directory.
const MarkFile = "clock.json"

// markEvery is how often a mark is written: the wall clock may be moved by less than [StepMax] in between, no more.
const markEvery = time.Minute

// Mark is the shop's time beside the time since the machine was started. It lets a program that is started anew on a
// machine that ran on know how long it was away, whatever the wall clock says. It is of no use after the machine was
// started anew, and therefore need not outlive that.
type Mark struct {
	Boot  string        `json:"boot"`     // the run of the machine
	Since time.Duration `json:"since_ns"` // the machine's time since it was started
	At    time.Time     `json:"at"`       // the shop's time then
	Sure  bool          `json:"sure"`     // nothing contradicted the shop's time; a wall clock in doubt does not count
}

// now is the shop's time that follows from a mark; ok is false where the machine was started anew since.
func (m Mark) now(boot string, since time.Duration) (at time.Time, ok bool) {
	if m.Boot == "" || m.Boot != boot || since < m.Since || m.At.IsZero() {
		return time.Time{}, false
	}
	return m.At.Add(since - m.Since), true
}

// Mark is how the shop's time stands now.
func (c *Clock) Mark() Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, _ := c.read()
	since := c.source.Since()
	c.settle(since)
	return Mark{Boot: c.source.Boot, Since: since, At: now, Sure: !c.doubtful && !c.blind}
}

// Remember keeps the clock's mark in a file from now on, and reads the one that a run before has left there. What is
// there and is no mark counts as none.
func (c *Clock) Remember(path string) (Mark, error) {
	c.markFile = path
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Mark{}, nil
	case err != nil:
		return Mark{}, fmt.Errorf("read the clock's mark: %w", err)
	}
	var m Mark
	if json.Unmarshal(text, &m) != nil {
		return Mark{}, nil
	}
	return m, nil
}

// write keeps the mark when it is due. A file that cannot be written is as one that was lost with the machine: the next
// start knows less, and the disk's own light says what is wrong.
func (c *Clock) write() {
	m := c.Mark()
	expected, known := c.marked.now(m.Boot, m.Since)
	fresh := known && m.Since-c.marked.Since < markEvery && m.At.Sub(expected).Abs() < time.Second && m.Sure == c.marked.Sure
	if c.markFile == "" || m.Boot == "" || fresh {
		return
	}
	text, err := json.Marshal(m)
	if err != nil {
		return // a time beyond the year 9999
	}
	if next := c.markFile + ".new"; os.WriteFile(next, text, 0o600) == nil && os.Rename(next, c.markFile) == nil {
		c.marked = m
	}
}

// Age is for how long a moment of the shop's time is past for certain. Time in which the shop was off counts where the
// machine has measured it, or where a time service vouches for the wall clock. A moment to come is 0 old.
func (c *Clock) Age(at time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, _ := c.read()
	if at.Before(c.begun) {
		return now.Sub(c.begun) + max(c.left.Sub(at), 0)
	}
	return max(now.Sub(at), 0)
}
