package wire

import (
	"fmt"
	"strconv"
	"strings"

	"weir/shop"
)

// Cursor is a place in a channel's feed: after event Seq of Epoch. Outside it is "epoch.seq"; clients
// should not look into it.
type Cursor struct {
	Epoch int64
	Seq   uint64
}

// String writes the cursor as [ParseCursor] reads it.
func (c Cursor) String() string { return fmt.Sprintf("%d.%d", c.Epoch, c.Seq) }

// MarshalText implements encoding.TextMarshaler.
func (c Cursor) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cursor) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCursor(string(text))
	return err
}

// ParseCursor reads a cursor. What no shop has ever given out is refused as cursor-invalid.
func ParseCursor(s string) (Cursor, error) {
	epoch, seq, found := strings.Cut(s, ".")
	e, errEpoch := strconv.ParseInt(epoch, 10, 64)
	n, errSeq := strconv.ParseUint(seq, 10, 63)
	c := Cursor{e, n}
	if !found || errEpoch != nil || errSeq != nil || c.String() != s {
		return Cursor{}, refuse(shop.ProblemCursorInvalid, fmt.Sprintf("%.40q is not a cursor of this shop", s))
	}
	return c, nil
}

// Check says whether a channel's feed can be read or acknowledged from the cursor: it must be of this
// epoch and must have been given out.
func (c Cursor) Check(state *shop.State, channel string) error {
	now := &state.Counters
	switch {
	case c.Epoch < now.Epoch:
		return Expired(fmt.Sprintf("the shop is at epoch %d since it was restored", now.Epoch))
	case c.Epoch > now.Epoch || c.Seq > now.Feeds[channel]:
		return refuse(shop.ProblemCursorInvalid, fmt.Sprintf("cursor %s has not been given out to this channel", c))
	}
	return nil
}

// Expired is the refusal of a cursor whose events are no longer kept or were of an older epoch.
func Expired(why string) error {
	e := refuse(shop.ProblemCursorExpired, why+"; read on without after, from the last acknowledgement, and "+
		"compare with GET /v1/reconciliation")
	e.Kind = shop.Conflict
	return e
}
