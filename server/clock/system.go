package clock

import (
	"runtime/debug"
	"time"
)

// written is when this was written: no true time is before it. It serves where the build says nothing newer.
var written = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// System is the machine's clock.
func System() Source {
	return Source{Wall: time.Now, Since: sinceBoot(), Synced: synced, Built: built(), Boot: boot()}
}

// built is the time of the commit that this program was built from.
func built() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return written
	}
	for _, s := range info.Settings {
		if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
			return later(at, written)
		}
	}
	return written
}
