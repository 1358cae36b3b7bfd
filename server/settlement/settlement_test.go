package settlement_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"weir/server/settlement"
	"weir/server/store"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/words"
)

const friday, saturday = shop.Day("2026-02-06"), shop.Day("2026-02-07")

// place is a shop with its books, over a real store.
type place struct {
	*settlement.Books
	*testshop.Shop
	t *testing.T
}

func open(t *testing.T) *place {
	t.Helper()
	s := testshop.Open(t, testshop.Setup{Change: testshop.Roomy})
	p := &place{Books: settlement.New(s.Store), Shop: s, t: t}
	p.do(shop.Tick{}) // the writer runs
	return p
}

func (p *place) do(c shop.Command) shop.Result { p.t.Helper(); return p.Must(p.t, c) }

// order places an order of one cup under a subsidy and, if it is handed, gives it out.
func (p *place) order(channel, ref string, subsidy int64, handed bool) shop.OrderID {
	p.t.Helper()
	o := p.do(shop.Place{Channel: channel, Draft: shop.Draft{Ref: ref,
		Totals: &shop.Totals{TotalFen: subsidy, SubsidyFen: subsidy}, Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}}}}).Order
	if handed {
		p.do(shop.Handover{By: "tablet", Order: o.ID, Made: true})
	}
	return o.ID
}

// night turns the day.
func (p *place) night() {
	p.t.Helper()
	p.Pass(p.t, 24*time.Hour)
}

func (p *place) day(day shop.Day) settlement.Day {
	p.t.Helper()
	d, err := p.Day(p.t.Context(), day)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

func (p *place) load(text string) (settlement.Comparison, error) {
	return p.Import(p.t.Context(), "owner", "shangou", friday, "feb6.csv", strings.NewReader(text), settlement.Choice{})
}

// refusal is an error that says which lines are wrong.
func refusal(t *testing.T, err error) *shop.Error {
	t.Helper()
	e := (*shop.Error)(nil)
	if !errors.As(err, &e) || e.Kind != shop.Invalid {
		t.Fatalf("%v is not a refusal of a file", err)
	}
	return e
}

func TestADayFromTheFirstOrderToAChangedPast(t *testing.T) {
	p := open(t)
	p.order("shangou", "a", 1500, true)
	p.order("meituan", "b", 1200, true)
	late := p.order("shangou", "c", 1500, false)
	if d := p.day(friday); d.Over || d.Closed || len(d.Open) != 1 || d.Channels[0].Due != 1500 || d.Channels[1].Due != 1200 {
		t.Errorf("during the day: %+v", d)
	}
	p.night()
	if d := p.day(friday); !d.Over || d.Closed {
		t.Errorf("the clock has turned: over %v, closed %v", d.Over, d.Closed)
	}
	if e := (*shop.Error)(nil); !errors.As(p.Close(t.Context(), "owner", friday), &e) || e.Type != shop.ProblemDayOpen {
		t.Errorf("closing with %s open: %v", late, e)
	}
	p.do(shop.Handover{By: "tablet", Order: late, Made: true})
	if err := p.Close(t.Context(), "owner", friday); err != nil {
		t.Fatal(err)
	}
	closed := p.day(friday)
	if !closed.Closed || closed.ClosedBy != "owner" || closed.Changed || closed.Then[0].Due != 3000 {
		t.Errorf("closed: %+v", closed)
	}
	p.do(shop.Cancel{Channel: "meituan", Ref: "b", Final: true}) // the platform takes back what was handed over
	if d := p.day(friday); !d.Changed || d.Digest == closed.Digest || d.Channels[1].MadeCancelled != 1 || d.Then[1].MadeCancelled != 0 {
		t.Errorf("a changed past does not show: %+v", d)
	}
	list, err := p.Recent(t.Context(), 10)
	if want := []settlement.Summary{{Day: friday, Closed: true, Changed: true, Due: 4200, Orders: 2}}; err != nil || !cmp.Equal(want, list) {
		t.Errorf("recent %+v, %v; want %+v", list, err, want)
	}
}

// A day closes by itself in the night, and one that had an open order as soon as that has ended.
func TestDaysCloseByThemselves(t *testing.T) {
	p := open(t)
	p.order("shangou", "a", 1500, true)
	late := p.order("shangou", "b", 1500, false)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx, func(err error) { t.Error(err) }) }()
	p.night()
	if p.day(friday).Closed {
		t.Error("a day with an open order was closed")
	}
	p.order("shangou", "c", 1500, true) // of saturday
	p.night()
	p.closes(saturday)
	if p.day(friday).Closed {
		t.Error("a day with an open order was closed")
	}
	p.do(shop.Handover{By: "tablet", Order: late, Made: true})
	p.closes(friday)
	if d := p.day(friday); d.ClosedBy != "clock" || d.Then[0].Orders != 2 {
		t.Errorf("closed: %+v", d)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// closes waits until a day is closed.
func (p *place) closes(day shop.Day) {
	p.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		bell := p.Store.Bell()
		if p.Store.Snapshot().DayClosed(day) {
			return
		}
		select {
		case <-bell:
		case <-deadline:
			p.t.Fatalf("%s does not close", day)
		}
	}
}

const statement = `订单号,订单状态,补贴金额,杯数
a,已完成,15.00,1
ghost,已完成,12.00,1
`

func TestAStatementIsComparedWithTheBook(t *testing.T) {
	p := open(t)
	p.order("shangou", "a", 1500, true)
	missing := p.order("shangou", "b", 1300, true)
	p.order("meituan", "ghost", 1200, true) // another channel's
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(statement)
	if err != nil {
		t.Fatal(err)
	}
	want := []shop.Difference{
		{Kind: shop.MissingHere, Ref: "ghost", Line: 3, Theirs: "12.00", Fen: -1200},
		{Kind: shop.MissingThere, Ref: "b", Order: missing, Ours: "13.00", Fen: 1300},
	}
	for name, text := range map[string]string{"UTF-8": statement, "with a byte order mark": "\ufeff" + statement, "GBK": gbk,
		"CRLF": strings.ReplaceAll(statement, "\n", "\r\n")} {
		c, err := p.load(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, c.Differences); diff != "" || c.Theirs != 2700 || c.Ours.Due != 2800 || c.Statement.File != "feb6.csv" ||
			c.Statement.By != "owner" {
			t.Errorf("%s: %+v (-want +got):\n%s", name, c, diff)
		}
	}
	p.do(shop.Cancel{Channel: "shangou", Ref: "b", Final: true})
	c, err := p.Compare(t.Context(), friday, "shangou")
	if err != nil || len(c.Differences) != 2 {
		t.Errorf("later: %+v, %v", c.Differences, err)
	}
	if _, err := p.Compare(t.Context(), friday, "meituan"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("without a statement: %v", err)
	}
}

// An order of before the cut-off is on the platform's next day. That is no missing order.
func TestAnOrderOfTheNightIsOnAnotherDay(t *testing.T) {
	p := open(t)
	p.order("shangou", "a", 1500, true)
	p.night()
	c, err := p.Import(t.Context(), "owner", "shangou", saturday, "x", strings.NewReader("ref,subsidy_fen\na,1500\n"), settlement.Choice{})
	if err != nil || len(c.Differences) != 1 || c.Differences[0].Kind != shop.OtherDay || c.Differences[0].Day != friday ||
		c.Differences[0].Fen != 0 {
		t.Errorf("%+v, %v", c.Differences, err)
	}
}

func TestAMalformedStatementChangesNothing(t *testing.T) {
	p := open(t)
	p.order("shangou", "a", 1500, true)
	if _, err := p.load(statement); err != nil {
		t.Fatal(err)
	}
	before, seq := p.stored(), p.Store.Snapshot().Counters.Seq
	lines := func(n int) string {
		var b strings.Builder
		b.WriteString("ref,subsidy_fen\n")
		for i := range n {
			fmt.Fprintf(&b, "r%d,1\n", i)
		}
		return b.String()
	}
	for _, tt := range []struct{ name, text, at string }{
		{"empty", "", ""},
		{"only a head line", "ref,subsidy_fen\n", ""},
		{"no head line", "a,1500\nb,1500\n", "/lines/1"},
		{"no order number", "subsidy_fen\n1500\n", "/lines/1"},
		{"no subsidy", "ref,cups\na,1\n", "/lines/1"},
		{"two subsidies", "ref,subsidy,subsidy_fen\na,1,1\n", "/lines/1"},
		{"a column twice", "ref,订单号,subsidy\na,a,1\n", "/lines/1"},
		{"a field too many", "ref,subsidy\na,1\nb,2,3\n", "/lines/3"},
		{"an open quote", "ref,subsidy\na,1\n\"b,2\n", "/lines/3"},
		{"order number missing", "ref,subsidy\na,1\n,2\n", "/lines/3"},
		{"order number twice", "ref,subsidy\na,1\nb,1\na,1\n", "/lines/4"},
		{"order number rounded by a spreadsheet", "ref,subsidy\n1.23457E+15,1\n", "/lines/2"},
		{"three decimals", "ref,subsidy\na,15.005\n", "/lines/2"},
		{"not money", "ref,subsidy\na,free\n", "/lines/2"},
		{"fen with a point", "ref,subsidy_fen\na,15.00\n", "/lines/2"},
		{"overflowing", "ref,subsidy_fen\na,9223372036854775808\n", "/lines/2"},
		{"out of bounds", "ref,subsidy\na,99999999\n", "/lines/2"},
		{"cups", "ref,subsidy,cups\na,1,-1\n", "/lines/2"},
		{"a comma that is not of thousands", "ref,subsidy\na,\"9,50\"\n", "/lines/2"},
		{"two signs", "ref,subsidy\na,--9\n", "/lines/2"},
		{"a spreadsheet's own file", "PK\x03\x04ref", ""},
		{"unknown state", "ref,subsidy,state\na,1,lost\n", "/lines/2"},
		{"two wrong lines", "ref,subsidy\na,x\nb,1\nc,y\n", "/lines/2 /lines/4"},
		{"UTF-16 that is cut off", "\xff\xfer\x00e\x00f\x00,", "/lines/1"},
		{"neither UTF-8 nor GBK", "ref,subsidy\na,1\n\xff\xff,2\n", "/lines/3"},
		{"said to be UTF-8", "\ufeffref,subsidy\na,1\n\xc4\xe3,2\n", "/lines/3"},
		{"too many orders", lines(20_001), ""},
		{"too large", strings.Repeat(" ", settlement.FileMax+1), ""},
	} {
		_, err := p.load(tt.text)
		var at []string
		e, said := refusal(t, err), (*settlement.Refused)(nil)
		if !errors.As(err, &said) {
			t.Fatalf("%s: %v is not about the file", tt.name, err)
		}
		for _, f := range e.Fields {
			at = append(at, f.Pointer)
		}
		if got := strings.Join(at, " "); got != tt.at || e.Detail != said.In(words.EN) || said.In(words.ZH) == e.Detail {
			t.Errorf("%s: %q at %q, want it at %q", tt.name, e.Detail, got, tt.at)
		}
	}
	if diff := cmp.Diff(before, p.stored()); diff != "" || p.Store.Snapshot().Counters.Seq != seq {
		t.Errorf("a refused file changed the books:\n%s", diff)
	}
	if _, err := p.load("ref,subsidy\n" + "a,15\n"); err != nil {
		t.Errorf("the control, a good file: %v", err)
	}
	if diff := cmp.Diff(before, p.stored()); diff == "" {
		t.Error("a good file changed nothing: the test proves nothing")
	}
}

func (p *place) stored() store.Statement {
	p.t.Helper()
	st, err := p.Store.Statement(p.t.Context(), friday, "shangou")
	if err != nil {
		p.t.Fatal(err)
	}
	return st
}

func TestCellsAsSpreadsheetsWriteThem(t *testing.T) {
	fen := func(n int64) *int64 { return &n }
	st, err := settlement.Parse([]byte("\ufeff 订单号 ,平台补贴,备注\n\"=\"\"0012\"\"\",¥15,=1+1\n" +
		"'0013,\"1,500.50\",\n`0014,-3.5元,\n\t0015\t,0.10,\n0016,,\n,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []shop.StatementLine{
		{Line: 2, Ref: "0012", Subsidy: fen(1500)}, {Line: 3, Ref: "0013", Subsidy: fen(150050)}, {Line: 4, Ref: "0014", Subsidy: fen(-350)},
		{Line: 5, Ref: "0015", Subsidy: fen(10)}, {Line: 6, Ref: "0016"},
	}
	if diff := cmp.Diff(want, st.Statement.Lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the shop writes, it reads: its own file has no differences from its book, however odd the order numbers.
func TestTheShopsOwnFileAgreesWithItsBook(t *testing.T) {
	p := open(t)
	odd := []string{"=1+1", "+a", "-b", "@c", "'d", "`e", `="f"`, "g,h", `i"j`, "＝k", "0012345678901234567890"}
	for _, ref := range odd {
		p.order("shangou", ref, 1500, true)
	}
	p.do(shop.End{By: "tablet", Order: p.order("shangou", "released", 1500, false), To: shop.OrderReleased, Reason: "no milk"})
	p.order("shangou", "taken back", 1500, true)
	p.do(shop.Cancel{Channel: "shangou", Ref: "taken back", Final: true})
	for _, lang := range []string{"zh", "en"} {
		var file bytes.Buffer
		if err := p.WriteCSV(t.Context(), &file, friday, "shangou", lang); err != nil {
			t.Fatal(err)
		}
		c, err := p.load(file.String())
		if err != nil || len(c.Differences) != 0 || c.Theirs != c.Ours.Due || c.Ours.Orders != len(odd) {
			t.Errorf("%s: %+v, %v", lang, c.Differences, err)
		}
		safeCells(t, &file)
	}
}

// safeCells checks that no cell begins like a formula.
func safeCells(t *testing.T, file io.Reader) {
	t.Helper()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range slices.Concat(records[1:]...) {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
			t.Errorf("a spreadsheet would run %q", cell)
		}
	}
}

// FuzzParse: whatever the file, it is taken in or refused as the caller's fault, and what is taken in can be.
func FuzzParse(f *testing.F) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(statement)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{statement, gbk, "\ufeffref,subsidy_fen\na,1\n", "ref,subsidy\n\"a\n b\",1.5\n",
		"ref,subsidy\n=\"1\",¥1\n", "\xff\xfe",
		"x\n\nref;subsidy;note\n=\"1\";(9);9\"\n1;-9;\"a\nb\"\n合计;0;\n2E+17;--;\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		st, err := settlement.Parse(file)
		if err != nil {
			refusal(t, err)
			return
		}
		seen := map[string]bool{}
		for _, l := range st.Statement.Lines {
			if l.Ref == "" || seen[l.Ref] || l.Line < 2 {
				t.Fatalf("took in %+v", l)
			}
			seen[l.Ref] = true
		}
	})
}

// The parts of the money and what customers were given are in the shop's file, and are read and compared as a platform writes
// them: in yuan, with a minus before what it keeps, and a refund in a row of its own.
func TestPartsAndCompensationGoThroughTheFile(t *testing.T) {
	p := open(t)
	fen := func(n int64) *int64 { return &n }
	o := p.do(shop.Place{Channel: "shangou", Draft: shop.Draft{Ref: "a", Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}},
		Totals: &shop.Totals{TotalFen: 1500, SubsidyFen: 500, Parts: shop.Parts{ChannelPartFen: fen(500), FeeFen: fen(75)}}}}).Order
	p.do(shop.Handover{By: "tablet", Order: o.ID, Made: true})
	p.do(shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseWrong})
	p.do(shop.End{By: "tablet", Order: p.order("shangou", "b", 1500, false), To: shop.OrderReleased, Reason: "no milk"})
	for _, lang := range []string{"zh", "en"} {
		var file bytes.Buffer
		if err := p.WriteCSV(t.Context(), &file, friday, "shangou", lang); err != nil {
			t.Fatal(err)
		}
		c, err := p.load(file.String())
		if err != nil || len(c.Differences) != 0 || *c.Statement.Lines[0].FeeFen != 75 || *c.Statement.Lines[0].Compensation != 800 ||
			c.Statement.Lines[0].PackingFen != nil || *c.Statement.Lines[1].Compensation != 500 {
			t.Errorf("%s: %+v, %+v, %v", lang, c.Statement.Lines, c.Differences, err)
		}
	}
	c, err := p.load("订单号,补贴,平台承担,佣金,打包费,赔付,订单状态\na,5.00,5.00,-1.75,--,8.00,已完成\na,-1.00,-1.00,1.00,,,部分退款\nb,0,,,,-5.00,已取消\n")
	want := []shop.Difference{
		{Kind: shop.OtherAmount, Ref: "a", Line: 2, Order: o.ID, Ours: "5.00", Theirs: "4.00", Fen: 100},
		{Kind: shop.OtherChannelPart, Ref: "a", Line: 2, Order: o.ID, Ours: "5.00", Theirs: "4.00"},
	}
	if diff := cmp.Diff(want, c.Differences); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for text, fault := range map[string]string{
		"ref,subsidy,subsidy_fen\na,5,500\n": "head", "ref,subsidy,fee\na,1.234,5\n": "line", "ref,subsidy,fee\na,5,\"1\n": "quote",
	} {
		if _, err := p.load(text); err == nil {
			t.Errorf("%q with a wrong %s is taken in", text, fault)
		}
	}
}

// TestMoneyThatCannotBeReadIsNotSaid: a statement that was read before its optional money was is still read. What nobody can
// say of that money is not known.
func TestMoneyThatCannotBeReadIsNotSaid(t *testing.T) {
	for _, text := range []string{
		"订单号,补贴,佣金,技术服务费\na,5,1,2\n", "订单号,补贴,打包费,餐盒费\na,5,1,2\n", "订单号,补贴,平台承担,平台优惠\na,5,1,2\n",
		"ref,subsidy,fee,fee_fen\na,5,1,100\n", "ref,subsidy,佣金(分),服务费(分),服务费\na,5,1,2,3\n", "ref,subsidy,赔付,赔付金额,赔偿金额\na,5,1,2,3\n",
		"订单号,补贴,佣金\na,5,6%\n", "订单号,补贴,佣金\na,5,1.234\n", "ref,subsidy,fee_fen\na,5,99999999999\n",
	} {
		read, err := settlement.Parse([]byte(text))
		if err != nil || len(read.Doubts) != 0 || len(read.Statement.Lines) != 1 {
			t.Errorf("%q: %v, %+v", text, err, read)
			continue
		}
		l := read.Statement.Lines[0]
		for i, sum := range l.Money() {
			if sum := *sum; sum != nil {
				t.Errorf("%q: sum %d is %d", text, i, *sum)
			}
		}
		if l.Subsidy == nil || *l.Subsidy != 500 {
			t.Errorf("%q: subsidy %v", text, l.Subsidy)
		}
	}
}
