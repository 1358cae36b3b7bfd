package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// lineMax is how many characters a line of Go has at the most. A tab is one.
const lineMax = 140

// longLines are the numbers of the lines of a text that are too long.
func longLines(text string) (list []int) {
	n := 0
	for line := range strings.Lines(text) {
		if n++; utf8.RuneCountInString(strings.TrimRight(line, "\n")) > lineMax {
			list = append(list, n)
		}
	}
	return list
}

// TestLinesAreShort: a line of Go fits on a screen. What templ generates does not count.
func TestLinesAreShort(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_templ.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if lines := longLines(string(text)); len(lines) > 0 {
			t.Errorf("%s: lines %v have more than %d characters", path, lines, lineMax)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The control: 140 Chinese characters are a line, one more is too long, and bytes do not count.
	if got := longLines(strings.Repeat("茶", lineMax) + "\n" + strings.Repeat("茶", lineMax+1) + "\n"); len(got) != 1 || got[0] != 2 {
		t.Errorf("too long are lines %v, want 2 alone", got)
	}
}
