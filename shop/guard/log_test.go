package guard

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// TestNobodyFillsTheLog: whatever is logged, as a text, an error, a group or with the logger, is cut; a stack is kept longer.
func TestNobodyFillsTheLog(t *testing.T) {
	long := strings.Repeat("长", 20_000)
	var out bytes.Buffer
	log := slog.New(BoundLog(slog.NewTextHandler(&out, nil))).With("with", long)
	log.Warn(long, "text", long, "error", errors.New(long), slog.Group("group", "inner", long), "n", 7)
	if got := out.Len(); got > 8<<10 {
		t.Errorf("a line of %d bytes", got)
	}
	if !strings.Contains(out.String(), "(60000 bytes)") || !strings.Contains(out.String(), "n=7") || strings.Contains(out.String(), "\uFFFD") {
		t.Errorf("%q; want the length said, numbers as they are and no character cut in two", out.String())
	}
	out.Reset()
	log.Error("short", "stack", strings.Repeat("x", 10_000))
	if out.Len() < 10_000 {
		t.Error("a stack is cut")
	}
}
