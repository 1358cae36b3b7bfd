package printer

import (
	"fmt"
	"strconv"
	"strings"
)

// words are the fixed words on paper, in one language.
type words struct {
	pickup, placed, promise, note, total, subsidy, paid, unknown, order, remake, practice string
	scanBag, delivery, pick, counter                                                      string
	cups, bagHolds                                                                        [2]string // before and after the number
}

// count puts a number between two halves of a phrase.
func count(phrase [2]string, n int) string { return phrase[0] + strconv.Itoa(n) + phrase[1] }

var chinese = words{
	pickup: "取餐号", placed: "下单", promise: "承诺", cups: [2]string{"共 ", " 杯"}, note: "备注", total: "合计", subsidy: "平台补贴",
	paid: "实付", unknown: "金额待平台确认", order: "订单", remake: "重做", practice: "演练 不要制作",
	bagHolds: [2]string{"袋内 ", " 杯"}, scanBag: "扫码核对", delivery: "外卖", pick: "自取", counter: "堂食",
}

var english = words{
	pickup: "No.", placed: "Placed", promise: "Ready by", cups: [2]string{"", " cups"}, note: "Note", total: "Total", subsidy: "Subsidy",
	paid: "Paid", unknown: "Amount not yet known", order: "Order", remake: "REMAKE", practice: "PRACTICE do not make",
	bagHolds: [2]string{"", " cups in this bag"}, scanBag: "Scan to check", delivery: "Delivery", pick: "Pick-up", counter: "Counter",
}

func (t *Ticket) words() *words {
	if t.Lang == "en" {
		return &english
	}
	return &chinese
}

func (w *words) fulfil(f Fulfilment) string {
	switch f {
	case Delivery:
		return w.delivery
	case Pickup:
		return w.pick
	case Counter:
		return w.counter
	}
	return ""
}

// reprintMark is in both languages on every copy: it must be understood by whoever holds the paper.
func reprintMark(n int) string { return fmt.Sprintf("补打 REPRINT %d", n) }

// marks are what nobody may overlook on a paper.
func marks(t *Ticket) []string {
	var all []string
	if t.Reprint > 0 {
		all = append(all, reprintMark(t.Reprint))
	}
	if t.Remake {
		all = append(all, t.words().remake)
	}
	if t.Practice {
		all = append(all, t.words().practice)
	}
	return all
}

// source says where an order came from, as "美团 #37 外卖".
func (t *Ticket) source() string {
	fulfil := t.words().fulfil(t.Fulfil)
	if t.Platform == "" {
		return strings.TrimSpace(t.Channel + " " + fulfil)
	}
	return strings.TrimSpace(t.Channel + " #" + t.Platform + " " + fulfil)
}
