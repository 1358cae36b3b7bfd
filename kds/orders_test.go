package kds

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"weir/shop"
)

// TestAnyOrderOfTodayIsFound: open, handed over and cancelled, by each of its numbers.
func TestAnyOrderOfTodayIsFound(t *testing.T) {
	k := open(t, options{})
	for _, o := range []struct{ ref, number, phone string }{
		{"900000123456", "37", "8821"}, {"900000777788", "38", "4410"}, {"900000999900", "39", "8821"},
	} {
		k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: o.ref, DisplayNumber: o.number, Fulfilment: shop.Delivery,
			Lines: []shop.Line{cup("matcha", 1)}, Customer: shop.Customer{PhoneTail: o.phone}}})
	}
	k.do(shop.Handover{By: "crew", Order: 1, Made: true}, shop.Cancel{Channel: "meituan", Ref: "900000777788"})
	for code, want := range map[string]string{
		"001": "o1", "1": "o1", "美团 37": "o1", "meituan38": "o2", "123456": "o1", "7788": "o2", "4410": "o2", "8821": "o1 o3", "39": "o3",
		"５６": "", "zzz": "",
		"456": "", // too few digits of a reference
	} {
		status, to, page := k.send(must(http.NewRequest(http.MethodGet, k.url+"/kds/orders?q="+url.QueryEscape(code), nil)))
		var got []string
		for _, id := range []string{"o1", "o2", "o3"} {
			if strings.Contains(to+page, "/kds/orders/"+id) {
				got = append(got, id)
			}
		}
		if found := strings.Join(got, " "); found != want {
			t.Errorf("%q finds %q (%d), want %q", code, found, status, want)
		}
	}
	if _, page := k.get("/handoff?code=4410"); !strings.Contains(page, "/kds/orders?q=4410") {
		t.Error("the hand-over does not lead on to the orders that have ended")
	}
	if _, page := k.get("/kds/orders?q=8821"); strings.Contains(page, "4410") || strings.Count(page, "8821") != 1 { // as it was typed
		t.Error("the page shows a phone number")
	}
}

func must(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}

// TestAMissingCupIsMadeAgain: from the page of an order that was handed over; the log says why, and a second tap adds nothing.
func TestAMissingCupIsMadeAgain(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 2))
	k.do(shop.Handover{By: "crew", Order: 1, Made: true})
	_, page := k.get("/kds/orders/o1")
	if !strings.Contains(page, "少了这杯，补做") || strings.Contains(page, "整单退单") {
		t.Error("the page of a handed order does not offer what it should")
	}
	for range 2 {
		if status, _, _ := k.post("/kds/cups/c1-2/remake", url.Values{"reason": {"少给了一杯"}, "back": {"/kds/orders/o1"}}); status != 303 {
			t.Fatalf("the tap: %d", status)
		}
	}
	o, err := k.store.Order(t.Context(), 1)
	if err != nil || len(o.Cups) != 3 || o.State().Ended() {
		t.Fatalf("the order is %v with %d cups (%v), want it open with 3", o.State(), len(o.Cups), err)
	}
	log, err := k.store.Log(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	var said bool
	for _, e := range log {
		said = said || e.Name == "cup.remade" && strings.Contains(string(e.Body), "少给了一杯")
	}
	if !said {
		t.Error("the log does not say why the cup was made again")
	}
	if _, page := k.get("/kds/orders/o1"); strings.Count(page, ">少了这杯，补做<") != 1 {
		t.Error("what is being made again is offered again, or nothing is")
	}
}

// TestPaperComesOutAgain: what was printed of an order that has left can be printed again, marked as a copy, and a double tap
// prints it once.
func TestPaperComesOutAgain(t *testing.T) {
	k := open(t, options{config: func(c *shop.Config) {
		c.Printers = []shop.Printer{
			{Name: "kitchen", Prints: []shop.JobKind{shop.JobKitchen}}, {Name: "labels", Prints: []shop.JobKind{shop.JobLabel}},
		}
	}})
	k.order("meituan", "37", cup("matcha", 2))
	for j := range k.store.Snapshot().Jobs.All() { // all of it came out
		for _, to := range [][2]shop.JobState{
			{shop.JobQueued, shop.JobSending}, {shop.JobSending, shop.JobFenced}, {shop.JobFenced, shop.JobDone},
		} {
			k.do(shop.MoveJob{Job: j.ID, From: to[0], To: to[1]})
		}
	}
	k.do(shop.Handover{By: "crew", Order: 1, Made: true})
	count := func() (kitchen, labels int) {
		for j := range k.store.Snapshot().Jobs.All() {
			switch {
			case j.Reprint != 1 || j.State != shop.JobQueued:
			case j.Kind == shop.JobLabel:
				labels++
			default:
				kitchen++
			}
		}
		return kitchen, labels
	}
	tap := func(form url.Values) {
		t.Helper()
		form.Set("back", "/kds/orders/o1")
		if status, _, body := k.post("/kds/orders/o1/print", form); status != 303 {
			t.Fatalf("print again: %d\n%s", status, body)
		}
	}
	tap(url.Values{"cups": {"c1-2"}})
	tap(url.Values{"cups": {"c1-2"}})
	if kitchen, labels := count(); kitchen != 0 || labels != 1 {
		t.Errorf("one label, tapped twice: %d tickets and %d labels", kitchen, labels)
	}
	tap(url.Values{})
	if kitchen, labels := count(); kitchen != 1 || labels != 2 {
		t.Errorf("all of it: %d tickets and %d labels", kitchen, labels)
	}
}
