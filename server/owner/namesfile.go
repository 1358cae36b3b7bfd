package owner

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/sheet"
	"weir/shop/words"
	"weir/templates/page"
)

const (
	// namesFileMax is the size in bytes of a file of names: all the entries that a channel may have, each with a long text.
	namesFileMax = 1 << 20
	// namesFaultsMax is how many wrong lines of a file are shown at once.
	namesFaultsMax = 20
)

// namesHead are the columns of a file of names.
var namesHead = []string{"kind", "text", "means"}

// downloadNames is what a channel calls things, as a file that a spreadsheet opens and that can be brought back.
func (p *Pages) downloadNames(c echo.Context) error {
	state := p.Tally.Snapshot()
	channel, ok := state.Config.Channel(c.Param("channel"))
	if !ok {
		return echo.ErrNotFound
	}
	var file bytes.Buffer
	file.WriteString("\ufeff") // without it a spreadsheet takes the file for GBK
	w := csv.NewWriter(&file)
	rows := [][]string{namesHead}
	for _, e := range state.Mapping.Entries(channel.ID) {
		rows = append(rows, []string{string(e.Kind), sheet.Safe(e.Text), sheet.Safe(e.Means())})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="names-`+channel.ID+`.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", file.Bytes())
}

// uploadNames takes in a file of names in place of all that was said of a channel. A file with anything wrong in it changes
// nothing.
func (p *Pages) uploadNames(c echo.Context) error {
	l := page.Lang(c)
	asked := namesAsked{channel: c.Param("channel")}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, namesFileMax+formMax)
	text, err := namesFile(c)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		asked.wrong = l.T("names_page.file_too_large")
		return p.showNames(c, http.StatusRequestEntityTooLarge, asked)
	}
	if err != nil {
		asked.wrong = l.T("settlement.choose_a_file")
		return p.showNames(c, http.StatusUnprocessableEntity, asked)
	}
	entries, faults := readNames(l, text)
	if len(faults) > 0 {
		asked.wrong, asked.lines = l.T("names_page.file_refused"), faults
		return p.showNames(c, http.StatusUnprocessableEntity, asked)
	}
	return p.doNames(c, asked, shop.MapNames{By: access.Who(c), Channel: asked.channel, Entries: entries, Replace: true})
}

func namesFile(c echo.Context) ([]byte, error) {
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

// readNames reads a file of names: CSV with the columns kind, text and means, in any order and any encoding that a
// spreadsheet writes. faults are what is wrong, by line.
func readNames(l words.Lang, file []byte) (entries []shop.MapEntry, faults []string) {
	text, err := sheet.Decode(file)
	if err != nil {
		return nil, []string{l.T("names_page.file_unreadable")}
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(first, ';') && !bytes.ContainsRune(first, ',') {
		r.Comma = ';'
	} else if bytes.ContainsRune(first, '\t') {
		r.Comma = '\t'
	}
	head, err := r.Read()
	at := map[string]int{}
	for i, cell := range head {
		at[strings.ToLower(strings.TrimSpace(cell))] = i
	}
	for _, column := range namesHead {
		if _, ok := at[column]; !ok || err != nil {
			return nil, []string{l.T("names_page.file_columns")}
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, faults
		}
		if err != nil {
			return nil, append(faults, err.Error())
		}
		line, _ := r.FieldPos(0)
		cell := func(column string) string {
			if i := at[column]; i < len(cells) {
				return sheet.Unsafe(strings.TrimSpace(cells[i]))
			}
			return ""
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		e, err := shop.ParseMapEntry(cell("kind"), cell("text"), cell("means"))
		if err != nil {
			if faults = append(faults, fmt.Sprintf("%d: %v", line, err)); len(faults) == namesFaultsMax {
				return nil, faults
			}
		}
		entries = append(entries, e)
	}
}
