package owner

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/try"
)

// freeTea is a campaign of an hour from two, far more than the crew can make.
func freeTea() shop.Notice {
	start := try.Noon.Add(2 * time.Hour)
	return shop.Notice{
		Ref: "feb6", Name: "免单<b>", Start: start, End: start.Add(time.Hour), Expected: []int{10, 20, 900, 0},
		Items: []shop.ItemShare{{Item: "jasmine-milk-tea", Share: 1}}, Subsidy: shop.Subsidy{Fen: 1500, Per: shop.SubsidyPerCup},
	}
}

// answers are what a channel was told about its campaigns.
func (h *house) answers(channel string) (list []shop.ToldOfCampaign) {
	h.t.Helper()
	feed, err := h.tally.Feed(h.t.Context(), channel, 0, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range feed {
		if e.Type != shop.ToldCampaign {
			continue
		}
		var told shop.Told
		if err := json.Unmarshal(e.Told, &told); err != nil {
			h.t.Fatal(err)
		}
		list = append(list, *told.Campaign)
	}
	return list
}

// TestACampaignIsAnsweredWithALimit: from the alarm to what the channel hears, and again with another answer.
func TestACampaignIsAnsweredWithALimit(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	has(t, manager.get("/owner/campaigns"), "平台还没有预告过活动")
	lacks(t, manager.get("/owner"), "等答复")
	h.do(shop.GiveNotice{Channel: "shangou", Notice: freeTea()})
	has(t, manager.get("/owner"), "活动“免单&lt;b&gt;”等答复：今天 14:00–15:00，预计 930 杯，能做", `href="/owner/campaigns/n1"`, "▲ 1 个等您答复")
	has(t, manager.get("/owner/campaigns"), "等您答复", "闪购 · 今天 14:00–15:00", "预计 930 杯")
	page := manager.get("/owner/campaigns/n1")
	has(t, page, "▲ 等您答复", "不设上限：能做就接", "每杯 ¥15.00", "茉莉奶绿", "<svg", "14:30", "<td>900</td>", "调制", "▲", "茉莉茶底", "186,000",
		`name="revision" value="1"`)
	lacks(t, page, "<script", "style=")
	has(t, manager.get("/owner/campaigns/n1?lang=en"), "waits for your answer", "today 14:00–15:00", "¥15.00 a cup", "Jasmine tea",
		"Everything Shangou sends")

	page = manager.post("/owner/campaigns/n1", 200, "revision", "1", "answer", "limit", "cups", "400", "of", "channel")
	has(t, page, "● 已答复", "前台 · 李姐 于 12:00 答复：闪购这段时间全部订单最多 400 杯", `value="400"`)
	got := h.tally.Snapshot().Campaigns[1]
	want := &shop.Acknowledgement{Revision: 1, By: "tablet:前台 · 李姐", At: try.Noon, Limit: &shop.Limit{Cups: 400, Of: shop.LimitOfChannel}}
	if diff := cmp.Diff(want, got.Acknowledged); diff != "" {
		t.Error(diff)
	}
	told := h.answers("shangou")
	if len(told) != 1 || told[0].ID != 1 || told[0].Expected != 930 || told[0].Limit == nil || told[0].Limit.Cups != 400 {
		t.Errorf("the channel was told %+v", told)
	}
	lacks(t, manager.get("/owner"), "等答复", "等您答复")
	has(t, manager.get("/owner/campaigns"), "已答复", "已接 0 / 400 杯")

	has(t, manager.post("/owner/campaigns/n1", 200, "revision", "1", "answer", "open", "cups", "400"), "不设上限")
	if told := h.answers("shangou"); len(told) != 2 || told[1].Limit != nil {
		t.Errorf("without a limit the channel was told %+v", told)
	}
	has(t, manager.get("/owner/log"), "活动“免单&lt;b&gt;” 答复：不设上限", "活动“免单&lt;b&gt;” 答复：闪购这段时间全部订单最多 400 杯", "活动“免单&lt;b&gt;” 预告")
}

func TestAnAnswerThatCannotBeMeant(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	h.do(shop.GiveNotice{Channel: "shangou", Notice: freeTea()})
	for name, c := range map[string]struct {
		fields []string
		want   string
	}{
		"no number":   {[]string{"revision", "1", "cups", "some", "of", "campaign"}, "要填整数"},
		"below zero":  {[]string{"revision", "1", "cups", "-5", "of", "campaign"}, `value="-5"`},
		"of nothing":  {[]string{"revision", "1", "cups", "5"}, "选好哪些单算在内"},
		"no revision": {[]string{"cups", "5", "of", "campaign"}, "重新打开"},
	} {
		t.Run(name, func(t *testing.T) {
			has(t, manager.post("/owner/campaigns/n1", 422, c.fields...), c.want, `role="alert"`)
		})
	}
	manager.post("/owner/campaigns/n2", 404, "revision", "1", "answer", "open")
	manager.post("/owner/campaigns/x", 404, "revision", "1", "answer", "open")
	if c := h.tally.Snapshot().Campaigns[1]; c.Acknowledged != nil || len(h.answers("shangou")) != 0 {
		t.Errorf("the campaign was answered with %+v", c.Acknowledged)
	}
}

// TestAnAnswerToWhatIsNoMore: revised, cancelled or over since the page was opened, the page comes again with what is true.
func TestAnAnswerToWhatIsNoMore(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	h.do(shop.GiveNotice{Channel: "shangou", Notice: freeTea()})
	answer := []string{"revision", "1", "answer", "limit", "cups", "400", "of", "campaign"}
	revised := freeTea()
	revised.Expected = []int{10, 20, 1234, 0}
	h.do(shop.ReviseNotice{Channel: "shangou", Campaign: 1, Notice: revised})
	page := manager.post("/owner/campaigns/n1", 409, answer...)
	has(t, page, "没有发出", "<td>1234</td>", `name="revision" value="2"`)
	if h.tally.Snapshot().Campaigns[1].Acknowledged != nil || len(h.answers("shangou")) != 0 {
		t.Error("an answer to the first revision was taken for the second")
	}
	answer[1] = "2"
	manager.post("/owner/campaigns/n1", 200, answer...) // the control: to what is true it is taken
	revised.Expected = []int{11, 20, 1234, 0}
	h.do(shop.ReviseNotice{Channel: "shangou", Campaign: 1, Notice: revised})
	has(t, manager.get("/owner/campaigns/n1"), "▲ 答复后又改了", "本活动的订单最多 400 杯", "仍然有效")
	has(t, manager.get("/owner"), "等答复")

	h.do(shop.CancelNotice{Channel: "shangou", Campaign: 1})
	answer[1] = "3"
	page = manager.post("/owner/campaigns/n1", 409, answer...)
	has(t, page, "没有发出", "平台已取消")
	lacks(t, page, `name="cups"`)
	later := freeTea()
	later.Ref = "later"
	h.do(shop.GiveNotice{Channel: "meituan", Notice: later})
	h.clock.Move(4 * time.Hour)
	h.do(shop.Tick{})
	manager.post("/signin", 200, "member", h.guard.Members()[0].ID, "pin", "1470", "back", "/owner")
	page = manager.post("/owner/campaigns/n2", 409, "revision", "1", "answer", "open")
	has(t, page, "已结束")
	lacks(t, page, `name="cups"`)
	has(t, manager.get("/owner/campaigns"), "过去的", "接了 0 杯")
	lacks(t, manager.get("/owner"), "等答复")
	has(t, manager.get("/owner/log"), "活动“免单&lt;b&gt;” 有改动", "活动“免单&lt;b&gt;” 平台取消")
}

// TestALongCampaignIsDrawnByTheDay: bars stay wide enough to be seen on a phone.
func TestALongCampaignIsDrawnByTheDay(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	for hours, want := range map[int]string{8: "每 15 分钟的杯数", 30: "每小时的杯数", 24 * 20: "每个营业日的杯数"} {
		n := freeTea()
		n.Ref, n.End = want, n.Start.Add(time.Duration(hours)*time.Hour)
		n.Expected = make([]int, hours*4)
		for i := range n.Expected {
			n.Expected[i] = 3
		}
		id := h.do(shop.GiveNotice{Channel: "shangou", Notice: n}).Campaign.ID
		page := manager.get("/owner/campaigns/" + id.String())
		has(t, page, want)
		if bars := strings.Count(page, "<rect"); bars == 0 || bars > 50 {
			t.Errorf("%d hours are %d bars", hours, bars)
		}
	}
}

// TestWhoMayNotAnswer: a stranger, and a tablet without a manager.
func TestWhoMayNotAnswer(t *testing.T) {
	h := opened(t, t.TempDir())
	h.do(shop.GiveNotice{Channel: "shangou", Notice: freeTea()})
	h.owner()
	tablet := h.browser()
	code, err := h.guard.NewCode(t.Context(), "console", false)
	if err != nil {
		t.Fatal(err)
	}
	tablet.post("/pair", 404, "code", code.Digits, "name", "出杯") // leads to the start page, which is not here
	for name, b := range map[string]*browser{"a stranger": h.browser(), "a tablet": tablet} {
		has(t, b.get("/owner/campaigns/n1"), "店主登录")
		has(t, b.post("/owner/campaigns/n1", 200, "revision", "1", "answer", "open"), "店主登录")
		if h.tally.Snapshot().Campaigns[1].Acknowledged != nil {
			t.Error(name, "has answered")
		}
	}
}
