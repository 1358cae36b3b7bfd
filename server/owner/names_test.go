package owner

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"weir/shop"
)

// sent is an order with names that the menu does not know.
func sent(ref string, lines ...shop.Line) shop.Place {
	return shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: ref, Fulfilment: shop.Pickup, Lines: lines}}
}

// bring uploads a file of names and returns the page it leads to.
func (b *browser) bring(path string, want int, text []byte) string {
	b.h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "names.csv")
	if err != nil {
		b.h.t.Fatal(err)
	}
	part.Write(text)
	form.Close()
	resp, err := b.Post(b.h.url+path, form.FormDataContentType(), &body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		b.h.t.Fatalf("%s: %d, want %d, %v\n%.600s", path, resp.StatusCode, want, err, page)
	}
	return string(page)
}

// TestANameIsMappedInTwoTaps: it waits in the inbox with what it probably is, and what waits follows.
func TestANameIsMappedInTwoTaps(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	lacks(t, manager.get("/owner"), "个名称没人认得")
	first := h.do(sent("a", shop.Line{Item: "7", Name: "爆汁多肉葡萄[少冰+加奶盖]", Qty: 1}, shop.Line{Item: "8", Name: "爱心捐", Qty: 1}))
	h.do(sent("b", shop.Line{Item: "7", Name: "爆汁多肉葡萄", Qty: 1}))
	has(t, manager.get("/owner"), "有 2 个名称没人认得", "/owner/names?channel=meituan")
	page := manager.get("/owner/names?channel=meituan")
	has(t, page, "<b>爆汁多肉葡萄</b> <small>2 单里有", "<b>爱心捐</b> <small>1 单里有", `value="grape" selected`)
	lacks(t, manager.get("/owner/names?channel=shangou"), "爱心捐")
	manager.post("/owner/names/meituan", 422, "kind", "name", "text", "爱心捐", "means", "")
	page = manager.post("/owner/names/meituan", 200, "kind", "name", "text", "爱心捐", "means", "no-work", "counted", "true", "qty", "1")
	has(t, page, "爱心捐</b>", "不用做")
	manager.post("/owner/names/meituan", 200, "kind", "name", "text", "爆汁多肉葡萄", "means", "grape", "counted", "true", "qty", "２")
	o, ok := h.tally.Snapshot().Order(first.Order.ID)
	if !ok || len(o.Cups) != 3 || o.Cups[1].State != shop.Voided || o.Lines[0].Item != "grape" || o.Lines[0].Options.Ice != "less" {
		t.Fatalf("%+v", o)
	}
	if log := h.newest(); log != "tablet:前台 李姐 names.mapped" && !strings.HasSuffix(log, "names.mapped") {
		t.Errorf("the log says %s", log)
	}
	has(t, manager.get("/owner/log"), "美团：品名对照新增或修改 1 条")
	// The word of the order is asked for next time; the bench shows it now.
	page = manager.get("/owner/names?channel=meituan&line=" + "爆汁多肉葡萄%5B少冰%2B加奶盖%5D")
	has(t, page, "多肉葡萄 ×2 少冰", "没看懂的字：加奶盖", "按名称的对照")
	has(t, manager.get("/owner/names?channel=meituan&line=打包袋"), "到处都是费用")
	has(t, manager.get("/owner/names?channel=meituan&line=火龙果"), "不认得：按平台的名称做")
	manager.post("/owner/names/meituan/remove", 200, "kind", "name", "text", "爱心捐")
	if n := len(h.tally.Snapshot().Mapping.Entries("meituan")); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
	manager.post("/owner/names/nobody", 404, "kind", "name", "text", "a", "means", "grape")
	manager.post("/owner/names/counter", 404, "kind", "name", "text", "a", "means", "grape")
}

func TestNamesGoOutAndComeBackAsAFile(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	file := "kind,text,means\nname,双杯套餐,grape size/l + green-tea*2\nword,五分糖,sugar/half\nname,=cmd,no-work\n\nsku,SKU-1,grape\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	has(t, owner.bring("/owner/names/meituan/file", 200, []byte(gbk)), "双杯套餐", "多肉葡萄 ×1 大杯 + 原叶绿茶 ×2")
	out := owner.get("/owner/names/meituan/names.csv")
	if !strings.Contains(out, "name,'=cmd,no-work\n") {
		t.Errorf("a spreadsheet would run it: %q", out)
	}
	before := h.tally.Snapshot().Mapping.Entries("meituan")
	seq := h.tally.Snapshot().Counters.Seq
	owner.bring("/owner/names/meituan/file", 200, []byte(out))
	if now := h.tally.Snapshot(); len(before) != 4 || now.Counters.Seq != seq {
		t.Errorf("what went out came back as something else: %+v", now.Mapping.Entries("meituan"))
	}
	for name, wrong := range map[string]string{
		"no head":  "name,a,grape\n",
		"no item":  "kind,text,means\nname,a,beer\n",
		"no kind":  "kind,text,means\nname,a,grape\ndrink,b,grape\n",
		"twice":    "kind,text,means\nname,a,grape\nname,Ａ,no-work\n",
		"no means": "kind;text;means\nname;a;\n",
	} {
		if page := owner.bring("/owner/names/meituan/file", 422, []byte(wrong)); !strings.Contains(page, `role="alert"`) {
			t.Errorf("%s: no word of it", name)
		}
	}
	owner.bring("/owner/names/meituan/file", 413, bytes.Repeat([]byte("x"), 2<<20))
	if resp, err := owner.Get(h.url + "/owner/names/beer/names.csv"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("%v, %v", resp, err)
	}
	if n := len(h.tally.Snapshot().Mapping.Entries("meituan")); n != 4 {
		t.Errorf("%d entries, want the four as before", n)
	}
}
