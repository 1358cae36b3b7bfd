package shop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/shop/capacity"
)

// ReceiptKey signs what the shop has accepted. It is random, made with the data directory, and the same in every copy of
// it: a shop that was restored from a copy knows by it what it said after the copy was made. Without one there are no
// receipts.
type ReceiptKey []byte

// Receipt is what is said on a receipt beside the order itself.
type Receipt struct {
	Epoch   int64     // in which the order was accepted
	ReadyBy time.Time // as it was promised then, whole milliseconds
}

// receiptVersion stands before every receipt. It changes when what is signed does.
const receiptVersion = "1"

// signed is what a receipt is signed over: an order as its channel said it, and the shop's word.
type signed struct {
	Channel    string     `json:"channel"`
	Ref        string     `json:"ref"`
	Fulfilment Fulfilment `json:"fulfilment"`
	Slot       int64      `json:"slot"` // ms since 1970; of no slot that of the zero time
	Lines      []string   `json:"lines"`
	Epoch      int64      `json:"epoch"`
	ReadyBy    int64      `json:"ready_by"` // ms since 1970
}

// Of is the receipt of an accepted order: version.epoch.ready_by.MAC, the last two in milliseconds since 1970 and
// base64url. It is "" for what was not accepted, and where there is no key.
func (k ReceiptKey) Of(o *Order) string {
	if len(k) == 0 || o.Tombstone() || o.Promise.ReadyBy.IsZero() {
		return ""
	}
	said := Receipt{o.Epoch, o.Promise.ReadyBy}
	return said.text(k.sign(o.Channel, o.Ref, o.Fulfilment, o.askedSlot(), o.said(), said))
}

func (r Receipt) text(mac []byte) string {
	return strings.Join([]string{
		receiptVersion, strconv.FormatInt(r.Epoch, 10), strconv.FormatInt(r.ReadyBy.UnixMilli(), 10), base64.RawURLEncoding.EncodeToString(mac),
	}, ".")
}

// read is what a draft's receipt says; ok is false when it is not the shop's word on this very order.
func (k ReceiptKey) read(channel string, d Draft) (said Receipt, ok bool) {
	part := strings.Split(d.Receipt, ".")
	if len(k) == 0 || len(part) != 4 || part[0] != receiptVersion {
		return Receipt{}, false
	}
	epoch, wrongEpoch := strconv.ParseInt(part[1], 10, 64)
	readyBy, wrongTime := strconv.ParseInt(part[2], 10, 64)
	mac, wrongMAC := base64.RawURLEncoding.DecodeString(part[3])
	said = Receipt{epoch, time.UnixMilli(readyBy).UTC()}
	if wrongEpoch != nil || wrongTime != nil || wrongMAC != nil || !hmac.Equal(mac,
		k.sign(channel, d.Ref, d.Fulfilment, d.SlotStart, d.said(), said)) {
		return Receipt{}, false
	}
	return said, true
}

// sign is the MAC (HMAC-SHA256, RFC 2104) of an order. The lines may come in any order.
func (k ReceiptKey) sign(channel, ref string, way Fulfilment, slot time.Time, lines []Line, said Receipt) []byte {
	of := signed{channel, ref, way, slot.UnixMilli(), make([]string, 0, len(lines)), said.Epoch, said.ReadyBy.UnixMilli()}
	for _, l := range lines {
		l = l.asked()      // what was taken for what was sold out is no part of what was ordered
		l.Unmapped = false // depends on the menu, which may have changed since
		of.Lines = append(of.Lines, encoded(l))
	}
	slices.Sort(of.Lines)
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(encoded(of)))
	return mac.Sum(nil)
}

// encoded is a value of plain fields as JSON.
func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers can always be encoded
	}
	return string(text)
}

// takeAgain accepts an order that the shop accepted before its memory was restored from a copy that does not have it.
// The shop has said yes, so neither room nor the menu, a deadline or a limit refuses it now. The promise that it had
// stands, or is moved to what can be kept. What may be on paper already is marked, so that it is not made twice.
func (d *decider) takeAgain(c Place, channel Channel, said Receipt, waiting *Order) error {
	var lines, sent []Line
	if c.Draft.bare() {
		var err error
		if lines, err = d.unlisted(c.Draft, channel); err != nil {
			return err
		}
	} else {
		lines, sent = d.state.translated(channel, c.Draft.Lines)
		for i := range lines {
			_, _, known := d.state.Config.Menu.lineWork(&lines[i])
			lines[i].Unmapped = lines[i].Unmapped || !known
		}
	}
	o := d.draw(c, channel, lines, sent)
	if waiting != nil { // it is on the waiting list, as the rows were copied
		taken := *waiting.Standby
		taken.Taken = d.now
		o.ID, o.Standby = waiting.ID, &taken
	}
	request := o.request(time.Time{})
	request.Again = true
	answer := d.state.Capacity.Admit(d.now, request)
	d.promise(o, answer)
	if o.Promise.ReadyBy = said.ReadyBy; answer.Due.After(said.ReadyBy) {
		o.Promise.Moved = answer.Due
	}
	o.MayBeMade = d.printed(o)
	d.accept(o)
	return nil
}

// printed reports whether paper of an order may have come out by now: nothing of a slot is printed long before it.
func (d *decider) printed(o *Order) bool {
	slot := o.Promise.SlotStart
	return slot.IsZero() || !slot.Add(-capacity.MakeAhead).After(d.now)
}
