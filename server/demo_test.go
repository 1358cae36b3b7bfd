package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestEveryPageOfADemoSaysSo: nobody takes a demo for the shop. The control is a real shop, whose pages say nothing.
func TestEveryPageOfADemoSaysSo(t *testing.T) {
	for _, demo := range []bool{true, false} {
		r := start(t, t.TempDir(), func(s *Serve) { s.Demo = demo })
		for _, path := range []string{
			"/", "/kds", "/handoff", "/board", "/kds/why", "/printers", "/owner", "/owner/settlement", "/signin", "/pair", "/nothing",
		} {
			for lang, want := range map[string]string{"zh": "演示 · 60 倍速", "en": "Demo · 60 times as fast"} {
				req, err := http.NewRequestWithContext(t.Context(), "GET", r.url+path+"?lang="+lang, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Accept", "text/html")
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Contains(string(body), want); got != demo {
					t.Errorf("%s in %s of a demo (%v) says that it is one: %v", path, lang, demo, got)
				}
			}
		}
	}
}
