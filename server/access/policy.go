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
	again  bool // PIN or password must have been given a moment ago
}

// rules are who may do what. The first that fits holds; a route that nobody has thought of is the owner's.
//
// Everything that makes drinks needs a paired tablet and nothing more, so that a forgotten PIN stops no cup.
var rules = []rule{
	{"", "/v1", Anyone, false}, // channel keys, checked there
	{"", "/static", Anyone, false},
	{"", "/manifest.webmanifest", Anyone, false},
	{"", "/problems", Anyone, false},
	{"", "/docs", Anyone, false},
	{"", "/openapi.yaml", Anyone, false},
	{"", "/asyncapi.yaml", Anyone, false},
	{"", "/healthz", Anyone, false}, // one word, for whoever watches over the box
	{"", "/readyz", Anyone, false},
	{"", "/metrics", Tablet, false}, // or from this machine itself: see permits
	{"", "/board", Anyone, false},   // numbers for those who wait, no names
	{"", "/lang", Anyone, false},
	{"", "/pair", Anyone, false},
	{"", "/ca.crt", Anyone, false},
	{"", "/signout", Anyone, false},
	{"", "/owner/signin", Anyone, false},
	{"", "/owner/setup", Anyone, false},

	{"", "/", Tablet, false},
	{"", "/signin", Tablet, false},
	{http.MethodPost, "/kds/orders/:id/release", Staff, false}, // the customer is told no: somebody has to stand for it
	{http.MethodPost, "/kds/release", Staff, false},
	{"", "/kds", Tablet, false},
	{"", "/handoff", Tablet, false},
	{"", "/printers", Tablet, false},
	{"", "/practice", Tablet, false},

	{"", "/owner/again", Manager, false},
	{"", "/owner/people", Owner, true},
	{"", "/owner/keys", Owner, true},
	{"", "/owner/password", Owner, true},
	{"", "/owner/settlement", Owner, true},
	{http.MethodPost, "/owner/terms", Owner, false},
	{"", "/owner", Manager, false},
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
func (g *Guard) permits(r rule, c Caller, req *http.Request) bool {
	need := r.need
	if need == Staff && len(g.Members()) == 0 {
		need = Tablet // nobody has a PIN: the tablet has to do
	}
	if r.route == "/metrics" && isLoopback(req.RemoteAddr) && !viaProxy(req) {
		return true
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

// viaProxy reports whether a request says that somebody has passed it on.
func viaProxy(r *http.Request) bool {
	for _, sign := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(sign) != "" {
			return true
		}
	}
	return false
}
