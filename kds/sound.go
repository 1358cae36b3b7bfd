package kds

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"weir/templates"
	"weir/templates/page"
)

// mutesOffered are the minutes for which a tablet can be made mute: a talk, a delivery, the rest of a slow hour. It is never mute
// for a whole shift: a forgotten tablet would be.
var mutesOffered = []int{10, 30, 60, 120}

// soundPage is where a tablet's sounds are chosen and made mute.
func (s *Screens) soundPage(c echo.Context) error {
	l := page.Lang(c)
	v := templates.Sound{Page: s.frame().New(c, l.T("sound.title"), "pages.css")}
	v.Scripts, v.Path = []string{"sound.js"}, s.Base+"/kds/sound"
	for _, minutes := range mutesOffered {
		v.Mutes = append(v.Mutes, templates.Choice{Value: strconv.Itoa(minutes), Name: l.T("sound.mute_for", minutes)})
	}
	v.Mutes = append(v.Mutes, templates.Choice{Value: "0", Name: l.T("sound.unmute")})
	for _, ch := range s.Kitchen.Snapshot().Config.Channels {
		v.Channels = append(v.Channels, templates.Choice{Value: ch.ID, Name: l.Of(ch.Name)})
	}
	v.Tones = []templates.Choice{{Value: "late", Name: l.T("sound.late")}, {Value: "trouble", Name: l.T("sound.trouble")}}
	return page.Show(c, http.StatusOK, templates.SoundPage(v))
}
