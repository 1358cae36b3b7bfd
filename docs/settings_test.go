package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// remarkBehind is a setting with a remark on its line. systemd takes the remark for a part of the value.
var remarkBehind = regexp.MustCompile(`(?m)^#?WEIR_[A-Z_]+=\S*[ \t]+#.*$`)

// TestNoRemarkBehindASetting: in a file of settings, and wherever a page shows one, a remark has a line of its own.
func TestNoRemarkBehindASetting(t *testing.T) {
	for _, pattern := range []string{".ci/package/weir.env", "*.md", "docs/*.md", "docs/zh/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range remarkBehind.FindAllString(string(text), -1) {
				t.Errorf("%s: %q: systemd takes the remark for a part of the value", name, line)
			}
		}
	}
	for line, want := range map[string]bool{ // the control
		"WEIR_TLS=auto  # a remark": true, "#WEIR_HOSTS=a.example # b": true, "# a remark": false, "WEIR_X='a#b'": false,
	} {
		if got := remarkBehind.MatchString(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}
