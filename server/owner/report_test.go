package owner

import (
	"strings"
	"testing"
	"time"

	"weir/shop"
)

// TestTheReportSaysWhatWasDone: a shift with a kept order, a late one, a refused one, a remake, waste and two people.
func TestTheReportSaysWhatWasDone(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	tap := func(by, id string, to shop.CupState, reason string) {
		t.Helper()
		cup, err := shop.ParseCupID(id)
		if err != nil {
			t.Fatal(err)
		}
		h.do(shop.Tap{By: by, Cups: []shop.CupID{cup}, To: to, Reason: reason})
	}
	h.do(order("meituan", "kept", 2))
	h.do(order("meituan", "late", 1))
	tap("tablet:小王", "c1-1", shop.Making, "")
	h.clock.Move(2 * time.Minute)
	tap("tablet:小王", "c1-1", shop.Made, "")
	tap("tablet:小李", "c1-2", shop.Made, "")
	h.clock.Move(30 * time.Minute)
	tap("tablet:小李", "c2-1", shop.Made, "")
	tap("tablet:小李", "c1-1", shop.Discarded, "打翻了")
	cup, _ := shop.ParseCupID("c1-2")
	h.do(shop.Remake{By: "tablet:小王", Cup: cup, Reason: "做错了"}) // it is thrown away, and one is made again
	h.pause("meituan")
	h.refuse(order("meituan", "refused", 3))

	page := owner.get("/owner/report")
	for name, value := range map[string]string{
		"订单": "2", "下单": "3 杯", "做好": "3 杯", "准时": "", "超时": "1 单 ", "门店退单": "0 单",
		"等了多久（一半的单 / 九成的单）": "", "店主已暂停": "3 杯",
		"打翻了": "1 杯", "做错了": "1 杯", "小王": "1 杯", "小李": "2 杯",
	} {
		if !strings.Contains(page, "<dt>"+name+"</dt>") {
			t.Errorf("the report has no line %q:\n%.6000s", name, content(page))
			continue
		}
		_, after, _ := strings.Cut(page, "<dt>"+name+"</dt>")
		after = after[:strings.Index(after, "</dd>")]
		if text := after[strings.LastIndex(after, ">")+1:]; value != "" && !strings.HasPrefix(text, value) {
			t.Errorf("%s: %q, want %q", name, text, value)
		}
	}
	has(t, page, "没接 3 杯", "重做 1 杯", "每杯约 2.0 分钟")

	// A shift before all that has nothing in it: the control.
	lacks(t, owner.get("/owner/report?from=10:00&to=10:30"), "打翻了", "没接 3 杯", "小王")
	has(t, owner.get("/owner/report/days"), "近 30 天", "没接 3 杯", `<td>3</td>`)
	for _, wrong := range []string{"?day=2999-01-01", "?day=x", "?from=12:00&to=11:00", "?from=99:99"} {
		has(t, owner.does("GET", "/owner/report"+wrong, 422, nil), "日期或时间不对")
	}
}

// TestAShiftEndsAfterMidnight: one in the morning is the end of an evening, not the beginning of a day.
func TestAShiftEndsAfterMidnight(t *testing.T) {
	h := opened(t, t.TempDir())
	config := h.tally.Snapshot().Config
	from, to, err := stretchOf(config, "2026-02-06", "18:00", "01:30")
	if err != nil || to.Sub(from) != 7*time.Hour+30*time.Minute {
		t.Errorf("18:00 to 01:30 is %v (%v), want 7 h 30 min", to.Sub(from), err)
	}
	whole, end, err := stretchOf(config, "2026-02-06", "", "")
	if err != nil || end.Sub(whole) != 24*time.Hour || config.Day(whole) != "2026-02-06" || config.Day(end) != "2026-02-07" {
		t.Errorf("the whole day is %v to %v (%v)", whole, end, err)
	}
}
