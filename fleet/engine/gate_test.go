package engine

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"weir/shop/wire"
)

// later are topics of the contract on which no shop listens yet. A shop that does one day needs no new key of its store.
var later = []string{"weir/v1/east/vouchers/+", "weir/v1/east/owner/commands"}

// TestAStoreMayDoWhatAShopDoes: a store may publish what a shop tells its channels and itself, and may subscribe to what channels
// say to a shop and to its own reports. Nothing less: the engine drops a forbidden publish without a word. Nothing more.
func TestAStoreMayDoWhatAShopDoes(t *testing.T) {
	topics := wire.TopicsOf("east")
	subjects := func(lists ...[]string) (all []string) {
		for _, topic := range slices.Concat(lists...) {
			all = append(all, strings.NewReplacer("/", ".", "+", "*").Replace(topic))
		}
		slices.Sort(all)
		return all
	}
	sorted := func(list []string) []string { list = slices.Clone(list); slices.Sort(list); return list }
	got := permissions("east")
	if d := gocmp.Diff(subjects(topics.Readable("+"), []string{"weir/v1/east/+/" + wire.Self}), sorted(got.Publish.Allow)); d != "" {
		t.Errorf("publish: %s", d)
	}
	own := append(topics.Public(), topics.Lease("+"))
	want := append(subjects(topics.Writable("+"), own, later), "$MQTT.sub.>", "$MQTT.deliver.pubrel.>")
	if d := gocmp.Diff(sorted(want), sorted(got.Subscribe.Allow)); d != "" {
		t.Errorf("subscribe: %s", d)
	}
}
