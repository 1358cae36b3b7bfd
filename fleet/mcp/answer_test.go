package mcp

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"weir/fleet/record"
	"weir/fleet/route"
	"weir/shop/words"
)

// TestACancellationIsSaidAsItIs: only what the record or the shop says is cancelled is said to be.
func TestACancellationIsSaidAsItIs(t *testing.T) {
	t.Parallel()
	a, who := New(nil, time.UTC, time.Now), caller{"shangou", route.New(route.Config{Now: time.Now})}
	said := func(text string) json.RawMessage { return json.RawMessage(text) }
	of := func(state record.State, why, outcome string) route.Status {
		return route.Status{Ref: "r", State: string(state), Reason: why, Outcome: outcome}
	}
	for name, c := range map[string]struct {
		reply route.Reply
		err   error
		want  State
	}{
		"the shop has cancelled":  {route.Reply{Status: 200, Body: said(`{"id":"o1","state":"cancelled"}`)}, nil, Cancelled},
		"it is made":              {route.Reply{Status: 409, Body: said(`{"type":"/problems/cancel-too-late"}`)}, nil, TooLate},
		"another conflict":        {route.Reply{Status: 409, Body: said(`{"type":"/problems/invalid-transition"}`)}, nil, Unknown},
		"too many calls":          {route.Reply{Status: 429, Body: said(`{"type":"/problems/too-many-requests"}`)}, nil, Unknown},
		"not found there":         {route.Reply{Status: 404, Body: said(`{"type":"/problems/not-found"}`)}, nil, Unknown},
		"the shop is silent":      {route.Reply{Status: 503, Body: route.Problem{Status: 503, Outcome: "unknown"}}, nil, Unknown},
		"the streams are":         {route.Reply{}, errors.New("no engine"), Unknown},
		"before it came":          {route.Reply{Status: http.StatusAccepted, Body: of(record.Cancelled, "cancelled", "")}, nil, Cancelled},
		"cancelled before":        {route.Reply{Status: 200, Body: of(record.Cancelled, "cancelled", ""), Replayed: true}, nil, Cancelled},
		"in doubt":                {route.Reply{Status: 200, Body: of(record.Doubt, "silent", "unknown"), Replayed: true}, nil, Unknown},
		"given out":               {route.Reply{Status: 200, Body: of(record.Ended, "handed", ""), Replayed: true}, nil, Ended},
		"the shop cannot make it": {route.Reply{Status: 200, Body: of(record.Ended, "released", ""), Replayed: true}, nil, Refused},
	} {
		if got := a.cancelled(who, words.EN, "r", c.reply, c.err); got.State != c.want || got.Say == "" {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

// TestWhatIsNotCertainIsUnknown: after a restore, and while the streams do not answer. Control: the same record, certain.
func TestWhatIsNotCertainIsUnknown(t *testing.T) {
	t.Parallel()
	a, who := New(nil, time.UTC, time.Now), caller{"shangou", route.New(route.Config{Now: time.Now})}
	placed := route.Status{Ref: "r", State: string(record.Placed), Store: "a", PickupNumber: "7"}
	stale := placed
	stale.Stale = true
	for want, list := range map[State][]route.Status{
		Accepted: {placed}, Refused: {{Ref: "r", State: "free", NotMade: true}},
		Unknown: {stale, {Ref: "r", State: "unknown", Outcome: "unknown"}},
	} {
		for _, s := range list {
			if got := a.stands(who, words.EN, s); got.State != want || got.Say == "" {
				t.Errorf("%+v is said to be %+v, want %s", s, got, want)
			}
		}
	}
}
