package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"weir/shop/guard"
)

// Formats of the log.
const (
	logText     = "text"
	logJSON     = "json"
	logJournald = "journald"
)

// newLog is the program's log: from a level on, in one of the formats.
func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var from slog.Level
	if err := from.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: from}
	var h slog.Handler
	switch format {
	case logText:
		h = slog.NewTextHandler(w, options)
	case logJSON:
		h = slog.NewJSONHandler(w, options)
	case logJournald:
		h = newJournal(w, options)
	default:
		return nil, fmt.Errorf("--log-format %q: want %s, %s or %s", format, logText, logJSON, logJournald)
	}
	return slog.New(guard.BoundLog(h)), nil
}

// priorities are syslog's words for levels, as systemd reads them at the beginning of a line (sd-daemon(3)). The journal
// keeps them, and has a time of its own for each line.
var priorities = [...]struct {
	from slog.Level
	mark string
}{{slog.LevelError, "<3>"}, {slog.LevelWarn, "<4>"}, {slog.LevelInfo, "<6>"}, {slog.LevelDebug, "<7>"}}

// journal writes lines without a time and a level of their own, with systemd's mark of their priority.
type journal struct {
	by [len(priorities)]slog.Handler
}

func newJournal(w io.Writer, options *slog.HandlerOptions) journal {
	plain := &slog.HandlerOptions{Level: options.Level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}}
	lock := &sync.Mutex{}
	var j journal
	for i := range priorities {
		j.by[i] = slog.NewTextHandler(&marked{lock, w, priorities[i].mark}, plain)
	}
	return j
}

// of is the handler for a level.
func (j journal) of(level slog.Level) slog.Handler {
	for i := range priorities {
		if level >= priorities[i].from {
			return j.by[i]
		}
	}
	return j.by[len(j.by)-1]
}

// Enabled implements [slog.Handler].
func (j journal) Enabled(ctx context.Context, l slog.Level) bool { return j.of(l).Enabled(ctx, l) }

// Handle implements [slog.Handler].
func (j journal) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return j.of(r.Level).Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (j journal) WithAttrs(attrs []slog.Attr) slog.Handler {
	for i, h := range j.by {
		j.by[i] = h.WithAttrs(attrs)
	}
	return j
}

// WithGroup implements [slog.Handler].
func (j journal) WithGroup(name string) slog.Handler {
	for i, h := range j.by {
		j.by[i] = h.WithGroup(name)
	}
	return j
}

// marked writes each line with a mark before it, as one write.
type marked struct {
	lock *sync.Mutex
	to   io.Writer
	mark string
}

// Write implements [io.Writer].
func (m *marked) Write(line []byte) (int, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if _, err := m.to.Write(append([]byte(m.mark), line...)); err != nil {
		return 0, err
	}
	return len(line), nil
}
