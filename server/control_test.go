package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestADeepDataDirectory: a socket's address has room for 107 bytes, a directory's name for more.
func TestADeepDataDirectory(t *testing.T) {
	data := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	r := start(t, data)
	if key := r.key("shangou"); !strings.HasPrefix(key, "weir_") {
		t.Errorf("key add beside the running shop printed %q", key)
	}
}
