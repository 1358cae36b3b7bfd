package shop

import (
	"fmt"
	"time"

	"weir/shop/capacity"
)

// Kind says what a caller can do about an [Error]. Package server maps it to an HTTP status.
type Kind uint8

// The kinds of refusal.
const (
	Invalid      Kind = iota // the command itself is wrong: correct it
	NotFound                 // there is no such thing
	Conflict                 // it does not fit the state of the shop: read that again
	Unavailable              // not now: try later, or take an alternative
	Unauthorized             // not with this key or person
)

// Stable problem types, as in the table of docs/protocol.md. A type never changes its meaning.
const (
	ProblemInvalidOrder      = "invalid-order"
	ProblemInvalid           = "invalid"
	ProblemUnknownItem       = "unknown-item"
	ProblemNotFound          = "not-found"
	ProblemSoldOut           = "sold-out"
	ProblemOrderConflict     = "order-conflict"
	ProblemDeadlinePassed    = "deadline-passed"
	ProblemSlotFull          = "slot-full"
	ProblemReducedCapacity   = "temporary-reduced-capacity"
	ProblemIntakePaused      = "intake-paused"
	ProblemCancelTooLate     = "cancel-too-late"
	ProblemInvalidTransition = "invalid-transition"
	ProblemWrongCup          = "wrong-cup"
	ProblemIncomplete        = "incomplete"
	ProblemStorage           = "storage-unavailable"
	ProblemCursorInvalid     = "cursor-invalid"
	ProblemCursorExpired     = "cursor-expired"
	ProblemNoticeConflict    = "notice-conflict"
	ProblemDayOpen           = "day-open"
	ProblemQuota             = "quota-exceeded"
	ProblemNotPermitted      = "not-permitted"
)

// Error is a refusal that the caller can act on. Everything else that goes wrong is our own fault
// and is an ordinary error.
type Error struct {
	Kind    Kind
	Type    string       // stable problem type
	Detail  string       // one sentence for a person: what, and what to do
	Fields  []FieldError // what is wrong where, for Invalid
	Refusal *Refusal     // for Unavailable: when it would go
	Sold    *Sold        // of what is sold out: which part, and what there is instead
	Order   *Order       // the order as it is now, where that explains the refusal
	Cups    []CupID      // the cups it is about
	Unknown bool         // the outcome is not known: ask again with the same ref
	Pinned  bool         // the refusal is final for the order's ref

	RetryAfter time.Duration // when to ask again; 0 is the usual time of the type
}

// Error implements error.
func (e *Error) Error() string { return e.Type + ": " + e.Detail }

// FieldError points into the caller's document.
type FieldError struct {
	Pointer string `json:"pointer"` // JSON pointer, RFC 6901
	Detail  string `json:"detail"`
}

// Refusal tells a refused caller what would be possible. Nothing of the order was made or kept.
type Refusal struct {
	Reason     capacity.Reason
	EarliestAt time.Time       // ready at the earliest if asked again now; zero when not known
	RetryAfter time.Duration   // when to ask again
	Slots      []capacity.Slot // open slots the order fits into
	Sisters    []Sister        // the owner's other shops
	Why        capacity.Why    // what was asked, the room at that moment, the rule
}

func invalid(problem, detail string, fields ...FieldError) *Error {
	return &Error{Kind: Invalid, Type: problem, Detail: detail, Fields: fields}
}

func notFound(format string, args ...any) *Error {
	return &Error{Kind: NotFound, Type: ProblemNotFound, Detail: fmt.Sprintf(format, args...)}
}

func conflict(problem, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Type: problem, Detail: fmt.Sprintf(format, args...)}
}
