package shop

import (
	"errors"
	"testing"
	"time"
)

func TestRefusalsRememberTheLast(t *testing.T) {
	var r Refusals
	refused := &Error{Kind: Unavailable, Type: ProblemReducedCapacity, Refusal: &Refusal{Reason: "room"}}
	order := Place{Channel: "meituan", Draft: Draft{Lines: []Line{{Qty: 2}, {Qty: 3}}}}
	r.Note(Tick{}, refused, time.Time{})                     // not an order
	r.Note(order, nil, time.Time{})                          // accepted
	r.Note(order, errors.New("disk"), time.Time{})           // no refusal
	r.Note(order, &Error{Type: ProblemSoldOut}, time.Time{}) // nothing to explain
	for i := range refusalsMax + 7 {
		r.Note(order, refused, time.Unix(int64(i), 0))
	}
	list := r.List()
	if len(list) != refusalsMax || list[0].At.Unix() != refusalsMax+6 || list[0].Cups != 5 || list[0].Channel != "meituan" {
		t.Errorf("%d refusals, the newest %+v", len(list), list[0])
	}
}
