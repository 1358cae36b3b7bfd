package settlement_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"weir/server/settlement"
	"weir/shop"
	"weir/shop/words"
)

// plain writes what was read in one line: ref=fen(cups)state, then what was not.
func plain(r settlement.Read) string {
	var words []string
	for _, l := range r.Statement.Lines {
		word := l.Ref + "="
		if l.Subsidy != nil {
			word += fmt.Sprint(*l.Subsidy)
		}
		if l.Cups != nil {
			word += fmt.Sprintf("(%d)", *l.Cups)
		}
		words = append(words, word+strings.TrimPrefix(string(l.State), "handed"))
	}
	for _, d := range r.Doubts {
		words = append(words, fmt.Sprintf("?%d", d.Line))
	}
	if r.Statement.Said != nil {
		words = append(words, fmt.Sprintf("sum %d", *r.Statement.Said))
	}
	return strings.Join(words, " ")
}

// utf16Text is a text in UTF-16.
func utf16Text(order unicode.Endianness, mark unicode.BOMPolicy, text string) string {
	out, err := unicode.UTF16(order, mark).NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return out
}

// gbk is a text as Chinese platforms write it.
func gbk(text string) string {
	out, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return out
}

// Statements as platforms write them and as they look after a spreadsheet had them in hand. What people reported
// about other products; "?n" is a line about which a person has to decide.
func TestStatementsAsSpreadsheetsLeaveThem(t *testing.T) {
	const head, id = "订单号,补贴\n", "802013456789012345"
	for _, tt := range []struct{ name, text, want string }{
		{"a totals row", head + id + ",9.00\n合计,9.00\n", id + "=900 sum 900"},
		{"totals without an order number", head + id + ",9.00\n,总计：,\n", id + "=900"},
		{"totals with a count", head + id + ",9.00\n合计(1单),¥9\n", id + "=900 sum 900"},
		{"totals by page and in all", head + "a,1\n小计,1\nb,2\nSubtotal,2\nTotal:,3\n", "a=100 b=200 sum 300"},
		{"an order that is named like a sum", head + "total-1,1\n", "total-1=100"},
		{"zero-width space", head + "\u200b" + id + ",9.00\n", id + "=900"},
		{"other invisible characters", head + "\ufeff\u2060" + id + "\u00a0\u200e\x00,\u20639\u00ad.00\n", id + "=900"},
		{"formula cell", head + `="` + id + `",9.00` + "\n", id + "=900"},
		{"formula cell, quoted", head + `"=""` + id + `""",9.00` + "\n", id + "=900"},
		{"a tab before the number", head + "\t" + id + "\t,9.00\n", id + "=900"},
		{"a stray quote in a column that is not read", "订单号,补贴,备注\n" + id + ",9.00,9\"纸杯\nb,1,\n", id + "=900 b=100"},
		{"a stray quote at the start of one", "订单号,补贴,备注\n" + id + ",9.00,\"纸杯\nb,1,\nc,2,x\"\n", id + "=900 b=100 c=200"},
		{"a stray quote in the money", head + "a,9\"\nb,1\n", "b=100 ?2"},
		{"a note over two lines", "订单号,补贴,备注\na,1,\"少冰\n谢谢\"\nb,2,\n", "a=100 b=200"},
		{"trailing comma", head + id + ",9.00,\n", id + "=900"},
		{"trailing commas in the head line too", "订单号,补贴,,\n" + id + ",9.00,,,\n", id + "=900"},
		{"a comma in the money without quotes", head + "a,1,500.00\nb,1\n", "b=100 ?2"},
		{"a row that is cut off", "订单号,补贴,备注\na,1\nb\n", "a=100 b="},
		{"lines before the head line", "门店：示范店\n\n账期,2026-02-06\n" + head + id + ",9.00\n", id + "=900"},
		{"refund", head + id + ",9.00\n" + id + ",-9.00\n", id + "=0"},
		{"refund, said", "订单号,补贴,状态\n" + id + ",9.00,已完成\n" + id + ",-9.00,已退款\n", id + "=0cancelled"},
		{"a part of it refunded", head + id + ",9.00\n" + id + ",-4.00\n", id + "=500"},
		{"partial refund as a state", "订单号,补贴,状态\n" + id + ",9.00,部分退款\n", id + "=900"},
		{"the same row twice", head + "a,9\na,9\n", "a=900 ?3"},
		{"a dash for none", head + id + ",--\nb,-\nc,无\nd,N/A\n", id + "= b= c= d="},
		{"full-width digits", head + id + ",９．００\nｂ２,￥１，５００．００\n", id + "=900 b2=150000"},
		{"full-width digits, quoted", head + "b,\"￥１，５００．００\"\n", "b=150000"},
		{"signs and currencies", head + "a,-¥9\nb,¥-9\nc,(9.00)\nd,−9元\ne,+9\nf,CNY 9\ng,（9）\n",
			"a=-900 b=-900 c=-900 d=-900 e=900 f=900 g=-900"},
		{"tabs between the columns", "订单号\t补贴\n" + id + "\t9.00\n", id + "=900"},
		{"semicolons", "订单号;补贴\n" + id + ";9.00\n", id + "=900"},
		{"a head with full-width brackets and spaces", "订 单 号,补贴（元）\na,9\n", "a=900"},
		{"cups as a spreadsheet writes them", "订单号,补贴,杯数\na,9,2.0\nb,9,3杯\nc,9,2.5\n", "a=900(2) b=900(3) ?4"},
		{"a number with an exponent", head + "8.02013E+17,9.00\n", "?2"},
		{"old line ends", strings.ReplaceAll(head+"a,9\nb,1\n", "\n", "\r\n"), "a=900 b=100"},
		{"UTF-16, as a spreadsheet writes Unicode text", utf16Text(unicode.LittleEndian, unicode.UseBOM, "订单号\t补贴\r\n"+id+"\t9.00\r\n"),
			id + "=900"},
		{"UTF-16, the other way round", utf16Text(unicode.BigEndian, unicode.UseBOM, head+id+",9\n"), id + "=900"},
		{"UTF-16 without a mark", utf16Text(unicode.LittleEndian, unicode.IgnoreBOM, head+id+",9\n"), id + "=900"},
		{"UTF-16 without a mark, the other way round", utf16Text(unicode.BigEndian, unicode.IgnoreBOM, "ref,subsidy\n"+id+",9\n"), id + "=900"},
		{"GBK with semicolons", gbk("订单号;补贴\n" + id + ";9\n"), id + "=900"},
		{"GBK with tabs and totals", gbk("订单号\t补贴\n" + id + "\t￥9\n合计\t9\n"), id + "=900 sum 900"},
		{"a line that names the separator", "sep=;\n订单号;补贴\n" + id + ";9\n", id + "=900"},
		{"bars", "订单号|补贴\n" + id + "|9\n", id + "=900"},
		{"full-width commas", "订单号，补贴\n" + id + "，9\n", id + "=900"},
		{"full-width commas with quotes", "订单号，补贴\n\"" + id + "\"，\"9\"\n", id + "=900"},
		{"dates in all forms", "日期,订单号,补贴\n2026/2/6,a,9\n2026年2月6日,b,1\n6-Feb-26,c,1\n46059,d,2\n", "a=900 b=100 c=100 d=200"},
		{"minus signs", head + "a,－9.00\nb,﹣9\nc,−9\nd,–9\ne,—9\nf,9.00-\ng,¥(9)\nh,-￥９．００\ni,--9\n",
			"a=-900 b=-900 c=-900 d=-900 e=-900 f=-900 g=-900 h=-900 ?10"},
		{"currencies behind the money", head + "a,9 CNY\nb,9rmb\nc,9圆\nd,人民币9\ne,9.00元整\nf,9 USD\n", "a=900 b=900 c=900 d=900 e=900 ?7"},
		{"numbers with an exponent",
			head + "1.23457E+17,9\n1.23457e17,9\n\"1,23457E+17\",9\n1.23457 E+17,9\n１.２３４５７Ｅ＋１７,9\n1.23457×10^17,9\n",
			"?2 ?3 ?4 ?5 ?6 ?7"},
		{"order numbers with decimals, groups, spaces", head + id + ".0,9\n\"8,020,134,567\",9\n8020 1345 6789 0123 46,9\n",
			id + "=900 8020134567=900 802013456789012346=900"},
		{"the head line again", head + "a,9\n\ufeff订单号,补贴\nb,1\n", "a=900 b=100"},
		{"the head line again, in another order", head + "a,9\n补贴,订单号\n1,b\n", "a=900 b=100"},
		{"line ends of an old Mac", strings.ReplaceAll(head+"a,9\nb,1\n", "\n", "\r"), "a=900 b=100"},
		{"mixed line ends", head + "a,9\r\nb,1\rc,2\n", "a=900 b=100 c=200"},
		{"byte order marks everywhere", "\ufeff\ufeff" + head + "\ufeffa,\ufeff9\n", "a=900"},
		{"control characters", "\x00" + head + "\x00a\x1bb\x7f,\x009\n\x00", "ab=900"},
		{"a tab in an order number", head + "a\tb,9\n", "a b=900"},
		{"direction marks in an order number and its money", head + "\u202ea\u202cb\u2066,\u200e9.\u200f00\u202c\n", "ab=900"},
		{"the refund before its order", "订单号,补贴,状态\na,-9,已退款\na,9,已完成\n", "a=0cancelled"},
		{"several refunds", head + "a,9\na,-2\na,-3\n", "a=400"},
		{"sums by other names", head + "a,9\n补贴合计,8\n本日合计,8\n訂單總計,8\n总金额,8\n共1笔,9\n", "a=900 sum 900"},
		{"notes below", head + "a,9\n导出时间：2026-02-06 12:00,\n#导出人：admin,,\n备注：金额单位为元\n", "a=900 ?3 ?4 ?5"},
		{"a formula that is a number", head + "=" + id + ",9\n", id + "=900"},
		{"quotes of all kinds", head + "“" + id + "”,9\n`b`,`9.00`\n＂c＂,9\n", id + "=900 b=900 c=900"},
		{"a head line with marks", "*订单号（必填）,补贴金额（元）\na,9\n", "a=900"},
		{"a head line in traditional characters", "訂單號,補貼,狀態\na,9,已完成\n", "a=900"},
		{"a head line with invisible characters", "订\u200b单号,补\ufeff贴\na,9\n", "a=900"},
		{"cells with an error", head + "a,#VALUE!\nb,#####\nc,#N/A\n", "c= ?2 ?3"},
		{"a state that nobody knows", "订单号,补贴,状态\na,9,在路上\nb,1,已完成\n", "b=100 ?2"},
	} {
		read, err := settlement.Parse([]byte(tt.text))
		if got := plain(read); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
		for _, d := range read.Doubts {
			if d.Why.In(words.ZH) == d.Why.In(words.EN) || d.Text == "" {
				t.Errorf("%s: line %d: %q, %v: want a reason in each language and the line", tt.name, d.Line, d.Text, d.Why)
			}
		}
	}
}

// A person may go on without the lines that cannot be read, and the settlement says which they were.
func TestGoingOnWithoutALine(t *testing.T) {
	p := open(t)
	p.order("shangou", "a", 1500, true)
	const file = "ref,subsidy\na,15\nb,free\n合计,20\n"
	load := func(c settlement.Choice) (settlement.Comparison, error) {
		return p.Import(t.Context(), "owner", "shangou", friday, "f.csv", strings.NewReader(file), c)
	}
	_, err := load(settlement.Choice{})
	if u := (*settlement.Unclear)(nil); !errors.As(err, &u) || u.Readable != 1 || len(u.Lines) != 1 || u.Lines[0].Line != 3 ||
		u.Lines[0].Text != "b,free" {
		t.Fatalf("%+v, want the third line in doubt", err)
	}
	if _, err := p.Compare(t.Context(), friday, "shangou"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("something was taken in: %v", err)
	}
	c, err := load(settlement.Choice{LeaveOut: true})
	if err != nil || len(c.Statement.LeftOut) != 1 || c.Statement.LeftOut[0].Line != 3 || c.Theirs != 1500 || *c.Statement.Said != 2000 {
		t.Errorf("%+v, %v", c.Statement, err)
	}
	if stored := p.stored(); len(stored.LeftOut) != 1 || *stored.Said != 2000 {
		t.Errorf("stored: %+v", stored)
	}
}

// An order number of which a spreadsheet has kept fifteen digits is recognised. What it was is never guessed: the
// orders that fit are shown, and a person decides.
func TestOrderNumbersThatASpreadsheetHasCut(t *testing.T) {
	p := open(t)
	const whole, twin, honest = "802013456789012345", "802013456789012678", "702013456789012000"
	p.order("shangou", whole, 900, true)
	p.order("shangou", twin, 900, true)
	p.order("shangou", "802013456789055555", 900, true) // another number
	load := func(file string, c settlement.Choice) (settlement.Comparison, error) {
		return p.Import(t.Context(), "owner", "shangou", friday, "f.csv", strings.NewReader("ref,subsidy\n"+file), c)
	}
	for name, ref := range map[string]string{"cut": "802013456789012000", "exponent": "8.02013456789012E+17"} {
		_, err := load(ref+",9\n", settlement.Choice{})
		u := (*settlement.Unclear)(nil)
		if !errors.As(err, &u) || len(u.Lines) != 1 || !u.Lines[0].Cut || u.Lines[0].MayBe != (name == "cut") {
			t.Fatalf("%s: %+v", name, err)
		}
		var likely []string
		for _, l := range u.Lines[0].Likely {
			likely = append(likely, l.Ref)
		}
		if !slices.Equal(likely, []string{whole, twin}) {
			t.Errorf("%s: likely %q, want %q and %q", name, likely, whole, twin)
		}
		c, err := load(ref+",9\n", settlement.Choice{Refs: map[int]string{2: twin}})
		if err != nil || len(c.Statement.Lines) != 1 || c.Statement.Lines[0].Ref != twin || len(c.Statement.LeftOut) != 0 {
			t.Errorf("%s: decided: %+v, %v", name, c.Statement, err)
		}
		if _, err := load(ref+",9\n", settlement.Choice{Refs: map[int]string{2: "802013456789055555"}}); !errors.As(err, &u) {
			t.Errorf("%s: an order that does not fit was taken: %v", name, err)
		}
	}
	if c, err := load("802013456789012000,9\n", settlement.Choice{Refs: map[int]string{2: "802013456789012000"}}); err != nil ||
		c.Statement.Lines[0].Ref != "802013456789012000" {
		t.Errorf("a person says that the number is right: %+v, %v", c.Statement, err)
	}
	p.order("shangou", honest, 900, true)
	if c, err := load(honest+",9\n", settlement.Choice{}); err != nil || c.Statement.Lines[0].Ref != honest {
		t.Errorf("an honest number that ends in zeros, known here: %v", err)
	}
	if c, err := load("602013456789012000,9\n"+whole+",9\n", settlement.Choice{}); err != nil || len(c.Statement.Lines) != 2 {
		t.Errorf("the file has whole numbers, so none was cut: %v", err)
	}
}

// The shop's own file survives a spreadsheet: long numbers are text, and orders that are still open are no fault.
func TestTheShopsOwnFileWithLongNumbersAndOpenOrders(t *testing.T) {
	p := open(t)
	p.order("shangou", "802013456789012345", 1500, true)
	p.order("shangou", "802013456789012346", 1500, false)
	var file bytes.Buffer
	if err := p.WriteCSV(t.Context(), &file, friday, "shangou", "zh"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(file.String(), ",'802013456789012345,") {
		t.Errorf("a spreadsheet would cut the order number:\n%s", file.String())
	}
	c, err := p.load(file.String())
	if err != nil || len(c.Statement.Lines) != 2 || len(c.Differences) != 0 {
		t.Errorf("%+v, %v", c.Differences, err)
	}
}
