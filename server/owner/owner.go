// Package owner is the owner's pages: how long the wait is, today's curve against what the crew can make, the
// campaigns that wait for an answer, what the platforms owe, and every setting that may be changed from a phone.
//
// Every change is a form that works without script, a command like any other, and a line in the log that says
// who did it. Who may do what is not decided here but in package access, which stands in front.
package owner

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/clock"
	"weir/server/outbox"
	"weir/server/settlement"
	"weir/shop/words"
	"weir/templates"
)

// Config is what the pages need. Only Tally, Guard, Keys, Now and Log must be given.
type Config struct {
	Tally  *Tally                             // the shop, and what of its day is not in its rows
	Guard  *access.Guard                      // devices and people
	Keys   *access.Keys                       // channel keys
	Now    func() time.Time                   // the shop's clock
	Log    *slog.Logger                       //
	Lights func(words.Lang) []templates.Light // printers and links to the outside; nil: none to show
	Copied func(words.Lang) (string, bool)    // until when the shop is copied elsewhere; ok is false where it is not. nil: nowhere
	Outbox []*outbox.Follower                 // who is told by calls; nil: nobody
	Clock  *clock.Clock                       // the clock that a person may say is right; nil: the shop has none of its own
}

// Pages serves the owner's pages. Make them with [New] and mount them with [Pages.Routes].
type Pages struct {
	Config
	books   *settlement.Books
	uploads uploads
	reports reports
}

// New returns the owner's pages.
func New(c Config) *Pages {
	if c.Lights == nil {
		c.Lights = func(words.Lang) []templates.Light { return nil }
	}
	if c.Copied == nil {
		c.Copied = func(words.Lang) (string, bool) { return "", false }
	}
	return &Pages{Config: c, books: settlement.New(c.Tally)}
}

// Routes mounts every page and form. Signing in is at package access.
func (p *Pages) Routes(e *echo.Echo) {
	e.GET("/owner", p.ownerPage)
	e.GET("/owner/live", p.livePart)
	e.POST("/owner/intake", p.setIntakes)
	e.POST("/owner/intake/:channel", p.setIntake)
	e.POST("/owner/staff", p.setStaff)
	e.POST("/owner/closing", p.closeEarly)
	e.GET("/owner/waiting", p.waitingPage)
	e.GET("/owner/names", p.namesPage)
	e.POST("/owner/names/:channel", p.mapName)
	e.POST("/owner/names/:channel/remove", p.forgetName)
	e.GET("/owner/names/:channel/names.csv", p.downloadNames)
	e.POST("/owner/names/:channel/file", p.uploadNames)
	e.GET("/owner/menu", p.menuPage)
	e.GET("/owner/menu/menu.csv", p.downloadMenu)
	e.POST("/owner/menu/file", p.previewMenu)
	e.POST("/owner/menu/first", p.previewFirstMenu)
	e.POST("/owner/menu/change", p.changeMenu)
	e.POST("/owner/menu/items/:id", p.changeItem)
	e.GET("/owner/rota", p.rotaPage)
	e.POST("/owner/rota", p.addTurn)
	e.POST("/owner/rota/home", p.setHome)
	e.POST("/owner/rota/remove", p.removeTurn)
	e.POST("/owner/rota/file", p.fileRota)
	e.POST("/owner/clock", p.trustClock)
	e.POST("/owner/terms", p.setTerms)

	e.GET("/owner/campaigns", p.campaignsPage)
	e.GET("/owner/campaigns/:id", p.campaignPage)
	e.POST("/owner/campaigns/:id", p.answerCampaign)
	e.GET("/owner/settlement", p.settlementPage)
	e.GET("/owner/settlement/:day", p.dayPage)
	e.POST("/owner/settlement/:day/close", p.closeDay)
	e.GET("/owner/settlement/:day/orders.csv", p.downloadOrders)
	e.GET("/owner/settlement/:day/:channel", p.statementPage)
	e.POST("/owner/settlement/:day/:channel", p.importStatement)

	e.GET("/owner/devices", p.devicesPage)
	e.POST("/owner/devices/code", p.makeCode)
	e.POST("/owner/devices/:id/revoke", p.revokeDevice)
	e.GET("/owner/people", p.peoplePage)
	e.POST("/owner/people", p.addMember)
	e.POST("/owner/people/:id", p.changeMember)
	e.POST("/owner/people/:id/remove", p.removeMember)
	e.GET("/owner/keys", p.keysPage)
	e.POST("/owner/keys", p.addKey)
	e.POST("/owner/keys/:id/revoke", p.revokeKey)
	e.GET("/owner/outbox", p.outboxPage)
	e.POST("/owner/outbox/:kind/:channel", p.sendAgain)
	e.GET("/owner/fleet", p.outsidePage)
	e.POST("/owner/fleet/rights", p.setOutside)
	e.POST("/owner/fleet/end", p.leaveOutside)
	e.GET("/owner/password", p.passwordPage)
	e.POST("/owner/password", p.setPassword)
	e.GET("/owner/log", p.logPage)
	e.GET("/owner/report", p.reportPage)
	e.GET("/owner/report/days", p.monthPage)
}
