package shopfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"weir/shop"
)

// fileMax is the largest shop.yaml, in bytes: a menu of a thousand items is a tenth of it.
const fileMax = 1 << 20

// listMax is how many entries one list or map may have, and depthMax how deep the file may nest.
const (
	listMax  = 1000
	depthMax = 16
	textMax  = 200 // characters of one text
)

// plain takes the byte order mark off and refuses what is not one YAML document in UTF-8.
func plain(name string, text []byte) ([]byte, *ast.File, error) {
	switch {
	case len(text) > fileMax:
		return nil, nil, fmt.Errorf("%s: the file has %d bytes, more than the %d that a shop.yaml may have", name, len(text), fileMax)
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}), bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return nil, nil, fmt.Errorf("%s:1: the file is UTF-16; save it as UTF-8 (in Notepad: Save as, encoding UTF-8)", name)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			return nil, nil, fmt.Errorf("%s:%d: this line is not UTF-8, the file is probably GBK (ANSI); save it as UTF-8 (in Notepad: Save as, "+
				"encoding UTF-8)", name, i+1)
		}
	}
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, nil, library(name, err)
	}
	docs := parsed.Docs[:0:0]
	for _, d := range parsed.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			docs = append(docs, d)
		}
	}
	switch {
	case len(docs) == 0:
		return nil, nil, fmt.Errorf("%s: the file is empty; start from a copy of the demo shop's file", name)
	case len(docs) > 1:
		return nil, nil, fmt.Errorf("%s:%d: a second document begins here; a shop.yaml is one document, so take the line --- out",
			name, docs[1].Body.GetToken().Position.Line)
	}
	return text, parsed, nil
}

// library words an error of the YAML library as all others are: it writes "[line:column] what".
func library(name string, err error) error {
	where, what, found := strings.Cut(strings.TrimPrefix(yaml.FormatError(err, false, false), "["), "] ")
	if !found {
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%s:%s: %s", name, where, what)
}

// kinds holds every value of the file to the kind that its key has, before the library reads it: the library would make
// 18 of 18.5 and of "18.00", and 0 of nothing. Numbers are held to the bounds in the tag "within" of their field.
type kinds struct {
	anchors map[string]ast.Node
}

// document checks the one document of a file against the type it will be read into.
func (k *kinds) document(f *ast.File, t reflect.Type) error {
	for _, d := range f.Docs {
		if d.Body == nil || d.Body.Type() == ast.CommentType {
			continue
		}
		if err := k.check(d.Body, t, field{key: "the file"}, 0); err != nil {
			return err
		}
	}
	return nil
}

// field is what is known of a value besides its type.
type field struct {
	key     string
	within  string // bounds, as "0..50"
	instead string // what to write, when the value is of another kind
}

var (
	wholeForm   = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})$`)
	decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$`)
	ownReader   = []reflect.Type{
		reflect.TypeFor[yaml.BytesUnmarshaler](), reflect.TypeFor[yaml.InterfaceUnmarshaler](), reflect.TypeFor[yaml.NodeUnmarshaler](),
	}
)

func (k *kinds) check(n ast.Node, t reflect.Type, f field, depth int) error {
	if depth > depthMax {
		return at(n, "%s: nested deeper than %d", f.key, depthMax)
	}
	switch v := n.(type) {
	case *ast.AnchorNode:
		if k.anchors == nil {
			k.anchors = map[string]ast.Node{}
		}
		k.anchors[v.Name.String()] = v.Value
		return k.check(v.Value, t, f, depth+1)
	case *ast.AliasNode:
		target, known := k.anchors[v.Value.String()]
		if !known {
			return at(n, "%s: there is no anchor &%s before this line", f.key, v.Value)
		}
		return k.check(target, t, f, depth+1)
	case *ast.TagNode:
		return at(n, "%s: tags such as %s are not read; write the value alone", f.key, v.Start.Value)
	case *ast.NullNode:
		return at(n, "%s has no value; write one, or take the line out", f.key)
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[yuan]() {
		return number(n, decimalForm, f, "an amount in yuan such as 15.50")
	}
	for _, r := range ownReader {
		if reflect.PointerTo(t).Implements(r) {
			return nil
		}
	}
	switch t.Kind() {
	case reflect.Struct:
		return k.mapping(n, t, f, depth)
	case reflect.Map:
		return k.table(n, t, f, depth)
	case reflect.Slice:
		return k.list(n, t, f, depth)
	case reflect.Int, reflect.Int64:
		return number(n, wholeForm, f, "a whole number")
	case reflect.Float64:
		return number(n, decimalForm, f, "a number such as 0.5")
	case reflect.Bool:
		if n.Type() != ast.BoolType {
			return at(n, "%s: want true or false, not %s", f.key, n.GetToken().Value)
		}
		return nil
	}
	return text(n, f)
}

// mapping checks the keys that a struct knows. Those it does not know are refused by the library.
func (k *kinds) mapping(n ast.Node, t reflect.Type, f field, depth int) error {
	pairs, err := pairsOf(n, f)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if p.Key.IsMergeKey() {
			if err := k.check(p.Value, t, f, depth+1); err != nil {
				return err
			}
			continue
		}
		for i := range t.NumField() {
			sf := t.Field(i)
			key, _, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
			if key == "" {
				key = strings.ToLower(sf.Name)
			}
			if key != p.Key.GetToken().Value {
				continue
			}
			if err := k.check(p.Value, sf.Type, field{key, sf.Tag.Get("within"), sf.Tag.Get("instead")}, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *kinds) table(n ast.Node, t reflect.Type, f field, depth int) error {
	pairs, err := pairsOf(n, f)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if err := visible(p.Key, f.key, p.Key.GetToken().Value, false); err != nil {
			return err
		}
		inner := f
		inner.key = f.key + "." + p.Key.GetToken().Value
		of := t.Elem()
		if p.Key.IsMergeKey() {
			of = t
		}
		if err := k.check(p.Value, of, inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (k *kinds) list(n ast.Node, t reflect.Type, f field, depth int) error {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return at(n, "%s: want a list, its lines begin with -", f.key)
	}
	if len(list.Values) > listMax {
		return at(n, "%s: %d entries, want at most %d", f.key, len(list.Values), listMax)
	}
	for _, v := range list.Values {
		if err := k.check(v, t.Elem(), f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func pairsOf(n ast.Node, f field) ([]*ast.MappingValueNode, error) {
	var pairs []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		return nil, at(n, "%s: want keys and values, not %s", f.key, n.GetToken().Value)
	}
	if len(pairs) > listMax {
		return nil, at(n, "%s: %d entries, want at most %d", f.key, len(pairs), listMax)
	}
	return pairs, nil
}

// number checks a number's form and bounds. Octal and hexadecimal forms, underscores and quotes are refused: somebody
// meant something else.
func number(n ast.Node, form *regexp.Regexp, f field, want string) error {
	got := n.GetToken().Value
	if n.Type() != ast.IntegerType && n.Type() != ast.FloatType || !form.MatchString(got) {
		if f.instead != "" {
			want += "; " + f.instead
		}
		if n.Type() == ast.StringType {
			got = strconv.Quote(got)
		}
		return at(n, "%s: %s: want %s", f.key, cut(got), want)
	}
	low, high, bounded := strings.Cut(f.within, "..")
	if !bounded {
		return nil
	}
	value, _ := strconv.ParseFloat(got, 64)
	least, _ := strconv.ParseFloat(low, 64)
	most, _ := strconv.ParseFloat(high, 64)
	if value < least || value > most {
		return at(n, "%s: %s: want from %s to %s", f.key, got, low, high)
	}
	return nil
}

// text checks a text. A number where a text belongs is refused: 007 and 1e3 would be read as 7 and 1000.
func text(n ast.Node, f field) error {
	var value string
	switch v := n.(type) {
	case *ast.StringNode:
		value = v.Value
	case *ast.LiteralNode:
		value = v.Value.Value
	default:
		return at(n, "%s: want a text, not %s; put it in quotes if it is one", f.key, cut(n.GetToken().Value))
	}
	if c := utf8.RuneCountInString(value); c > textMax {
		return at(n, "%s: a text of %d characters, want at most %d", f.key, c, textMax)
	}
	if i := strings.IndexFunc(value, unicode.IsControl); i >= 0 {
		return at(n, "%s: the text has a control character (%U)", f.key, []rune(value[i:])[0])
	}
	return visible(n, f.key, value, f.key == "zh" || f.key == "en")
}

// visible refuses a text with characters that cannot be seen: an id with one of them is another id that looks the same,
// and no order names it. A name is for people: it may have the wide space of Chinese, and the marks within an emoji.
func visible(n ast.Node, key, text string, name bool) error {
	switch r := unseen(text, name); {
	case r == 0:
		return nil
	case shop.Invisible(r):
		return at(n, "%s: the text has a character that cannot be seen (%U); type it again", key, r)
	default:
		return at(n, "%s: the text has a space that is not the plain one (%U); type it again", key, r)
	}
}

// unseen is the first character of a text that cannot be seen, or is an odd space; 0 is none.
func unseen(text string, name bool) rune {
	before := ' '
	for _, r := range text {
		emoji := name && strings.ContainsRune(emojiMarks, r) && (unicode.IsSymbol(before) || strings.ContainsRune(emojiMarks, before))
		if shop.Invisible(r) && !emoji || shop.OddSpace(r) && !name {
			return r
		}
		before = r
	}
	return 0
}

// emojiMarks join several emoji to one, and ask for the picture in colour.
const emojiMarks = "\u200d\ufe0f"

// cut keeps an error of one line short.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// at is a fault at a node.
func at(n ast.Node, format string, args ...any) error {
	return &fault{line: n.GetToken().Position.Line, what: fmt.Sprintf(format, args...)}
}

// yuan is an amount that the file has in yuan; it is kept in fen.
type yuan int64

var errYuan = errors.New("want an amount in yuan with at most two decimals, such as 15.50")

// UnmarshalYAML reads the amount from its digits: 15.5 is 1550 fen, with no rounding on the way.
func (y *yuan) UnmarshalYAML(b []byte) error {
	whole, part, _ := strings.Cut(strings.TrimSpace(string(b)), ".")
	if len(part) > 2 {
		return errYuan
	}
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil {
		return errYuan
	}
	*y = yuan(fen)
	return nil
}
