package shop

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Event is one fact that a decision established: who, when, what, and what the channel is told of it.
// It is written to the log as it is and never executed again: the rows are the state.
type Event struct {
	Seq   uint64
	At    time.Time
	By    string  // a channel's id, a person or tablet, a printer, or "clock"
	Order OrderID // the order concerned, 0 when none is
	Fact  Fact
	Told  *Told // nil when nobody outside has to know
}

// Name is the fact's word in the log.
func (e Event) Name() string { return e.Fact.name() }

// Fact is what an event says has happened. Each is in the file of the command that it comes from.
type Fact interface {
	name() string                 // its word in the log, which never changes
	apply(s State, e Event) State // the state with the fact; it cannot fail
}

// facts are all there are, by their names in the log. Where a name says more than the type, the value says it, too.
var facts = byName(
	OrderPlaced{}, OrderPlaced{Tombstone: true}, OrderWaits{}, OrderPinned{}, TombstonesForgotten{}, TotalsFilled{}, LinesFilled{},
	NamesMapped{}, NamesRefused{}, LinesMapped{}, RoomHeld{}, HoldEnded{},
	CupsMoved{}, CupPacked{}, CupRemade{}, OrderReopened{}, OrderKitchened{}, OrderCameDue{},
	OrderStepped{}, OrderTold{}, OrderRequoted{}, OrderRequoted{Early: true}, OrderEnded{}, CupsStopped{}, StopDismissed{}, ItemSet{},
	StockSet{}, StockWasted{}, StockReceived{}, CookStepped{}, IntakeSet{}, StaffSet{}, RotaChanged{}, TermsSet{},
	JobAdded{}, JobMoved{}, NoticeGiven{}, NoticeRevised{}, NoticeCancelled{}, NoticeAcknowledged{}, NoticesTrimmed{}, DayOpened{},
	DayClosed{},
	StatementImported{}, Stepped{}, Mended{}, SlotMoved{}, LeasesIssued{}, Resynced{}, EpochBegun{}, FeedAcked{}, Announced{},
	OrderPutFirst{}, OrderPassed{}, OrderCompensated{}, ClosingSet{}, MenuChanged{},
	FleetJoined{}, FleetLeft{}, FleetKeyed{}, RemoteSet{}, CarriedOut{}, AskedAgain{},
	ClockStepped{}, ClockDoubted{}, OrderRestamped{},
	Audited{What: AuditCodeMade}, Audited{What: AuditDevicePaired}, Audited{What: AuditDeviceRevoked}, Audited{What: AuditMemberAdded},
	Audited{What: AuditMemberChanged}, Audited{What: AuditMemberEnded}, Audited{What: AuditSignInSlowed}, Audited{What: AuditOwnerSet},
	Audited{What: AuditOwnerSignedIn}, Audited{What: AuditKeyAdded}, Audited{What: AuditKeyRevoked}, Audited{What: AuditClockTrusted},
	Audited{What: AuditSentAgain}, Audited{What: AuditShopClaimed}, Audited{What: AuditOutsideRefused},
)

func byName(list ...Fact) map[string]Fact {
	m := make(map[string]Fact, len(list))
	for _, f := range list {
		m[f.name()] = f
	}
	return m
}

// DecodeFact turns an entry of the log back into the fact that it was written from, as far as it was written: an
// [OrderPlaced] comes without its order and a [StatementImported] without its lines, which have rows of their own. A
// name that no fact has, as a later version may have written it, is [ErrNotFound].
func DecodeFact(name string, body []byte) (Fact, error) {
	known, ok := facts[name]
	if !ok {
		return nil, fmt.Errorf("event %q: %w", name, ErrNotFound)
	}
	f := reflect.New(reflect.TypeOf(known))
	f.Elem().Set(reflect.ValueOf(known))
	if err := json.Unmarshal(body, f.Interface()); err != nil {
		return nil, fmt.Errorf("event %q: %w", name, err)
	}
	return f.Elem().Interface().(Fact), nil
}
