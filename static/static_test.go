package static

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
	return w.Result()
}

func TestOnlyTheRightChecksumIsCached(t *testing.T) {
	right := URL("weir.css")
	wrong := strings.Replace(right, assets["weir.css"].sum, "0000000000", 1)
	for url, want := range map[string]string{right: "public, max-age=31536000, immutable", wrong: "no-cache"} {
		if r := get(t, url); r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != want {
			t.Errorf("%s: %d, Cache-Control %q, want %q", url, r.StatusCode, r.Header.Get("Cache-Control"), want)
		}
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	for _, url := range []string{"/static/", "/static/x/", "/static/x/../static.go", "/static/x/static.go", "/static/weir.css"} {
		if r := get(t, url); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", url, r.StatusCode)
		}
	}
}

// Nothing may be loaded from anywhere else: the shop works without the internet.
func TestNothingComesFromOutside(t *testing.T) {
	for name, a := range assets {
		if strings.HasPrefix(name, "vendor/") || strings.HasPrefix(a.kind, "image/") {
			continue
		}
		for _, sign := range []string{"http://", "https://", "url(//", "@import"} {
			if strings.Contains(string(a.body), sign) {
				t.Errorf("%s contains %q", name, sign)
			}
		}
	}
}
