package route

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the JSON of an alternative, as encoding/json writes it. A look-up of shops writes eight of them, and
// reflection took longer than the search.
func (a *Alternative) AppendJSON(b []byte) []byte {
	b = appendText(append(b, `{"type":`...), a.Type)
	b = appendText(append(b, `,"store":`...), a.Store)
	if a.Name != "" {
		b = appendText(append(b, `,"name":`...), a.Name)
	}
	b = strconv.AppendInt(append(b, `,"distance_m":`...), int64(a.DistanceM), 10)
	b = strconv.AppendInt(append(b, `,"level":`...), int64(a.Level), 10)
	if a.P50 != 0 {
		b = strconv.AppendInt(append(b, `,"p50_s":`...), a.P50, 10)
	}
	if a.P90 != 0 {
		b = strconv.AppendInt(append(b, `,"p90_s":`...), a.P90, 10)
	}
	b = appendTime(b, `,"ready_by":"`, a.ReadyBy)
	b = strconv.AppendInt(append(b, `,"room_work":`...), int64(a.Room), 10)
	b = appendTime(b, `,"start":"`, a.Start)
	b = appendTime(b, `,"end":"`, a.End)
	b = strconv.AppendFloat(append(b, `,"age_s":`...), a.AgeS, 'f', -1, 64) // rounded to tenths: no exponent is needed
	return append(b, '}')
}

func appendTime(b []byte, name string, at *time.Time) []byte {
	if at == nil {
		return b
	}
	return append(at.AppendFormat(append(b, name...), time.RFC3339Nano), '"')
}

// appendText appends a string. What JSON or HTML would have escaped goes the slow way.
func appendText(b []byte, s string) []byte {
	plain := utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&' || r == 0x2028 || r == 0x2029
	})
	if !plain {
		text, _ := json.Marshal(s) // a string
		return append(b, text...)
	}
	return append(append(append(b, '"'), s...), '"')
}
