package owner

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/server/clock"
	"weir/server/store"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/try"
)

// newest is the newest line of the audit: by whom, and what.
func (h *house) newest() string {
	h.t.Helper()
	list, err := h.tally.Audit(context.Background(), 0, 1)
	if err != nil || len(list) == 0 {
		h.t.Fatal(list, err)
	}
	return list[0].By + " " + list[0].Name
}

// TestIntakeIsRestrictedWithReasonAndEnd, and opens by itself.
func TestIntakeIsRestrictedWithReasonAndEnd(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	mode := func() capacity.IntakeMode { return h.tally.Snapshot().Intake("meituan", h.clock.Now()).Mode }
	for name, c := range map[string]struct {
		fields []string
		want   string
	}{
		"no reason":      {[]string{"mode", "paused", "for", "30"}, "请选原因"},
		"another reason": {[]string{"mode", "paused", "for", "30", "why", "just so"}, "请选原因"},
		"no end":         {[]string{"mode", "slots", "why", "overloaded"}, "请选到什么时候"},
		"for ever":       {[]string{"mode", "paused", "why", "overloaded", "for", "999999"}, "请选到什么时候"},
		"no such mode":   {[]string{"mode", "ajar", "why", "overloaded", "for", "30"}, `role="alert"`},
	} {
		t.Run(name, func(t *testing.T) {
			has(t, owner.post("/owner/intake/meituan", 422, c.fields...), c.want)
			if mode() != capacity.IntakeOpen {
				t.Errorf("intake is %s, want it open still", mode())
			}
		})
	}
	owner.post("/owner/intake/nobody", 404, "mode", "open")
	page := owner.post("/owner/intake/meituan", 200, "mode", "slots", "for", "30", "why", "no_riders")
	has(t, page, "◆ 只接预约", "到 12:30 自动恢复 · 骑手不足 · 老板（店主）", "现在恢复接单")
	if got := h.newest(); got != "owner:老板 intake.set" || mode() != capacity.IntakeSlots {
		t.Errorf("log %q, intake %s", got, mode())
	}
	has(t, owner.get("/owner?lang=en"), "◆ slots only", "opens by itself at 12:30 · no riders · 老板 (owner)")
	page = owner.post("/owner/intake/meituan", 200, "mode", "paused", "for", untilClosing, "why", "closing_early")
	has(t, page, "▲ 暂停", "到 22:00 自动恢复 · 提前打烊")
	has(t, owner.post("/owner/intake/meituan", 200, "mode", "open"), "● 开放")
	owner.post("/owner/intake/meituan", 200, "mode", "paused", "for", "15", "why", "overloaded")
	h.clock.Move(16 * time.Minute)
	h.do(shop.Tick{})
	has(t, owner.get("/owner/log"), "只接预约 · 到 12:30 自动恢复 · 骑手不足")
	if mode() != capacity.IntakeOpen || h.newest() != "clock intake.set" {
		t.Errorf("after its time intake is %s, log %q", mode(), h.newest())
	}
	has(t, owner.get("/owner"), "● 开放", "自动", "（到时自动恢复）")
	lacks(t, page, `<b>柜台</b>`) // walk-ins are always taken: a switch would be a lie
}

// TestAllPlatformsAtOnce: one form closes every platform until a time of the clock, and the counter where that is asked; one tap
// opens them all.
func TestAllPlatformsAtOnce(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	modes := func() string {
		var list []string
		for _, ch := range h.tally.Snapshot().Config.Channels {
			in := h.tally.Snapshot().Intake(ch.ID, h.clock.Now())
			list = append(list, string(in.Mode))
			if in.Mode == capacity.IntakePaused && in.Until.In(h.tally.Snapshot().Config.Location).Format("15:04") != "18:00" {
				t.Errorf("%s is paused until %v, want 18:00", ch.ID, in.Until)
			}
		}
		return strings.Join(list, " ")
	}
	owner.post("/owner/intake", 422, "mode", "paused", "until", "18:00")
	owner.post("/owner/intake", 422, "mode", "paused", "until", "25:00", "why", "overloaded")
	page := owner.post("/owner/intake", 200, "mode", "paused", "until", "18:00", "for", "30", "why", "overloaded")
	if got := modes(); got != "paused paused open" {
		t.Errorf("after all platforms were paused: %s", got)
	}
	has(t, page, "全部恢复接单", "18:00")
	owner.post("/owner/intake", 200, "mode", "open")
	if got := modes(); got != "open open open" {
		t.Errorf("after all were opened: %s", got)
	}
	has(t, owner.post("/owner/intake", 200, "mode", "paused", "until", "18:00", "why", "overloaded", "counter", "true"), "柜台：暂停")
	if got := modes(); got != "paused paused paused" {
		t.Errorf("with the counter: %s", got)
	}
	h.do(shop.Walkin{Cups: 1, Tap: "sold"}) // what the till has sold is made all the same
}

func TestStaffOnDutyCountsAtOnce(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	before := h.tally.Snapshot().Capacity.Rate(h.clock.Now()).P50
	has(t, manager.get("/owner"), "调制", `name="staff" value="3"`, `name="staff" value="1"`)
	page := manager.post("/owner/staff", 200, "station", "shake", "staff", "3")
	manager.post("/owner/staff", 200, "station", "shake", "staff", "3") // tapped twice: the number is the same
	if got := h.tally.Snapshot().Settings.Staff["shake"]; got != 3 {
		t.Errorf("%d at shake, want 3", got)
	}
	if after := h.tally.Snapshot().Capacity.Rate(h.clock.Now()).P50; after <= before {
		t.Errorf("rate %v after, %v before; want more", after, before)
	}
	has(t, page, "平时 2", "前台 · 李姐")
	has(t, manager.post("/owner/staff", 422, "station", "shake", "staff", "21"), "每个工位 0 到 20 人")
	has(t, manager.post("/owner/staff", 422, "station", "shake", "staff", "many"), "人数是一个整数")
	manager.post("/owner/staff", 404, "station", "roof", "staff", "1")
}

// TestTheNarrowestStationIsNamed as it is with who is on duty now, not as it usually is.
func TestTheNarrowestStationIsNamed(t *testing.T) {
	h := opened(t, t.TempDir())
	names := func() (list []string) {
		for _, s := range h.tally.Snapshot().Config.Stations {
			if s0 := h.tally.Snapshot(); narrowest(s0, s0.OnDuty(time.Now()), s.ID) {
				list = append(list, s.ID)
			}
		}
		return list
	}
	if got := fmt.Sprint(names()); got != "[shake]" {
		t.Errorf("usually %s, want shake", got)
	}
	h.do(shop.SetStaff{By: "test", Station: "shake", Staff: 8})
	if got := fmt.Sprint(names()); got != "[tea]" {
		t.Errorf("with eight at shake %s, want tea", got)
	}
}

func TestTermsAreTheOwnersAndShowWhatTheFileSays(t *testing.T) {
	h := opened(t, t.TempDir())
	owner, manager := h.owner(), h.manager()
	lacks(t, owner.get("/owner"), "门店文件")
	page := owner.post("/owner/terms", 200, "horizon_min", "45", "reserve_cups", "2.5", "shelf_bags", "0", "check_mode", "cup")
	want := shop.Terms{Horizon: 45 * time.Minute, Reserve: 250, ShelfMax: 0, CheckMode: "cup"}
	if got := h.tally.Snapshot().Settings.Terms(); got != want {
		t.Errorf("terms %+v, want %+v", got, want)
	}
	has(t, page, "门店文件：30", "门店文件：4", "门店文件：40", "门店文件：点一下", `value="45"`, `value="2.5"`, "袋（不限）", "恢复为门店文件里的值")
	if got := h.newest(); got != "owner:老板 terms.set" {
		t.Errorf("log %q", got)
	}
	for field, text := range map[string]string{"horizon_min": "最长承诺要在 20 到 120 分钟之间", "reserve_cups": "0 到 100", "shelf_bags": "0 到 1000"} {
		form := map[string]string{"horizon_min": "45", "reserve_cups": "2.5", "shelf_bags": "10", "check_mode": "tap"}
		form[field] = "-1"
		has(t, owner.post("/owner/terms", 422, "horizon_min", form["horizon_min"], "reserve_cups", form["reserve_cups"], "shelf_bags",
			form["shelf_bags"], "check_mode", "tap"), text)
		form[field] = "NaN"
		has(t, owner.post("/owner/terms", 422, "horizon_min", form["horizon_min"], "reserve_cups", form["reserve_cups"], "shelf_bags",
			form["shelf_bags"], "check_mode", "tap"), "都要填数字")
	}
	if got := h.tally.Snapshot().Settings.Terms(); got != want {
		t.Errorf("a refused form changed the terms to %+v", got)
	}
	page = manager.get("/owner")
	has(t, page, "只有店主能改", "45")
	lacks(t, page, `name="horizon_min"`)
	has(t, manager.post("/owner/terms", 200, "horizon_min", "60"), "店主登录", "李姐 没有这个权限") // led to sign in
	if got := h.tally.Snapshot().Settings.Terms(); got != want {
		t.Errorf("a manager changed the terms to %+v", got)
	}
}

// TestTheDayIsOnThePageWithoutScript: figures in a table, the alarms in words, in both languages.
func TestTheDayIsOnThePageWithoutScript(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	h.do(order("shangou", "now", 2))
	h.pause("meituan")
	h.refuse(order("meituan", "no", 4))
	h.tally.look()
	page := owner.get("/owner")
	has(t, page, "现在下单要等", "2 杯", "<b>部分接单</b>", "美团暂停到", "▲ kitchen：缺纸", "没接的原因：店主已暂停 4 杯", "堰·西门店", "900 米", `lang="zh-Hans"`)
	row := regexp.MustCompile(`(?s)<th scope="row">12:00</th>\s*<td>2</td>\s*<td>0</td>\s*<td>4</td>\s*<td>0</td>\s*<td>\d+</td>`)
	if !row.MatchString(page) {
		t.Errorf("the table lacks try.Noon's row:\n%.2000s", page[strings.Index(page, "<table"):])
	}
	english := owner.get("/owner?lang=en")
	has(t, english, "Wait for who orders now", "2 cups", "<b>Partly open</b>", "▲ kitchen: out of paper", "Why refused: paused by the owner 4",
		"Weir west gate", `lang="en"`)
	// the switch to Chinese has one
	if han := regexp.MustCompile(`\p{Han}+`).FindAllString(strings.ReplaceAll(content(english), "老板", ""), -1); len(han) > 1 {
		t.Errorf("the English page says %q", han)
	}
	part := owner.get("/owner/live")
	has(t, part, `id="now"`, `id="today"`, "data-points")
	lacks(t, part, "<html", "<form")
	lacks(t, page, "<script>", "style=", "onclick")
	h.do(shop.SetStaff{By: "test", Station: "shake", Staff: 0})
	has(t, owner.get("/owner"), "无人在岗")
	h.clock.Move(11 * time.Hour)
	has(t, owner.post("/owner/signin", 200, "secret", "correct horse"), "<b>暂停接单</b>", "未营业", "现在不接单")
}

func TestPairingFromThePage(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	has(t, owner.get("/owner/devices"), "还没有配对的设备")
	page := owner.post("/owner/devices/code", 200)
	m := regexp.MustCompile(`<p class="digits">(\d{4} \d{4})</p>`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no code on the page:\n%s", content(page))
	}
	has(t, page, "https://192.168.1.20:8443/pair", "<svg", "12:10")
	if _, err := h.guard.Pair(t.Context(), m[1], "出杯", "test"); err != nil {
		t.Fatal(err)
	}
	has(t, owner.get("/owner/devices"), "出杯", "移除")
	id := h.guard.Devices()[0].ID
	lacks(t, owner.post("/owner/devices/"+id+"/revoke", 200), "<b>出杯</b>")
	owner.post("/owner/devices/"+id+"/revoke", 200) // it is out: that is what was wanted
	if got := h.newest(); got != "owner:老板 device.revoked" {
		t.Errorf("log %q", got)
	}
	has(t, owner.get("/owner/log"), "移除设备 出杯", "配对设备 出杯", "生成一次性码 （配对设备）", "门店主机")
}

func TestPeopleFromThePage(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	has(t, owner.post("/owner/people", 422, "name", "小王", "role", "staff", "pin", "1234"), "PIN 是 4 到 8 位数字", `value="小王"`)
	has(t, owner.post("/owner/people", 422, "name", "小王", "role", "owner", "pin", "2580"), "角色是")
	has(t, owner.post("/owner/people", 200, "name", "小王", "role", "staff", "pin", "2580"), "小王", "店员")
	id := h.guard.Members()[0].ID
	has(t, owner.post("/owner/people/"+id, 200, "role", "manager", "pin", ""), "值班经理")
	if got := h.newest(); got != "owner:老板 member.changed" {
		t.Errorf("log %q", got)
	}
	owner.post("/owner/people/owner", 200, "role", "staff", "pin", "2580") // the owner is not one of them
	if !h.guard.HasOwner() || len(h.guard.Members()) != 1 {
		t.Error("the owner was made staff")
	}
	lacks(t, owner.post("/owner/people/"+id+"/remove", 200), "小王")
	has(t, owner.get("/owner/log"), "移除人员 小王", "更改 PIN 或角色 小王（值班经理）", "添加人员 小王（店员）")
	h.clock.Move(20 * time.Minute)
	has(t, owner.get("/owner/people"), "请再确认一次") // asked again before people
	has(t, owner.post("/owner/again", 200, "secret", "correct horse", "back", "/owner/people"), "还没有人")
}

func TestKeysAreShownOnce(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	page := owner.post("/owner/keys", 200, "channel", "meituan")
	key := regexp.MustCompile(`weir_[A-Za-z0-9_-]{43}`).FindString(page)
	if key == "" {
		t.Fatalf("no key on the page:\n%s", content(page))
	}
	has(t, page, "只显示这一次", "美团")
	if got := h.newest(); got != "owner:老板 key.added" {
		t.Errorf("log %q", got)
	}
	page = owner.get("/owner/keys")
	lacks(t, page, key)
	id := regexp.MustCompile(`<code>(k[0-9a-f]+)</code>`).FindStringSubmatch(page)
	if id == nil {
		t.Fatalf("the key is not listed:\n%s", content(page))
	}
	has(t, owner.post("/owner/keys/"+id[1]+"/revoke", 200), "还没有密钥")
	has(t, owner.post("/owner/keys", 422, "channel", "nobody"), "没有这个平台")
	has(t, owner.get("/owner/log"), "撤销平台密钥 "+id[1], "新平台密钥 美团")
}

func TestTheOwnerChangesThePassword(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	has(t, owner.post("/owner/password", 422, "password", "battery staple", "again", "battery stable"), "两次输入的密码不一样")
	has(t, owner.post("/owner/password", 422, "password", "12345678", "again", "12345678"), "密码至少 8 位")
	has(t, owner.post("/owner/password", 200, "password", "battery staple", "again", "battery staple"), "店主登录")
	has(t, owner.post("/owner/signin", 403, "secret", "correct horse"), "不对")
	has(t, owner.post("/owner/signin", 200, "secret", "battery staple"), "现在下单要等")
}

// TestEveryLineOfTheLogHasWords: what people can do is told in words and not by the name of a fact.
func TestEveryLineOfTheLogHasWords(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	h.do(shop.Tick{})
	first, second := h.do(order("shangou", "a", 2)).Order, h.do(order("shangou", "b", 1)).Order
	h.do(shop.SetAvailable{By: "tablet:出杯", Item: "grape"})
	h.do(shop.End{By: "tablet:前台 · 小王", Order: first.ID, To: shop.OrderReleased, Reason: "没有牛奶"})
	h.do(shop.Tap{By: "tablet:出杯", Cups: []shop.CupID{second.CupID(1)}, To: shop.Voided})
	page := owner.get("/owner/log")
	has(t, page, "前台 · 小王", "001 号单已退单：没有牛奶", "多肉葡萄 售罄", "设置店主密码 老板（店主）", "002 号单 1 杯作废")
	p := New(Config{Tally: h.tally, Guard: h.guard, Now: h.clock.Now})
	ended := store.LogEntry{Name: "order.ended", Order: first.ID, Number: first.Number, Body: []byte(`{"state":"handed"}`)}
	line := p.what("en", h.tally.Snapshot().Config, ended)
	if strings.ContainsAny(line, ":：") || !strings.Contains(line, first.PickupNumber()) {
		t.Errorf("an order that ended without a reason: %q", line)
	}
	for _, name := range []string{"owner.set", "code.made", "signin.slowed", "key.revoked", "member.ended", "shop.claimed"} {
		line := p.what("en", h.tally.Snapshot().Config, store.LogEntry{Name: name, Body: []byte(`{"about":"x"}`)})
		if strings.HasPrefix(line, name) {
			t.Errorf("%s has no words: %q", name, line)
		}
	}
	if line := p.what("en", h.tally.Snapshot().Config, store.LogEntry{Name: "weather.changed",
		Body: []byte(`{}`)}); line != "weather.changed" {
		t.Errorf("a fact that nobody has thought of: %q, want its name", line)
	}
}

// What was typed is still there when something was wrong with it, and what was wrong is said beside it.
func TestAMistakeKeepsWhatWasTyped(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	page := owner.post("/owner/terms", 422, "horizon_min", "5", "reserve_cups", "3.5", "shelf_bags", "77", "check_mode", "bag")
	part := page[strings.Index(page, `id="terms"`):]
	has(t, part, `class="wrong"`, "20 到 120 分钟", `value="5"`, `value="3.5"`, `value="77"`, `<option value="bag" selected>`)
	page = owner.post("/owner/intake/meituan", 422, "mode", "paused", "for", "120", "why", "")
	part = page[strings.Index(page, `/owner/intake/meituan`):]
	has(t, part, `class="wrong"`, "请选原因", `<details open>`, `<option value="120" selected>`)
	if page = owner.get("/owner"); strings.Contains(page, `class="wrong"`) || strings.Contains(page, `<details open>`) {
		t.Error("the mistake is still there on a new page")
	}
}

// TestTheOwnerSaysThatTheClockIsRight: the page says what is wrong with it, one tap trusts it, and the log keeps who.
func TestTheOwnerSaysThatTheClockIsRight(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	lacks(t, owner.get("/owner"), `id="clock"`)
	off := time.Duration(0)
	since := time.Duration(0)
	h.pages.Clock = clock.New(clock.Source{
		Wall: func() time.Time { return try.Noon.Add(since + off) }, Since: func() time.Duration { return since },
		Synced: func() bool { return false },
	})
	lacks(t, owner.get("/owner"), `id="clock"`)
	off, since = 3*24*time.Hour, time.Second
	h.pages.Clock.Now()
	has(t, owner.get("/owner"), `id="clock"`, "主机时钟不对（快了 3 天）", "核对过了，现在就是")
	has(t, owner.get("/owner?lang=en"), "3 days ahead")
	owner.post("/owner/clock", 200)
	if by, _, due := h.pages.Clock.Due(); !due || by != off {
		t.Errorf("due %v by %v, want %v", due, by, off)
	}
	if got := h.newest(); got != "owner:老板 clock.trusted" {
		t.Errorf("log %q", got)
	}
	has(t, owner.get("/owner/log"), "确认时钟正确： ")
	lacks(t, owner.get("/owner/log"), "%s")
}
