package sim

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/shop"
)

// Trace is a day that somebody has recorded: a line for each order.
type Trace struct {
	arrivals []arrival
	shifts   []shift
}

// Limits of a trace. What lies outside is a typing error, or not one shop's day.
const (
	traceOrdersMax   = 50_000
	traceCupsMax     = 100
	traceServiceMost = 3600 // seconds a cup
	traceStaffMax    = 50
	traceChannelsMax = 16
	traceMinutes     = float64(dayLength) / 60_000
)

// ReadTrace reads a CSV file with the columns minute (since opening, may be fractional), channel and cups,
// and optionally service_s (seconds a cup at the bottleneck) and staff (there, from this minute on). A wrong
// line is an error that names file, line and reason.
func ReadTrace(path string) (*Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	defer f.Close()
	return parseTrace(path, f)
}

func parseTrace(name string, from io.Reader) (*Trace, error) {
	rows := csv.NewReader(from)
	rows.FieldsPerRecord, rows.TrimLeadingSpace, rows.ReuseRecord = -1, true, true
	head, err := rows.Read()
	if err != nil {
		return nil, traceError(name, 1, fmt.Sprintf("want a head line with minute,channel,cups: %v", err))
	}
	columns := slices.Clone(head)
	columns[0] = strings.TrimPrefix(columns[0], "\ufeff") // as spreadsheets write it
	if err := checkHead(columns); err != nil {
		return nil, traceError(name, 1, err.Error())
	}
	t := &Trace{}
	channels := map[string]bool{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			return nil, traceError(name, parse.Line, parse.Err.Error())
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		line, _ := rows.FieldPos(0)
		if err := t.add(columns, row); err != nil {
			return nil, traceError(name, line, err.Error())
		}
		channels[t.arrivals[len(t.arrivals)-1].channel] = true
		if len(t.arrivals) > traceOrdersMax || len(channels) > traceChannelsMax {
			return nil, traceError(name, line, fmt.Sprintf("want at most %d orders over %d channels", traceOrdersMax, traceChannelsMax))
		}
	}
	if len(t.arrivals) == 0 {
		return nil, traceError(name, 2, "there are no orders")
	}
	slices.SortStableFunc(t.arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	slices.SortStableFunc(t.shifts, func(a, b shift) int { return int(a.at - b.at) })
	t.shifts = slices.CompactFunc(t.shifts, func(a, b shift) bool { return a.staff == b.staff })
	return t, nil
}

func traceError(name string, line int, reason string) error {
	return fmt.Errorf("%s:%d: %s", name, line, reason)
}

var traceColumns = []string{"minute", "channel", "cups", "service_s", "staff"}

func checkHead(columns []string) error {
	for i, c := range columns {
		if !slices.Contains(traceColumns, c) {
			return fmt.Errorf("column %q: the columns are %s", c, strings.Join(traceColumns, ", "))
		}
		if slices.Index(columns, c) != i {
			return fmt.Errorf("column %q is there twice", c)
		}
	}
	for _, c := range traceColumns[:3] {
		if !slices.Contains(columns, c) {
			return fmt.Errorf("column %q is missing", c)
		}
	}
	return nil
}

var channelForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// add reads one order.
func (t *Trace) add(columns, row []string) error {
	if len(row) != len(columns) {
		return fmt.Errorf("%d values, want %d: %s", len(row), len(columns), strings.Join(columns, ","))
	}
	var a arrival
	staff := -1
	for i, column := range columns {
		word := strings.TrimSpace(row[i])
		switch column {
		case "minute":
			minute, err := strconv.ParseFloat(word, 64)
			if err != nil || !(minute >= 0 && minute < traceMinutes) {
				return fmt.Errorf("minute %q: want 0 to under %v, counted from opening", word, traceMinutes)
			}
			a.at = int64(minute * 60_000)
		case "channel":
			if !channelForm.MatchString(word) {
				return fmt.Errorf("channel %q: want an id of a-z, 0-9 and -; counter is the walk-ins", word)
			}
			a.channel = word
		case "cups":
			cups, err := strconv.Atoi(word)
			if err != nil || cups < 1 || cups > traceCupsMax {
				return fmt.Errorf("cups %q: want a whole number from 1 to %d", word, traceCupsMax)
			}
			a.cups = cups
		case "service_s":
			if word == "" {
				continue // as the menu says
			}
			service, err := strconv.ParseFloat(word, 64)
			if err != nil || !(service > 0 && service <= traceServiceMost) {
				return fmt.Errorf("service_s %q: want seconds a cup, above 0 and at most %d", word, traceServiceMost)
			}
			a.service = service
		case "staff":
			if word == "" {
				continue // as before
			}
			n, err := strconv.Atoi(word)
			if err != nil || n < 0 || n > traceStaffMax {
				return fmt.Errorf("staff %q: want a whole number from 0 to %d", word, traceStaffMax)
			}
			staff = n
		}
	}
	t.arrivals = append(t.arrivals, a)
	if staff >= 0 {
		t.shifts = append(t.shifts, shift{a.at, staff})
	}
	return nil
}

// channels adds the trace's channels to a shop that does not have them; they deliver.
func (t *Trace) channels(c *shop.Config) {
	for _, a := range t.arrivals {
		addChannel(c, a.channel)
	}
}

// addChannel adds a delivery channel to a shop that does not have it.
func addChannel(c *shop.Config, id string) {
	if _, known := c.Channel(id); !known {
		c.Channels = append(c.Channels, shop.Channel{ID: id, Name: shop.Name{ZH: id, EN: id}, Delivery: true, Leased: true, Weight: 1})
	}
}
