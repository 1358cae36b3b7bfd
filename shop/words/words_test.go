package words

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

// root is the module's folder.
const root = "../.."

// use is how often and how code asks for a text.
type use struct {
	at   string
	args int  // given; -1 where it cannot be counted
	n    bool // asked for with N
}

// inTemplate finds an id, or the beginning of one, that a template of html/template asks for.
var inTemplate = regexp.MustCompile(`\.Lang\.T (?:\(print )?"([a-z0-9_.]+)"`)

// uses are the ids that the module's own code names, and the beginnings of those it puts together.
func uses(t *testing.T, known map[string]forms) (ids map[string][]use, beginnings map[string]bool) {
	t.Helper()
	ids, beginnings = map[string][]use{}, map[string]bool{}
	rooms := map[string]bool{}
	for id := range known {
		room, _, _ := strings.Cut(id, ".")
		rooms[room] = true
	}
	looksLikeID := regexp.MustCompile(`^([a-z_]+)\.[a-z0-9_.-]*$`)
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || d.Name() == "bench" || d.Name() == "node_modules"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".html"):
			text, err := os.ReadFile(path)
			for _, m := range inTemplate.FindAllStringSubmatch(string(text), -1) {
				if strings.HasSuffix(m[1], ".") {
					beginnings[m[1]] = true
				} else {
					ids[m[1]] = append(ids[m[1]], use{at: path})
				}
			}
			return err
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		asked := map[ast.Node]bool{} // literals that are the id of a call
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || (name.Sel.Name != "T" && name.Sel.Name != "N") {
					return true
				}
				at := 0
				if name.Sel.Name == "N" {
					at = 1
				}
				if len(n.Args) <= at {
					return true
				}
				literal, ok := n.Args[at].(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				id, _ := strconv.Unquote(literal.Value)
				asked[literal] = true
				u := use{files.Position(n.Pos()).String(), len(n.Args) - 1, name.Sel.Name == "N"}
				if n.Ellipsis.IsValid() {
					u.args = -1
				}
				ids[id] = append(ids[id], u)
			case *ast.BasicLit:
				text, err := strconv.Unquote(n.Value)
				m := looksLikeID.FindStringSubmatch(text)
				if n.Kind != token.STRING || err != nil || m == nil || !rooms[m[1]] || asked[n] {
					return true
				}
				switch filepath.Ext(text) {
				case ".":
					beginnings[text] = true
				case ".css", ".js", ".go", ".templ":
				default:
					ids[text] = append(ids[text], use{files.Position(n.Pos()).String(), -1, counted(text)})
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, beginnings
}

// TestEveryTextIsAskedForAndThere: code asks for no text that is missing, with as many arguments as the text has
// places for them, and no text is left that nobody asks for.
func TestEveryTextIsAskedForAndThere(t *testing.T) {
	known := catalogues[ZH].texts
	ids, beginnings := uses(t, known)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if strings.HasSuffix(id, ".") {
			continue
		}
		text, ok := known[id]
		for _, u := range ids[id] {
			switch want := len(places(text[plural.Other])); {
			case !ok:
				t.Errorf("%s: no catalogue has %q", u.at, id)
			case u.args >= 0 && u.args != want:
				t.Errorf("%s: %q has %d places for arguments and is given %d", u.at, id, want, u.args)
			case u.n != counted(id):
				t.Errorf("%s: N is for texts with plural forms and T for the others: %q", u.at, id)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		begun := false
		for b := range beginnings {
			begun = begun || strings.HasPrefix(id, b)
		}
		if len(ids[id]) == 0 && !begun {
			t.Errorf("nobody asks for %q", id)
		}
	}
	if len(ids) < 500 {
		t.Errorf("found %d texts that code asks for: the test looks in the wrong place", len(ids))
	}
}

// place is where an argument goes into a text.
var place = regexp.MustCompile(`%(?:\[(\d)\])?[-+# 0]*[\d.]*([a-z%])`)

// places are the arguments of a text by their number, from 1, and the letter of their verb.
func places(text string) map[int]string {
	list, next := map[int]string{}, 1
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		list[next] = m[2]
		next++
	}
	return list
}

// TestCataloguesAgree: every language has every text, with the same arguments, in every plural form it knows.
func TestCataloguesAgree(t *testing.T) {
	if got := complaints(); len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

// TestAFaultyCatalogueIsFound is the control of the test above.
func TestAFaultyCatalogueIsFound(t *testing.T) {
	whole, err := os.ReadFile("en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(old, now string) string {
		if !strings.Contains(string(whole), old) {
			t.Fatalf("en.yaml has no %q", old)
		}
		return strings.Replace(string(whole), old, now, 1)
	}
	for name, raw := range map[string]string{
		"a text is missing":             spoil("  minutes: \"%d min\"\n", ""),
		"a text too many":               spoil("  minutes: \"%d min\"\n", "  minutes: \"%d min\"\n  seconds: \"%d s\"\n"),
		"an argument is missing":        spoil(`"%d min"`, `"some min"`),
		"an argument of another kind":   spoil(`"%d min"`, `"%s min"`),
		"a plural form is missing":      spoil(`{one: "%d order", other: "%d orders"}`, `{other: "%d orders"}`),
		"a plural form lost its number": spoil(`other: "%d orders"`, `other: "orders"`),
	} {
		t.Run(name, func(t *testing.T) {
			read, err := parse([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			catalogues["spoilt"] = read
			defer delete(catalogues, "spoilt")
			if got := complaints(); len(got) != 1 || !strings.HasPrefix(got[0], "spoilt: ") {
				t.Errorf("complaints: %q", got)
			}
		})
	}
}

// complaints are what is wrong with the catalogues, compared with the default language.
func complaints() (list []string) {
	complain := func(l Lang, format string, args ...any) {
		list = append(list, string(l)+": "+fmt.Sprintf(format, args...))
	}
	for _, l := range All() {
		c := catalogues[l]
		for _, id := range slices.Sorted(maps.Keys(catalogues[ZH].texts)) {
			text, ok := c.texts[id]
			if !ok {
				complain(l, "%s is missing", id)
				continue
			}
			if text[plural.Other] == "" {
				complain(l, "%s is empty", id)
			}
			want := places(catalogues[ZH].texts[id][plural.Other])
			if got := places(text[plural.Other]); !maps.Equal(got, want) {
				complain(l, "%s has the arguments %v, want %v", id, got, want)
			}
			for form, words := range text {
				if form == int(plural.Other) || words == "" {
					continue
				}
				got := places(words)
				delete(got, 1) // "a cup" need not say how many
				for i, verb := range got {
					if want[i] != verb {
						complain(l, "%s has the argument %d as %%%s in a plural form, want %%%s", id, i, verb, want[i])
					}
				}
			}
			if !counted(id) {
				continue
			}
			for n := range 200 {
				if form := plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0); text[form] == "" {
					complain(l, "%s has no form for %d", id, n)
					break
				}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(c.texts)) {
			if _, ok := catalogues[ZH].texts[id]; !ok {
				complain(l, "%s is in no other catalogue", id)
			}
		}
	}
	return list
}

// counted tells a text that depends on a number: it has a form for one thing in English.
func counted(id string) bool { return catalogues[EN].texts[id][plural.One] != "" }

// numbered finds ids that say nothing: a letter, a mark, or the second of two that are named after the same text.
var numbered = regexp.MustCompile(`\.(?:[a-z]|mark|.*_\d+)$`)

// TestIdsSayWhereTheirTextStands: no id is a number behind another id, or only a letter.
func TestIdsSayWhereTheirTextStands(t *testing.T) {
	for id := range catalogues[ZH].texts {
		if numbered.MatchString(id) && !strings.HasPrefix(id, "weekday.") {
			t.Errorf("%q: name it after its place and meaning", id)
		}
	}
	for _, bad := range []string{"log.mark", "log.mark_2", "board.cups_2", "state.m"} {
		if !numbered.MatchString(bad) {
			t.Errorf("%q passes: the test sees nothing", bad)
		}
	}
}
