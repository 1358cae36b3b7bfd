package shop_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/shop"
)

func mapped(t *testing.T, s shop.State, entries ...shop.MapEntry) shop.State {
	t.Helper()
	return must(t, s, shop.MapNames{By: "owner:x", Channel: "shangou", Entries: entries}, noon).Next
}

func named(ref string, lines ...shop.Line) shop.Draft { return shop.Draft{Ref: ref, Lines: lines} }

func cupsIn(o *shop.Order, state shop.CupState) (n int) {
	for _, c := range o.Cups {
		if c.State == state {
			n++
		}
	}
	return n
}

// TestReadingALine is the table of what a line of a channel's order is taken for.
func TestReadingALine(t *testing.T) {
	s := mapped(t, shop.New(demo(t), noon),
		shop.MapEntry{Kind: shop.MapSKU, Text: "SKU-9", Parts: []shop.MapPart{{Item: "grape", Qty: 1, Options: shop.Options{Size: "l"}}}},
		shop.MapEntry{Kind: shop.MapName, Text: "厚芋泥波波奶茶",
			Parts: []shop.MapPart{{Item: "pearl-milk-tea", Qty: 1, Options: shop.Options{Toppings: []string{"taro"}}}}},
		shop.MapEntry{Kind: shop.MapName, Text: "双杯套餐", Parts: []shop.MapPart{{Item: "grape", Qty: 1}, {Item: "green-tea", Qty: 2}}},
		shop.MapEntry{Kind: shop.MapName, Text: "赠品-杯垫", NoWork: true},
		shop.MapEntry{Kind: shop.MapWord, Text: "五分糖", Option: "sugar/half"},
		shop.MapEntry{Kind: shop.MapWord, Text: "蔗糖换0卡糖", NoWork: true},
	)
	channel, _ := s.Config.Channel("shangou")
	for name, tt := range map[string]struct {
		line   shop.Line
		by     shop.ReadingBy
		want   string
		unread string
	}{
		"the menu's own id":  {shop.Line{Item: "grape"}, shop.ReadMenu, "grape x1", ""},
		"the menu's name":    {shop.Line{Item: "77", Name: "茉莉奶绿"}, shop.ReadMenu, "jasmine-milk-tea x1", ""},
		"full-width, spaced": {shop.Line{Item: "77", Name: " 茉莉 奶绿（大杯）"}, shop.ReadMenu, "jasmine-milk-tea x1 size/l", ""},
		"the public example": {shop.Line{Item: "1", Name: "厚芋泥波波奶茶-大杯(蔗糖换0卡糖)[少冰+五分糖]"}, shop.ReadName,
			"pearl-milk-tea x1 size/l ice/less sugar/half topping/taro", ""},
		"other brackets": {shop.Line{Item: "1", Name: "厚芋泥波波奶茶－大杯（蔗糖换０卡糖）【少冰＋五分糖】"}, shop.ReadName,
			"pearl-milk-tea x1 size/l ice/less sugar/half topping/taro", ""},
		"a word not known":    {shop.Line{Item: "1", Name: "厚芋泥波波奶茶[少冰+加奶盖]"}, shop.ReadName, "pearl-milk-tea x1 ice/less topping/taro", "加奶盖"},
		"a set":               {shop.Line{Item: "2", Name: "双杯套餐", Qty: 2}, shop.ReadName, "grape x2, green-tea x4", ""},
		"an id":               {shop.Line{Item: "sku-9", Name: "随便什么[热]"}, shop.ReadSKU, "grape x1 size/l ice/hot", ""},
		"an option by a word": {shop.Line{Item: "grape", Options: shop.Options{Sugar: "五分糖"}}, shop.ReadMenu, "grape x1 sugar/half", ""},
		"an option not known": {shop.Line{Item: "grape", Options: shop.Options{Ice: "火山"}}, shop.ReadMenu, "grape x1 ice/火山", "火山"},
		"two of a group":      {shop.Line{Item: "9", Name: "多肉葡萄[大杯+中杯]"}, shop.ReadMenu, "grape x1 size/l", "中杯"},
		"a fee everywhere":    {shop.Line{Item: "fee", Name: "餐盒费"}, shop.ReadFee, "", ""},
		"a fee with a size":   {shop.Line{Item: "fee", Name: "打包袋(大)"}, shop.ReadFee, "", ""},
		"a gift":              {shop.Line{Item: "gift", Name: "赠品—杯垫"}, shop.ReadName, "", ""},
		"nobody knows":        {shop.Line{Item: "x", Name: "火龙果多多[少冰]"}, shop.ReadNot, "x x1", ""},
		"no name":             {shop.Line{Item: "x"}, shop.ReadNot, "x x1", ""},
	} {
		if tt.line.Qty == 0 {
			tt.line.Qty = 1
		}
		r := s.Read(channel, tt.line)
		var got []string
		for _, l := range r.Lines {
			text := l.Item + " x" + string(rune('0'+l.Qty))
			for group, id := range l.Options.All() {
				text += " " + group + "/" + id
			}
			got = append(got, text)
		}
		if joined := strings.Join(got, ", "); joined != tt.want || r.By != tt.by || strings.Join(r.Unread, " ") != tt.unread {
			t.Errorf("%s: %s %q, unread %q; want %s %q, %q", name, r.By, joined, r.Unread, tt.by, tt.want, tt.unread)
		}
	}
}

// TestFeesAreNoCups is the day of a platform that lists its fees among the items.
func TestFeesAreNoCups(t *testing.T) {
	fees := named("FEE-1", shop.Line{Item: "green-tea", Qty: 1}, shop.Line{Item: "box-fee", Name: "餐盒费", Qty: 1},
		shop.Line{Item: "delivery-fee", Name: "配送费", Qty: 1})
	fees.Customer.Notes = []string{"少糖", "", ""}
	s, o := placed(t, shop.New(demo(t), noon), fees, noon, false)
	if len(o.Cups) != 1 || len(o.Lines) != 1 || len(o.SentLines()) != 3 || o.Note(0) != "少糖" || len(s.Unread) != 0 {
		t.Fatalf("%d cups of %+v", len(o.Cups), o.Lines)
	}
	s, _ = placed(t, s, fees, noon, true)
	fees.Lines = fees.Lines[:2]
	if _, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: fees}, noon); err == nil {
		t.Error("control: the same ref with other lines is taken for the same order")
	}
	// A fee alone is an order without anything to make. A line of a fee is taken back as nothing.
	s, o = placed(t, s, named("FEE-2", shop.Line{Item: "diff", Name: "补差价", Qty: 3}), noon, false)
	if len(o.Cups) != 0 || o.State() != shop.OrderReady {
		t.Errorf("%d cups, %s", len(o.Cups), o.State())
	}
	_, o = placed(t, s, named("FEE-3", shop.Line{Item: "fee", Name: "餐盒费", Qty: 1}, shop.Line{Item: "grape", Qty: 2}), noon, false)
	s, _ = placed(t, s, named("FEE-3", shop.Line{Item: "fee", Name: "餐盒费", Qty: 1}, shop.Line{Item: "grape", Qty: 2}), noon, false)
	if d := must(t, s, shop.CancelPart{Channel: "shangou", Order: o.ID, Lines: []int{0}}, noon); !d.Replayed || len(d.Cups) != 0 {
		t.Errorf("the fee is taken back as %v", d.Cups)
	}
	d := must(t, s, shop.CancelPart{Channel: "shangou", Order: o.ID, Lines: []int{1}}, noon)
	if got, _ := d.Next.Order(o.ID); got.State() != shop.OrderCancelled {
		t.Errorf("all its drinks are taken back, and it is %s", got.State())
	}
}

func TestAStrictChannelIsReadByItsMappingAlone(t *testing.T) {
	c := demo(t)
	c.Channels[0].Strict = true
	s := shop.New(c, noon)
	fee := shop.Place{Channel: "shangou", Draft: named("a", shop.Line{Item: "fee", Name: "餐盒费", Qty: 1})}
	if _, err := shop.Decide(s, fee, noon); err == nil {
		t.Error("an item that is not on the menu is taken from a strict channel")
	}
	must(t, mapped(t, s, shop.MapEntry{Kind: shop.MapSKU, Text: "fee", NoWork: true}), fee, noon)
}

func TestAReceiptIsOfWhatWasSent(t *testing.T) {
	s := shop.New(demo(t), noon)
	s.Receipts = shop.ReceiptKey("key")
	draft := named("a", shop.Line{Item: "fee", Name: "餐盒费", Qty: 1}, shop.Line{Item: "x", Name: "多肉葡萄[大杯]", Qty: 1})
	after, o := placed(t, s, draft, noon, false)
	draft.Receipt = after.Receipts.Of(o)
	s.Settings.Intake = map[string]shop.Intake{"shangou": {Mode: "paused", Until: noon.Add(time.Hour)}}
	_, again := placed(t, s, draft, noon.Add(time.Minute), false)
	if len(again.Cups) != 1 || again.Lines[0].Item != "grape" || len(again.Sent) != 2 {
		t.Errorf("taken again as %+v", again.Lines)
	}
}

// TestMappingAppliesToWhatWaits: work, ledger and stock follow; cups keep their numbers, and no money is taken off.
func TestMappingAppliesToWhatWaits(t *testing.T) {
	config := demo(t)
	config.Printers = []shop.Printer{{Name: "labels", Labels: true, Address: "virtual:", Prints: []shop.JobKind{shop.JobLabel}}}
	s := must(t, shop.New(config, noon), shop.SetStock{By: "x", Ingredient: "grape", Amount: 1200}, noon).Next
	draft := named("a", shop.Line{Item: "77", Name: "联名杯套票", Qty: 1}, shop.Line{Item: "1", Name: "爆汁葡萄杯[少冰]", Qty: 2},
		shop.Line{Item: "2", Name: "一人两杯", Qty: 1})
	draft.Totals = &shop.Totals{TotalFen: 8000, SubsidyFen: 2000}
	s, o := placed(t, s, draft, noon, false)
	free, _ := s.Free("grape")
	if len(o.Cups) != 4 || free != 1200 || len(s.Unread) != 3 ||
		s.Unread[1].Text != "爆汁葡萄杯" || s.Unread[1].SKU != "1" || s.Unread[1].Orders != 1 {
		t.Fatalf("%d cups, %d free, unread %+v", len(o.Cups), free, s.Unread)
	}
	work, jobs := o.Work(), s.Jobs.Len()
	d := must(t, s, shop.MapNames{By: "owner:x", Channel: "shangou", Entries: []shop.MapEntry{
		{Kind: shop.MapName, Text: "联名杯套票", NoWork: true},
		{Kind: shop.MapName, Text: "爆汁葡萄杯", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}},
		{Kind: shop.MapName, Text: "一人两杯", Parts: []shop.MapPart{{Item: "green-tea", Qty: 1}, {Item: "grape", Qty: 1}}},
	}}, noon)
	s = d.Next
	o, _ = s.Order(o.ID)
	if len(o.Cups) != 5 || cupsIn(o, shop.Voided) != 1 || o.Cups[0].State != shop.Voided || o.Work() <= work || len(s.Unread) != 0 {
		t.Errorf("%+v of work %d, unread %+v", o.Cups, o.Work(), s.Unread)
	}
	if o.Lines[1].Item != "grape" || o.Lines[1].Options.Ice != "less" || o.Lines[1].Unmapped {
		t.Errorf("%+v", o.Lines)
	}
	if free, _ := s.Free("grape"); free != 1200-3*120 || s.Lost() != 0 || len(s.StockOff()) != 0 {
		t.Errorf("%d free, %d lost, %v", free, s.Lost(), s.StockOff())
	}
	told := d.Events[len(d.Events)-1]
	for _, e := range d.Events {
		if e.Told != nil && e.Told.Type == shop.ToldChanged {
			told = e
		}
	}
	if told.Told == nil || told.Told.Cups != 4 || len(told.Told.Voided) != 1 || told.Told.Totals.TotalFen != 8000 {
		t.Errorf("told %+v", told.Told)
	}
	ended := 0
	for j := range s.Jobs.All() {
		if j.State.Ended() {
			ended++
		}
	}
	if ordered, _ := o.MadeOf(); ordered != 4 || s.Jobs.Len() != jobs+1 || ended != 1 {
		t.Errorf("%d cups ordered; %d labels, %d not needed any more; want one of both", ordered, s.Jobs.Len(), ended)
	}
	if n, of := o.NumberOf(2); n != 1 || of != 4 {
		t.Errorf("the second cup is number %d of %d: the first was a fee", n, of)
	}
	// The channel asks again: it is the same order, and a line is still what the channel calls a line.
	s, _ = placed(t, s, draft, noon, true)
	d = must(t, s, shop.CancelPart{Channel: "shangou", Order: o.ID, Lines: []int{2}}, noon)
	if len(d.Cups) != 2 {
		t.Errorf("the set's two cups are taken back as %v", d.Cups)
	}
	// What is begun stays what it is.
	s, other := placed(t, s, named("b", shop.Line{Item: "9", Name: "火龙果多多", Qty: 1}), noon, false)
	s = must(t, s, shop.Tap{By: "tablet", Cups: []shop.CupID{other.CupID(1)}, To: shop.Making}, noon).Next
	s = mapped(t, s, shop.MapEntry{Kind: shop.MapName, Text: "火龙果多多", NoWork: true})
	if o, _ := s.Order(other.ID); o.Cups[0].State != shop.Making || !o.Lines[0].Unmapped {
		t.Errorf("%+v", o.Cups)
	}
}

func TestOnlyAFeeIsLeftOfAnOrder(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), named("a", shop.Line{Item: "7", Name: "爱心捐", Qty: 2}), noon, false)
	s = mapped(t, s, shop.MapEntry{Kind: shop.MapName, Text: "爱心捐", NoWork: true})
	if o, _ = s.Order(o.ID); o.State() != shop.OrderReady || o.ReadyAt.IsZero() || s.Lost() != 0 {
		t.Fatalf("%s since %v", o.State(), o.ReadyAt)
	}
	s = must(t, s, shop.Tick{}, noon.Add(shop.GoneTime+time.Minute)).Next
	if o, ok := s.Order(o.ID); !ok || o.End == shop.OrderReleased {
		t.Error("it was released as if its drinks had been thrown away")
	}
}

func TestWrongEntriesAreRefusedAtOnce(t *testing.T) {
	s := shop.New(demo(t), noon)
	grape := []shop.MapPart{{Item: "grape", Qty: 1}}
	for name, e := range map[string]shop.MapEntry{
		"no kind": {Text: "a", NoWork: true}, "nothing to see": {Kind: shop.MapName, Text: "　", NoWork: true},
		"too long":    {Kind: shop.MapName, Text: strings.Repeat("长", 101), NoWork: true},
		"no item":     {Kind: shop.MapName, Text: "a", Parts: []shop.MapPart{{Item: "beer", Qty: 1}}},
		"no quantity": {Kind: shop.MapName, Text: "a", Parts: []shop.MapPart{{Item: "grape"}}},
		"no option":   {Kind: shop.MapName, Text: "a", Parts: []shop.MapPart{{Item: "grape", Qty: 1, Options: shop.Options{Ice: "x"}}}},
		"both":        {Kind: shop.MapName, Text: "a", NoWork: true, Parts: grape}, "neither": {Kind: shop.MapName, Text: "a"},
		"a word for a drink": {Kind: shop.MapWord, Text: "a", Parts: grape},
		"a word for nothing": {Kind: shop.MapWord, Text: "a", Option: "sugar/blue"},
	} {
		_, err := shop.Decide(s, shop.MapNames{Channel: "shangou", Entries: []shop.MapEntry{e}}, noon)
		if refusal := (*shop.Error)(nil); !errors.As(err, &refusal) || len(refusal.Fields) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := shop.MapEntry{Kind: shop.MapName, Text: "ａ", Parts: grape}
	twice := shop.MapNames{Channel: "shangou", Entries: []shop.MapEntry{good, {Kind: shop.MapName, Text: "A", NoWork: true}}}
	if _, err := shop.Decide(s, twice, noon); err == nil {
		t.Error("the same name twice is taken")
	}
	for _, channel := range []string{"nobody", shop.CounterChannel} {
		if _, err := shop.Decide(s, shop.MapNames{Channel: channel, Entries: []shop.MapEntry{good}}, noon); err == nil {
			t.Errorf("%s is mapped", channel)
		}
	}
	s = mapped(t, s, good)
	if d := must(t, s, shop.MapNames{Channel: "shangou", Entries: []shop.MapEntry{good}}, noon); !d.Replayed {
		t.Error("saying it again is no replay")
	}
	d := must(t, s, shop.MapNames{Channel: "shangou", Remove: []shop.MapEntry{{Kind: shop.MapName, Text: "A"}}}, noon)
	if len(d.Next.Mapping.Entries("shangou")) != 0 {
		t.Error("it is still there")
	}
	many := make([]shop.MapEntry, shop.MapEntriesMax+1)
	for i := range many {
		many[i] = shop.MapEntry{Kind: shop.MapSKU, Text: string(rune(0x4e00 + i)), NoWork: true}
	}
	if _, err := shop.Decide(s, shop.MapNames{Channel: "shangou", Entries: many, Replace: true}, noon); err == nil {
		t.Error("too many entries are taken")
	}
}

func TestASetMustNotMakeAnOrderTooLarge(t *testing.T) {
	s := mapped(t, shop.New(demo(t), noon), shop.MapEntry{Kind: shop.MapName, Text: "团购", Parts: []shop.MapPart{{Item: "green-tea", Qty: 20}}})
	_, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: named("a", shop.Line{Item: "t", Name: "团购", Qty: 30})}, noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemInvalidOrder {
		t.Errorf("600 cups: %v", err)
	}
}

func TestSuggestions(t *testing.T) {
	s := shop.New(demo(t), noon)
	for text, want := range map[string]string{
		"爆汁多肉葡萄": "grape", "珍珠奶茶（经典款）": "pearl-milk-tea", "环保纸袋": "no work", "火龙果": "", "一次性吸管": "no work",
	} {
		e, ok := s.Suggest(shop.Unread{Kind: shop.MapName, Text: text})
		got := ""
		switch {
		case ok && e.NoWork:
			got = "no work"
		case ok:
			got = e.Parts[0].Item
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]shop.MenuPart{
		"五分糖": "sugar/half", "无糖": "sugar/zero", "标准冰": "ice/normal", "加珍珠": "topping/pearl", "常温水": "",
	} {
		if e, _ := s.Suggest(shop.Unread{Kind: shop.MapWord, Text: text}); e.Option != want {
			t.Errorf("%s: %q, want %q", text, e.Option, want)
		}
	}
}

func TestWhatNobodyKnowsIsBounded(t *testing.T) {
	s := shop.New(demo(t), noon)
	for i := range 300 {
		now, ref := noon.Add(time.Duration(i)*time.Second), string(rune(0x4e00+i))
		s, _ = placed(t, s, named(ref, shop.Line{Item: "x", Name: "杯" + ref, Qty: 1}), now, false)
		s = must(t, s, shop.Cancel{Channel: "shangou", Ref: ref}, now).Next
	}
	if doc, _ := json.Marshal(s.Unread); len(s.Unread) != 200 || len(doc) > 40<<10 ||
		slices.ContainsFunc(s.Unread, func(u shop.Unread) bool { return u.Text == "杯一" }) {
		t.Errorf("%d names in %d bytes", len(s.Unread), len(doc))
	}
}

func TestMeaningsAreReadAsTheyAreWritten(t *testing.T) {
	for _, means := range []string{"no-work", "grape", "grape*2 size/l ice/less topping/pearl topping/taro + green-tea"} {
		e, err := shop.ParseMapEntry("name", " 茶 ", means)
		if err != nil || e.Means() != means || e.Text != "茶" {
			t.Errorf("%q is read as %+v, written %q, %v", means, e, e.Means(), err)
		}
	}
	if e, err := shop.ParseMapEntry("word", "五分", "sugar/half"); err != nil || e.Option != "sugar/half" || e.Means() != "sugar/half" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, wrong := range [][2]string{
		{"name", ""}, {"name", "grape*x"}, {"name", "grape + "}, {"name", "grape large"}, {"name", "grape foam/l"}, {"drink", "grape"},
	} {
		if e, err := shop.ParseMapEntry(wrong[0], "a", wrong[1]); err == nil {
			t.Errorf("%q is read as %+v", wrong, e)
		}
	}
}

// The bounds of entries, to the last one that is taken.
func TestTheLargestEntriesAreTaken(t *testing.T) {
	s := shop.New(demo(t), noon)
	set := func(parts int) []shop.MapPart {
		return slices.Repeat([]shop.MapPart{{Item: "grape", Qty: 1}}, parts)
	}
	for name, c := range map[string]struct {
		entry shop.MapEntry
		taken bool
	}{
		"the longest text":   {shop.MapEntry{Kind: shop.MapName, Text: strings.Repeat("a", 300), NoWork: true}, true},
		"a longer text":      {shop.MapEntry{Kind: shop.MapName, Text: strings.Repeat("a", 301), NoWork: true}, false},
		"the largest set":    {shop.MapEntry{Kind: shop.MapName, Text: "a", Parts: set(10)}, true},
		"a larger set":       {shop.MapEntry{Kind: shop.MapName, Text: "a", Parts: set(11)}, false},
		"an item and a word": {shop.MapEntry{Kind: shop.MapName, Text: "a", Parts: set(1), Option: "ice/less"}, false},
	} {
		if _, err := shop.Decide(s, shop.MapNames{Channel: "shangou", Entries: []shop.MapEntry{c.entry}}, noon); (err == nil) != c.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
	most := make([]shop.MapEntry, shop.MapEntriesMax)
	for i := range most {
		most[i] = shop.MapEntry{Kind: shop.MapSKU, Text: string(rune(0x4e00 + i)), NoWork: true}
	}
	if _, err := shop.Decide(s, shop.MapNames{Channel: "shangou", Entries: most, Replace: true}, noon); err != nil {
		t.Errorf("the most entries: %v", err)
	}
}

// A channel is told only when cups go or come; an order that is partly out does not end while a cup of it waits; a booked
// order is read anew, too.
func TestWhatMappingTellsAndEnds(t *testing.T) {
	toldChanged := func(d shop.Decision) (n int) {
		for _, e := range d.Events {
			if e.Told != nil && e.Told.Type == shop.ToldChanged {
				n++
			}
		}
		return n
	}
	grape := shop.MapEntry{Kind: shop.MapName, Text: "火龙果多多", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}
	draft := named("a", shop.Line{Item: "9", Name: "火龙果多多", Qty: 1}, shop.Line{Item: "green-tea", Qty: 1})
	s, o := placed(t, shop.New(demo(t), noon), draft, noon, false)
	s = follow(t, s, noon, shop.Tap{Cups: []shop.CupID{o.CupID(2)}, To: shop.Made},
		shop.Handover{Order: o.ID, Cups: []shop.CupID{o.CupID(2)}, Reason: "the rest follows"})
	booked := named("later", shop.Line{Item: "9", Name: "火龙果多多", Qty: 1})
	booked.SlotStart = noon.Add(2 * time.Hour)
	s, later := placed(t, s, booked, noon, false)
	d := must(t, s, shop.MapNames{By: "owner:x", Channel: "shangou", Entries: []shop.MapEntry{grape}}, noon)
	if n := toldChanged(d); n != 0 {
		t.Errorf("told %d times that as many cups are made as before", n)
	}
	for _, id := range []shop.OrderID{o.ID, later.ID} {
		o, _ := d.Next.Order(id)
		if o.Lines[0].Item != "grape" || o.Lines[0].Unmapped || o.State().Ended() {
			t.Errorf("order %d: %s, %+v", id, o.State(), o.Lines[0])
		}
	}
	set := shop.MapEntry{Kind: shop.MapName, Text: "火龙果多多", Parts: []shop.MapPart{{Item: "grape", Qty: 2}}}
	if n := toldChanged(must(t, s, shop.MapNames{By: "owner:x", Channel: "shangou", Entries: []shop.MapEntry{set}}, noon)); n != 2 {
		t.Errorf("told %d times that there is one cup more of two orders", n)
	}
}

// What is wrong is named where the channel has it, and by what is wrong about it.
func TestAnUnknownLineIsNamed(t *testing.T) {
	config := demo(t)
	config.Channels[0].Strict = true
	s := mapped(t, shop.New(config, noon), shop.MapEntry{Kind: shop.MapName, Text: "一人两杯", Parts: []shop.MapPart{
		{Item: "green-tea", Qty: 1}, {Item: "grape", Qty: 1}}})
	unknown := func(l shop.Line) shop.FieldError {
		t.Helper()
		_, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: named("a", shop.Line{Item: "2", Name: "一人两杯", Qty: 1}, l)}, noon)
		e := (*shop.Error)(nil)
		if !errors.As(err, &e) || len(e.Fields) != 1 {
			t.Fatalf("%+v: %v", l, err)
		}
		return e.Fields[0]
	}
	if got := unknown(shop.Line{Item: "beer", Name: "啤酒", Qty: 1}); got.Pointer != "/items/1" || !strings.Contains(got.Detail, "beer") {
		t.Errorf("%+v", got)
	}
	gold := shop.Line{Item: "grape", Name: "x", Qty: 1, Options: shop.Options{Toppings: []string{"gold"}}}
	if got := unknown(gold); got.Pointer != "/items/1" || !strings.Contains(got.Detail, "topping") || !strings.Contains(got.Detail, "gold") {
		t.Errorf("%+v", got)
	}
}

// Names are compared in their plain form: every full-width sign, every bracket and every dash.
func TestNamesAreFoldedAtTheEdges(t *testing.T) {
	s := mapped(t, shop.New(demo(t), noon),
		shop.MapEntry{Kind: shop.MapName, Text: "a!~b", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}},
		shop.MapEntry{Kind: shop.MapName, Text: "c-d", Parts: []shop.MapPart{{Item: "matcha", Qty: 1}}})
	channel, _ := s.Config.Channel("shangou")
	for name, want := range map[string]string{
		"ａ！～ｂ": "grape", "c\u2010d": "matcha", "c\u2015d": "matcha", "c\u2212d": "matcha", "c\u2016d": "", "c\u200fd": "",
	} {
		got := ""
		if r := s.Read(channel, shop.Line{Item: "1", Name: name, Qty: 1}); r.By == shop.ReadName {
			got = r.Lines[0].Item
		}
		if got != want {
			t.Errorf("%+q is %q, want %q", name, got, want)
		}
	}
	long := strings.Repeat("葡", 101)
	if r := s.Read(channel, shop.Line{Item: "1", Name: long, Qty: 1}); r.By != shop.ReadNot {
		t.Errorf("a name of %d bytes is read as %s", len(long), r.By)
	}
}

// TestAMappedLineIsAsLightAsItsItem: cups that were not known have the work of the item at each station, also those that a set
// adds. So the room that is left is that of an order of the item itself.
func TestAMappedLineIsAsLightAsItsItem(t *testing.T) {
	s := shop.New(demo(t), noon)
	_, plain := placed(t, s, named("p", shop.Line{Item: "green-tea", Qty: 2}), noon, false)
	s, o := placed(t, s, named("a", shop.Line{Item: "77", Name: "神秘茶", Qty: 1}), noon, false)
	if o.Cups[0].Spare == plain.Cups[0].Spare {
		t.Fatal("control: an unknown cup is like a light one")
	}
	s = mapped(t, s, shop.MapEntry{Kind: shop.MapName, Text: "神秘茶", Parts: []shop.MapPart{{Item: "green-tea", Qty: 2}}})
	o, _ = s.Order(o.ID)
	if len(o.Cups) != 2 {
		t.Fatalf("%d cups", len(o.Cups))
	}
	for i, c := range o.Cups {
		if c.Work != plain.Cups[i].Work || c.Spare != plain.Cups[i].Spare {
			t.Errorf("cup %d: work %d, spare %v, want %d, %v", c.N, c.Work, c.Spare, plain.Cups[i].Work, plain.Cups[i].Spare)
		}
	}
}
