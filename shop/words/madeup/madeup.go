// Package madeup is a language that nobody speaks: the English texts in Armenian letters. Tests show pages in it, to
// find words that are on a page and in no catalogue, and to prove that a language is one file.
package madeup

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"weir/shop/words"
)

// Lang is the made-up language.
const Lang words.Lang = "xx"

var (
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	kept   = regexp.MustCompile(`%(?:\[\d\])?[-+# 0-9.]*[a-z]|\\.|[A-Za-z]`) // verbs and escapes as they are, letters one by one
	fixed  = regexp.MustCompile(`^  (tag|direction):`)
)

// Add adds the language as a translator would, by a file, for the length of a test.
func Add(t *testing.T) {
	t.Helper()
	english, err := fs.ReadFile(words.Files, "en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(english), "\n")
	for i, line := range lines {
		if fixed.MatchString(line) {
			lines[i] = strings.Replace(line, `tag: "en"`, `tag: "art-x-madeup"`, 1)
			continue
		}
		lines[i] = quoted.ReplaceAllStringFunc(line, Say)
	}
	file := fstest.MapFS{string(Lang) + ".yaml": {Data: []byte(strings.Join(lines, "\n"))}}
	remove, err := words.Add(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
}

// Say is an English text in the made-up language.
func Say(text string) string {
	return kept.ReplaceAllStringFunc(text, func(s string) string {
		switch r := rune(s[0]); {
		case len(s) > 1:
			return s
		case r >= 'a':
			return string('ա' + r - 'a')
		default:
			return string('Ա' + r - 'A')
		}
	})
}

// read are the attributes that people hear or read.
var read = map[string]bool{
	"aria-label": true, "title": true, "alt": true, "placeholder": true,
	"data-second": true, "data-minute": true, "data-unsent": true, "data-moved": true, "data-refused": true, "data-say": true,
}

var (
	written = regexp.MustCompile(`[A-Za-z]{2,}|\p{Han}+`)
	digests = regexp.MustCompile(`\b[a-z]?[0-9a-f]{8,}\b`)
	spoilt  = regexp.MustCompile(`%!|%[sdv]`)
)

// Foreign are the texts of a page that are not in the made-up language, apart from the names that a shop gives
// itself, and those whose arguments went wrong. What is marked as another language or as code is not looked at.
func Foreign(page string, names ...string) (list []string) {
	names = slices.Clone(names)
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // "Milk tea" before "Milk"
	z := html.NewTokenizer(strings.NewReader(page))
	var open []bool // whether each open element is looked at
	look := func(text string) {
		rest := digests.ReplaceAllString(text, "")
		for _, name := range names {
			if name != "" {
				rest = strings.ReplaceAll(rest, name, "")
			}
		}
		if written.MatchString(rest) || spoilt.MatchString(text) {
			list = append(list, strings.TrimSpace(text))
		}
	}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.TextToken:
			if len(open) == 0 || open[len(open)-1] {
				look(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			seen := len(open) == 0 || open[len(open)-1]
			for _, a := range token.Attr {
				if a.Key == "lang" && a.Val != Lang.Tag() {
					seen = false
				}
			}
			switch token.Data {
			case "code", "script", "style":
				seen = false
			}
			for _, a := range token.Attr {
				if seen && read[a.Key] {
					look(a.Val)
				}
			}
			if !void[token.Data] {
				open = append(open, seen)
			}
		case html.EndTagToken:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
}

// void are the elements without an end.
var void = map[string]bool{
	"meta": true, "link": true, "input": true, "br": true, "img": true, "hr": true, "path": true, "rect": true,
	"line": true, "circle": true,
}
