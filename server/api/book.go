package api

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"weir/shop"
)

// book is openapi.yaml arranged for a reader.
type book struct {
	Text   shop.Name
	Groups []group
	Types  []dataType
}

// group is the calls under one tag.
type group struct {
	Text  shop.Name
	Calls []call
}

// call is one method on one path.
type call struct {
	ID, Method, Path string
	Summary, Text    shop.Name
	Open             bool // works without a key
	Parameters       []field
	Body             *kind
	Answers          []answer
}

// answer is one thing a call may say.
type answer struct {
	Status string
	Text   shop.Name
	Type   *kind
}

// dataType is a named object or value.
type dataType struct {
	Name   string
	Text   shop.Name
	Type   kind
	Fields []field
}

// field is a member or a parameter.
type field struct {
	Name   string
	Needed bool
	Type   kind
	Text   shop.Name
}

// kind says what a value is; Ref is the data type it links to.
type kind struct{ Before, Ref, After string }

// node is a YAML mapping in the order of the file.
type node yaml.MapSlice

func (n node) at(key string) any {
	for _, item := range n {
		if fmt.Sprint(item.Key) == key {
			return item.Value
		}
	}
	return nil
}

func (n node) in(key string) node {
	m, _ := n.at(key).(yaml.MapSlice)
	return node(m)
}

func (n node) list(key string) []any {
	l, _ := n.at(key).([]any)
	return l
}

func (n node) word(key string) string {
	if v := n.at(key); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// text is a description in both languages.
func (n node) text() shop.Name { return shop.Name{ZH: n.word("x-zh"), EN: n.word("description")} }

// reader resolves references within the document.
type reader struct{ document node }

func readBook(text []byte) (book, error) {
	var whole yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &whole, yaml.UseOrderedMap()); err != nil {
		return book{}, fmt.Errorf("read openapi.yaml: %w", err)
	}
	r := reader{node(whole)}
	b := book{Text: r.document.in("info").text()}
	for _, tag := range r.document.list("tags") {
		m, _ := tag.(yaml.MapSlice)
		b.Groups = append(b.Groups, group{Text: node(m).text(), Calls: r.calls(node(m).word("name"))})
	}
	for _, item := range r.document.in("components").in("schemas") {
		m, _ := item.Value.(yaml.MapSlice)
		b.Types = append(b.Types, dataType{Name: fmt.Sprint(item.Key), Text: node(m).text(), Type: r.kind(node(m)),
			Fields: r.fields(node(m), "")})
	}
	return b, nil
}

// calls are those under a tag.
func (r reader) calls(tag string) (calls []call) {
	for _, path := range r.document.in("paths") {
		methods, _ := path.Value.(yaml.MapSlice)
		for _, method := range methods {
			m, _ := method.Value.(yaml.MapSlice)
			op := node(m)
			if tags := op.list("tags"); len(tags) != 1 || fmt.Sprint(tags[0]) != tag {
				continue
			}
			calls = append(calls, r.call(fmt.Sprint(path.Key), fmt.Sprint(method.Key), op))
		}
	}
	return calls
}

func (r reader) call(path, method string, op node) call {
	c := call{
		ID: op.word("operationId"), Method: strings.ToUpper(method), Path: path,
		Summary: shop.Name{ZH: op.word("x-zh"), EN: op.word("summary")}, Text: shop.Name{ZH: op.word("x-desc-zh"), EN: op.word("description")},
		Open: op.at("security") != nil,
	}
	for _, p := range op.list("parameters") {
		m, _ := p.(yaml.MapSlice)
		parameter := r.resolve(node(m))
		c.Parameters = append(c.Parameters, field{
			Name: parameter.word("name"), Needed: parameter.word("required") == "true",
			Type: r.kind(parameter.in("schema")), Text: parameter.text(),
		})
	}
	c.Body = r.content(op.in("requestBody"))
	for _, item := range op.in("responses") {
		m, _ := item.Value.(yaml.MapSlice)
		response := r.resolve(node(m))
		c.Answers = append(c.Answers, answer{Status: fmt.Sprint(item.Key), Text: response.text(), Type: r.content(response)})
	}
	return c
}

// content is what a body is, whatever its media type; nil without a body.
func (r reader) content(n node) *kind {
	for _, item := range n.in("content") {
		m, _ := item.Value.(yaml.MapSlice)
		k := r.kind(node(m).in("schema"))
		return &k
	}
	return nil
}

// fields are the members of an object, those of members that are objects themselves behind a dot.
func (r reader) fields(object node, prefix string) (fields []field) {
	needed := map[string]bool{}
	for _, name := range object.list("required") {
		needed[fmt.Sprint(name)] = true
	}
	for _, item := range object.in("properties") {
		m, _ := item.Value.(yaml.MapSlice)
		schema, name := node(m), fmt.Sprint(item.Key)
		text := schema.text()
		if schema.word("$ref") != "" {
			text = r.resolve(schema).text()
		}
		fields = append(fields, field{Name: prefix + name, Needed: needed[name], Type: r.kind(schema), Text: text})
		if schema.word("type") == "array" {
			schema, name = schema.in("items"), name+"[]"
		}
		fields = append(fields, r.fields(schema, prefix+name+".")...)
	}
	return fields
}

// kind says what a schema allows.
func (r reader) kind(schema node) (k kind) {
	if ref := schema.word("$ref"); ref != "" {
		return kind{Ref: ref[strings.LastIndex(ref, "/")+1:]}
	}
	if schema.word("type") == "array" {
		k = r.kind(schema.in("items"))
		k.Before, k.After = "["+k.Before, k.After+"]"
		return k
	}
	k.Before = schema.word("type")
	if format := schema.word("format"); format != "" && format != "int64" {
		k.Before += " " + format
	}
	var values []string
	for _, v := range schema.list("enum") {
		values = append(values, fmt.Sprint(v))
	}
	if len(values) > 0 {
		k.Before += ": " + strings.Join(values, ", ")
	}
	for _, limit := range [][2]string{{"minimum", "≥"}, {"maximum", "≤"}, {"maxLength", "length ≤"}, {"maxItems", "items ≤"}} {
		if v := schema.word(limit[0]); v != "" {
			k.Before += " " + limit[1] + " " + v
		}
	}
	return k
}

func (r reader) resolve(n node) node {
	ref := n.word("$ref")
	if ref == "" {
		return n
	}
	at := r.document
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		at = at.in(step)
	}
	return at
}
