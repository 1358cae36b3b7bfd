package clock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot reads CLOCK_BOOTTIME, which also counts the time in which the machine sleeps; clock_gettime(2).
func sinceBoot() func() time.Duration {
	start := time.Now()
	return func() time.Duration {
		var t unix.Timespec
		if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
			return time.Since(start) // an old kernel: a sleeping machine then shows as a jump
		}
		return time.Duration(t.Nano())
	}
}

// syncedFile is made by systemd-timesyncd when it has set the clock; systemd-timesyncd.service(8).
const syncedFile = "/run/systemd/timesync/synchronized"

// synced asks the kernel whether a time service keeps its clock, adjtimex(2), and where it does not tell, systemd.
func synced() bool {
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil {
		return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
	}
	_, err := os.Stat(syncedFile)
	return err == nil
}

// boot is the kernel's name for this run of the machine; random(4). A container that may not read it has none.
func boot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
