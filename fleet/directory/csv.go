package directory

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// columns are the directory as a table. Keys are not in it: import leaves those that a shop has, and export would give
// nothing that opens anything.
var columns = []string{"id", "name", "owner", "city", "lat", "lon", "radius_m", "channels"}

// shopsMax bounds an import: every shop of the largest platform, ten times.
const shopsMax = 3_000_000

// WriteCSV writes shops as a table in UTF-8 with a header. Channels are separated by blanks.
func WriteCSV(w io.Writer, shops []*Shop) error {
	out := csv.NewWriter(w)
	out.Write(columns) // the error comes with Flush
	for _, s := range shops {
		out.Write([]string{s.ID, s.Name, s.Owner, s.City, number(s.Lat), number(s.Lon), strconv.Itoa(s.RadiusM), strings.Join(s.Channels, " ")})
	}
	out.Flush()
	return out.Error()
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// ReadCSV reads a table with a header that names at least id, lat and lon, in any order. Nothing is taken of a table in
// which anything is wrong; the error names the line.
func ReadCSV(r io.Reader) (shops []Shop, err error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	at := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if _, twice := at[name]; twice || !slices.Contains(columns, name) {
			return nil, fmt.Errorf("line 1: column %q: want each of %s at most once", name, strings.Join(columns, ", "))
		}
		at[name] = i
	}
	for _, name := range []string{"id", "lat", "lon"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("line 1: there is no column %q", name)
		}
	}
	seen := map[string]bool{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return shops, nil
		}
		if err != nil {
			return nil, err // it names the line; there may be no field yet whose place could be asked for
		}
		line, _ := in.FieldPos(0)
		s, err := shopOf(row, at)
		if err == nil && seen[s.ID] {
			err = fmt.Errorf("store %s is there twice", s.ID)
		}
		if err == nil && len(shops) >= shopsMax {
			err = fmt.Errorf("more than %d shops", shopsMax)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		seen[s.ID] = true
		shops = append(shops, s)
	}
}

func shopOf(row []string, at map[string]int) (s Shop, err error) {
	field := func(name string) string {
		if i, ok := at[name]; ok {
			return strings.Clone(strings.TrimSpace(row[i]))
		}
		return ""
	}
	s = Shop{ID: field("id"), Name: field("name"), Owner: field("owner"), City: field("city"), Channels: strings.Fields(field("channels"))}
	var errLat, errLon, errRadius error
	s.Lat, errLat = strconv.ParseFloat(field("lat"), 64)
	s.Lon, errLon = strconv.ParseFloat(field("lon"), 64)
	if text := field("radius_m"); text != "" {
		s.RadiusM, errRadius = strconv.Atoi(text)
	}
	if errLat != nil || errLon != nil || errRadius != nil {
		return s, fmt.Errorf("store %s: lat %q, lon %q, radius_m %q: want numbers", s.ID, field("lat"), field("lon"), field("radius_m"))
	}
	return s, s.Valid()
}
