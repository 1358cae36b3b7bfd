package door

import (
	"encoding/json"
	"fmt"
	"net/http"

	"weir/shop"
	"weir/shop/wire"
)

// Answer is what there is to say to a request, in the words of HTTP.
type Answer struct {
	Re       string // what it answers: order, cancel, cancel-part, progress, ack, resync, notice, reconciliation, availability
	Ref      string // of the order or the request; "" where none is known
	Nonce    string // nonce of the request
	Epoch    int64  // the shop's epoch now
	Box      string // id of its data directory
	Status   int    // HTTP
	Body     any    // nil is none; a [wire.Problem] from status 400
	Replayed bool   // it had been carried out before
	Location string // path over HTTP of what was made; "" when nothing was
	Again    bool   // of a resync: everything retained is to be published once more
	Err      error  // why it is a problem; nil when it is none
}

// Created reports whether something was made that had not been there.
func (a *Answer) Created() bool { return a.Status == http.StatusCreated }

// Waits reports whether an order was put on the waiting list: it is neither accepted nor refused.
func (a *Answer) Waits() bool {
	o, ok := a.Body.(wire.Order)
	return ok && o.State == shop.OrderWaiting
}

// Unknown reports whether nobody knows what became of the request: it has to be asked again with the same ref.
func (a *Answer) Unknown() bool {
	p, ok := a.Body.(wire.Problem)
	return ok && p.Outcome != ""
}

// Outcome is one word for what became of a request: accepted, replayed, waiting or the name of the problem.
func (a *Answer) Outcome() string {
	p, wrong := a.Body.(wire.Problem)
	switch {
	case wrong:
		return p.Name()
	case a.Replayed:
		return OutcomeReplayed
	case a.Waits():
		return OutcomeWaiting
	}
	return OutcomeAccepted
}

// Outcomes that are not names of problems.
const (
	OutcomeAccepted = "accepted"
	OutcomeReplayed = "replayed"
	OutcomeWaiting  = "waiting" // put on the waiting list
)

// Envelope is the answer as it goes over MQTT.
func (a *Answer) Envelope() ([]byte, error) {
	body, err := json.Marshal(a.Body)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	text, err := json.Marshal(wire.Answer{Re: a.Re, Ref: a.Ref, Nonce: a.Nonce, Epoch: a.Epoch, Box: a.Box, Status: a.Status, Body: body})
	if err != nil {
		return nil, fmt.Errorf("encode the answer's envelope: %w", err)
	}
	return text, nil
}
