package wire

import (
	"slices"
	"strings"
)

// Topics are the MQTT topics of one shop, as in the contract and in asyncapi.yaml.
type Topics struct{ prefix string }

// TopicsOf are the topics of a shop.
func TopicsOf(shop string) Topics { return Topics{"weir/v1/" + shop + "/"} }

// The kinds of topics: their part after the prefix.
const (
	KindOrders         = "orders"
	KindCancel         = "cancel"
	KindCancelPart     = "cancel-part"
	KindProgress       = "progress"
	KindAcks           = "acks"
	KindResync         = "resync"
	KindReconciliation = "reconciliation"
	KindAvailability   = "availability"
	KindHolds          = "holds"
	KindAnswers        = "answers"
	KindEvents         = "events"
	KindLease          = "lease"
	KindStatus         = "status"
	KindCapacity       = "capacity"
)

// KindCampaigns is the one topic towards the shop that names no channel.
const KindCampaigns = "campaigns"

// KindOwner is what people who are not in the shop ask of it, through the fleet that it has joined.
const KindOwner = "owner"

// OwnerCommands is where the commands of the owner's fleet come in. No channel may write it: see package shop/remote.
func (t Topics) OwnerCommands() string { return t.of(KindOwner, "commands") }

// OwnerAnswers is where the shop answers them. It is no channel's: no channel may be called [KindOwner].
func (t Topics) OwnerAnswers() string { return t.Answers(KindOwner) }

// Status says whether the shop is connected; it is retained and is the will.
func (t Topics) Status() string { return t.prefix + KindStatus }

// Capacity is the shop's report, retained.
func (t Topics) Capacity() string { return t.prefix + KindCapacity }

// Campaigns is where notices came in before each channel had a topic of its own: the notice itself names the channel.
func (t Topics) Campaigns() string { return t.prefix + KindCampaigns }

// CampaignsOf is where a channel's notices come in.
func (t Topics) CampaignsOf(channel string) string { return t.of(KindCampaigns, channel) }

// Lease is a channel's credit, retained.
func (t Topics) Lease(channel string) string { return t.of(KindLease, channel) }

// Orders is where a channel's orders come in.
func (t Topics) Orders(channel string) string { return t.of(KindOrders, channel) }

// Cancel is where a channel takes orders back.
func (t Topics) Cancel(channel string) string { return t.of(KindCancel, channel) }

// CancelPart is where a channel takes a part of an order back.
func (t Topics) CancelPart(channel string) string { return t.of(KindCancelPart, channel) }

// Progress is where a channel says that a customer or a rider is here, or gone.
func (t Topics) Progress(channel string) string { return t.of(KindProgress, channel) }

// Acks is where a channel says how far it has read its events.
func (t Topics) Acks(channel string) string { return t.of(KindAcks, channel) }

// Resync is where a channel asks for everything once more.
func (t Topics) Resync(channel string) string { return t.of(KindResync, channel) }

// Reconciliation is where a channel asks for a business day.
func (t Topics) Reconciliation(channel string) string { return t.of(KindReconciliation, channel) }

// Availability is where a channel says what is sold out or back.
func (t Topics) Availability(channel string) string { return t.of(KindAvailability, channel) }

// Holds is where a channel asks for room to be kept.
func (t Topics) Holds(channel string) string { return t.of(KindHolds, channel) }

// Answers is where a channel reads what became of its requests.
func (t Topics) Answers(channel string) string { return t.of(KindAnswers, channel) }

// Events is a channel's feed.
func (t Topics) Events(channel string) string { return t.of(KindEvents, channel) }

func (t Topics) of(kind, channel string) string { return t.prefix + kind + "/" + channel }

// Parse takes a topic apart. channel is "" where the topic names none; ok is false for a topic of
// another shop or of no known shape.
func (t Topics) Parse(topic string) (kind, channel string, ok bool) {
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

// IsOwn reports whether the shop itself publishes a topic, retained.
func (t Topics) IsOwn(topic string) bool {
	kind, _, ok := t.Parse(topic)
	return ok && (kind == KindStatus || kind == KindCapacity || kind == KindLease)
}

// Public are the topics that anybody may read who may read GET /v1/capacity.
func (t Topics) Public() []string { return []string{t.Status(), t.Capacity()} }

// Readable are the topics that a channel may read.
func (t Topics) Readable(channel string) []string {
	return append(t.Public(), t.Lease(channel), t.Answers(channel), t.Events(channel))
}

// Writable are the topics that a channel may write.
func (t Topics) Writable(channel string) []string {
	return []string{
		t.Orders(channel), t.Cancel(channel), t.CancelPart(channel), t.Progress(channel), t.Acks(channel), t.Resync(channel),
		t.Reconciliation(channel), t.Availability(channel), t.Holds(channel), t.Campaigns(), t.CampaignsOf(channel),
	}
}

// Self is what stands in the place of a channel where the shop writes to itself. No channel can have this name: ids have no
// underscore.
const Self = "_self"

// OwnEars are the topics on which the shop writes to itself, to see whether it hears: one for each topic that it reads, but for
// the one without a channel, which is read under [Topics.CampaignsOf], too.
func (t Topics) OwnEars() []string {
	return slices.DeleteFunc(t.Writable(Self), func(topic string) bool { return topic == t.Campaigns() })
}

// Matches reports whether a topic filter takes in a topic. [MQTT-4.7.1]
func Matches(filter, topic string) bool {
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
