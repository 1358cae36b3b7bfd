package access

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop/guard"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// Routes mounts pairing and signing in.
func (g *Guard) Routes(e *echo.Echo) {
	e.GET("/pair", g.pairPage)
	e.POST("/pair", g.pair)
	e.GET("/ca.crt", g.rootFile)
	e.GET("/signin", g.signInPage)
	e.POST("/signin", g.signIn)
	e.POST("/signout", g.signOut)
	e.GET("/owner/signin", g.ownerSignInPage)
	e.POST("/owner/signin", g.ownerSignIn)
	e.GET("/owner/again", g.againPage)
	e.POST("/owner/again", g.again)
	e.GET("/owner/setup", g.setupPage)
	e.POST("/owner/setup", g.setup)
}

// Explain is what was wrong with what a person typed, in their language, with the status that says so. ok is
// false when it is our own fault.
func Explain(l words.Lang, err error) (status int, text string, ok bool) {
	var soon guard.TooSoon
	switch {
	case errors.As(err, &soon):
		s := int(math.Ceil(soon.Wait.Seconds()))
		return http.StatusTooManyRequests, l.T("sign_in.too_many_wrong_ones", s), true
	case errors.Is(err, ErrCode):
		return http.StatusForbidden, l.T("sign_in.the_code_is_wrong"), true
	case errors.Is(err, ErrName):
		return http.StatusUnprocessableEntity, l.T("sign_in.name_rule"), true
	case errors.Is(err, ErrWrong):
		return http.StatusForbidden, l.T("sign_in.that_is_not_right"), true
	case errors.Is(err, ErrPIN):
		return http.StatusUnprocessableEntity, l.T("sign_in.pin_rule"), true
	case errors.Is(err, ErrPassword):
		return http.StatusUnprocessableEntity, l.T("sign_in.a_password_has_at"), true
	case errors.Is(err, ErrDiffer):
		return http.StatusUnprocessableEntity, l.T("sign_in.the_two_passwords_differ"), true
	case errors.Is(err, ErrRole):
		return http.StatusUnprocessableEntity, l.T("sign_in.a_role_is_staff"), true
	case errors.Is(err, ErrFull):
		return http.StatusConflict, l.T("sign_in.there_are_too_many"), true
	}
	return 0, "", false
}

// ErrDiffer says that a password was typed in two ways.
var ErrDiffer = errors.New("the two passwords differ")

// failed answers a form that could not be done with the same page and what was wrong.
func failed(c echo.Context, err error, show func(status int, text string) error) error {
	status, text, ok := Explain(page.Lang(c), err)
	if !ok {
		return err
	}
	var soon guard.TooSoon
	if errors.As(err, &soon) {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(soon.Wait.Seconds()))))
	}
	return show(status, text)
}

func (g *Guard) pairPage(c echo.Context) error {
	return g.showPair(c, http.StatusOK, "", url.Values{"code": {c.QueryParam("code")}, "back": {c.QueryParam("back")}})
}

func (g *Guard) showPair(c echo.Context, status int, wrong string, form url.Values) error {
	l := page.Lang(c)
	caller := CallerOf(c.Request().Context())
	p := templates.Pair{
		Page: page.Light.New(c, l.T("sign_in.pair"), "owner.css"), Device: caller.Device, Error: wrong,
		Code: form.Get("code"), Name: form.Get("name"), Back: page.Back(form.Get("back"), "/"),
		Plain: !g.Secure && !guard.IsLoopback(c.Request().RemoteAddr),
		Names: []string{l.T("shared.board"), l.T("sign_in.counter"), l.T("shared.pick_up_screen"), l.T("sign_in.owners_phone")},
	}
	p.Path = "/pair"
	if p.Name == "" {
		p.Name = l.T("sign_in.tablet", len(g.Devices())+1)
	}
	if g.Root != nil {
		p.Fingerprint = g.Root.Fingerprint()
	}
	return page.Show(c, status, templates.PairPage(p))
}

func (g *Guard) pair(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	token, err := g.Pair(c.Request().Context(), form.Get("code"), form.Get("name"), guard.AddressKey(c.Request().RemoteAddr))
	if err != nil {
		return failed(c, err, func(status int, text string) error { return g.showPair(c, status, text, form) })
	}
	c.SetCookie(g.cookies.Make(deviceCookie, token, deviceCookieAge))
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/"))
}

// rootFile is the root certificate for a tablet to install.
func (g *Guard) rootFile(c echo.Context) error {
	if g.Root == nil {
		return echo.ErrNotFound
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="weir-root.crt"`)
	return c.Blob(http.StatusOK, "application/x-x509-ca-cert", g.Root.DER())
}

func (g *Guard) signInPage(c echo.Context) error {
	return g.showSignIn(c, http.StatusOK, "", url.Values{"back": {c.QueryParam("back")}})
}

func (g *Guard) showSignIn(c echo.Context, status int, wrong string, form url.Values) error {
	l, caller := page.Lang(c), CallerOf(c.Request().Context())
	s := templates.SignIn{
		Page: page.Light.New(c, l.T("sign_in.sign_in"), "owner.css"), Device: caller.Device, Error: wrong, Signed: caller.Member,
		Back: page.Back(form.Get("back"), "/kds"),
	}
	s.Path = "/signin"
	for _, m := range g.Members() {
		s.People = append(s.People, templates.Person{ID: m.ID, Name: m.Name, Role: RoleWord(l, RoleOf(m)), Chosen: m.ID == form.Get("member")})
	}
	return page.Show(c, status, templates.SignInPage(s))
}

// RoleWord is a role as people call it.
func RoleWord(l words.Lang, r Role) string {
	switch r {
	case Staff:
		return l.T("sign_in.staff")
	case Manager:
		return l.T("sign_in.manager")
	case Owner:
		return l.T("sign_in.owner")
	}
	return l.T("sign_in.device")
}

func (g *Guard) signIn(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	member := form.Get("member")
	if member == ownerID {
		member = "" // the owner has a page of their own
	}
	err = g.begin(c, member, form.Get("pin"), crewSpan.Limit)
	if err != nil {
		return failed(c, err, func(status int, text string) error { return g.showSignIn(c, status, text, form) })
	}
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/kds"))
}

// begin signs somebody in on this browser; whoever was signed in on it no longer is.
func (g *Guard) begin(c echo.Context, member, secret string, age time.Duration) error {
	ctx := c.Request().Context()
	caller := CallerOf(ctx)
	token, err := g.SignIn(ctx, caller, member, secret, guard.AddressKey(c.Request().RemoteAddr))
	if err != nil {
		return err
	}
	if err := g.SignOut(ctx, caller); err != nil {
		return err
	}
	c.SetCookie(g.cookies.Make(sessionCookie, token, age))
	return nil
}

func (g *Guard) signOut(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := g.SignOut(c.Request().Context(), CallerOf(c.Request().Context())); err != nil {
		return err
	}
	c.SetCookie(g.cookies.Make(sessionCookie, "", 0))
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/"))
}

func (g *Guard) ownerSignInPage(c echo.Context) error {
	if !g.HasOwner() {
		return c.Redirect(http.StatusSeeOther, "/owner/setup?back="+url.QueryEscape(page.Back(c.QueryParam("back"), "/owner")))
	}
	return g.showOwnerSignIn(c, http.StatusOK, "", url.Values{"back": {c.QueryParam("back")}})
}

func (g *Guard) showOwnerSignIn(c echo.Context, status int, wrong string, form url.Values) error {
	l, caller := page.Lang(c), CallerOf(c.Request().Context())
	o := templates.OwnerSignIn{
		Page: page.Light.New(c, l.T("sign_in.title_owner"), "owner.css"), Error: wrong, Back: page.Back(form.Get("back"), "/owner"),
	}
	if caller.DeviceID != "" && len(g.Members()) > 0 {
		o.Crew = "/signin?back=" + url.QueryEscape(o.Back)
	}
	if o.Path = "/owner/signin"; caller.Role < Owner {
		o.Signed = caller.Member
	}
	return page.Show(c, status, templates.OwnerSignInPage(o))
}

func (g *Guard) ownerSignIn(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := g.begin(c, ownerID, form.Get("secret"), ownerSpan.Limit); err != nil {
		return failed(c, err, func(status int, text string) error { return g.showOwnerSignIn(c, status, text, form) })
	}
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/owner"))
}

func (g *Guard) againPage(c echo.Context) error {
	return g.showAgain(c, http.StatusOK, "", url.Values{"back": {c.QueryParam("back")}})
}

func (g *Guard) showAgain(c echo.Context, status int, wrong string, form url.Values) error {
	l, caller := page.Lang(c), CallerOf(c.Request().Context())
	o := templates.OwnerSignIn{
		Page: page.Light.New(c, l.T("sign_in.confirm_that_it_is"), "owner.css"), Error: wrong, Again: true,
		PIN: caller.MemberID != ownerID, Back: page.Back(form.Get("back"), "/owner"),
	}
	o.Path = "/owner/again"
	return page.Show(c, status, templates.OwnerSignInPage(o))
}

func (g *Guard) again(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	r := c.Request()
	if err := g.Prove(r.Context(), CallerOf(r.Context()), form.Get("secret"), guard.AddressKey(r.RemoteAddr)); err != nil {
		return failed(c, err, func(status int, text string) error { return g.showAgain(c, status, text, form) })
	}
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/owner"))
}

func (g *Guard) setupPage(c echo.Context) error {
	return g.showSetup(c, http.StatusOK, "", url.Values{"code": {c.QueryParam("code")}, "back": {c.QueryParam("back")}})
}

func (g *Guard) showSetup(c echo.Context, status int, wrong string, form url.Values) error {
	l := page.Lang(c)
	o := templates.OwnerSetup{
		Page: page.Light.New(c, l.T("sign_in.set_the_owners_password"), "owner.css"), Error: wrong, Code: form.Get("code"),
		Name: form.Get("name"), Back: page.Back(form.Get("back"), "/owner"), Command: "weir pair --owner",
	}
	o.Path = "/owner/setup"
	if o.Name == "" {
		o.Name = l.T("shared.owner")
	}
	return page.Show(c, status, templates.OwnerSetupPage(o))
}

func (g *Guard) setup(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	password := form.Get("password")
	if password != form.Get("again") {
		err = ErrDiffer
	} else {
		err = g.SetOwner(c.Request().Context(), form.Get("code"), form.Get("name"), password, guard.AddressKey(c.Request().RemoteAddr))
	}
	if err == nil {
		err = g.begin(c, ownerID, password, ownerSpan.Limit)
	}
	if err != nil {
		return failed(c, err, func(status int, text string) error { return g.showSetup(c, status, text, form) })
	}
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/owner"))
}
