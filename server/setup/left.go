package setup

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/templates"
	"weir/templates/page"
)

// LeftPath is the owner's page that says what is left to be done.
const LeftPath = "/owner/left"

// Standing is how far a running shop is.
type Standing struct {
	Paired   int  // devices
	Keys     int  // platforms that have a good key
	Channels int  // platforms of the shop
	Printers int  //
	Secure   bool // browsers reach the shop over HTTPS
	Remote   bool // the broker is the platform's
	Copied   bool // a continuous copy is kept
	Alerts   int  // targets outside the shop
}

// Left shows what is left after a first start, as it is now. Everything on it can be done later, and most shops never need all.
func Left(e *echo.Echo, standing func() Standing) {
	e.GET(LeftPath, func(c echo.Context) error {
		s, l := standing(), page.Lang(c)
		v := templates.SetupLeft{Page: page.Light.New(c, l.T("setup.left.title"), "owner.css")}
		add := func(done bool, name, say, href, setting string) {
			v.Things = append(v.Things, templates.SetupThing{Done: done, Name: name, Say: say, Href: href, Setting: setting})
		}
		add(s.Paired > 0, l.T("setup.left.tablets"), l.T("setup.left.tablets_say"), "/owner/devices", "")
		add(s.Printers > 0, l.T("setup.left.paper"), l.T("setup.left.paper_say"), "/printers", "")
		add(false, l.T("setup.left.practice"), l.T("setup.left.practice_say"), "/practice", "")
		if s.Channels > 0 {
			add(s.Keys >= s.Channels, l.T("setup.left.keys"), l.T("setup.left.keys_say"), "/owner/keys", "")
		}
		add(s.Secure, l.T("setup.left.private"), l.T("setup.left.private_say"), "", "WEIR_TLS=auto")
		add(s.Remote, l.T("setup.left.uplink"), l.T("setup.left.uplink_say"), "", "WEIR_BROKER=…")
		add(s.Copied, l.T("setup.left.copy"), l.T("setup.left.copy_say"), "", "WEIR_REPLICA=…")
		add(s.Alerts > 0, l.T("setup.left.alerts"), l.T("setup.left.alerts_say"), "", "alerts:")
		return page.Show(c, http.StatusOK, templates.SetupLeftPage(v))
	})
}
