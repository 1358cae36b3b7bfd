package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"weir/shop/wire"
	"weir/shop/words"
	"weir/shop/words/madeup"
)

// TestEveryProblemIsSaidInEveryLanguage shows each problem to a person in each language, the made-up one too.
func TestEveryProblemIsSaidInEveryLanguage(t *testing.T) {
	madeup.Add(t)
	if n := len(words.All()); n != 3 {
		t.Fatalf("%d languages, want the two that are released and the one that was added", n)
	}
	for _, entry := range wire.Problems {
		for _, l := range words.All() {
			status, header, body := refused(t, entry, "/kds?lang="+string(l), "text/html")
			if status != entry.Status || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
				t.Errorf("%s in %s: %d %s", entry.Name, l, status, header.Get("Content-Type"))
			}
			if !strings.Contains(body, `<html lang="`+l.Tag()+`"`) {
				t.Errorf("%s in %s: the page does not say its language", entry.Name, l)
			}
			if l != madeup.Lang {
				continue
			}
			if !strings.Contains(body, madeup.Say(entry.Title(words.EN))) {
				t.Errorf("%s: the page lacks its title", entry.Name)
			}
			for _, text := range madeup.Foreign(body) {
				t.Errorf("%s: %q is in no catalogue", entry.Name, text)
			}
		}
		if status, header, body := refused(t, entry, "/kds", "application/json"); status != entry.Status ||
			header.Get("Content-Type") != wire.ProblemMediaName || !strings.Contains(body, `"type":"/problems/`+entry.Name+`"`) {
			t.Errorf("%s to a program: %d %v\n%s", entry.Name, status, header, body)
		}
	}
}

func refused(t *testing.T, entry wire.Entry, path, accept string) (int, http.Header, string) {
	t.Helper()
	e := echo.New()
	e.GET("/kds", func(c echo.Context) error {
		p := wire.Problem{Type: "/problems/" + entry.Name, Title: entry.Title(words.EN), Status: entry.Status}
		return Refuse(c, Refusal{Problem: p}, WantsHTML(c))
	})
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}
