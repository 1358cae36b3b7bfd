package settlement

import (
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/shop"
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

// parser reads the lines of a statement and collects what is wrong with them.
type parser struct {
	csv    *csv.Reader
	at     map[string]int // column by name
	out    shop.Statement
	first  map[string]int // line of an order number
	faults []shop.FieldError
}

// The columns that are read, by every name they go by. Case and spaces do not matter.
var columns = map[string][]string{
	"ref":         {"ref", "订单号", "订单编号", "平台订单号", "order_no", "order_id"},
	"subsidy_fen": {"subsidy_fen", "补贴(分)", "补贴（分）"},
	"subsidy":     {"subsidy", "补贴", "补贴金额", "平台补贴", "补贴(元)", "补贴（元）"},
	"cups":        {"cups", "杯数"},
	"state":       {"state", "状态", "订单状态"},
}

// columns finds the columns in the head line.
func (p *parser) columns(head []string) error {
	p.at = map[string]int{}
	for i, cell := range head {
		cell = strings.ToLower(strings.Join(strings.Fields(cell), ""))
		for name, words := range columns {
			if !slices.Contains(words, cell) {
				continue
			}
			if _, twice := p.at[name]; twice {
				return wrong("表头中同一列出现两次 / the head line names a column twice", fault(1, name))
			}
			p.at[name] = i
		}
	}
	_, ref := p.at["ref"]
	_, fen := p.at["subsidy_fen"]
	_, yuan := p.at["subsidy"]
	switch {
	case !ref:
		return wrong("表头没有订单号列 / the head line has no column for the order number (订单号, ref)", fault(1, "缺少订单号列；各列以逗号分隔 / ref is missing; columns are set apart by commas"))
	case fen == yuan:
		return wrong("表头需要一列补贴 / the head line needs one column for the subsidy", fault(1, "补贴（元）或 补贴(分)，只要一列 / subsidy in yuan or subsidy_fen in whole fen, one of them"))
	}
	return nil
}

// line reads one order.
func (p *parser) line(record []string) {
	line, _ := p.csv.FieldPos(0)
	l := shop.StatementLine{Line: line}
	for _, read := range []func(*shop.StatementLine, func(string) string) error{p.ref, p.subsidy, p.cups, p.state} {
		err := read(&l, func(column string) string {
			if i, ok := p.at[column]; ok {
				return bare(record[i])
			}
			return ""
		})
		if err != nil && len(p.faults) < faultsMax {
			p.faults = append(p.faults, fault(line, err.Error()))
		}
	}
	p.out.Lines = append(p.out.Lines, l)
}

// rounded is an order number that a spreadsheet has taken for a quantity: its last digits are lost.
var rounded = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$`)

func (p *parser) ref(l *shop.StatementLine, cell func(string) string) error {
	l.Ref = cell("ref")
	first, twice := p.first[l.Ref]
	switch {
	case l.Ref == "":
		return errors.New("缺少订单号 / the order number is missing")
	case len(l.Ref) > refMax:
		return fmt.Errorf("订单号超过 %[1]d 字节 / the order number is longer than %[1]d bytes", refMax)
	case rounded.MatchString(l.Ref):
		return fmt.Errorf("订单号被表格软件改成了 %[1]s，请使用平台导出的原文件 / a spreadsheet has rounded the order number to %[1]s; take the file as the platform gave it", l.Ref)
	case twice:
		return fmt.Errorf("订单 %[1]s 在第 %[2]d 行已出现 / order %[1]s is in line %[2]d already", l.Ref, first)
	}
	p.first[l.Ref] = l.Line
	return nil
}

func (p *parser) subsidy(l *shop.StatementLine, cell func(string) string) error {
	text, read := cell("subsidy"), fenOf
	if _, whole := p.at["subsidy_fen"]; whole {
		text, read = cell("subsidy_fen"), wholeFen
	}
	if text == "" {
		return nil // not known yet
	}
	fen, err := read(text)
	if err != nil {
		return err
	}
	if fen < -moneyMax || fen > moneyMax {
		return fmt.Errorf("补贴 %[1]d 分超出范围 / subsidy of %[1]d fen: out of bounds", fen)
	}
	l.Subsidy = &fen
	return nil
}

func wholeFen(text string) (int64, error) {
	fen, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("补贴 %.40[1]q 应为整数分 / subsidy %.40[1]q: want whole fen", text)
	}
	return fen, nil
}

var money = regexp.MustCompile(`^([+-]?)([0-9]{1,9})(?:\.([0-9]{1,2})0*)?$`)

// fenOf reads yuan: 15, 15.5, 15.50, ¥15.50, 1,500.00 or -15.00.
func fenOf(text string) (int64, error) {
	plain := strings.ReplaceAll(strings.TrimRight(strings.TrimLeft(text, "¥￥ "), "元 "), ",", "")
	m := money.FindStringSubmatch(plain)
	if m == nil {
		return 0, fmt.Errorf("补贴 %.40[1]q 应为元，最多两位小数，如 15.00 / subsidy %.40[1]q: want yuan with at most two decimals, as 15.00", text)
	}
	fen, err := strconv.ParseInt(m[2]+(m[3] + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("subsidy %.40q: %w", text, err)
	}
	if m[1] == "-" {
		fen = -fen
	}
	return fen, nil
}

func (p *parser) cups(l *shop.StatementLine, cell func(string) string) error {
	text := cell("cups")
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > cupsMax {
		return fmt.Errorf("杯数 %.40[1]q 应为 0 到 %[2]d / cups %.40[1]q: want 0 to %[2]d", text, cupsMax)
	}
	l.Cups = &n
	return nil
}

// states are what platforms call an order that they pay for, and one that they do not; and the words of the shop's own file.
var states = map[string]shop.OrderState{
	"handed": shop.OrderHanded, "unclaimed": shop.OrderHanded, shop.ReasonMadeThenCancelled: shop.OrderHanded, "done": shop.OrderHanded, "completed": shop.OrderHanded,
	"完成": shop.OrderHanded, "已完成": shop.OrderHanded, "已送达": shop.OrderHanded, "已取餐": shop.OrderHanded, "交易成功": shop.OrderHanded,
	"cancelled": shop.OrderCancelled, "canceled": shop.OrderCancelled, "released": shop.OrderCancelled, "refunded": shop.OrderCancelled,
	"取消": shop.OrderCancelled, "已取消": shop.OrderCancelled, "退款": shop.OrderCancelled, "已退款": shop.OrderCancelled, "全额退款": shop.OrderCancelled,
}

func (p *parser) state(l *shop.StatementLine, cell func(string) string) error {
	text := strings.ToLower(cell("state"))
	if text == "" {
		return nil
	}
	var known bool
	if l.State, known = states[text]; !known {
		return fmt.Errorf("状态 %.40[1]q 应为 已完成 或 已取消 / state %.40[1]q: want handed or cancelled", text)
	}
	return nil
}

// bare takes off a cell what spreadsheets and platforms put around a number so that it stays text: spaces and tabs, an
// apostrophe, the grave accent of payment bills, or ="…".
func bare(cell string) string {
	cell = strings.TrimSpace(cell)
	if inner, quoted := strings.CutPrefix(cell, "'"); quoted {
		return inner
	}
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSpace(strings.TrimSuffix(inner, `"`))
	}
	return strings.TrimSpace(strings.TrimPrefix(cell, "`"))
}
