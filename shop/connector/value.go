package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// find are the values at a path: names with dots between them, [] for every element of a list. A text on the way is read as
// JSON: platforms put documents into texts.
func find(v any, path string) []any {
	if path == "" {
		return nil
	}
	values := []any{v}
	for step := range strings.SplitSeq(path, ".") {
		name, each := strings.CutSuffix(step, "[]")
		var next []any
		for _, v := range values {
			members, _ := opened(v).(map[string]any)
			found, ok := members[name]
			switch {
			case !ok || found == nil:
			case each:
				list, _ := opened(found).([]any)
				next = append(next, list...)
			default:
				next = append(next, found)
			}
		}
		values = next
	}
	return values
}

// opened is a text as the JSON document that it is, and any other value as it is.
func opened(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	document, err := decode([]byte(text))
	if err != nil {
		return v
	}
	return document
}

// decode reads JSON with its numbers as they are written.
func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the document")
	}
	return v, nil
}

// text is the first value at a path that is a text, a number or a flag; "" when there is none.
func text(v any, path string) string {
	for _, found := range find(v, path) {
		if s := plain(found); s != "" {
			return s
		}
	}
	return ""
}

// plain is a simple value as text. Numbers are as they were written.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v)
	}
	return ""
}

// joined are the values of several paths with / between them; those that are not there are left out.
func joined(v any, paths []string) string {
	var parts []string
	for _, p := range paths {
		if s := text(v, p); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "/")
}

// vars are what the places in a template stand for.
type vars map[string]any

var place = regexp.MustCompile(`\{[a-z_]+(\.[0-9])?\}`)

// fill fills a template: a text that is one place alone becomes its value, in any other text places become text. It goes
// through lists and the names of members as well.
func (of vars) fill(v any) any {
	switch v := v.(type) {
	case string:
		if whole := place.FindString(v); whole == v && whole != "" {
			if value, ok := of[whole[1:len(whole)-1]]; ok {
				return value
			}
		}
		return of.text(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[of.text(name)] = of.fill(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = of.fill(v[i])
		}
		return out
	}
	return v
}

// text fills a template whose value is text. A place that stands for nothing is left out.
func (of vars) text(template string) string {
	return place.ReplaceAllStringFunc(template, func(name string) string { return plain(of[name[1:len(name)-1]]) })
}
