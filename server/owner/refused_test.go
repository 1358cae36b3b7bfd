package owner

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/labstack/echo/v4"

	"weir/kds"
	"weir/shop"
)

// TestRefusedCupsAreTheSameOnAllPages: the tablet's page and the owner's page count the cups of a refused order alike, and a bag
// is no cup on either of them.
func TestRefusedCupsAreTheSameOnAllPages(t *testing.T) {
	onTablet := regexp.MustCompile(`, (\d+) cups \(counted as`)
	onPhone := regexp.MustCompile(`<dt>Refused</dt><dd>(\d+)</dd>`)
	for want, drinks := range map[string]int{"1": 1, "3": 3} { // three drinks are the control: the pages do not always say 1
		h := opened(t, t.TempDir())
		e := echo.New()
		kds.New(kds.Config{
			Kitchen: h.tally.Store, Refusals: h.door.Refusals, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler),
		}).Routes(e)
		screens := httptest.NewServer(e)
		t.Cleanup(screens.Close)
		h.pause("meituan")
		refused := order("meituan", "a", drinks)
		refused.Draft.Lines = append(refused.Draft.Lines, shop.Line{Item: "bag", Qty: 1})
		h.refuse(refused)

		resp, err := http.Get(screens.URL + "/kds/why?lang=en")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		tablet, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		for page, found := range map[string][][]string{
			"/kds/why": onTablet.FindAllStringSubmatch(string(tablet), -1),
			"/owner":   onPhone.FindAllStringSubmatch(h.owner().get("/owner?lang=en"), -1),
		} {
			if len(found) != 1 || found[0][1] != want {
				t.Errorf("%d drinks and a bag were refused; %s shows %v, want %s cups", drinks, page, found, want)
			}
		}
	}
}
