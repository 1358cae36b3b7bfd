// Package shopfile reads shop.yaml: what a shop is, sells and owns. Whatever is wrong in the file is
// refused with its line, before anything runs.
package shopfile

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"reflect"

	"github.com/goccy/go-yaml"

	"weir/shop"
)

//go:embed demo.yaml
var demo []byte

// Demo is the shop that runs when no shop.yaml is given.
func Demo() (*shop.Config, error) { return Parse("demo.yaml", demo) }

// Read reads a shop.yaml. Errors name the file, the line and what would be right.
func Read(path string) (*shop.Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the shop's file: %w; name it with --config", err)
	}
	return Parse(path, text)
}

// Parse reads the text of a shop.yaml; name is used in errors.
func Parse(name string, text []byte) (*shop.Config, error) {
	text, parsed, err := plain(name, text)
	if err != nil {
		return nil, err
	}
	if err := new(kinds).document(parsed, reflect.TypeFor[file]()); err != nil {
		return nil, locate(name, text, err)
	}
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.DisallowUnknownField())
	if err := decoder.Decode(&f); err != nil {
		return nil, library(name, err)
	}
	c, err := f.config()
	if err != nil {
		return nil, locate(name, text, err)
	}
	return c, nil
}
