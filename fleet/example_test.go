package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"weir/fleet/api"
)

// TestExamplesRun runs the examples of the fleet's openapi.yaml, one after the other, with a real shop.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	var doc struct {
		Examples []api.Example `yaml:"x-examples"`
	}
	if err := yaml.Unmarshal(api.OpenAPI, &doc); err != nil || len(doc.Examples) == 0 {
		t.Fatalf("%d examples: %v", len(doc.Examples), err)
	}
	data := t.TempDir()
	n := startNode(t, data, "--mqtt-addr", "127.0.0.1:0")
	n.line("ready")
	n.key = run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	url := run(t, "weir-fleet", "store", "add", "--data", data, "--id", "demo", "--city", "hangzhou", "--lat", "30.2741", "--lon", "120.1551")
	start(t, "weir", "serve", "--data", t.TempDir(), "--addr", "127.0.0.1:0", "--broker", url)
	n.fresh(1)
	n.credited()
	day := days()[0]
	for i, e := range doc.Examples {
		method, path, _ := strings.Cut(strings.ReplaceAll(e.Call, "{today}", day), " ")
		body := ""
		if e.Body != nil {
			body = plain(t, e.Body)
		}
		status, got, err := n.do(method, path, body)
		var want any
		if e.Answer != nil {
			if err := json.Unmarshal([]byte(strings.ReplaceAll(plain(t, e.Answer), "{today}", day)), &want); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil || status != e.Status {
			t.Errorf("example %d, %s: %d %v %v, want %d", i+1, e.Call, status, got, err, e.Status)
		} else if lack := lacks(got, want); lack != "" {
			t.Errorf("example %d, %s: %s in %v", i+1, e.Call, lack, got)
		}
	}
	// Control: an answer that is another one is found.
	for _, want := range []string{`{"a":2}`, `{"b":1}`, `{"l":[{"x":2}]}`, `{"l":[{"x":1},{"x":1}]}`} {
		var w any
		if err := json.Unmarshal([]byte(want), &w); err != nil || lacks(map[string]any{"a": 1.0, "l": []any{map[string]any{"x": 1.0}}}, w) == "" {
			t.Errorf("%s is not missed: %v", want, err)
		}
	}
}

func plain(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lacks says what of want is not in got; "" is nothing. got may have more.
func lacks(got, want any) string {
	switch want := want.(type) {
	case nil:
		return ""
	case map[string]any:
		has, _ := got.(map[string]any)
		for name, w := range want {
			if lack := lacks(has[name], w); lack != "" {
				return name + ": " + lack
			}
		}
		return ""
	case []any:
		has, _ := got.([]any)
		for i, w := range want {
			if i >= len(has) {
				return fmt.Sprintf("only %d elements", len(has))
			}
			if lack := lacks(has[i], w); lack != "" {
				return fmt.Sprint(i, ": ", lack)
			}
		}
		return ""
	}
	if got != want {
		return fmt.Sprintf("%v, want %v", got, want)
	}
	return ""
}
