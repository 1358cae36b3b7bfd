package uplink

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/wire"
)

// description is the part of asyncapi.yaml that these tests look at.
type description struct {
	AsyncAPI string `yaml:"asyncapi"`
	Channels map[string]struct {
		Address  string               `yaml:"address"`
		Title    string               `yaml:"title"`
		ZH       string               `yaml:"x-zh"`
		Messages map[string]reference `yaml:"messages"`
	} `yaml:"channels"`
	Operations map[string]struct {
		Action  string    `yaml:"action"`
		Channel reference `yaml:"channel"`
	} `yaml:"operations"`
	Components struct {
		Messages map[string]struct {
			Payload reference `yaml:"payload"`
		} `yaml:"messages"`
		Schemas map[string]any `yaml:"schemas"`
	} `yaml:"components"`
}

type reference struct {
	Ref string `yaml:"$ref"`
}

func (r reference) name() string { return r.Ref[strings.LastIndex(r.Ref, "/")+1:] }

func readDescription(t *testing.T) (d description) {
	t.Helper()
	if err := yaml.UnmarshalWithOptions(AsyncAPI, &d, yaml.AllowDuplicateMapKey()); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAsyncAPINamesEveryTopicAndBothDirections(t *testing.T) {
	d := readDescription(t)
	topics := wire.TopicsOf("{store}")
	want := map[string]string{ // address to what the shop does with it
		topics.Status(): "send", topics.Capacity(): "send", topics.Lease("{channel}"): "send",
		topics.Answers("{channel}"): "send", topics.Events("{channel}"): "send", topics.Campaigns(): "receive",
		topics.OwnerCommands(): "receive", topics.OwnerAnswers(): "send",
	}
	for _, topic := range topics.Writable("{channel}") {
		want[topic] = "receive"
	}
	got := map[string]string{}
	for name, op := range d.Operations {
		channel, ok := d.Channels[op.Channel.name()]
		if !ok {
			t.Errorf("operation %s is on no channel", name)
		}
		if channel.Title == "" || channel.ZH == "" || len(channel.Messages) != 1 {
			t.Errorf("channel %s: want a title in both languages and one message", op.Channel.name())
		}
		got[channel.Address] = op.Action
	}
	if diff := cmp.Diff(want, got); diff != "" || len(d.Channels) != len(want) {
		t.Errorf("topics differ (-want +got):\n%s", diff)
	}
	if d.AsyncAPI != "3.0.0" {
		t.Errorf("asyncapi = %q", d.AsyncAPI)
	}
}

func TestAsyncAPIRefersToNothingThatIsNotThere(t *testing.T) {
	var whole any
	if err := yaml.Unmarshal(AsyncAPI, &whole); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !resolves(whole, ref) {
				t.Errorf("%s is not there", ref)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(whole)
	if resolves(whole, "#/components/schemas/Nothing") {
		t.Error("the test finds what is not there")
	}
}

func resolves(whole any, ref string) bool {
	path, ok := strings.CutPrefix(ref, "#/")
	for _, name := range strings.Split(path, "/") {
		members, isObject := whole.(map[string]any)
		if whole, ok = members[name]; !isObject || !ok {
			return false
		}
	}
	return ok
}

// TestAsyncAPIHasTheMembersThatAreSent compares the description with the types that are encoded.
func TestAsyncAPIHasTheMembersThatAreSent(t *testing.T) {
	d := readDescription(t)
	for name, v := range map[string]any{
		"Status": wire.Status{}, "Capacity": published{}, "Lease": wire.Lease{}, "Answer": wire.Answer{}, "Event": wire.Event{},
		"Order": wire.Order{},
	} {
		want := members(reflect.TypeOf(v))
		want = slices.DeleteFunc(want, func(m string) bool { return name == "Capacity" && m == "lease" }) // over HTTP only
		schema := d.Components.Schemas[name].(map[string]any)
		got := slices.Sorted(maps.Keys(schema["properties"].(map[string]any)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs (-sent +described):\n%s", name, diff)
		}
	}
}

// members are the names under which a struct's fields are encoded, sorted.
func members(s reflect.Type) (names []string) {
	for i := range s.NumField() {
		f := s.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, members(f.Type)...)
		case name != "-":
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestWhatIsSentIsAsDescribed lets a shop send one of everything and holds it against the schemas.
func TestWhatIsSentIsAsDescribed(t *testing.T) {
	t.Parallel()
	d := readDescription(t)
	text, err := json.Marshal(map[string]any{
		"openapi": "3.1.0", "info": map[string]any{"title": "t", "version": "1"}, "paths": map[string]any{},
		"components": map[string]any{"schemas": d.Components.Schemas},
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	check := func(kind string, payload []byte) error {
		var v any
		if err := json.Unmarshal(payload, &v); err != nil {
			return err
		}
		message := d.Channels[kind].Messages
		for _, m := range message {
			schema := d.Components.Messages[m.name()].Payload.name()
			return doc.Components.Schemas[schema].Value.VisitJSON(v, openapi3.EnableFormatValidation())
		}
		t.Fatalf("no message on %s", kind)
		return nil
	}

	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.Clock.Now, b.Remote())
	u.connected(t)
	s.Must(t, shop.Tick{})
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "#")
	sent := testshop.Order("a")
	p.Say(demoTopics.Orders("shangou"), sent)
	p.Say(demoTopics.Orders("shangou"), `{`)
	s.Must(t, shop.SetAvailable{By: "test", Item: "grape"})
	s.Must(t, shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: "paused", By: "test", Reason: "rain"}})
	p.Say(demoTopics.Orders("shangou"), testshop.Order("refused"))
	heard := map[string]int{}
	wanted := map[string]int{wire.KindAnswers: 3, wire.KindEvents: 3, wire.KindCapacity: 2, wire.KindLease: 1, wire.KindStatus: 1}
	missing := func() bool {
		for kind, n := range wanted {
			if heard[kind] < n {
				return true
			}
		}
		return false
	}
	for deadline := time.After(2 * time.Second); missing(); {
		select {
		case m := <-p.Heard:
			kind, _, _ := demoTopics.Parse(m.Topic())
			heard[kind]++
			if err := check(kind, m.Payload()); err != nil {
				t.Errorf("%s %s: %v", m.Topic(), m.Payload(), err)
			}
		case <-deadline:
			t.Fatalf("heard only %v", heard)
		}
	}
	if err := check(wire.KindOrders, []byte(sent)); err != nil {
		t.Error(err)
	}
	for kind, wrong := range map[string]string{wire.KindStatus: `{"v":1}`, wire.KindOrders: `{"ref":"a","items":[]}`,
		wire.KindCapacity: `{"level":7}`, wire.KindAcks: `{"through":1}`} {
		if check(kind, []byte(wrong)) == nil {
			t.Errorf("%s: the description allows %s", kind, wrong)
		}
	}
}
