// Package words is what people read, in every language: one catalogue for each, a YAML file beside this one that
// a translator can open. Code names a text by its id. What a shop writes itself (menu, channels, stations) is
// not in here: it has its names in shop.yaml.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Files is the folder with the catalogues that are part of the program.
//
//go:embed *.yaml
var Files embed.FS

// Lang is a language: the name of its catalogue without ".yaml".
type Lang string

// The languages that code may name. A further one is a further file and needs no constant.
const (
	ZH Lang = "zh" // the default: of a browser that asks for no language of ours, and of a text that a catalogue lacks
	EN Lang = "en" // what a program is answered in
)

// Ids under which a catalogue says what its language is.
const (
	idName      = "language.name"      // as its readers call it: "中文"
	idTag       = "language.tag"       // as BCP 47 writes it, for <html lang>
	idDirection = "language.direction" // "ltr" or "rtl", for <html dir>
)

// forms is one text: its plural forms at their [plural.Form], of which [plural.Other] is always there.
type forms [plural.Many + 1]string

// catalogue is every text of a language by its id. It is never changed after it has been read.
type catalogue struct {
	tag   language.Tag
	texts map[string]forms
}

// catalogues is every language. Add is the only writer and is called before anything reads.
var catalogues = map[Lang]*catalogue{}

func init() {
	if _, err := Add(Files); err != nil {
		panic(err) // the files are part of the program: a test reads them before it is released
	}
}

// Add reads the catalogues of a folder; remove takes them away again. Neither may be called while pages are being made.
func Add(folder fs.FS) (remove func(), err error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	added := map[Lang]*catalogue{}
	for _, name := range names {
		raw, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		read, err := parse(raw)
		if err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", name, err)
		}
		added[Lang(strings.TrimSuffix(name, path.Ext(name)))] = read
	}
	maps.Copy(catalogues, added)
	return func() { maps.DeleteFunc(catalogues, func(l Lang, c *catalogue) bool { return added[l] == c }) }, nil
}

// parse reads a catalogue in the format of go-i18n: tables of tables; a text is a string, or one with its plural forms.
func parse(raw []byte) (*catalogue, error) {
	messages, err := i18n.ParseMessageBytes(raw, func(raw []byte, into any) error { return yaml.Unmarshal(raw, into) })
	if err != nil {
		return nil, err
	}
	c := &catalogue{texts: make(map[string]forms, len(messages))}
	for _, m := range messages {
		c.texts[m.ID] = forms{
			plural.Other: m.Other, plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many,
		}
	}
	if c.tag, err = language.Parse(c.texts[idTag][plural.Other]); err != nil {
		return nil, fmt.Errorf("%s: %w", idTag, err)
	}
	return c, nil
}

// All is every language there is, the default first.
func All() []Lang {
	list := make([]Lang, 0, len(catalogues))
	for l := range catalogues {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b Lang) int {
		switch {
		case a == ZH:
			return -1
		case b == ZH:
			return 1
		}
		return strings.Compare(string(a), string(b))
	})
	return list
}

// Parse is the language of that name, if there is one.
func Parse(name string) (Lang, bool) {
	_, ok := catalogues[Lang(name)]
	return Lang(name), ok
}

// acceptMax is how much of a browser's wish is read, bytes. Real ones have less than 200.
const acceptMax = 1000

// Accepted is the language that a browser asks for, as RFC 9110, 12.5.4 writes it; the default where it asks for none of ours.
func Accepted(header string) Lang {
	if header == "" || len(header) > acceptMax {
		return ZH
	}
	wishes, _, err := language.ParseAcceptLanguage(header) // the dearest first
	if err != nil {
		return ZH
	}
	for _, wish := range wishes {
		for _, l := range All() {
			ours, _ := catalogues[l].tag.Base()
			if theirs, _ := wish.Base(); theirs == ours {
				return l
			}
		}
	}
	return ZH
}

// find is the text in the language; one that its catalogue lacks is in the default language, and one that no
// catalogue has is its id. A test rules both out for the languages that are released.
func (l Lang) find(id string) forms {
	for _, of := range [...]Lang{l, ZH} {
		if c, ok := catalogues[of]; ok {
			if t, ok := c.texts[id]; ok {
				return t
			}
		}
	}
	return forms{plural.Other: id}
}

// T is a text with its arguments put in, as package fmt does it. Without arguments a "%" is a "%".
func (l Lang) T(id string, args ...any) string {
	t := l.find(id)[plural.Other]
	if len(args) == 0 {
		return t
	}
	return fmt.Sprintf(t, args...)
}

// N is a text about n things in the form that the language has for n; n is the first argument.
func (l Lang) N(n int, id string, args ...any) string {
	t := l.find(id)
	form := t[plural.Other]
	if c, ok := catalogues[l]; ok {
		if f := t[plural.Cardinal.MatchPlural(c.tag, max(n, -n), 0, 0, 0, 0)]; f != "" {
			form = f
		}
	}
	if !strings.Contains(form, "%") {
		return form
	}
	return fmt.Sprintf(form, append([]any{n}, args...)...)
}

// Named is something that a shop has named in its own file: a drink, a channel.
type Named interface {
	// In is the name in a language; in another where that is missing.
	In(lang string) string
}

// Of is the shop's own name of a thing.
func (l Lang) Of(n Named) string { return n.In(string(l)) }

// Second is the language that a screen for everybody shows beside this one.
func (l Lang) Second() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// Name is what the language's readers call it.
func (l Lang) Name() string { return l.T(idName) }

// Tag is the language as BCP 47 writes it.
func (l Lang) Tag() string { return l.T(idTag) }

// Direction is in which direction the language is written: "ltr" or "rtl".
func (l Lang) Direction() string { return l.T(idDirection) }

// Span is a stretch of time to the minute: "35分钟", "12小时35分钟".
func (l Lang) Span(d time.Duration) string {
	minutes := int((d + time.Minute/2) / time.Minute)
	if minutes < 60 {
		return l.T("span.minutes", minutes)
	}
	return l.T("span.hours", minutes/60, minutes%60)
}

// Weekday is the day of the week, short: "周五".
func (l Lang) Weekday(day time.Weekday) string {
	return l.T("weekday." + strings.ToLower(day.String()[:3]))
}
