package settlement

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/shop"
	"weir/shop/wire"
)

// Bounds of what a line may say.
const (
	// refMax is the length of an order number in bytes, as in an order.
	refMax = 128
	// moneyMax is the largest sum of one order in fen, as in an order.
	moneyMax = 1_000_000_000
	// cupsMax is the most cups of one order, as in an order.
	cupsMax = 500
)

// The columns that are read, by every name they go by: as [columnName] leaves it.
var columns = map[string][]string{
	"ref":          {"ref", "订单号", "订单编号", "订单号码", "订单id", "平台订单号", "平台订单编号", "order_no", "order_id", "orderno", "orderid", "訂單號", "訂單編號"},
	"subsidy_fen":  {"subsidy_fen", "补贴(分)", "补贴金额(分)", "平台补贴(分)", "補貼(分)"},
	"subsidy":      {"subsidy", "补贴", "补贴金额", "平台补贴", "補貼", "補貼金額"},
	"cups":         {"cups", "杯数", "杯數"},
	"channel_part": {"channel_part", "渠道承担", "平台承担", "平台优惠"},
	"shop_part":    {"shop_part", "商家承担", "门店承担", "商家优惠"},
	"fee":          {"fee", "服务费", "平台服务费", "技术服务费", "佣金"},
	"packing":      {"packing", "打包费", "包装费", "餐盒费"},
	"compensation": {"compensation", "赔付", "赔付金额", "赔偿金额"},
	"state":        {"state", "状态", "订单状态", "狀態", "訂單狀態"},
}

// moneyColumns are the columns of money beside the subsidy, as [shop.StatementLine.Money] has them, in yuan; each may be in
// whole fen instead, as "fee_fen" or "服务费(分)".
var moneyColumns = []string{"channel_part", "shop_part", "fee", "packing", "compensation"}

func init() {
	for _, name := range moneyColumns {
		for _, word := range columns[name] {
			columns[name+"_fen"] = append(columns[name+"_fen"], word+"_fen", word+"(分)")
		}
	}
}

// columnName is a head line's cell in lower case, with plain brackets, without spaces, and without what says nothing: that
// it is needed, or that money is in yuan.
func columnName(cell string) string {
	cell = strings.ToLower(strings.ReplaceAll(bare(cell), " ", ""))
	for _, mark := range []string{"(必填)", "(required)", "(元)", "(yuan)", "*"} {
		cell = strings.ReplaceAll(cell, mark, "")
	}
	return cell
}

// columnsOf finds the columns that a head line names. Without an order number it is no head line. Platforms write several
// columns of one kind of money, whose sum nobody has said: where two are one of [moneyColumns], neither is read.
func columnsOf(head []string, line int) (map[string]int, error) {
	at := map[string]int{}
	doubled := map[string]bool{} // columns of money that are there twice
	for i, cell := range head {
		cell = columnName(cell)
		for name, words := range columns {
			if !slices.Contains(words, cell) {
				continue
			}
			if _, twice := at[name]; twice && slices.Contains(moneyColumns, strings.TrimSuffix(name, "_fen")) {
				doubled[name] = true
			} else if twice {
				f := faultOf("file_fault.column_twice", name)
				return at, wrong(f, LineFault{Line: line, Fault: f})
			}
			at[name] = i
		}
	}
	if _, ref := at["ref"]; !ref {
		return at, nil
	}
	for _, name := range moneyColumns {
		_, fen := at[name+"_fen"]
		if _, yuan := at[name]; fen && yuan || doubled[name] || doubled[name+"_fen"] {
			delete(at, name)
			delete(at, name+"_fen")
		}
	}
	_, fen := at["subsidy_fen"]
	if _, yuan := at["subsidy"]; fen == yuan {
		return at, wrong(faultOf("file_fault.subsidy_column"), LineFault{Line: line, Fault: faultOf("file_fault.subsidy_columns")})
	}
	return at, nil
}

// fileRow is a line of the file.
type fileRow struct {
	at    map[string]int // column by name
	width int            // columns of the head line
	cells []string
	torn  bool // its quotes do not match
}

// cell reads one column; "" where the file has none, the row is too short, or the cell says that there is nothing.
func (r *fileRow) cell(column string) (string, *Fault) {
	i, ok := r.at[column]
	if !ok || i >= len(r.cells) {
		return "", nil
	}
	raw := r.cells[i]
	text := bare(raw)
	if r.torn && strings.Contains(text, `"`) {
		return "", errQuote
	}
	if column != "ref" && slices.Contains(nothing, strings.ToLower(text)) {
		return "", nil
	}
	return text, nil
}

// nothing are the words with which a file says that a cell is empty.
var nothing = []string{"-", "--", "---", "/", "\\", "无", "暂无", "空", "n/a", "na", "nan", "null", "none", "nil", "#n/a"}

// totals are the words with which a row says that it is a sum and no order, before a colon, a bracket or nothing.
var totals = []string{"total", "totals", "subtotal", "sum", "grandtotal"}

// total is a Chinese word for a sum, wherever it stands, or a count of what is above.
var total = regexp.MustCompile(`合计|总计|小计|共计|汇总|总和|累计|总额|总金额|合計|總計|小計|共計|彙總|總額|^共[0-9]+[笔单条行个筆單條個]`)

// isTotal reports whether a row is a sum of others: it says so in its order number, or in any cell where it has none.
func (r *fileRow) isTotal() bool {
	word := func(cell string) bool {
		cell = strings.ToLower(strings.TrimRight(strings.ReplaceAll(bare(cell), " ", ""), ":"))
		return total.MatchString(cell) || slices.ContainsFunc(totals, func(t string) bool {
			return cell == t || strings.HasPrefix(cell, t+":") || strings.HasPrefix(cell, t+"(")
		})
	}
	ref := ""
	if i := r.at["ref"]; i < len(r.cells) {
		ref = bare(r.cells[i])
	}
	return word(ref) || ref == "" && slices.ContainsFunc(r.cells, word)
}

// line reads an order. ref is "" where even that cannot be read.
func (r *fileRow) line(n int) (l shop.StatementLine, err *Fault) {
	l.Line = n
	if l.Ref, err = r.ref(); err != nil {
		return l, err
	}
	if extra := r.beyond(); extra != "" {
		return l, faultOf("file_fault.cell_too_many", quoted(extra))
	}
	if l.Subsidy, err = r.subsidy(); err != nil {
		return l, err
	}
	for i, sum := range l.Money() {
		if *sum, err = r.money(moneyColumns[i]); err == errQuote {
			return l, err
		} // a sum that cannot be read, as a rate of 6%, is not said: the order's subsidy counts all the same
	}
	if l.Cups, err = r.cups(); err != nil {
		return l, err
	}
	if l.State, err = r.state(); err != nil {
		return l, err
	}
	if !plainRef.MatchString(l.Ref) && l.Subsidy == nil && l.Cups == nil && l.State == "" {
		return l, faultOf("file_fault.only_words")
	}
	return l, nil
}

// plainRef is an order number without words in it. A line with words and nothing else is a note below the orders.
var plainRef = regexp.MustCompile(`^[0-9A-Za-z_.#/-]+$`)

// beyond is what stands to the right of the head line's last column; empty cells there are a spreadsheet's habit.
func (r *fileRow) beyond() string {
	for i := r.width; i < len(r.cells); i++ {
		if text := bare(r.cells[i]); text != "" {
			return text
		}
	}
	return ""
}

func (r *fileRow) ref() (string, *Fault) {
	ref, err := r.cell("ref")
	ref = ungrouped(ref)
	switch {
	case err != nil:
		return "", err
	case ref == "":
		return "", faultOf("file_fault.number_missing")
	case len(ref) > refMax:
		return "", faultOf("file_fault.number_too_long", refMax)
	}
	return ref, nil
}

// grouped is an order number that a spreadsheet shows as a quantity: its digits in groups, or with decimals.
var grouped = regexp.MustCompile(`^([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{8,}|[0-9]{2,6}(?: [0-9]{1,6}){2,})(?:\.0+)?$`)

// ungrouped takes off an order number what makes it a quantity; its digits stay as they are.
func ungrouped(ref string) string {
	if m := grouped.FindStringSubmatch(ref); m != nil {
		return strings.NewReplacer(",", "", " ", "").Replace(m[1])
	}
	return ref
}

// subsidy is the subsidy of a row in fen; nil where it is not known yet.
func (r *fileRow) subsidy() (*int64, *Fault) { return r.money("subsidy") }

// money is a sum of a row in fen, from the column in yuan or the one in whole fen; nil where it is not known yet.
func (r *fileRow) money(column string) (*int64, *Fault) {
	read := fenOf
	if _, whole := r.at[column+"_fen"]; whole {
		column, read = column+"_fen", wholeFen
	}
	text, err := r.cell(column)
	if err != nil || text == "" {
		return nil, err
	}
	fen, err := read(text)
	if err != nil {
		return nil, err
	}
	if fen < -moneyMax || fen > moneyMax {
		return nil, faultOf("file_fault.subsidy_bounds", fen)
	}
	return &fen, nil
}

func wholeFen(text string) (int64, *Fault) {
	fen, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, faultOf("file_fault.subsidy_whole", quoted(text))
	}
	return fen, nil
}

// money is a sum in yuan: 15, 15.5, 15.50 or 1,500.00. A comma sets thousands apart or the sum is not read: "9,50" is nine
// and a half in half of Europe.
var money = regexp.MustCompile(`^([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.([0-9]{1,2})0*)?$`)

// fenOf reads yuan with a sign and a currency in any order, before or behind: ¥15.50, -¥15.00, ¥-15, 15.00元, 15.00-, or
// (15.00) as accountants write what is taken off.
func fenOf(text string) (int64, *Fault) {
	plain, minus, signs := strings.ReplaceAll(text, " ", ""), false, 0
	for again := true; again; {
		again = false
		for _, mark := range []string{"¥", "rmb", "cny", "人民币", "-", "+", "元整", "元", "圆"} {
			rest, ok := trimFold(plain, mark)
			if !ok {
				continue
			}
			plain, again = rest, true
			if mark == "-" || mark == "+" {
				signs++
				minus = minus || mark == "-"
			}
		}
		if inner, ok := strings.CutPrefix(plain, "("); ok && strings.HasSuffix(inner, ")") {
			plain, minus, again = strings.TrimSuffix(inner, ")"), true, true
			signs++
		}
	}
	m := money.FindStringSubmatch(plain)
	if m == nil || signs > 1 {
		return 0, faultOf("file_fault.subsidy_yuan", quoted(text))
	}
	fen, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", "")+(m[2] + "00")[:2], 10, 64) // eleven digits at most
	if minus {
		fen = -fen
	}
	return fen, nil
}

// trimFold takes a mark off one end of a text, whatever its case.
func trimFold(text, mark string) (rest string, ok bool) {
	switch n := len(text) - len(mark); {
	case n < 0:
		return text, false
	case strings.EqualFold(text[:len(mark)], mark):
		return text[len(mark):], true
	case strings.EqualFold(text[n:], mark):
		return text[:n], true
	}
	return text, false
}

// count is a number of cups, as a person or a spreadsheet writes it.
var count = regexp.MustCompile(`^([0-9]{1,9})(?:\.0+)?杯?$`)

func (r *fileRow) cups() (*int, *Fault) {
	text, err := r.cell("cups")
	if err != nil || text == "" {
		return nil, err
	}
	n := cupsMax + 1
	if m := count.FindStringSubmatch(text); m != nil {
		n, _ = strconv.Atoi(m[1]) // nine digits at most
	}
	if n > cupsMax {
		return nil, faultOf("file_fault.cups", quoted(text), cupsMax)
	}
	return &n, nil
}

// states are what platforms call an order that they pay for, and one that they do not; and the words of the shop's own
// file. Of an order that is not at its end yet nothing is said.
var states = map[string]shop.OrderState{
	"handed": shop.OrderHanded, "unclaimed": shop.OrderHanded, shop.ReasonMadeThenCancelled: shop.OrderHanded,
	"done": shop.OrderHanded, "completed": shop.OrderHanded,
	"完成": shop.OrderHanded, "已完成": shop.OrderHanded, "已送达": shop.OrderHanded, "已取餐": shop.OrderHanded, "交易成功": shop.OrderHanded,
	"部分退款": shop.OrderHanded, "已部分退款": shop.OrderHanded,
	"cancelled": shop.OrderCancelled, "canceled": shop.OrderCancelled, "released": shop.OrderCancelled, "refunded": shop.OrderCancelled,
	"取消": shop.OrderCancelled, "已取消": shop.OrderCancelled, "退款": shop.OrderCancelled, "已退款": shop.OrderCancelled,
	"全额退款": shop.OrderCancelled, "退款成功": shop.OrderCancelled,
	string(shop.OrderBooked): "", string(shop.OrderAccepted): "", string(shop.OrderMaking): "", string(shop.OrderReady): "",
	"进行中": "", "待取餐": "", "配送中": "",
}

func (r *fileRow) state() (shop.OrderState, *Fault) {
	text, err := r.cell("state")
	if err != nil || text == "" {
		return "", err
	}
	state, known := states[strings.ToLower(strings.ReplaceAll(text, " ", ""))]
	if !known {
		return "", faultOf("file_fault.state", quoted(text))
	}
	return state, nil
}

// bare takes off a cell what spreadsheets and platforms put around a number so that it stays text: spaces and tabs, what
// cannot be seen, an apostrophe, the grave accents of payment bills, quotes, or ="…". Full-width figures become plain ones.
func bare(cell string) string {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(cell), "'"); ok {
		return strings.TrimSpace(inner) // the shop's own file: what follows is as it was
	}
	cell = wire.Typed(cell)
	if inner, quoted := strings.CutPrefix(cell, "'"); quoted {
		return strings.TrimSpace(inner)
	}
	if inner, ok := strings.CutPrefix(cell, "="); ok && (strings.HasPrefix(inner, `"`) || strings.Trim(inner, "0123456789") == "") {
		cell = inner // a formula that is only a value
	}
	for _, around := range [][2]string{{"`", "`"}, {`"`, `"`}, {"“", "”"}} {
		if inner, ok := strings.CutPrefix(cell, around[0]); ok && strings.HasSuffix(inner, around[1]) {
			return strings.TrimSpace(strings.TrimSuffix(inner, around[1]))
		}
	}
	return strings.TrimSpace(strings.TrimPrefix(cell, "`"))
}
