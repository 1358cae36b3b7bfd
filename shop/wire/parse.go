package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"weir/shop"
)

// byteOrderMark is what some programs write before UTF-8. A reader may ignore it (RFC 8259, 8.1).
var byteOrderMark = []byte("\ufeff")

// parse reads exactly one JSON value (RFC 8259) in UTF-8, without duplicate names and not too deep.
// Objects become map[string]any, arrays []any, numbers json.Number.
func parse(body []byte) (any, error) {
	if len(body) > BodyMax {
		return nil, refuse(ProblemTooLarge, fmt.Sprintf("at most %d bytes", BodyMax))
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	if !utf8.Valid(body) {
		return nil, refuse(ProblemMalformed, "the body is not UTF-8")
	}
	if !json.Valid(body) {
		return nil, refuse(ProblemMalformed, "the body is not one JSON value: "+whyInvalid(body))
	}
	return (&tree{text: string(body)}).value(1)
}

// whyInvalid says where the syntax is wrong.
func whyInvalid(body []byte) string {
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
		return fmt.Sprintf("%v (byte %d)", err, at.Offset)
	}
	return fmt.Sprint(err)
}

// tree builds a value from text whose syntax encoding/json has found to be right, which is why it looks
// so little at what it steps over.
type tree struct {
	text string
	at   int
}

// next steps over white space and says what is there.
func (t *tree) next() byte {
	for t.text[t.at] <= ' ' {
		t.at++
	}
	return t.text[t.at]
}

func (t *tree) value(depth int) (any, error) {
	first := t.next()
	if depth > depthMax && (first == '{' || first == '[') {
		return nil, refuse(ProblemMalformed, fmt.Sprintf("nested deeper than %d", depthMax))
	}
	switch first {
	case '{':
		return t.object(depth)
	case '[':
		return t.array(depth)
	case '"':
		return t.str()
	case 't':
		t.at += len("true")
		return true, nil
	case 'f':
		t.at += len("false")
		return false, nil
	case 'n':
		t.at += len("null")
		return nil, nil
	}
	return t.number(), nil
}

func (t *tree) object(depth int) (any, error) {
	members := map[string]any{}
	for t.at++; t.next() != '}'; {
		if t.next() == ',' {
			t.at++
			t.next()
		}
		name, err := t.str()
		if err != nil {
			return nil, err
		}
		if _, twice := members[name]; twice {
			return nil, refuse(ProblemMalformed, fmt.Sprintf("%.*q is there twice in one object", idMax, name))
		}
		t.next() // the colon
		t.at++
		if members[name], err = t.value(depth + 1); err != nil {
			return nil, err
		}
	}
	t.at++
	return members, nil
}

func (t *tree) array(depth int) (any, error) {
	elements := []any{}
	for t.at++; t.next() != ']'; {
		if t.next() == ',' {
			t.at++
		}
		element, err := t.value(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	t.at++
	return elements, nil
}

// str reads a string. What it returns does not keep the body in memory.
func (t *tree) str() (string, error) {
	start, escaped := t.at, false
	for t.at++; t.text[t.at] != '"'; t.at++ {
		if t.text[t.at] == '\\' {
			escaped = true
			t.at++
		}
	}
	t.at++
	quoted := t.text[start:t.at]
	if !escaped {
		return strings.Clone(quoted[1 : len(quoted)-1]), nil
	}
	var s string
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		return "", refuse(ProblemMalformed, "a string is not JSON: "+err.Error())
	}
	return s, nil
}

// number takes a number as it is written.
func (t *tree) number() json.Number {
	start := t.at
	for t.at < len(t.text) && strings.IndexByte("+-.0123456789eE", t.text[t.at]) >= 0 {
		t.at++
	}
	return json.Number(strings.Clone(t.text[start:t.at]))
}

// read parses a body that has to be an object and starts to collect what is wrong with it.
func read(body []byte) (*faults, reader, error) {
	v, err := parse(body)
	if err != nil {
		return nil, reader{}, err
	}
	f := &faults{}
	members, ok := v.(map[string]any)
	if !ok {
		f.add("", "want an object")
	}
	return f, reader{f, "", members}, nil
}

// faults collects what is wrong, so that a caller can mend everything at once.
type faults struct{ list []shop.FieldError }

func (f *faults) add(pointer, detail string) {
	if len(f.list) < faultsMax {
		f.list = append(f.list, shop.FieldError{Pointer: pointer, Detail: detail})
	}
}

// err is the refusal that lists the faults, or nil when there are none.
func (f *faults) err(problem string) error {
	if len(f.list) == 0 {
		return nil
	}
	e := refuse(problem, "nothing was made of this; errors says what to mend")
	e.Fields = f.list
	return e
}
