package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestLogFormats: a level keeps what is below it out; JSON is JSON; the journal gets its own mark and no second time.
func TestLogFormats(t *testing.T) {
	write := func(level, format string) string {
		t.Helper()
		var out bytes.Buffer
		log, err := newLog(&out, level, format)
		if err != nil {
			t.Fatal(err)
		}
		log = log.With("shop", "demo")
		log.Debug("looked")
		log.Info("opened", "time", "10:30")
		log.Error("the disk is full", "free_bytes", 12)
		return out.String()
	}
	if got, want := write("warn", "journald"), "<3>msg=\"the disk is full\" shop=demo free_bytes=12\n"; got != want {
		t.Errorf("journald: %q, want %q", got, want)
	}
	if got := write("debug", "journald"); !strings.HasPrefix(got, "<7>msg=looked shop=demo\n<6>msg=opened shop=demo time=10:30\n<3>") {
		t.Errorf("journald: %q", got)
	}
	lines := strings.Split(strings.TrimSpace(write("info", "json")), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil || len(lines) != 2 || line["msg"] != "the disk is full" {
		t.Errorf("json: %q, %v", lines, err)
	}
	if got := write("error", "text"); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=ERROR") ||
		!strings.HasPrefix(got, "time=") {
		t.Errorf("text: %q", got)
	}
	for _, wrong := range [][2]string{{"loud", "text"}, {"info", "xml"}} {
		if _, err := newLog(&bytes.Buffer{}, wrong[0], wrong[1]); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
