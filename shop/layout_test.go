package shop_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/shop"
)

// source is the package's files without its tests, by name.
func source(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// receiver is the type that a function is a method of; "" when it is none.
func receiver(d ast.Decl) (kind, method string) {
	f, ok := d.(*ast.FuncDecl)
	if !ok || f.Recv == nil {
		return "", ""
	}
	of, ok := f.Recv.List[0].Type.(*ast.Ident)
	if !ok {
		return "", "" // a pointer: neither a command nor a fact
	}
	return of.Name, f.Name.Name
}

// TestACommandIsInOneFile: a command with its decision, and a fact with what it changes, are in the file that has the type.
func TestACommandIsInOneFile(t *testing.T) {
	types, methods := map[string]string{}, map[string][]string{}
	for name, file := range source(t) {
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					types[spec.(*ast.TypeSpec).Name.Name] = name
				}
			}
			if kind, method := receiver(d); slices.Contains([]string{"subject", "decide", "name", "apply"}, method) {
				methods[kind] = append(methods[kind], name)
			}
		}
	}
	if len(methods) < 60 {
		t.Fatalf("%d commands and facts found: the test looks for the wrong methods", len(methods))
	}
	for kind, files := range methods {
		for _, name := range files {
			if name != types[kind] {
				t.Errorf("%s is in %s and has a method in %s", kind, types[kind], name)
			}
		}
	}
}

// TestEveryFactCanBeDecoded: each type with a name in the log is known to DecodeFact by that name.
func TestEveryFactCanBeDecoded(t *testing.T) {
	found := 0
	for _, file := range source(t) {
		for _, d := range file.Decls {
			if _, method := receiver(d); method != "name" {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				word, ok := n.(*ast.BasicLit)
				if !ok || word.Kind != token.STRING {
					return true
				}
				found++
				name := strings.Trim(word.Value, `"`)
				fact, err := shop.DecodeFact(name, []byte("{}"))
				if err != nil || (shop.Event{Fact: fact}).Name() != name {
					t.Errorf("%s is decoded as %#v, %v", name, fact, err)
				}
				return true
			})
		}
	}
	if found < 36 {
		t.Errorf("%d names of facts found", found)
	}
	if fact, err := shop.DecodeFact(shop.AuditKeyAdded, []byte(`{"about":"meituan"}`)); fact != (shop.Audited{What: shop.AuditKeyAdded,
		About: "meituan"}) {
		t.Errorf("an audit is decoded as %#v, %v", fact, err)
	}
	if fact, err := shop.DecodeFact("weather.changed", []byte("{}")); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("a fact of a later version is decoded as %#v, %v", fact, err)
	}
}

// TestTheMapNamesEveryFile: doc.go says of every file what is in it.
func TestTheMapNamesEveryFile(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files := source(t)
	named := map[string]bool{"doc.go": true}
	for _, name := range regexp.MustCompile(`[a-z]+\.go`).FindAllString(string(doc), -1) {
		named[name] = true
		if files[name] == nil {
			t.Errorf("doc.go names %s, which is not there", name)
		}
	}
	for name := range files {
		if !named[name] {
			t.Errorf("doc.go does not name %s", name)
		}
	}
}
