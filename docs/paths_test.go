package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository, as seen from this folder.
const root = ".."

var (
	fenced   = regexp.MustCompile("(?ms)^```.*?^```$")
	quoted   = regexp.MustCompile("`([^`\n]+)`")
	linked   = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	testName = regexp.MustCompile(`func (?:Test|Fuzz)(\w+)\(`)
)

// pages are the texts that people read, by their paths from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/zh/*.md", "docs/decisions/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[strings.TrimPrefix(name, root+"/")] = fenced.ReplaceAllString(string(text), "")
		}
	}
	return all
}

// missing is what a page names that is not there: a word in backticks that begins with one of the rooms, or a link.
func missing(page, text string) (list []string) {
	tops, _ := os.ReadDir(root) // none: every name is missing, and the test says so
	isRoom := map[string]bool{".ci": true}
	for _, d := range tops {
		isRoom[d.Name()] = d.IsDir() && !strings.HasPrefix(d.Name(), ".") || isRoom[d.Name()]
	}
	gone := func(path string) bool {
		found, err := filepath.Glob(path)
		return err != nil || len(found) == 0
	}
	for _, q := range quoted.FindAllStringSubmatch(text, -1) {
		for word := range strings.FieldsSeq(q[1]) {
			word = strings.TrimSuffix(strings.TrimPrefix(word, "./"), "/...")
			first, rest, below := strings.Cut(strings.TrimSuffix(word, "/"), "/")
			if isRoom[first] && below && rest != "" && gone(filepath.Join(root, word)) {
				list = append(list, word)
			}
		}
	}
	for _, l := range linked.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(l[1], "://") && gone(filepath.Join(root, filepath.Dir(page), l[1])) {
			list = append(list, l[1])
		}
	}
	return list
}

// TestEveryPathNamedInTheDocsExists looks for each file and folder that a page sends its reader to.
func TestEveryPathNamedInTheDocsExists(t *testing.T) {
	for page, text := range pages(t) {
		for _, path := range missing(page, text) {
			t.Errorf("%s names %s, which does not exist", page, path)
		}
	}
	// The control: what is gone is noticed, whether it is named or linked.
	text := "See `shop/doorbell.go`, `go test ./serv/...`, `go test ./server/kitchen`, `shop/place.go` and [a page](nowhere.md)."
	if got := fmt.Sprint(missing("docs/x.md", text)); got != "[shop/doorbell.go server/kitchen nowhere.md]" {
		t.Errorf("noticed %s", got)
	}
}

// TestEveryProofNamedInTheDocsExists looks for each test that the pages on promises and on security name. A name may be
// the beginning of the test's.
func TestEveryProofNamedInTheDocsExists(t *testing.T) {
	var tests []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range testName.FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	exists := func(name string) bool {
		for _, test := range tests {
			if strings.HasPrefix(test, name) {
				return true
			}
		}
		return false
	}
	camel := regexp.MustCompile(`\b(?:Test|Fuzz)?([A-Z]+[a-z]+(?:[A-Z]+[a-z]*)+)\b`)
	all, named := pages(t), 0
	for page, ordinary := range map[string][]string{
		"docs/promises.md": nil,
		"docs/security.md": {"SameSite", "HttpOnly", "MiB", "GraphQL", "WebSocket", "EnvironmentFile", "QoS", "LaTeX", "OpenID", "WebRTC"},
	} {
		for line := range strings.Lines(all[page]) {
			if !strings.HasPrefix(line, "|") {
				continue
			}
			for _, m := range camel.FindAllStringSubmatch(line, -1) {
				known := exists(strings.TrimPrefix(strings.TrimPrefix(m[1], "Fuzz"), "Test"))
				for _, word := range ordinary {
					known = known || word == m[1]
				}
				if named++; !known {
					t.Errorf("%s names the test %s, which does not exist", page, m[1])
				}
			}
		}
	}
	if named < 50 || exists("NobodyEverWroteThis") {
		t.Errorf("%d tests are named; the check looks at nothing", named)
	}
}
