package owner

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"weir/server/settlement"
	"weir/shop"
	"weir/shop/try"
)

const friday = "2026-02-06"

// free is an order of one cup that its platform pays.
func free(channel, ref string, fen int64) shop.Place {
	o := order(channel, ref, 1)
	o.Draft.Totals = &shop.Totals{TotalFen: fen, SubsidyFen: fen}
	return o
}

// hand has an order placed and given out.
func (h *house) hand(o shop.Place) shop.OrderID {
	h.t.Helper()
	id := h.do(o).Order.ID
	h.do(shop.Handover{By: "tablet", Order: id, Made: true})
	return id
}

// night turns the day.
func (h *house) night() {
	h.t.Helper()
	h.clock.Move(24 * time.Hour)
	h.do(shop.Tick{})
}

// upload sends a file with a form and returns the page it leads to.
func (b *browser) upload(path string, want int, file []byte) string {
	b.h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "账单.csv")
	if err != nil {
		b.h.t.Fatal(err)
	}
	part.Write(file) // into memory
	form.Close()
	r, err := http.NewRequest(http.MethodPost, b.h.url+path, &body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := b.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if resp.StatusCode != want {
		b.h.t.Fatalf("upload to %s: %d, want %d\n%.600s", path, resp.StatusCode, want, page)
	}
	return string(page)
}

// TestADayIsClosedFromThePage: refused with the open orders named, then closed, then changed.
func TestADayIsClosedFromThePage(t *testing.T) {
	h := opened(t, t.TempDir())
	h.hand(free("shangou", "a", 1500))
	h.hand(free("meituan", "b", 1200))
	late := h.do(free("shangou", "late", 1500)).Order
	owner := h.owner()
	page := owner.get("/owner/settlement/" + friday)
	has(t, page, "营业中", "¥27.00", "04:00 换日后")
	lacks(t, page, "现在结账")
	has(t, owner.post("/owner/settlement/"+friday+"/close", 409), "还没有过完")
	h.night()
	owner.post("/owner/signin", 200, "secret", "correct horse")
	has(t, owner.get("/owner"), "▲ 1 天没有结账")
	has(t, owner.get("/owner/settlement"), friday+" 周五", "▲ 未结账：1 单没结束", "¥27.00", "已交餐 2 单")
	page = owner.post("/owner/settlement/"+friday+"/close", 409)
	has(t, page, "还不能结账：下面的单还没有结束", late.PickupNumber()+" · 闪购", "/handoff?code="+late.PickupNumber(), "等待制作 · 1 杯")
	if h.tally.Snapshot().DayClosed(friday) {
		t.Fatal("a day with an open order was closed")
	}
	h.do(shop.Handover{By: "tablet", Order: late.ID, Made: true})
	page = owner.post("/owner/settlement/"+friday+"/close", 200)
	has(t, page, "● 已结账", "老板（店主） 于 12:00 结账", "¥42.00", "2 单 · 2 杯，其中零元 2 单")
	lacks(t, page, "现在结账", "结账时")
	if !h.tally.Snapshot().DayClosed(friday) || h.newest() != "owner:老板 day.closed" {
		t.Errorf("closed %v, log %q", h.tally.Snapshot().DayClosed(friday), h.newest())
	}
	h.do(shop.Cancel{Channel: "meituan", Ref: "b", Final: true})
	page = owner.get("/owner/settlement/" + friday)
	has(t, page, "▲ 结账后有变化", "▲ 1 单 · 1 杯 · ¥12.00（结账时：没有）", "▲ 没有（结账时：1 单 · 1 杯，其中零元 1 单）")
	has(t, owner.get("/owner/settlement"), "▲ 结账后有变化")
	has(t, owner.get("/owner/settlement/"+friday+"?lang=en"), "changed since it was closed", "at the closing: none", "Made, then cancelled")
	has(t, owner.get("/owner/log"), "结账 "+friday)
}

// TestMoneyThatIsNotKnownYetIsNotInTheSum, and is said.
func TestMoneyThatIsNotKnownYetIsNotInTheSum(t *testing.T) {
	h := opened(t, t.TempDir())
	n := freeTea()
	n.Start, n.End = try.Noon, try.Noon.Add(time.Hour)
	h.do(shop.GiveNotice{Channel: "shangou", Notice: n})
	o := order("shangou", "a", 1)
	o.Draft.Totals, o.Draft.Campaign = nil, "feb6"
	h.hand(o)
	page := h.owner().get("/owner/settlement/" + friday)
	has(t, page, "¥0.00", "另有 1 单金额未知，暂估 ¥15.00，未计入")
}

// TestAStatementIsComparedFromThePage in UTF-8 and GBK; a wrong one is refused with its lines and changes nothing.
func TestAStatementIsComparedFromThePage(t *testing.T) {
	h := opened(t, t.TempDir())
	h.hand(free("shangou", "a", 1500))
	h.hand(free("shangou", "b", 1300))
	owner := h.owner()
	path := "/owner/settlement/" + friday + "/shangou"
	has(t, owner.get(path), "还没有上传账单", "上传并对账")
	bad := "订单号,订单状态,补贴金额,杯数\na,已完成,15.00,1\nb,已完成,twelve,1\na,已完成,15.00,1\n"
	page := owner.upload(path, 422, []byte(bad))
	has(t, page, "还没有导入：2 行要您决定，其余 1 行读得懂", "第 3 行", "金额 &#34;twelve&#34; 应为元", "第 4 行", "订单 a 在第 2 行已出现", "还没有上传账单")
	lacks(t, page, "want yuan")
	has(t, owner.upload(path+"?lang=en", 422, []byte(bad)), "Line 3", "want yuan", "Line 4", "order a is in line 2 already")
	has(t, owner.upload(path, 422, []byte("订单号,补贴\na,15.00,1\n")), "第 2 行", "比表头多出一格")
	has(t, owner.upload(path, 422, nil), "文件是空的")
	has(t, owner.upload(path, 413, make([]byte, settlement.FileMax+100_000)), "文件超过 8 MiB")
	has(t, owner.post(path, 422, "file", "no file"), "请选一个文件")

	good := "订单号,订单状态,补贴金额,杯数\na,已完成,15.00,1\nghost,已完成,12.00,1\n"
	page = owner.upload(path, 200, []byte(good))
	has(t, page, "▲ 少给 ¥1.00，2 处不同", "¥28.00", "¥27.00（2 行）", "账单里没有", "门店没收到过", "账单第 3 行", "1 · −¥12.00", "账单.csv", "老板（店主）")
	if got := h.newest(); got != "owner:老板 statement.imported" {
		t.Errorf("log %q", got)
	}
	has(t, owner.get("/owner/settlement/"+friday), "▲ 少给 ¥1.00", "账单.csv")
	has(t, owner.upload(path, 422, []byte(bad)), "第 3 行", "▲ 少给 ¥1.00") // the one before is still there
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("订单编号,补贴（元）\na,15.00\nb,13.00\n"))
	if err != nil {
		t.Fatal(err)
	}
	has(t, owner.upload(path, 200, gbk), "● 一致", "¥0.00")
	has(t, owner.get(path+"?lang=en"), "● agrees", "Due by the shop&#39;s book")
	has(t, owner.get("/owner/log"), "导入 闪购 "+friday+" 的账单：账单.csv")
	has(t, owner.upload("/owner/settlement/2026-02-07/shangou", 409, []byte(good)), "这一天还没有开始")
	owner.does("GET", "/owner/settlement/"+friday+"/counter", 404, nil)
	owner.does("GET", "/owner/settlement/"+friday+"/nobody", 404, nil)
	owner.does("GET", "/owner/settlement/2026-2-6", 404, nil)
}

// TestLinesInDoubtAreDecidedOnThePage: the file waits, a person names the order that a spreadsheet has cut and goes on
// without what cannot be read, and the page goes on saying what was left out.
func TestLinesInDoubtAreDecidedOnThePage(t *testing.T) {
	h := opened(t, t.TempDir())
	h.hand(free("shangou", "802013456789012345", 1500))
	h.hand(free("shangou", "802013456789012678", 1300))
	owner := h.owner()
	path := "/owner/settlement/" + friday + "/shangou"
	page := owner.upload(path, 422, []byte("订单号,补贴\n802013456789012000,15.00\n8,免费\n合计,20.00\n"))
	has(t, page, "末尾几位被表格软件改成了 0", `value="802013456789012345"`, `value="802013456789012678"`, "订单号就是这样", "8,免费", "还没有上传账单")
	_, rest, _ := strings.Cut(page, `name="upload" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	page = owner.post(path, 422, "upload", token, "line-2", "802013456789012345") // nothing is said of the other line
	has(t, page, "1 行要您决定，其余 1 行读得懂", "8,免费", "还没有上传账单")
	page = owner.post(path, 200, "upload", token, "line-2", "802013456789012345", "leave-out", "true")
	has(t, page, "没有导入的行", "第 3 行 8,免费", "文件里的合计", "¥20.00", "¥15.00（1 行）", "账单里没有")
	has(t, owner.get(path+"?lang=en"), "Lines left out", "Line 3, 8,免费: amount", "Sum that the file gives")
	has(t, owner.post(path, 422, "upload", token, "leave-out", "true"), "请选一个文件") // it was taken in, and is not kept
}

// TestTheOrdersAreDownloaded in the page's language, and can be read again.
func TestTheOrdersAreDownloaded(t *testing.T) {
	h := opened(t, t.TempDir())
	h.hand(free("shangou", "a", 1500))
	h.hand(free("meituan", "=b", 1200))
	owner := h.owner()
	file := func(query string) (string, http.Header) {
		resp, err := owner.Get(h.url + "/owner/settlement/" + friday + "/orders.csv" + query)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp.Status, err)
		}
		return string(body), resp.Header
	}
	text, header := file("")
	const kind = `text/csv; charset=utf-8 attachment; filename="settlement-2026-02-06.csv"`
	if got := header.Get("Content-Type") + " " + header.Get("Content-Disposition"); got != kind {
		t.Errorf("headers %q", got)
	}
	if strings.Count(text, "\r\n") != 3 || !strings.HasPrefix(text, "\ufeff门店编号") || !strings.Contains(text, "'=b") {
		t.Errorf("file %q", text)
	}
	text, header = file("?channel=meituan&lang=en")
	if !strings.HasPrefix(text, "\ufefforder,channel") || strings.Count(text, "\r\n") != 2 ||
		!strings.Contains(header.Get("Content-Disposition"), "settlement-2026-02-06-meituan.csv") {
		t.Errorf("%v: file %q", header, text)
	}
	has(t, owner.upload("/owner/settlement/"+friday+"/meituan", 200, []byte(text)), "● 一致")
	owner.does("GET", "/owner/settlement/"+friday+"/orders.csv?channel=nobody", 404, nil)
	has(t, owner.get("/owner/settlement?day="+friday), "¥27.00") // any day can be asked for
}

// TestMoneyIsTheOwners: a manager sees none of it, nor does an owner who gave the password too long ago.
func TestMoneyIsTheOwners(t *testing.T) {
	h := opened(t, t.TempDir())
	h.hand(free("shangou", "a", 1500))
	owner, manager := h.owner(), h.manager()
	h.night()
	manager.post("/signin", 200, "member", h.guard.Members()[0].ID, "pin", "1470", "back", "/owner")
	for _, path := range []string{"", "/" + friday, "/" + friday + "/shangou", "/" + friday + "/orders.csv"} {
		page := manager.get("/owner/settlement" + path)
		has(t, page, "店主登录")
		lacks(t, page, "¥15.00")
	}
	manager.post("/owner/settlement/"+friday+"/close", 200)
	manager.upload("/owner/settlement/"+friday+"/shangou", 200, []byte("ref,subsidy\na,15.00\n"))
	if _, err := h.tally.Statement(t.Context(), friday, "shangou"); err == nil || h.tally.Snapshot().DayClosed(friday) {
		t.Error("a manager has closed the day, or sent a statement")
	}
	owner.post("/owner/signin", 200, "secret", "correct horse")
	has(t, owner.get("/owner/settlement"), "¥15.00")
	h.clock.Move(6 * time.Minute)
	has(t, owner.get("/owner/settlement"), "请再确认一次")
	has(t, owner.post("/owner/again", 200, "secret", "correct horse", "back", "/owner/settlement"), "¥15.00")
}

// TestPartsAndCompensationAreOnTheDaysPage, the rules are beside the days, and who gave it is in the log.
func TestPartsAndCompensationAreOnTheDaysPage(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	path := "/owner/settlement/" + friday
	lacks(t, owner.get(path), "平台服务费", "赔付")
	has(t, owner.get("/owner/settlement"), "没做到时的赔付", "闪购 · 退单", "5 元券 · ¥5.00 · 门店出 · 1 天后可用", "超时 10 分钟以上", "平台出")
	has(t, owner.get("/owner/settlement?lang=en"), "the shop pays", "more than 10 min late")
	o, fen := free("shangou", "a", 1500), int64(75)
	o.Draft.Totals.FeeFen = &fen
	id := h.hand(o)
	h.do(shop.Compensate{By: "tablet:前台", Order: id, Cause: shop.CauseWrong})
	has(t, owner.get(path), "平台服务费", "¥0.75", "这几项还有未知的", "赔付", "平台出 ¥0.00，门店出 ¥8.00")
	has(t, owner.get(path+"?lang=en"), "shop pays ¥8.00", "Platform&#39;s fee")
	has(t, owner.get("/owner/log"), "001 号单赔付（给错了）：8 元券")
	statement := path + "/shangou"
	page := owner.upload(statement, 200, []byte("订单号,补贴,佣金,赔付\na,15.00,-1.00,\n"))
	has(t, page, "服务费不同", "¥0.75", "¥-1.00")
	lacks(t, page, "赔付不同")
	h.night()
	h.do(shop.CloseDay{By: "owner:老板", Day: friday})
	h.do(shop.Cancel{Channel: "shangou", Ref: "a", Final: true})
	has(t, h.owner().get(path), "▲ 结账后有变化")
}
