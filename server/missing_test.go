package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestAPageThatIsNotThereSaysSo, behind the guard as before it: what ends with a request must not take its error page along.
func TestAPageThatIsNotThereSaysSo(t *testing.T) {
	r := start(t, t.TempDir())
	for _, path := range []string{"/kds/cups/c99-1", "/kds/cups/zz", "/kds/orders/o99", "/kds/nowhere", "/owner/settlement/never",
		"/nothing"} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path+"?lang=zh", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Accept", "text/html")
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "找不到") {
			t.Errorf("%s: %s %v\n%.300s", path, answer.Status, err, body)
		}
	}
}
