//go:build unix

package sim

import (
	"syscall"
	"time"
)

// processorTime is what this program has used of processors, itself and in the system on its behalf.
func processorTime() (time.Duration, bool) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
