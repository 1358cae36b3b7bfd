package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/wire"
)

// The report says which channels' platforms take less than credit, and what they do not learn; such a channel has no lease.
func TestTheReportSaysWhatAnAdapterLoses(t *testing.T) {
	d := open(t, func(c *shop.Config, _ *door.Config) {
		c.Channels[1].Leased, c.Channels[1].Adapter = false, &shop.Adapter{Kind: shop.AdapterOpenClosed}
	})
	d.do(shop.Tick{})
	report := func(channel string) wire.Capacity {
		t.Helper()
		return read[wire.Capacity](t, d.call("GET", "/v1/capacity", "", "Authorization: Bearer "+d.key[channel]))
	}
	want := []wire.Adapter{{Channel: "meituan", Kind: "openclosed", Loses: []shop.Loss{"credit", "levels", "wait", "slots", "resume"}}}
	if diff := cmp.Diff(want, report("meituan").Adapters); diff != "" {
		t.Errorf("adapters (-want +got):\n%s", diff)
	}
	if l := report("meituan").Lease; l != nil {
		t.Errorf("a platform that takes no credit was granted %+v", l)
	}
	if report("shangou").Lease == nil {
		t.Error("shangou has no lease either: the test proves nothing")
	}
}
