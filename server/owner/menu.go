package owner

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/sheet"
	"weir/shop/shopfile"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// menuChangesShown bounds the changes on a page and in the log: nobody reads more.
const (
	menuChangesShown = 100
	menuChangesLog   = 5
)

// menuWay is the link to the page from the first one.
func menuWay(l words.Lang) templates.Way {
	return templates.Way{Href: "/owner/menu", Name: l.T("menu_page.menu"), For: l.T("menu_page.what_for")}
}

// menuView is the page with the menu that counts.
func (p *Pages) menuView(c echo.Context) templates.OwnerMenu {
	l, state := page.Lang(c), p.Tally.Snapshot()
	menu := state.Config.Menu
	o := templates.OwnerMenu{Page: title(c, l.T("menu_page.menu")), Rev: menu.Rev}
	if by, at, own := state.OwnMenu(); own {
		o.Own = l.T("menu_page.own", actor(l, state.Config, by), p.clock(at))
	}
	for i := range menu.Items {
		it := &menu.Items[i]
		v := templates.OwnerMenuItem{ID: it.ID, Name: l.Of(it.Name), ZH: it.Name.ZH, EN: it.Name.EN, Hidden: it.Hidden,
			Price: strings.TrimPrefix(templates.Yuan(strconv.FormatInt(it.PriceFen, 10)), "¥")}
		for _, st := range state.Config.Stations {
			if it.ID == menu.Reference || it.Cups == 0 {
				continue // all work is measured in its cups; a bag takes no time
			}
			s := templates.OwnerSeconds{Station: st.ID, Name: l.Of(st.Name)}
			if n, said := it.Seconds[st.ID]; said {
				s.Value = strconv.Itoa(n)
			}
			v.Seconds = append(v.Seconds, s)
		}
		o.Items = append(o.Items, v)
	}
	return o
}

func (p *Pages) menuPage(c echo.Context) error {
	o := p.menuView(c)
	o.Changed = c.QueryParam("changed") != ""
	return page.Show(c, http.StatusOK, templates.OwnerMenuPage(o))
}

// menuWrong shows the menu with what is wrong with what was sent.
func (p *Pages) menuWrong(c echo.Context, status int, what string, lines ...string) error {
	o := p.menuView(c)
	o.Wrong, o.Lines = what, lines
	return page.Show(c, status, templates.OwnerMenuPage(o))
}

// downloadMenu is the menu that counts as a table that a spreadsheet opens and that can be brought back.
func (p *Pages) downloadMenu(c echo.Context) error {
	config := p.Tally.Snapshot().Config
	text, err := shopfile.WriteMenu(config, config.Menu)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="menu.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", text)
}

// previewMenu reads a table and shows what it would change. The table waits for a yes.
func (p *Pages) previewMenu(c echo.Context) error {
	l := page.Lang(c)
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, shopfile.MenuFileMax+formMax)
	text, err := menuFile(c)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return p.menuWrong(c, http.StatusRequestEntityTooLarge, l.T("menu_file.too_large", shopfile.MenuFileMax>>10))
	}
	if err != nil {
		return p.menuWrong(c, http.StatusUnprocessableEntity, l.T("menu_page.choose_a_file"))
	}
	next, err := shopfile.ReadMenu(p.Tally.Snapshot().Config, text)
	if err != nil {
		return p.menuUnread(c, err)
	}
	return p.showPlan(c, next, p.uploads.keep("menu", text))
}

func menuFile(c echo.Context) ([]byte, error) {
	head, err := c.FormFile("file")
	if err != nil {
		return nil, err
	}
	file, err := head.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// menuUnread says what is wrong with a table.
func (p *Pages) menuUnread(c echo.Context, err error) error {
	refused := (*sheet.Refused)(nil)
	if !errors.As(err, &refused) {
		return err
	}
	what, lines := refused.Told(page.Lang(c))
	return p.menuWrong(c, http.StatusUnprocessableEntity, what, lines...)
}

// previewFirstMenu shows what would change if the menu of shop.yaml counted again.
func (p *Pages) previewFirstMenu(c echo.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	return p.showPlan(c, p.Tally.Snapshot().FileMenu(), "")
}

func (p *Pages) showPlan(c echo.Context, next *shop.Menu, token string) error {
	l, state := page.Lang(c), p.Tally.Snapshot()
	preview, err := state.PreviewMenu(next, p.Now())
	if err != nil {
		return p.menuRefused(c, err)
	}
	o := templates.OwnerMenu{Page: title(c, l.T("menu_page.menu"))}
	changes, more := changeWords(l, state.Config, preview.Changes, menuChangesShown)
	o.Plan = &templates.OwnerMenuPlan{Base: preview.Base, Upload: token, Changes: changes, More: more,
		Effects: templates.MenuEffectWords(l, state.Config, preview.MenuEffects)}
	return page.Show(c, http.StatusOK, templates.OwnerMenuPage(o))
}

// changeWords are the first changes in words, and how many more there are.
func changeWords(l words.Lang, config *shop.Config, changes []shop.MenuChange, most int) (list []string, more string) {
	for _, change := range changes[:min(len(changes), most)] {
		list = append(list, templates.MenuChangeWord(l, config, change))
	}
	if n := len(changes) - most; n > 0 {
		more = l.T("menu_page.and_more", strconv.Itoa(n))
	}
	return list, more
}

// menuRefused says why a menu cannot be.
func (p *Pages) menuRefused(c echo.Context, err error) error {
	l := page.Lang(c)
	refusal := (*shop.Error)(nil)
	if !errors.As(err, &refusal) {
		return err
	}
	if refusal.Kind == shop.Conflict {
		return p.menuWrong(c, http.StatusConflict, l.T("menu_page.too_late"))
	}
	var lines []string
	for _, f := range refusal.Fields {
		lines = append(lines, f.Detail)
	}
	return p.menuWrong(c, http.StatusUnprocessableEntity, l.T("menu_page.refused"), lines...)
}

// changeMenu carries out what a person has said yes to.
func (p *Pages) changeMenu(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	command := shop.ChangeMenu{By: access.Who(c), Base: form.Get("base")}
	if token := form.Get("upload"); token != "" {
		file, ok := p.uploads.find(token)
		if !ok || file.name != "menu" {
			return p.menuWrong(c, http.StatusGone, page.Lang(c).T("menu_page.waited_too_long"))
		}
		if command.Menu, err = shopfile.ReadMenu(p.Tally.Snapshot().Config, file.text); err != nil {
			return p.menuUnread(c, err)
		}
	}
	return p.doMenu(c, command, form.Get("upload"))
}

// doMenu carries a change out. The table that it came from, if it did, is not needed any more then.
func (p *Pages) doMenu(c echo.Context, command shop.ChangeMenu, upload string) error {
	if _, err := p.Tally.Do(c.Request().Context(), command); err != nil {
		return p.menuRefused(c, err)
	}
	p.uploads.drop(upload)
	return c.Redirect(http.StatusSeeOther, "/owner/menu?changed=1")
}

// changeItem changes one item: price, names, seconds, whether it is hidden. It is read as a line of a table is.
func (p *Pages) changeItem(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	state := p.Tally.Snapshot()
	if state.Config.Menu.Item(c.Param("id")) == nil {
		return echo.ErrNotFound
	}
	next, err := shopfile.EditItem(state.Config, c.Param("id"), form.Get)
	if err != nil {
		return p.menuUnread(c, err)
	}
	return p.doMenu(c, shop.ChangeMenu{By: access.Who(c), Base: form.Get("base"), Menu: next}, "")
}

// menuChanged says in a line of the log what was changed.
func menuChanged(l words.Lang, config *shop.Config, f shop.MenuChanged) string {
	list, _ := changeWords(l, config, f.Changes, menuChangesLog)
	if n := len(f.Changes) + f.More - len(list); n > 0 {
		list = append(list, l.T("menu_page.and_more", strconv.Itoa(n)))
	}
	said := strings.Join(list, " · ")
	if f.File {
		return l.T("log.menu_first") + said
	}
	return l.T("log.menu_changed") + said
}
