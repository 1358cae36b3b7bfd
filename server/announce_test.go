package main

import "testing"

func TestThePrintedCommandIsOneThatCanBeTyped(t *testing.T) {
	for name, want := range map[string]string{
		"/tmp/go-build1234/b001/exe/server":      "go run ./server",
		"/root/.cache/go-build/ab/cdef-d/server": "go run ./server",
		"/usr/local/bin/weir":                    "weir", "./weir": "./weir", "weir": "weir",
	} {
		if got := calledAs(name); got != want {
			t.Errorf("called as %s: %s, want %s", name, got, want)
		}
	}
}
