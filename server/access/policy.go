package access

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// rule is who may ask for a route and everything below it.
type rule struct {
	method string // "" is any
	route  string
	need   Role
	also   condition
}

// condition is what else must hold.
type condition uint8

const (
	// again: PIN or password must have been given a moment ago.
	again condition = 1 << iota
	// lasts: what is given out is still good when a trial has ended, so nobody gets it who merely reaches an open trial.
	lasts
)

// rules are who may do what. The first that fits holds; a route that nobody has thought of is the owner's.
//
// Everything that makes drinks needs a paired tablet and nothing more, so that a forgotten PIN stops no cup.
var rules = []rule{
	{"", "/v1/device", Tablet, 0}, // readers at machines are paired like tablets
	{"", "/v1", Anyone, 0},        // channel keys, checked there
	{"", "/static", Anyone, 0},
	{"", "/manifest.webmanifest", Anyone, 0},
	{"", "/problems", Anyone, 0},
	{"", "/docs", Anyone, 0},
	{"", "/openapi.yaml", Anyone, 0},
	{"", "/asyncapi.yaml", Anyone, 0},
	{"", "/healthz", Anyone, 0}, // one word, for whoever watches over the box
	{"", "/readyz", Anyone, 0},
	{"", "/metrics", Tablet, 0}, // what the shop sells: a monitor is paired like a tablet
	{"", "/board", Anyone, 0},   // numbers for those who wait, no names
	{"", "/lang", Anyone, 0},
	{"", "/size", Anyone, 0},
	{"", "/pair", Anyone, 0},
	{"", "/ca.crt", Anyone, 0},
	{"", "/signout", Anyone, 0},
	{"", "/owner/signin", Anyone, 0},
	{"", "/owner/setup", Anyone, 0},

	{"", "/", Tablet, 0},
	{"", "/signin", Tablet, 0},
	{http.MethodPost, "/kds/orders/:id/release", Staff, 0}, // the customer is told no: somebody has to stand for it
	{http.MethodPost, "/kds/orders/:id/first", Staff, 0},   // others are passed: somebody has to stand for it
	{http.MethodPost, "/kds/release", Staff, 0},
	{http.MethodPost, "/kds/cups/:id/void", Staff, 0}, // the last cup ends its order
	{http.MethodPost, "/kds/cups/:id/discard", Staff, 0},
	{"", "/kds", Tablet, 0},
	{"", "/handoff", Tablet, 0},
	{"", "/printers", Tablet, 0},
	{"", "/practice", Tablet, 0},

	{"", "/owner/again", Manager, 0},
	{"", "/owner/people", Owner, again},
	{http.MethodPost, "/owner/keys/:id/revoke", Owner, again},
	{http.MethodPost, "/owner/keys", Owner, again | lasts},
	{http.MethodPost, "/owner/devices/code", Manager, lasts},
	{"", "/owner/keys", Owner, again},
	{"", "/owner/password", Owner, again},
	{"", "/owner/settlement", Owner, again},
	{http.MethodPost, "/owner/terms", Owner, 0},
	{http.MethodPost, "/owner/fleet/rights", Owner, 0},
	{"", "/owner", Manager, 0},
}

// everybodys is what a stranger may do with a route that is not in the table.
var everybodys = rule{need: Owner}

// ruleOf finds the rule for a request that was routed.
func ruleOf(c echo.Context) rule {
	method, route := c.Request().Method, c.Path()
	for _, r := range rules {
		if r.method != "" && r.method != method {
			continue
		}
		if below, ok := strings.CutPrefix(route, r.route); ok && (below == "" || r.route != "/" && below[0] == '/') {
			return r
		}
	}
	return everybodys
}

const (
	// provedFor is how long a PIN or password that was given counts as given a moment ago.
	provedFor = 5 * time.Minute
	// provedForForm is longer: who has opened a form in time may fill it in.
	provedForForm = 15 * time.Minute
)

// permits reports whether a caller may do what a rule is about.
func (g *Guard) permits(r rule, c Caller) bool {
	need := r.need
	if need == Staff && len(g.Members()) == 0 {
		need = Tablet // nobody has a PIN: the tablet has to do
	}
	return c.Role >= need
}

// provedLately reports whether who is signed in has just shown to be that person. On an open machine nobody
// can be asked.
func (g *Guard) provedLately(c Caller, method string) bool {
	within := provedFor
	if method != http.MethodGet && method != http.MethodHead {
		within = provedForForm
	}
	return c.Open || g.Now().Sub(c.ProvedAt) <= within
}
