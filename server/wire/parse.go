package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"weir/shop"
)

// parse reads exactly one JSON value (RFC 8259) in UTF-8, without duplicate names and not too deep.
// Objects become map[string]any, arrays []any, numbers json.Number.
func parse(body []byte) (any, error) {
	if len(body) > BodyMax {
		return nil, refuse(ProblemTooLarge, fmt.Sprintf("at most %d bytes", BodyMax))
	}
	if !utf8.Valid(body) {
		return nil, refuse(ProblemMalformed, "the body is not UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		detail := "the body is not one JSON value: " + err.Error()
		if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
			detail += fmt.Sprintf(" (byte %d)", at.Offset)
		}
		return nil, refuse(ProblemMalformed, detail)
	}
	t := tree{json.NewDecoder(bytes.NewReader(body))}
	t.tokens.UseNumber()
	return t.value(1)
}

// tree builds a value from tokens whose syntax has been checked.
type tree struct{ tokens *json.Decoder }

func (t tree) value(depth int) (any, error) {
	token, err := t.tokens.Token()
	if err != nil {
		return nil, refuse(ProblemMalformed, "the body is not JSON: "+err.Error())
	}
	open, nested := token.(json.Delim)
	if !nested {
		return token, nil
	}
	if depth > depthMax {
		return nil, refuse(ProblemMalformed, fmt.Sprintf("nested deeper than %d", depthMax))
	}
	if open == '{' {
		return t.object(depth)
	}
	return t.array(depth)
}

func (t tree) object(depth int) (any, error) {
	members := map[string]any{}
	for t.tokens.More() {
		token, err := t.tokens.Token()
		if err != nil {
			return nil, refuse(ProblemMalformed, "the body is not JSON: "+err.Error())
		}
		name, _ := token.(string) // the syntax is checked: a name is a string
		if _, twice := members[name]; twice {
			return nil, refuse(ProblemMalformed, fmt.Sprintf("%.*q is there twice in one object", idMax, name))
		}
		if members[name], err = t.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return members, t.end()
}

func (t tree) array(depth int) (any, error) {
	elements := []any{}
	for t.tokens.More() {
		element, err := t.value(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return elements, t.end()
}

// end takes the closing bracket.
func (t tree) end() error {
	if _, err := t.tokens.Token(); err != nil {
		return refuse(ProblemMalformed, "the body is not JSON: "+err.Error())
	}
	return nil
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
