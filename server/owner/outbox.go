package owner

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/outbox"
	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// outboxPage is who is told the shop's events by calls, and how far.
func (p *Pages) outboxPage(c echo.Context) error {
	l, config := page.Lang(c), p.Tally.Snapshot().Config
	o := templates.OwnerOutbox{Page: title(c, l.T("outbox_page.title"))}
	o.Path = "/owner/outbox"
	for _, f := range p.Outbox {
		if s := f.Status(); s.Host != "" {
			o.Followers = append(o.Followers, p.follower(l, config, s))
		}
	}
	return page.Show(c, http.StatusOK, templates.OwnerOutboxPage(o))
}

func (p *Pages) follower(l words.Lang, config *shop.Config, s outbox.Status) templates.OwnerFollower {
	f := templates.OwnerFollower{
		ID:   s.Kind + "-" + s.Channel,
		Name: channelName(l, config, s.Channel) + " · " + l.T("outbox_page.kind."+s.Kind), Word: p.followerWord(l, s),
		Facts: []templates.Fact{
			{Name: l.T("outbox_page.host"), Value: s.Host},
			{Name: l.T("outbox_page.told"), Value: l.T("outbox_page.of", s.Told, s.Last)},
		},
	}
	if !s.ToldAt.IsZero() {
		f.Facts = append(f.Facts, templates.Fact{Name: l.T("outbox_page.last"), Value: p.clock(s.ToldAt)})
	}
	if s.Why != "" {
		f.Facts = append(f.Facts, templates.Fact{Name: l.T("outbox_page.answer"), Value: s.Why})
	}
	if !s.Failing.IsZero() || !s.Parked.IsZero() {
		f.Class, f.Again = "caution", "/owner/outbox/"+s.Kind+"/"+s.Channel
	}
	return f
}

// followerWord is how a follower stands.
func (p *Pages) followerWord(l words.Lang, s outbox.Status) string {
	switch {
	case !s.Parked.IsZero():
		return "▲ " + l.T("outbox_page.parked", p.clock(s.Parked))
	case !s.Failing.IsZero():
		return "◆ " + l.T("outbox_page.failing", l.Span(max(0, p.Now().Sub(s.Failing).Truncate(time.Second))))
	case s.Waiting() > 0:
		return "● " + l.T("outbox_page.waiting", s.Waiting())
	}
	return "● " + l.T("outbox_page.all_told")
}

// sendAgain has what was parked, or waits for its next try, sent at once.
func (p *Pages) sendAgain(c echo.Context) error {
	name := c.Param("kind") + "/" + c.Param("channel")
	at := slices.IndexFunc(p.Outbox, func(f *outbox.Follower) bool { return f.Name() == name })
	if at < 0 || p.Outbox[at].Status().Host == "" {
		return echo.ErrNotFound
	}
	ctx := c.Request().Context()
	if _, err := p.Tally.Do(ctx, shop.Audit{By: access.Who(c), What: shop.AuditSentAgain, About: name}); err != nil {
		return err
	}
	if err := p.Outbox[at].Again(ctx); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/outbox")
}

// outboxWay leads to who is told by calls; ok is false where nobody is.
func (p *Pages) outboxWay(l words.Lang) (w templates.Way, ok bool) {
	parked, all := 0, 0
	for _, f := range p.Outbox {
		s := f.Status()
		if s.Host == "" {
			continue
		}
		all++
		if !s.Parked.IsZero() {
			parked++
		}
	}
	w = templates.Way{Href: "/owner/outbox", Name: l.T("outbox_page.title"), For: l.T("outbox_page.told_by_calls", strconv.Itoa(all))}
	if parked > 0 {
		w.For = "▲ " + l.T("outbox_page.parked_of", parked)
	}
	return w, all > 0
}
