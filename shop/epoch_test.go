package shop_test

import (
	"encoding/json"
	"testing"
	"time"

	"weir/shop"
)

// leaseAfter ticks a shop for a while and returns the lease that its channel holds then.
func leaseAfter(t *testing.T, s shop.State, from time.Time, seconds int) shop.State {
	t.Helper()
	for i := range seconds {
		d, err := shop.Decide(s, shop.Tick{}, from.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		s = d.Next
	}
	return s
}

func TestANewEpochIsAboveAllAndGrantsNothingWhileOldLeasesMayLive(t *testing.T) {
	s := leaseAfter(t, shop.New(demo(t), noon), noon, 2)
	if len(s.Leases) == 0 {
		t.Fatal("the demo shop has granted nothing: the test would prove nothing")
	}
	d, err := shop.Decide(s, shop.NewEpoch{Above: 7, Why: "test"}, noon.Add(2*time.Second))
	if err != nil || d.Next.Counters.Epoch != 8 {
		t.Fatalf("epoch = %d, %v; want 8", d.Next.Counters.Epoch, err)
	}
	quiet := leaseAfter(t, d.Next, noon.Add(2*time.Second), 60)
	if len(quiet.Leases) != 0 {
		t.Errorf("granted %v a minute after the epoch began: older leases may still be obeyed", quiet.Leases)
	}
	s = leaseAfter(t, quiet, noon.Add(10*time.Minute), 2)
	for channel, l := range s.Leases {
		if l.Epoch != 8 {
			t.Errorf("lease of %s has epoch %d, want 8", channel, l.Epoch)
		}
	}
	if len(s.Leases) == 0 {
		t.Error("nothing granted after the old leases are dead")
	}
	again, err := shop.Decide(s, shop.NewEpoch{Above: 7}, noon.Add(11*time.Minute))
	if err != nil || !again.Replayed || len(again.Events) != 0 {
		t.Errorf("an epoch that is past: %+v, %v; want nothing to happen", again.Events, err)
	}
}

func TestResyncGrantsTheChannelsLeaseAgainAtOnce(t *testing.T) {
	s := leaseAfter(t, shop.New(demo(t), noon), noon, 2)
	before := s.Leases["shangou"]
	d, err := shop.Decide(s, shop.Resync{Channel: "shangou"}, noon.Add(3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	after := d.Next.Leases["shangou"]
	if after.Seq <= before.Seq || after.Limit < before.Limit {
		t.Errorf("lease after resync = %+v, want a newer one than %+v", after, before)
	}
	d, err = shop.Decide(s, shop.Resync{Channel: "shangou", Hello: "fresh"}, noon.Add(3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Next.Leases["shangou"]; got.Seq > before.Seq && got.Limit > got.Used {
		t.Errorf("a router that lost its counter got credit at once: %+v", got)
	}
	if _, err := shop.Decide(s, shop.Resync{Channel: "nobody"}, noon); err == nil {
		t.Error("resync of an unknown channel was accepted")
	}
}

func TestACopyOfTheRowsGrantsNothingWhileLeasesItNeverSawMayLive(t *testing.T) {
	s := leaseAfter(t, shop.New(demo(t), noon), noon, 2)
	parts := map[string][]byte{}
	for _, p := range s.Parts() {
		doc, err := json.Marshal(p.Doc)
		if err != nil {
			t.Fatal(err)
		}
		parts[p.Name] = doc
	}
	read := func(p shop.Part) error { return json.Unmarshal(parts[p.Name], p.Doc) }
	same, err := shop.Load(demo(t), noon, read)
	if err != nil || len(same.Leases) == 0 {
		t.Fatalf("a restart forgot its leases: %v, %v", same.Leases, err)
	}
	parts["counters"] = []byte(`{"epoch":2}`) // as a restore leaves it
	copied, err := shop.Load(demo(t), noon.Add(3*time.Second), read)
	if err != nil {
		t.Fatal(err)
	}
	if got := leaseAfter(t, copied, noon.Add(3*time.Second), 60).Leases; len(got) != 0 {
		t.Errorf("a copy granted %v within a minute", got)
	}
	if epoch := copied.Capacity.Memory().Leases.Epoch; epoch != 2 {
		t.Errorf("its lease book has epoch %d, want 2", epoch)
	}
}

// The largest number that every reader takes in exactly is the last epoch.
func TestEpochsAreBounded(t *testing.T) {
	s := shop.New(demo(t), noon)
	if got := refusal(t, s, shop.NewEpoch{Above: shop.EpochMax}); got != shop.ProblemInvalid {
		t.Errorf("above the last: %q, want %q", got, shop.ProblemInvalid)
	}
	if d := must(t, s, shop.NewEpoch{Above: shop.EpochMax - 1}, noon); d.Next.Counters.Epoch != shop.EpochMax {
		t.Errorf("epoch %d, want the last", d.Next.Counters.Epoch)
	}
}
