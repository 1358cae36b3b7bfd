package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// logger hands the server's words on. A shop that publishes what it may not is dropped by the server and told that all
// is well: the log is the only place where it shows.
type logger struct{ log *slog.Logger }

func (l logger) say(level slog.Level, format string, args []any) {
	l.log.Log(context.Background(), level, "engine", "says", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

// Noticef implements [server.Logger]: starts and stops, which this program tells itself.
func (l logger) Noticef(format string, args ...any) { l.say(slog.LevelDebug, format, args) }

// Warnf implements [server.Logger].
func (l logger) Warnf(format string, args ...any) { l.say(slog.LevelWarn, format, args) }

// Errorf implements [server.Logger]: violations of permissions among others.
func (l logger) Errorf(format string, args ...any) { l.say(slog.LevelWarn, format, args) }

// Fatalf implements [server.Logger].
func (l logger) Fatalf(format string, args ...any) { l.say(slog.LevelError, format, args) }

// Debugf implements [server.Logger].
func (l logger) Debugf(string, ...any) {}

// Tracef implements [server.Logger].
func (l logger) Tracef(string, ...any) {}
