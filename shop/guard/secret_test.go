package guard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadSecret: a file that is too long is refused and not cut, and no error says what is in it.
func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(" hunter2\n")
	if text, err := ReadSecret(file); text != "hunter2" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	write(strings.Repeat("hunter2 ", secretFileMax/8) + "x")
	if text, err := ReadSecret(file); text != "" || err == nil || !strings.Contains(err.Error(), file) ||
		strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a file that is too long: %.20q, %v", text, err)
	}
	if _, err := ReadSecret(dir); err == nil {
		t.Error("a directory was read")
	}
	if _, err := ReadSecret(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
