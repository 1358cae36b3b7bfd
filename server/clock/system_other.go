//go:build !linux

package clock

import "time"

// sinceBoot is Go's monotonic clock: a sleeping machine then shows as a jump.
func sinceBoot() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// synced is not known here: a jump is followed after [HoldMax].
func synced() bool { return false }

// boot is not known here: a start counts as one of the machine.
func boot() string { return "" }
