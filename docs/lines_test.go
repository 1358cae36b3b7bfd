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

// stillLong are the folders whose long lines are still to be mended. A folder leaves the list when it has none.
var stillLong = []string{
	"shop/shopfile", "kds",
}

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

// TestLinesAreShort: a line of Go fits on a screen, in all folders but those that are still to be mended. What templ generates does
// not count.
func TestLinesAreShort(t *testing.T) {
	found := map[string]int{}
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
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		lines := longLines(string(text))
		found[folder] += len(lines)
		if len(lines) > 0 && !strings.Contains(" "+strings.Join(stillLong, " ")+" ", " "+folder+" ") {
			t.Errorf("%s: lines %v have more than %d characters", path, lines, lineMax)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range stillLong {
		if n, ok := found[folder]; !ok {
			t.Errorf("%s is not there any more: take it from the list", folder)
		} else if n == 0 {
			t.Logf("%s has no long line: take it from the list", folder)
		}
	}
	// The control: 140 Chinese characters are a line, one more is too long, and bytes do not count.
	if got := longLines(strings.Repeat("茶", lineMax) + "\n" + strings.Repeat("茶", lineMax+1) + "\n"); len(got) != 1 || got[0] != 2 {
		t.Errorf("too long are lines %v, want 2 alone", got)
	}
}
