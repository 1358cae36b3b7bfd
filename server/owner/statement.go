package owner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/settlement"
	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// uploadMax is the size of a form with a statement in bytes: the file and what multipart puts around it.
	uploadMax = settlement.FileMax + 64<<10
	// uploadTime is how long such a form may take: longer than the server gives a request, on a phone's slow uplink.
	uploadTime = 3 * time.Minute
	// differencesShown bounds the page: who has more has uploaded the file of another day.
	differencesShown = 200
)

// statementPage is a platform's statement for a day beside the shop's own book.
func (p *Pages) statementPage(c echo.Context) error {
	return p.showStatement(c, http.StatusOK, "", nil)
}

// showStatement is the statement that was taken in last, with what was wrong with the file that was sent.
func (p *Pages) showStatement(c echo.Context, status int, wrong string, lines []string) error {
	o, err := p.statementView(c)
	if err != nil {
		return err
	}
	o.Wrong, o.Lines = wrong, lines
	return page.Show(c, status, templates.OwnerStatementPage(o))
}

// statementView is the statement that was taken in last.
func (p *Pages) statementView(c echo.Context) (o templates.OwnerStatement, err error) {
	day, channel, err := p.statementOf(c)
	if err != nil {
		return o, err
	}
	l, state := page.Lang(c), p.Tally.Snapshot()
	name := channelName(l, state.Config, channel) + l.T("settlement.statement")
	path := "/owner/settlement/" + string(day)
	o = templates.OwnerStatement{
		Page: title(c, name), Day: string(day), MayUpload: day <= state.Counters.Day, CSV: path + "/orders.csv?channel=" + channel,
	}
	o.Path = path + "/" + channel
	compared, err := p.books.Compare(c.Request().Context(), day, channel)
	switch {
	case errors.Is(err, shop.ErrNotFound):
		o.Word = l.T("settlement.no_statement_yet")
	case err != nil:
		return o, err
	default:
		p.compare(l, state.Config, &o, &compared)
	}
	return o, nil
}

// statementOf is the day and channel of an address. The counter has no platform that sends statements.
func (p *Pages) statementOf(c echo.Context) (shop.Day, string, error) {
	day, ok := dayOf(c.Param("day"))
	channel := c.Param("channel")
	if _, known := p.Tally.Snapshot().Config.Channel(channel); !ok || !known || channel == shop.CounterChannel {
		return "", "", echo.ErrNotFound
	}
	return day, channel, nil
}

// compare fills in where a statement and the shop's own book differ.
func (p *Pages) compare(l words.Lang, config *shop.Config, o *templates.OwnerStatement, c *settlement.Comparison) {
	o.Word, o.Class = comparedWord(l, c)
	o.Facts = []templates.Fact{
		{Name: l.T("settlement.due_by_the_shops"), Value: yuan(c.Ours.Due)},
		{Name: l.T("settlement.sum_of_the_statement"), Value: l.N(len(c.Statement.Lines), "settlement.lines", yuan(c.Theirs))},
		{Name: l.T("settlement.difference"), Value: yuan(c.Ours.Due - c.Theirs), Bad: c.Ours.Due != c.Theirs},
		{Name: l.T("settlement.file"), Value: c.Statement.File},
		{Name: l.T("settlement.uploaded"), Value: p.clock(c.Statement.At) + " · " + actor(l, config, c.Statement.By)},
	}
	if said := c.Statement.Said; said != nil && *said != c.Theirs {
		o.Facts = append(o.Facts, templates.Fact{Name: l.T("settlement.the_files_own_sum"), Value: yuan(*said), Bad: true})
	}
	for _, left := range c.Statement.LeftOut {
		o.LeftOut = append(o.LeftOut, l.T("settlement.left_out_line", left.Line, left.Text, leftOutWhy(l, left)))
	}
	o.Kinds = kinds(l, c.Differences)
	for i := range c.Differences[:min(len(c.Differences), differencesShown)] {
		o.Differences = append(o.Differences, differenceRow(l, &c.Differences[i]))
	}
	if more := len(c.Differences) - differencesShown; more > 0 {
		o.More = l.T("settlement.more_are_not_listed", more)
	}
}

// differenceKinds are the kinds of difference, in the order in which the money is worth asking after.
var differenceKinds = []struct {
	kind shop.DifferenceKind
	name string // its id
}{
	{shop.MissingThere, "settlement.not_in_the_statement"},
	{shop.OtherAmount, "settlement.other_subsidy"},
	{shop.OtherState, "settlement.one_says_done_one"},
	{shop.OtherDay, "settlement.on_another_day_in"},
	{shop.MissingHere, "settlement.never_reached_the_shop"},
	{shop.OtherCups, "settlement.other_number_of_cups"},
	{shop.OtherChannelPart, "settlement.other_channel_part"},
	{shop.OtherShopPart, "settlement.other_shop_part"},
	{shop.OtherFee, "settlement.other_fee"},
	{shop.OtherPacking, "settlement.other_packing"},
	{shop.OtherCompensation, "settlement.other_compensation"},
}

// ofSubsidy reports whether a difference is about the subsidy, and so about what the shop is owed.
func ofSubsidy(kind shop.DifferenceKind) bool {
	return slices.Contains([]shop.DifferenceKind{shop.MissingThere, shop.OtherAmount, shop.OtherState, shop.OtherDay, shop.MissingHere}, kind)
}

// kindWord is a kind of difference in words.
func kindWord(l words.Lang, kind shop.DifferenceKind) string {
	for _, k := range differenceKinds {
		if k.kind == kind {
			return l.T(k.name)
		}
	}
	return string(kind)
}

// kinds sums the differences up by their kind.
func kinds(l words.Lang, differences []shop.Difference) (facts []templates.Fact) {
	for _, k := range differenceKinds {
		count, fen := 0, int64(0)
		for _, d := range differences {
			if d.Kind == k.kind {
				count, fen = count+1, fen+d.Fen
			}
		}
		value := fmt.Sprint(count)
		if ofSubsidy(k.kind) {
			value += " · " + yuan(fen)
		}
		if count > 0 {
			facts = append(facts, templates.Fact{Name: l.T(k.name), Value: value})
		}
	}
	return facts
}

// differenceRow shows one difference.
func differenceRow(l words.Lang, d *shop.Difference) templates.OwnerDifference {
	kind := kindWord(l, d.Kind)
	if d.Kind == shop.OtherState && shop.OrderState(d.Ours) == shop.OrderUnclaimed {
		kind = l.T("settlement.unclaimed_cancelled") // the shop is owed it, and says why
	}
	v := templates.OwnerDifference{Kind: kind, Ref: d.Ref, Ours: shown(l, d, d.Ours), Theirs: shown(l, d, d.Theirs)}
	if ofSubsidy(d.Kind) {
		v.Off = yuan(d.Fen)
	}
	var where []string
	if d.Order != 0 {
		where = append(where, l.T("settlement.order")+d.Order.String())
	}
	if d.Line != 0 {
		where = append(where, l.T("settlement.line_of_the_statement", d.Line))
	}
	v.Where = strings.Join(where, " · ")
	return v
}

// shown is one side of a difference in words.
func shown(l words.Lang, d *shop.Difference, side string) string {
	switch {
	case side != "" && d.Kind == shop.OtherState:
		return templates.OrderWord(l, shop.OrderState(side))
	case side != "" && (d.Kind == shop.OtherCups || d.Kind == shop.OtherDay):
		return side
	case side != "":
		return "¥" + side
	case d.Kind != shop.MissingThere && d.Kind != shop.OtherDay && d.Kind != shop.MissingHere && d.Kind != shop.OtherState:
		return l.T("settlement.not_known")
	case d.Kind == shop.OtherDay:
		return l.T("settlement.this_day")
	}
	return "–"
}

// importStatement takes in the file that was uploaded. A file with anything wrong in it changes nothing.
func (p *Pages) importStatement(c echo.Context) error {
	day, channel, err := p.statementOf(c)
	if err != nil {
		return err
	}
	l := page.Lang(c)
	if day > p.Tally.Snapshot().Counters.Day {
		return p.showStatement(c, http.StatusConflict, l.T("settlement.the_day_has_not"), nil)
	}
	if err := http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(uploadTime)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("give the upload time: %w", err)
	}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, uploadMax)
	file, token, err := p.fileOf(c)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return p.showStatement(c, http.StatusRequestEntityTooLarge, l.T("settlement.the_file_is_larger", settlement.FileMax>>20), nil)
	}
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return p.showStatement(c, http.StatusUnprocessableEntity, l.T("settlement.choose_a_file"), nil)
	}
	if err != nil {
		return err
	}
	_, err = p.books.Import(c.Request().Context(), access.Who(c), channel, day, file.name, bytes.NewReader(file.text), choiceOf(c))
	if unclear := (*settlement.Unclear)(nil); errors.As(err, &unclear) {
		if token == "" {
			token = p.uploads.keep(file.name, file.text)
		}
		return p.askAbout(c, unclear, token)
	}
	if refused := (*settlement.Refused)(nil); errors.As(err, &refused) {
		return p.showStatement(c, wire.NewProblem(err, nil).Status, l.T("settlement.the_file_was_refused")+refused.In(l),
			wrongLines(l, refused.Lines))
	}
	if refusal := (*shop.Error)(nil); errors.As(err, &refusal) {
		entry, _ := wire.Lookup(refusal.Type)
		return p.showStatement(c, wire.NewProblem(err, nil).Status, l.T("settlement.the_file_was_refused")+entry.Title(l), nil)
	}
	if err != nil {
		return err
	}
	p.uploads.drop(token)
	return c.Redirect(http.StatusSeeOther, "/owner/settlement/"+string(day)+"/"+channel)
}

// fileOf is the file that a form brings, or (with its token) the one that it is about and that was kept.
func (p *Pages) fileOf(c echo.Context) (f upload, token string, err error) {
	if token := c.FormValue("upload"); token != "" {
		if kept, ok := p.uploads.find(token); ok {
			return kept, token, nil
		}
		return f, "", http.ErrMissingFile
	}
	head, err := c.FormFile("file")
	if err != nil {
		return f, "", err
	}
	file, err := head.Open()
	if err != nil {
		return f, "", fmt.Errorf("open the statement: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, settlement.FileMax+1))
	if err != nil {
		return f, "", fmt.Errorf("read the statement: %w", err)
	}
	return upload{name: head.Filename, text: text}, "", nil
}

// choiceField is the name of the form's field about a line, before its number.
const choiceField = "line-"

// choiceOf is what the form says about the lines in doubt.
func choiceOf(c echo.Context) settlement.Choice {
	choice := settlement.Choice{LeaveOut: c.FormValue("leave-out") != "", Refs: map[int]string{}}
	form, err := c.FormParams()
	if err != nil {
		return choice // a form that cannot be read decides nothing
	}
	for name := range form {
		number, ok := strings.CutPrefix(name, choiceField)
		if line, err := strconv.Atoi(number); ok && err == nil && form.Get(name) != "" {
			choice.Refs[line] = form.Get(name)
		}
	}
	return choice
}

// askAbout shows the lines in doubt with what can be decided about each.
func (p *Pages) askAbout(c echo.Context, u *settlement.Unclear, token string) error {
	l := page.Lang(c)
	o, err := p.statementView(c)
	if err != nil {
		return err
	}
	o.Wrong, o.Upload = l.N(len(u.Lines), "settlement.lines_in_doubt", u.Readable), token
	for i := range u.Lines {
		d := &u.Lines[i]
		v := templates.OwnerDoubt{Line: l.T("settlement.line_number", d.Line), Text: d.Text, Why: d.Why.In(l),
			Field: choiceField + strconv.Itoa(d.Line)}
		for _, likely := range d.Likely {
			v.Choices = append(v.Choices, templates.OwnerChoice{Value: likely.Ref,
				Word: l.T("settlement.it_is_order", likely.Number, likely.Ref, yuan(likely.Due))})
		}
		if d.MayBe {
			v.Choices = append(v.Choices, templates.OwnerChoice{Value: d.Text, Word: l.T("settlement.the_number_is_right")})
		}
		o.Doubts = append(o.Doubts, v)
	}
	return page.Show(c, http.StatusUnprocessableEntity, templates.OwnerStatementPage(o))
}

// wrongLines says what is wrong in which line of a file.
func wrongLines(l words.Lang, lines []settlement.LineFault) (list []string) {
	for _, f := range lines {
		list = append(list, l.T("settlement.line", strconv.Itoa(f.Line), f.In(l)))
	}
	return list
}

// leftOutWhy says why a line was left out. Until November 2026 the sentence itself was stored, in both languages.
func leftOutWhy(l words.Lang, left shop.LeftOutLine) string {
	if left.Fault == "" {
		return left.Why
	}
	return (&settlement.Fault{ID: left.Fault, Args: left.Args}).In(l)
}
