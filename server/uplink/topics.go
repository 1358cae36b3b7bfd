package uplink

import "strings"

// Topics are the MQTT topics of one store, as in the contract and in asyncapi.yaml.
type Topics struct{ prefix string }

// TopicsOf are the topics of a store.
func TopicsOf(store string) Topics { return Topics{"weir/v1/" + store + "/"} }

// What a topic is about: its part after the prefix.
const (
	kindOrders         = "orders"
	kindCancel         = "cancel"
	kindProgress       = "progress"
	kindAcks           = "acks"
	kindResync         = "resync"
	kindReconciliation = "reconciliation"
	kindAnswers        = "answers"
	kindEvents         = "events"
	kindLease          = "lease"
	kindStatus         = "status"
	kindCapacity       = "capacity"
)

// kindCampaigns is the one topic towards the store that names no channel.
const kindCampaigns = "campaigns"

// Status says whether the store is connected; it is retained and is the will.
func (t Topics) Status() string { return t.prefix + kindStatus }

// Capacity is the store's report, retained.
func (t Topics) Capacity() string { return t.prefix + kindCapacity }

// Campaigns is where notices come in.
func (t Topics) Campaigns() string { return t.prefix + kindCampaigns }

// Lease is a channel's credit, retained.
func (t Topics) Lease(channel string) string { return t.of(kindLease, channel) }

// Orders is where a channel's orders come in.
func (t Topics) Orders(channel string) string { return t.of(kindOrders, channel) }

// Cancel is where a channel takes orders back.
func (t Topics) Cancel(channel string) string { return t.of(kindCancel, channel) }

// Progress is where a channel says that a customer or a rider is here, or gone.
func (t Topics) Progress(channel string) string { return t.of(kindProgress, channel) }

// Acks is where a channel says how far it has read its events.
func (t Topics) Acks(channel string) string { return t.of(kindAcks, channel) }

// Resync is where a channel asks for everything once more.
func (t Topics) Resync(channel string) string { return t.of(kindResync, channel) }

// Reconciliation is where a channel asks for a business day.
func (t Topics) Reconciliation(channel string) string { return t.of(kindReconciliation, channel) }

// Answers is where a channel reads what became of its requests.
func (t Topics) Answers(channel string) string { return t.of(kindAnswers, channel) }

// Events is a channel's feed.
func (t Topics) Events(channel string) string { return t.of(kindEvents, channel) }

func (t Topics) of(kind, channel string) string { return t.prefix + kind + "/" + channel }

// parse takes a topic apart. channel is "" where the topic names none; ok is false for a topic of
// another store or of no known shape.
func (t Topics) parse(topic string) (kind, channel string, ok bool) {
	rest, ok := strings.CutPrefix(topic, t.prefix)
	if !ok || rest == "" {
		return "", "", false
	}
	kind, channel, named := strings.Cut(rest, "/")
	if named && (channel == "" || strings.Contains(channel, "/")) {
		return "", "", false
	}
	return kind, channel, true
}

// public are the topics that anybody may read who may read GET /v1/capacity.
func (t Topics) public() []string { return []string{t.Status(), t.Capacity()} }

// readable are the topics that a channel may read.
func (t Topics) readable(channel string) []string {
	return append(t.public(), t.Lease(channel), t.Answers(channel), t.Events(channel))
}

// writable are the topics that a channel may write.
func (t Topics) writable(channel string) []string {
	return []string{
		t.Orders(channel), t.Cancel(channel), t.Progress(channel), t.Acks(channel), t.Resync(channel), t.Reconciliation(channel),
		t.Campaigns(),
	}
}

// matches reports whether a topic filter takes in a topic. [MQTT-4.7.1]
func matches(filter, topic string) bool {
	for {
		f, moreFilter, deeperFilter := strings.Cut(filter, "/")
		t, moreTopic, deeperTopic := strings.Cut(topic, "/")
		switch {
		case f == "#":
			return true
		case f != "+" && f != t:
			return false
		case deeperFilter && !deeperTopic:
			return moreFilter == "#" // "a/#" takes in "a" itself
		case deeperFilter != deeperTopic:
			return false
		case !deeperFilter:
			return true
		}
		filter, topic = moreFilter, moreTopic
	}
}
