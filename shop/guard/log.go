package guard

import (
	"context"
	"fmt"
	"log/slog"
	"unicode/utf8"
)

const (
	// loggedMax is the length in bytes of a value in the log. What a stranger sends is longer at will; a person reads no
	// more of it.
	loggedMax = 512
	// stackMax is the length in bytes of a stack trace in the log, under the key "stack": it is ours.
	stackMax = 16 << 10
)

// BoundLog cuts every value that is written into a log, whoever it came from, so that nobody fills the disk with a few
// requests. h writes what is left.
func BoundLog(h slog.Handler) slog.Handler { return boundLog{h} }

type boundLog struct{ slog.Handler }

// Handle implements [slog.Handler].
func (b boundLog) Handle(ctx context.Context, r slog.Record) error {
	short := slog.NewRecord(r.Time, r.Level, cut(r.Message, loggedMax), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		short.AddAttrs(shorten(a))
		return true
	})
	return b.Handler.Handle(ctx, short)
}

// WithAttrs implements [slog.Handler].
func (b boundLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	short := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		short[i] = shorten(a)
	}
	return boundLog{b.Handler.WithAttrs(short)}
}

// WithGroup implements [slog.Handler].
func (b boundLog) WithGroup(name string) slog.Handler { return boundLog{b.Handler.WithGroup(name)} }

func shorten(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		var short []any
		for _, inner := range v.Group() {
			short = append(short, shorten(inner))
		}
		return slog.Group(a.Key, short...)
	case slog.KindString, slog.KindAny:
		most := loggedMax
		if a.Key == "stack" {
			most = stackMax
		}
		return slog.String(a.Key, cut(fmt.Sprint(v.Any()), most))
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// cut keeps the beginning of a text and says how long it was.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	at := most
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return fmt.Sprintf("%s… (%d bytes)", s[:at], len(s))
}
