package owner

import (
	"strings"
	"testing"

	"weir/shop"
)

// TestTheMenuIsChangedFromThePage: the table goes out, comes back changed, is shown before anything is done, and counts after a yes;
// a single item is changed in place; then the first menu counts again. The log says who did each.
func TestTheMenuIsChangedFromThePage(t *testing.T) {
	h := opened(t, t.TempDir())
	owner := h.owner()
	table := owner.get("/owner/menu/menu.csv")
	has(t, owner.get("/owner/menu"), "多肉葡萄", "24.00", "现在用的是门店设置文件里的菜单")
	changed := strings.Replace(strings.Replace(table, "24.00", "22.50", 1), "item,,matcha", "item,,macha", 1)
	first := h.tally.Snapshot().Config.Menu
	page := owner.bring("/owner/menu/file", 200, []byte(changed))
	has(t, page, "多肉葡萄：¥24.00 → ¥22.50", "抹茶鲜奶：新增，¥20.00", "抹茶鲜奶：从菜单去掉", "确认修改菜单")
	if h.tally.Snapshot().Config.Menu != first {
		t.Fatal("the menu is changed before anybody has said yes")
	}
	base, upload := hidden(t, page, "base"), hidden(t, page, "upload")
	owner.post("/owner/menu/change", 409, "base", "another", "upload", upload)
	has(t, owner.post("/owner/menu/change", 200, "base", base, "upload", upload), "菜单已修改", "22.50")
	if menu := h.tally.Snapshot().Config.Menu; menu.Item("grape").PriceFen != 2250 || menu.Item("matcha") != nil || menu.Item("macha") == nil {
		t.Errorf("grape costs %d", menu.Item("grape").PriceFen)
	}
	owner.post("/owner/menu/change", 410, "base", base, "upload", upload) // twice

	rev := h.tally.Snapshot().Config.Menu.Rev
	owner.post("/owner/menu/items/grape", 422, "base", rev, "price_yuan", "22,50", "zh", "多肉葡萄", "seconds shake", "88")
	owner.post("/owner/menu/items/beer", 404, "base", rev, "price_yuan", "1", "zh", "啤酒")
	owner.post("/owner/menu/items/grape", 200, "base", rev, "price_yuan", "２３", "zh", "葡萄冰", "en", "Grape ice", "seconds shake", "60",
		"hidden", "yes")
	grape := h.tally.Snapshot().Config.Menu.Item("grape")
	if grape.PriceFen != 2300 || grape.Name != (shop.Name{ZH: "葡萄冰", EN: "Grape ice"}) || grape.Seconds["shake"] != 60 || !grape.Hidden ||
		len(grape.Seconds) != 1 || grape.Uses["cheese"] != 60 {
		t.Errorf("grape is %+v", grape)
	}
	owner.post("/owner/menu/items/grape", 409, "base", rev, "price_yuan", "1", "zh", "x") // of a page that is old

	page = owner.post("/owner/menu/first", 200)
	has(t, page, "重新上架", "¥23.00 → ¥24.00")
	owner.post("/owner/menu/change", 200, "base", hidden(t, page, "base"))
	if got := h.tally.Snapshot().Config.Menu.Rev; got != first.Rev {
		t.Errorf("the menu is %s, the first was %s", got, first.Rev)
	}
	has(t, owner.get("/owner/log"), "修改菜单", "¥24.00 → ¥22.50", "恢复设置文件里的菜单")

	for name, file := range map[string]string{
		"不认得": "id,zh,价格\ngrape,葡萄,12\n", "第 2 行": "id,zh,price\ngrape,葡萄,12.5\n", "没有一行是商品": "id,zh,price\n", "表头": "nothing",
		"参照": "id,zh,price\ngrape,葡萄,12\n",
	} {
		page := owner.bring("/owner/menu/file", 422, []byte(file))
		if !strings.Contains(page, `role="alert"`) || name != "参照" && !strings.Contains(page, name) {
			t.Errorf("%q is not refused with %s", file, name)
		}
	}
	owner.bring("/owner/menu/file", 413, []byte(strings.Repeat("x", 2<<20)))
}

// hidden is the value of a hidden field of a form.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("the page has no field %s", name)
	}
	return value
}
