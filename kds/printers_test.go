package kds

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"weir/printer"
	"weir/shop"
)

// TestAJobGoesToAnotherPrinter: the page offers the printers that can print it, and only those, and one tap moves it.
func TestAJobGoesToAnotherPrinter(t *testing.T) {
	k := open(t, options{
		config: func(c *shop.Config) {
			c.Printers = append(slices.Clone(c.Printers),
				shop.Printer{Name: "bar", Kind: "escpos58", Address: "virtual:"},
				shop.Printer{Name: "labels", Kind: "tspl", Labels: true, Address: "virtual:"})
		},
		screen: func(c *Config) {
			c.Printers = []Printer{shown{status: printer.Status{Name: "kitchen", Reason: printer.ReasonPaper}}}
		},
	})
	placed, err := k.store.Do(t.Context(), shop.Place{Channel: "shangou", Draft: shop.Draft{Ref: "r", Lines: []shop.Line{{Item: "grape", Qty: 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	page := pageText(t, k.url+"/printers")
	if !strings.Contains(page, "send?onto=bar") || strings.Contains(page, "send?onto=labels") {
		t.Errorf("the page does not offer the other ticket printer, or offers the one for labels:\n%s", page)
	}
	for onto, status := range map[string]int{"labels": http.StatusNotFound, "attic": http.StatusNotFound} {
		if got := post(t, k.url+"/printers/jobs/1/send?onto="+onto); got != status {
			t.Errorf("send to %s = %d, want %d", onto, got, status)
		}
	}
	if job := k.store.Snapshot().Jobs.At(1); job.Printer != "kitchen" || job.Order != placed.Order.ID {
		t.Fatalf("the job has moved: %+v", job)
	}
	if got := post(t, k.url+"/printers/jobs/1/send?onto=bar"); got != http.StatusOK {
		t.Errorf("send to bar = %d", got)
	}
	if job := k.store.Snapshot().Jobs.At(1); job.Printer != "bar" || job.State != shop.JobQueued {
		t.Errorf("the job is %s on %s, want it queued on bar", job.State, job.Printer)
	}
}

func pageText(t *testing.T, at string) string {
	t.Helper()
	resp, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// post taps as a form would and follows the way back.
func post(t *testing.T, at string) int {
	t.Helper()
	resp, err := http.PostForm(at, url.Values{"seen": {"queued"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
