package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Limits of a notice.
const (
	// nameMax is the length of a campaign's name in bytes: a long sentence in Chinese.
	nameMax = 200
	// quartersMax is the quarters of an hour of the longest campaign, a month.
	quartersMax = 31 * 24 * 4
	// quarterCupsMax is more cups than anybody expects of one shop in a quarter of an hour.
	quarterCupsMax = 10_000
	// campaignItemsMax is the drinks that a notice can name: a whole menu.
	campaignItemsMax = 200
	// shareMax bounds the share of one drink.
	shareMax = 10_000
)

// DecodeNotice reads what a channel says of a campaign:
//
//	{"ref": …, "name": …, "window": {"start": …, "end": …}, "expected": [cups per quarter of an hour],
//	 "items": [{"item": …, "share": …}], "subsidy": {"fen": …, "per": "cup"}}
//
// ref, items and subsidy may be missing: the campaign is then known by its name and window, is for anything on the
// menu, and brings nothing. Instead of a number per quarter, expected can list {"start": …, "cups": …} for some. With
// "drill": true the shop is only asked what it would say.
func DecodeNotice(body []byte) (n shop.Notice, drill bool, err error) {
	f, r, err := read(body)
	if err != nil {
		return n, false, err
	}
	n, drill = r.notice(), r.flag("drill")
	return n, drill, f.err(shop.ProblemInvalid)
}

// DecodeRevision reads what a campaign has become: a whole notice, but one without a ref keeps the ref it has.
func DecodeRevision(body []byte) (shop.Notice, error) {
	f, r, err := read(body)
	if err != nil {
		return shop.Notice{}, err
	}
	n := r.revision()
	return n, f.err(shop.ProblemInvalid)
}

// CampaignMessage is a notice that came over MQTT. With ID it revises that campaign, with Cancelled as well it cancels
// it; without ID it is a new one.
type CampaignMessage struct {
	ID        shop.CampaignID // 0 when not named
	Cancelled bool
	Drill     bool        // the shop is only asked what it would say
	Notice    shop.Notice // zero of a cancellation
}

// DecodeCampaignMessage reads a notice as it comes over MQTT.
func DecodeCampaignMessage(body []byte) (CampaignMessage, error) {
	f, r, err := read(body)
	if err != nil {
		return CampaignMessage{}, err
	}
	m := CampaignMessage{Cancelled: r.flag("cancelled"), Drill: r.flag("drill")}
	if id, ok := r.str("id"); ok {
		if m.ID, err = shop.ParseCampaignID(id); err != nil {
			r.wrong("id", err.Error())
		}
	}
	switch {
	case m.Drill && (m.Cancelled || r.has("id")):
		r.wrong("drill", "is of a campaign that is not given: leave out id and cancelled")
	case m.Cancelled && !r.has("id"):
		r.missing("id")
	case m.Cancelled:
	case r.has("id"):
		m.Notice = r.revision()
	default:
		m.Notice = r.notice()
	}
	return m, f.err(shop.ProblemInvalid)
}

func (r reader) notice() shop.Notice {
	n := shop.Notice{Name: r.text("name"), Items: r.shares(), Subsidy: r.subsidy()}
	switch {
	case n.Name == "":
		r.missing("name")
	case len(n.Name) > nameMax:
		r.wrong("name", fmt.Sprintf("is %d bytes long; at most %d", len(n.Name), nameMax))
	}
	if window, ok := r.object("window"); ok {
		n.Start, n.End = window.neededMoment("start"), window.neededMoment("end")
	} else if !r.has("window") {
		r.missing("window")
	}
	n.Expected = r.expected(n.Start, n.End)
	if r.has("ref") {
		n.Ref = r.ref()
	} else {
		n.Ref = refOf(n.Name, n.Start, n.End)
	}
	return n
}

func (r reader) revision() shop.Notice {
	n := r.notice()
	if !r.has("ref") {
		n.Ref = ""
	}
	return n
}

// refOf names a notice that has no ref of its own, so that the same notice sent again is the same campaign.
func refOf(name string, start, end time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", name, start.UnixMilli(), end.UnixMilli()))
	return "notice-" + hex.EncodeToString(sum[:8])
}

func (r reader) neededMoment(name string) time.Time {
	if !r.has(name) {
		r.missing(name)
	}
	return r.moment(name)
}

// expected reads the cups per quarter of an hour.
func (r reader) expected(start, end time.Time) []int {
	if !r.has("expected") {
		r.missing("expected")
		return nil
	}
	elements := r.list("expected", quartersMax)
	quarters := int(end.Sub(start) / capacity.SlotLength)
	if len(elements) > 0 && quarters > 0 && quarters <= quartersMax {
		if _, sparse := elements[0].(map[string]any); sparse {
			return r.sparse(elements, start, quarters)
		}
	}
	cups := make([]int, 0, len(elements))
	for i, e := range elements {
		at := fmt.Sprint(i)
		one := reader{r.faults, r.at + "/expected", map[string]any{at: e}}
		if e == nil {
			one.wrong(at, "want a number")
		}
		n, _ := one.whole(at, 0, quarterCupsMax)
		cups = append(cups, int(n))
	}
	return cups
}

// sparse reads {"start": …, "cups": …} for some of the quarters; the others expect nothing.
func (r reader) sparse(elements []any, start time.Time, quarters int) []int {
	cups := make([]int, quarters)
	for i, e := range elements {
		at := fmt.Sprintf("%s/expected/%d", r.at, i)
		members, ok := e.(map[string]any)
		if !ok {
			r.add(at, "want an object, as the first is")
			continue
		}
		one := reader{r.faults, at, members}
		from := one.neededMoment("start")
		n, _ := one.whole("cups", 0, quarterCupsMax)
		if !one.has("cups") {
			one.missing("cups")
		}
		q := int(from.Sub(start) / capacity.SlotLength)
		if from.Before(start) || q >= quarters || !start.Add(time.Duration(q)*capacity.SlotLength).Equal(from) {
			one.wrong("start", "want a quarter of an hour of the window")
			continue
		}
		cups[q] += int(n)
	}
	return cups
}

func (r reader) shares() (shares []shop.ItemShare) {
	for i, e := range r.list("items", campaignItemsMax) {
		at := fmt.Sprintf("%s/items/%d", r.at, i)
		members, ok := e.(map[string]any)
		if !ok {
			r.add(at, "want an object")
			continue
		}
		one := reader{r.faults, at, members}
		share := shop.ItemShare{Item: one.id("item", idMax), Share: 1}
		if share.Item == "" {
			one.missing("item")
		}
		if one.has("share") {
			n, _ := one.whole("share", 1, shareMax)
			share.Share = int(n)
		}
		shares = append(shares, share)
	}
	return shares
}

func (r reader) subsidy() (s shop.Subsidy) {
	money, ok := r.object("subsidy")
	if !ok {
		return s
	}
	s.Fen = money.needed("fen", moneyMax)
	per, _ := money.str("per")
	if s.Per = shop.SubsidyPer(per); per == "" {
		s.Per = shop.SubsidyPerCup
	}
	if !slices.Contains([]shop.SubsidyPer{shop.SubsidyPerCup, shop.SubsidyPerOrder}, s.Per) {
		money.wrong("per", "want cup or order")
	}
	if s.Fen == 0 {
		return shop.Subsidy{}
	}
	return s
}
