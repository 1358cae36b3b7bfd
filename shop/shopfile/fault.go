package shopfile

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// fault is something wrong at one place of the file. The place is a line, or a YAML path such as
// $.channels[1].fulfilment.
type fault struct {
	path, what string
	line       int
}

func (f *fault) Error() string { return f.what }

func wrong(path, format string, args ...any) error {
	return &fault{path: path, what: fmt.Sprintf(format, args...)}
}

// locate puts the file's name and the line in front of what is wrong.
func locate(name string, text []byte, err error) error {
	var f *fault
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", name, err)
	}
	line := f.line
	if line == 0 {
		line = lineOf(text, f.path)
	}
	if line > 0 {
		return fmt.Errorf("%s:%d: %s", name, line, f.what)
	}
	return fmt.Errorf("%s: %s", name, f.what)
}

// lineOf is the line of a path, 0 when the file does not have it: then something is missing and the
// message says what.
func lineOf(text []byte, path string) int {
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		return 0
	}
	p, err := yaml.PathString(path)
	if err != nil {
		return 0
	}
	node, err := p.FilterFile(parsed)
	if err != nil || node == nil {
		return 0
	}
	return node.GetToken().Position.Line
}
