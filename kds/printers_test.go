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
	placed, err := k.store.Do(t.Context(), shop.Place{Channel: "shangou",
		Draft: shop.Draft{Ref: "r", Lines: []shop.Line{{Item: "grape", Qty: 1}}}})
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

// move takes a job along a way as its printer would report it.
func move(t *testing.T, k *kitchen, job shop.JobID, reason printer.Reason, way ...shop.JobState) {
	t.Helper()
	for i := range way[1:] {
		m := shop.MoveJob{By: "printer", Job: job, Printer: "kitchen", From: way[i], To: way[i+1], Reason: string(reason)}
		if _, err := k.store.Do(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSeveralJobsAreEndedAtOnce: what a mute printer was sent is ended with one tap, quietly; a ticket that was lost
// stands first, is marked, and is not among them. A control: the same ticket unconfirmed for want of answers is neither.
func TestSeveralJobsAreEndedAtOnce(t *testing.T) {
	k := open(t, options{screen: func(c *Config) { c.Printers = []Printer{shown{status: printer.Status{Name: "kitchen"}}} }})
	for _, ref := range []string{"a", "b", "c"} {
		if _, err := k.store.Do(t.Context(), shop.Place{Channel: "shangou",
			Draft: shop.Draft{Ref: ref, Lines: []shop.Line{{Item: "grape", Qty: 1}}}}); err != nil {
			t.Fatal(err)
		}
	}
	for job := shop.JobID(1); job <= 2; job++ {
		move(t, k, job, printer.ReasonNoStatus, shop.JobQueued, shop.JobSending, shop.JobUnconfirmed)
	}
	if text := pageText(t, k.url+"/printers?lang=en"); strings.Contains(text, `class="bad"`) {
		t.Errorf("papers that were only not answered stand out:\n%s", text)
	}
	move(t, k, 3, printer.ReasonLost, shop.JobQueued, shop.JobSending, shop.JobUnconfirmed)
	text := pageText(t, k.url+"/printers?lang=en")
	if strings.Count(text, `class="bad"`) != 1 || !strings.Contains(text, "All 2 sent papers are there") ||
		!strings.Contains(text, `value="1,2"`) {
		t.Errorf("want one paper that stands out, and two to be ended at once:\n%s", text)
	}
	for range 2 { // the second tap is refused and does no harm
		resp, err := http.PostForm(k.url+"/printers/jobs/all/confirm", url.Values{"seen": {"unconfirmed"}, "jobs": {"1,2"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	left := k.store.Snapshot().Jobs
	if left.At(1) != nil || left.At(2) != nil || left.At(3) == nil || left.At(3).State != shop.JobUnconfirmed {
		t.Errorf("jobs left: %v %v %v", left.At(1), left.At(2), left.At(3))
	}
	now := left.At(3).At
	if soon, late := k.screens.printerAlarms("en", now), k.screens.printerAlarms("en", now.Add(lostAfter)); len(soon) != 0 || len(late) != 1 {
		t.Errorf("alarms %v, then %v", soon, late)
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
