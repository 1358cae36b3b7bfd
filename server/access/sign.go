package access

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

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
func Explain(l templates.Lang, err error) (status int, text string, ok bool) {
	var soon TooSoon
	switch {
	case errors.As(err, &soon):
		s := int(math.Ceil(soon.Wait.Seconds()))
		return http.StatusTooManyRequests, fmt.Sprintf(l.T("错得太多。请等 %d 秒再试。做饮品不受影响。", "Too many wrong ones. Wait %d seconds. Making drinks goes on."), s), true
	case errors.Is(err, ErrCode):
		return http.StatusForbidden, l.T("配对码不对、已用过或已过期。请重新取一个。", "The code is wrong, has been used or is too old. Get a new one."), true
	case errors.Is(err, ErrName):
		return http.StatusUnprocessableEntity, l.T("名字要 1 到 16 个字，且没有重名。", "A name has 1 to 16 characters and is not taken yet."), true
	case errors.Is(err, ErrWrong):
		return http.StatusForbidden, l.T("不对，请再试。", "That is not right. Try again."), true
	case errors.Is(err, ErrPIN):
		return http.StatusUnprocessableEntity, l.T("PIN 是 4 到 8 位数字，不能全相同或连号。", "A PIN has 4 to 8 digits that are not all the same or in a row."), true
	case errors.Is(err, ErrPassword):
		return http.StatusUnprocessableEntity, l.T("密码至少 8 位，不能太简单。", "A password has at least 8 characters and is not a simple one."), true
	case errors.Is(err, ErrDiffer):
		return http.StatusUnprocessableEntity, l.T("两次输入的密码不一样。", "The two passwords differ."), true
	case errors.Is(err, ErrRole):
		return http.StatusUnprocessableEntity, l.T("角色是店员或值班经理。", "A role is staff or manager."), true
	case errors.Is(err, ErrFull):
		return http.StatusConflict, l.T("已经太多了，请先移除一些。", "There are too many already. Remove some first."), true
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
	var soon TooSoon
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
		Page: page.New(c, l.T("配对", "Pair"), "owner.css"), Device: caller.Device, Error: wrong,
		Code: form.Get("code"), Name: form.Get("name"), Back: page.Back(form.Get("back"), "/"), Plain: !g.Secure && !isLoopback(c.Request().RemoteAddr),
		Names: []string{l.T("出杯屏", "Board"), l.T("前台", "Counter"), l.T("取餐屏", "Pick-up screen"), l.T("店主手机", "Owner's phone")},
	}
	p.Path = "/pair"
	if p.Name == "" {
		p.Name = fmt.Sprintf(l.T("平板 %d", "Tablet %d"), len(g.Devices())+1)
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
	token, err := g.Pair(c.Request().Context(), form.Get("code"), form.Get("name"), addressKey(c.Request().RemoteAddr))
	if err != nil {
		return failed(c, err, func(status int, text string) error { return g.showPair(c, status, text, form) })
	}
	c.SetCookie(g.cookie(deviceCookie, token, deviceCookieAge))
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
		Page: page.New(c, l.T("登录", "Sign in"), "owner.css"), Device: caller.Device, Error: wrong, Signed: caller.Member,
		Back: page.Back(form.Get("back"), "/kds"),
	}
	s.Path = "/signin"
	for _, m := range g.Members() {
		s.People = append(s.People, templates.Person{ID: m.ID, Name: m.Name, Role: RoleWord(l, RoleOf(m)), Chosen: m.ID == form.Get("member")})
	}
	return page.Show(c, status, templates.SignInPage(s))
}

// RoleWord is a role as people call it.
func RoleWord(l templates.Lang, r Role) string {
	switch r {
	case Staff:
		return l.T("店员", "staff")
	case Manager:
		return l.T("值班经理", "manager")
	case Owner:
		return l.T("店主", "owner")
	}
	return l.T("设备", "device")
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
	err = g.begin(c, member, form.Get("pin"), crewLimit)
	if err != nil {
		return failed(c, err, func(status int, text string) error { return g.showSignIn(c, status, text, form) })
	}
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/kds"))
}

// begin signs somebody in on this browser; whoever was signed in on it no longer is.
func (g *Guard) begin(c echo.Context, member, secret string, age time.Duration) error {
	ctx := c.Request().Context()
	caller := CallerOf(ctx)
	token, err := g.SignIn(ctx, caller, member, secret, addressKey(c.Request().RemoteAddr))
	if err != nil {
		return err
	}
	if err := g.SignOut(ctx, caller); err != nil {
		return err
	}
	c.SetCookie(g.cookie(sessionCookie, token, age))
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
	c.SetCookie(g.cookie(sessionCookie, "", 0))
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
		Page: page.New(c, l.T("店主登录", "Owner"), "owner.css"), Error: wrong, Back: page.Back(form.Get("back"), "/owner"),
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
	if err := g.begin(c, ownerID, form.Get("secret"), ownerLimit); err != nil {
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
		Page: page.New(c, l.T("请再确认一次", "Confirm that it is you"), "owner.css"), Error: wrong, Again: true,
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
	if err := g.Prove(r.Context(), CallerOf(r.Context()), form.Get("secret"), addressKey(r.RemoteAddr)); err != nil {
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
		Page: page.New(c, l.T("设置店主密码", "Set the owner's password"), "owner.css"), Error: wrong, Code: form.Get("code"),
		Name: form.Get("name"), Back: page.Back(form.Get("back"), "/owner"), Command: "weir pair --owner",
	}
	o.Path = "/owner/setup"
	if o.Name == "" {
		o.Name = l.T("店主", "Owner")
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
		err = g.SetOwner(c.Request().Context(), form.Get("code"), form.Get("name"), password, addressKey(c.Request().RemoteAddr))
	}
	if err == nil {
		err = g.begin(c, ownerID, password, ownerLimit)
	}
	if err != nil {
		return failed(c, err, func(status int, text string) error { return g.showSetup(c, status, text, form) })
	}
	return c.Redirect(http.StatusSeeOther, page.Back(form.Get("back"), "/owner"))
}
