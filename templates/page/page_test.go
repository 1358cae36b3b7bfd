package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"weir/shop/words"
	"weir/templates"
)

// TestAFirstVisitIsInTheBrowsersLanguage: what was chosen goes before what the browser asks for; Chinese is for all others.
func TestAFirstVisitIsInTheBrowsersLanguage(t *testing.T) {
	e := echo.New()
	e.GET("/", func(c echo.Context) error {
		return Show(c, http.StatusOK, templates.ProblemPage(templates.Problem{Page: Light.New(c, "", "")}))
	})
	for _, tt := range []struct {
		path, accept, cookie string
		want                 words.Lang
	}{
		{"/", "", "", words.ZH},
		{"/", "en-GB,en;q=0.9", "", words.EN},
		{"/", "de-DE,de;q=0.9,en;q=0.5", "", words.EN},
		{"/", "zh-TW,en;q=0.5", "", words.ZH},
		{"/", "en;q=0.5,zh-CN", "", words.ZH},
		{"/", "th,my", "", words.ZH},
		{"/", "*", "", words.ZH},
		{"/", "\x00,;;q=x", "", words.ZH},
		{"/", strings.Repeat("en-", 10000), "", words.ZH},
		{"/", "en", "zh", words.ZH},
		{"/", "zh", "en", words.EN},
		{"/", "en", "nonsense", words.EN},
		{"/?lang=en", "zh", "zh", words.EN},
	} {
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		r.Header.Set("Accept-Language", tt.accept)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: LangCookie, Value: tt.cookie})
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `<html lang="`+tt.want.Tag()+`"`) {
			t.Errorf("%s with %.40q and cookie %q is not in %s:\n%.200s", tt.path, tt.accept, tt.cookie, tt.want, w.Body)
		}
	}
}
