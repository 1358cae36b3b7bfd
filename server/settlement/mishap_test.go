package settlement_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/server/settlement"
	"weir/shop"
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
		{"signs and currencies", head + "a,-¥9\nb,¥-9\nc,(9.00)\nd,−9元\ne,+9\nf,CNY 9\ng,（9）\n", "a=-900 b=-900 c=-900 d=-900 e=900 f=900 g=-900"},
		{"tabs between the columns", "订单号\t补贴\n" + id + "\t9.00\n", id + "=900"},
		{"semicolons", "订单号;补贴\n" + id + ";9.00\n", id + "=900"},
		{"a head with full-width brackets and spaces", "订 单 号,补贴（元）\na,9\n", "a=900"},
		{"cups as a spreadsheet writes them", "订单号,补贴,杯数\na,9,2.0\nb,9,3杯\nc,9,2.5\n", "a=900(2) b=900(3) ?4"},
		{"a number with an exponent", head + "8.02013E+17,9.00\n", "?2"},
		{"old line ends", strings.ReplaceAll(head+"a,9\nb,1\n", "\n", "\r\n"), "a=900 b=100"},
		{"a state that nobody knows", "订单号,补贴,状态\na,9,在路上\nb,1,已完成\n", "b=100 ?2"},
	} {
		read, err := settlement.Parse([]byte(tt.text))
		if got := plain(read); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
		for _, d := range read.Doubts {
			if !strings.Contains(d.Why, " / ") || d.Text == "" {
				t.Errorf("%s: line %d: %q, %q: want a reason in both languages and the line", tt.name, d.Line, d.Text, d.Why)
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
	if u := (*settlement.Unclear)(nil); !errors.As(err, &u) || u.Readable != 1 || len(u.Lines) != 1 || u.Lines[0].Line != 3 || u.Lines[0].Text != "b,free" {
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
	if c, err := load("802013456789012000,9\n", settlement.Choice{Refs: map[int]string{2: "802013456789012000"}}); err != nil || c.Statement.Lines[0].Ref != "802013456789012000" {
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
