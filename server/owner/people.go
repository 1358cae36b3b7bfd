package owner

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/templates"
	"weir/templates/page"
)

func (p *Pages) peoplePage(c echo.Context) error { return p.showPeople(c, http.StatusOK, "", "") }

func (p *Pages) showPeople(c echo.Context, status int, wrong, name string) error {
	l := page.Lang(c)
	o := templates.OwnerPeople{Page: title(c, page.Lang(c).T("owner_page.people")), Wrong: wrong, Name: name,
		Roles: roleChoices(l, access.Staff.String())}
	o.Path = "/owner/people"
	for _, m := range p.Guard.Members() {
		role := access.RoleOf(m)
		o.People = append(o.People, templates.OwnerPerson{ID: m.ID, Name: m.Name, Role: access.RoleWord(l, role), Since: p.real(m.AddedAt),
			Roles: roleChoices(l, role.String())})
	}
	return page.Show(c, status, templates.OwnerPeoplePage(o))
}

// people answers a form about people.
func (p *Pages) people(c echo.Context, err error, name string) error {
	if errors.Is(err, shop.ErrNotFound) {
		err = nil // removed meanwhile: the page shows that
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/owner/people")
	}
	status, text, ok := access.Explain(page.Lang(c), err)
	if !ok {
		return err
	}
	return p.showPeople(c, status, text, name)
}

func (p *Pages) addMember(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	role, _ := access.ParseRole(form.Get("role")) // a word that is no role is refused as one
	name := form.Get("name")
	return p.people(c, p.Guard.AddMember(c.Request().Context(), access.Who(c), name, role, form.Get("pin")), name)
}

func (p *Pages) changeMember(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	role, _ := access.ParseRole(form.Get("role"))
	return p.people(c, p.Guard.ChangeMember(c.Request().Context(), access.Who(c), c.Param("id"), role, form.Get("pin")), "")
}

func (p *Pages) removeMember(c echo.Context) error {
	return p.people(c, p.Guard.RemoveMember(c.Request().Context(), access.Who(c), c.Param("id")), "")
}

func (p *Pages) passwordPage(c echo.Context) error { return p.showPassword(c, http.StatusOK, "") }

func (p *Pages) showPassword(c echo.Context, status int, wrong string) error {
	o := templates.OwnerPassword{Page: title(c, page.Lang(c).T("owner_page.password")), Wrong: wrong}
	o.Path = "/owner/password"
	return page.Show(c, status, templates.OwnerPasswordPage(o))
}

// setPassword changes the owner's password; the owner then signs in with it.
func (p *Pages) setPassword(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	password := form.Get("password")
	if err = access.ErrDiffer; password == form.Get("again") {
		err = p.Guard.SetPassword(c.Request().Context(), access.Who(c), password)
	}
	if errors.Is(err, shop.ErrNotFound) {
		return c.Redirect(http.StatusSeeOther, "/owner/setup") // there is none to change yet
	}
	if status, text, ok := access.Explain(page.Lang(c), err); ok {
		return p.showPassword(c, status, text)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/signin")
}
