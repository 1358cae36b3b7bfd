package api

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"

	"weir/fleet/directory"
)

// pages are the routes for people, which the description of the door leaves out.
var pages = []string{"GET /docs", "GET /openapi.yaml", "GET /problems/{name}"}

// described are the calls of a description, as "METHOD path".
func described(t *testing.T, text []byte) (list []string) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			list = append(list, strings.ToUpper(method)+" "+path)
		}
	}
	return list
}

// served are the calls that the door answers.
func served() (list []string) {
	e := echo.New()
	New(directory.New(nil), time.Now, slog.New(slog.DiscardHandler)).Routes(e)
	for _, r := range e.Routes() {
		path := r.Path
		if before, name, ok := strings.Cut(path, ":"); ok {
			path = before + "{" + name + "}"
		}
		list = append(list, r.Method+" "+path)
	}
	return list
}

// missing are the calls of one list that another one does not have.
func missing(of, in []string) (list []string) {
	for _, call := range of {
		if !slices.Contains(in, call) {
			list = append(list, call)
		}
	}
	slices.Sort(list)
	return list
}

// unshown are the calls for platforms of which a description has no example.
func unshown(t *testing.T, text []byte) (list []string) {
	t.Helper()
	var doc struct {
		Examples []Example `yaml:"x-examples"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, call := range described(t, text) {
		shown := slices.ContainsFunc(doc.Examples, func(e Example) bool { at, _, _ := strings.Cut(e.Call, "?"); return at == call })
		if strings.Contains(call, " /v1/") && !shown {
			list = append(list, call)
		}
	}
	return list
}

// TestEveryCallHasAnExample: weir/fleet's tests run them. Control: a call without one is found.
func TestEveryCallHasAnExample(t *testing.T) {
	if list := unshown(t, OpenAPI); list != nil {
		t.Errorf("without an example: %v", list)
	}
	without := strings.ReplaceAll(string(OpenAPI), "call: POST /v1/fleet/quotes", "call: POST /v1/fleet/prices")
	if list := unshown(t, []byte(without)); !slices.Equal(list, []string{"POST /v1/fleet/quotes"}) {
		t.Errorf("an example that is missing is not found: %v", list)
	}
}

// TestEveryCallIsDescribed: what the door answers is in openapi.yaml, and the reverse.
func TestEveryCallIsDescribed(t *testing.T) {
	doc, door := described(t, OpenAPI), served()
	if list := missing(doc, door); list != nil {
		t.Errorf("described, and not there: %v", list)
	}
	if list := missing(door, append(doc, pages...)); list != nil {
		t.Errorf("not described: %v", list)
	}
	// Control: a call that is taken out of the description, or put in, is found.
	without := described(t, []byte(strings.Replace(string(OpenAPI), "/v1/fleet/near:", "/v1/fleet/far:", 1)))
	if !slices.Equal(missing(door, append(without, pages...)), []string{"GET /v1/fleet/near"}) ||
		!slices.Equal(missing(without, door), []string{"GET /v1/fleet/far"}) {
		t.Error("a wrong description is not found")
	}
}
