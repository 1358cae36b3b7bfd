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

// title is the frame of one of the smaller pages.
func title(c echo.Context, text string) templates.Page { return page.Light.New(c, text, style) }

func (p *Pages) devicesPage(c echo.Context) error { return p.showDevices(c, nil) }

func (p *Pages) showDevices(c echo.Context, code *templates.OwnerCode) error {
	d := templates.OwnerDevices{Page: title(c, page.Lang(c).T("owner_page.devices")), Code: code}
	d.Path = "/owner/devices"
	caller := access.CallerOf(c.Request().Context())
	if caller.Open {
		d.Command = "weir pair"
	}
	for _, v := range p.Guard.Devices() {
		d.Devices = append(d.Devices, templates.OwnerDevice{ID: v.ID, Name: v.Name, Paired: p.real(v.PairedAt), Seen: p.real(v.SeenAt),
			This: v.ID == caller.DeviceID})
	}
	return page.Show(c, http.StatusOK, templates.OwnerDevicesPage(d))
}

// makeCode shows a new pairing code, on a page that cannot be come back to.
func (p *Pages) makeCode(c echo.Context) error {
	code, err := p.Guard.NewCode(c.Request().Context(), access.Who(c), false)
	if err != nil {
		return err
	}
	v := &templates.OwnerCode{Digits: code.Spaced(), Until: p.real(code.Expires)}
	for _, url := range p.Guard.URLs() {
		v.URLs = append(v.URLs, url+"/pair")
	}
	if len(v.URLs) > 0 {
		if v.Path, v.Size, err = access.QRPath(v.URLs[0] + "?code=" + code.Digits); err != nil {
			return err
		}
	}
	if p.Guard.Root != nil {
		v.Fingerprint = p.Guard.Root.Fingerprint()
	}
	return p.showDevices(c, v)
}

func (p *Pages) revokeDevice(c echo.Context) error {
	err := p.Guard.RevokeDevice(c.Request().Context(), access.Who(c), c.Param("id"))
	if err != nil && !errors.Is(err, shop.ErrNotFound) { // it was out already: that is what was wanted
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/devices")
}
