package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

const noticeText = `{"ref": "feb6", "name": "免单", "window": {"start": "2026-02-06T12:00:00+08:00", "end": "2026-02-06T12:45:00+08:00"},
	"expected": [10, 20, 0], "items": [{"item": "green-tea"}, {"item": "grape", "share": 3}], "subsidy": {"fen": 1500}}`

func TestANoticeIsReadWhole(t *testing.T) {
	start := time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)
	want := shop.Notice{
		Ref: "feb6", Name: "免单", Start: start, End: start.Add(45 * time.Minute), Expected: []int{10, 20, 0},
		Items: []shop.ItemShare{{Item: "green-tea", Share: 1}, {Item: "grape", Share: 3}}, Subsidy: shop.Subsidy{Fen: 1500, Per: "cup"},
	}
	got, _, err := DecodeNotice([]byte(noticeText))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	plain := strings.NewReplacer(`"ref": "feb6", `, ``, `, "items": [{"item": "green-tea"}, {"item": "grape", "share": 3}]`, ``,
		`, "subsidy": {"fen": 1500}`, ``).Replace(noticeText)
	got, _, err = DecodeNotice([]byte(plain))
	want.Ref, want.Items, want.Subsidy = got.Ref, nil, shop.Subsidy{}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || !strings.HasPrefix(got.Ref, "notice-") {
		t.Errorf("without ref, items and subsidy: %v (-want +got):\n%s", err, diff)
	}
	if revision, err := DecodeRevision([]byte(plain)); err != nil || revision.Ref != "" {
		t.Errorf("a revision without a ref has the ref %q, %v", revision.Ref, err)
	}
	m, err := DecodeCampaignMessage([]byte(`{"channel": "shangou", "id": "n3", "cancelled": true}`))
	if err != nil || m.ID != 3 || !m.Cancelled || m.Notice.Name != "" {
		t.Errorf("a cancellation: %+v, %v", m, err)
	}
}

// FuzzNotice: whatever comes, it is taken as far as it is right or refused with what to mend, and memory is bounded.
func FuzzNotice(f *testing.F) {
	for _, seed := range []string{noticeText, `{"id": "n1", "cancelled": true}`, `{"name": "a", "window": {}, "expected": [{}]}`, `[]`,
		strings.Replace(noticeText, "[10, 20, 0]", `[{"start": "2026-02-06T04:15:00Z", "cups": 7}]`, 1)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, decode := range map[string]func([]byte) (shop.Notice, error){
			"notice": func(b []byte) (shop.Notice, error) { n, _, err := DecodeNotice(b); return n, err }, "revision": DecodeRevision,
			"message": func(b []byte) (shop.Notice, error) { m, err := DecodeCampaignMessage(b); return m.Notice, err },
		} {
			n, err := decode(body)
			if problem := (*shop.Error)(nil); err != nil && !errors.As(err, &problem) {
				t.Fatalf("%s: %v is not a refusal", name, err)
			}
			if len(n.Expected) > quartersMax || len(n.Items) > campaignItemsMax || len(n.Ref) > refMax || err == nil && len(n.Name) > nameMax {
				t.Fatalf("%s: out of bounds: %d quarters, %d items", name, len(n.Expected), len(n.Items))
			}
		}
	})
}

func TestAPageOfADay(t *testing.T) {
	day := Reconciliation{Count: 5, Digest: "d", Orders: []DayOrder{{ID: 2}, {ID: 4}, {ID: 5}, {ID: 7}, {ID: 9}}}
	for _, tt := range []struct {
		after shop.OrderID
		limit int
		want  []shop.OrderID
		next  shop.OrderID
	}{
		{0, 2, []shop.OrderID{2, 4}, 4}, {4, 2, []shop.OrderID{5, 7}, 7}, {7, 2, []shop.OrderID{9}, 0},
		{3, 1, []shop.OrderID{4}, 4}, {9, 2, nil, 0}, {0, 5, []shop.OrderID{2, 4, 5, 7, 9}, 0},
	} {
		page := day.Page(tt.after, tt.limit)
		var got []shop.OrderID
		for _, o := range page.Orders {
			got = append(got, o.ID)
		}
		if !cmp.Equal(tt.want, got) || page.Next != tt.next || page.Count != 5 || page.Digest != "d" || len(day.Orders) != 5 {
			t.Errorf("after %v, %d: %v, next %v", tt.after, tt.limit, got, page.Next)
		}
	}
	if _, err := DecodeReconcile([]byte(`{"limit": 301}`), "2026-02-06"); err == nil {
		t.Error("a page of 301 orders was promised")
	}
}
