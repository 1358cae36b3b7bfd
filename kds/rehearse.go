package kds

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// rehearse prepares a scene: a shop with the people who are there now, at the pace that they were seen to have, in which
// orders have come in for some minutes. Every promise in it is the one that the shop's rules give to this crew.
func rehearse(ctx context.Context, p *practice, s *scene, speed int) (*rehearsal, error) {
	real, now := p.real.Kitchen.Snapshot(), p.real.Now()
	r := &rehearsal{
		scene: s, speed: speed, shop: p.shop, random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), paper: p.print == nil,
		orders: real.Counters.Order, real: now, began: now,
	}
	config := practiceConfig(real, now, s.alone)
	p.clock.stand(now.Add(-before))
	state, err := fresh(config, p.clock.Now(), paceOf(real, config, s.alone))
	if err != nil {
		return nil, err
	}
	p.shop.Begin(state)
	r.rate = cupsPerMinute(&state, p.clock.Now())
	if s.backlog > 0 {
		p.clock.stand(now)
		r.next = now.Add(r.gap(s.phases[0].load))
		return r, r.pile(ctx, now)
	}
	r.next = p.clock.Now()
	for at := r.next; at.Before(now); at = at.Add(capacity.TickMax) {
		p.clock.stand(at)
		if _, err := r.step(ctx, at); err != nil {
			return nil, err
		}
		// What was made a moment ago would be offered to be taken back, and the practice is to begin with work.
		if now.Sub(at) > time.Minute {
			if err := r.crew(ctx, capacity.TickMax); err != nil {
				return nil, err
			}
		}
	}
	p.clock.stand(now)
	for range s.ahead { // by chance there may have been fewer
		if missing := s.ahead - r.shop.Snapshot().Ledger.Backlog(); missing > 0 {
			r.order(ctx, min(2, missing), s.before)
		}
	}
	return r, nil
}

// practiceConfig is the shop that is rehearsed in: the real one, open all day, with the people who are there now.
func practiceConfig(real *shop.State, now time.Time, alone bool) *shop.Config {
	config := *real.Config
	config.Settings = real.Settings
	config.Settings.Staff, config.Settings.Rota, config.Settings.Intake = map[string]int{}, nil, nil
	config.Open, config.Close = 0, 24*time.Hour+config.Cutoff
	onDuty, nobody := real.OnDuty(now), true
	for _, st := range config.Stations {
		nobody = nobody && onDuty[st.ID] == 0
	}
	for _, st := range config.Stations {
		n := onDuty[st.ID]
		switch {
		case alone:
			n = 1
		case nobody: // the shop is closed: as shop.yaml has it
			n = st.Staff
		}
		config.Settings.Staff[st.ID] = n
	}
	return &config
}

// What is known of the pace of one new person who does everything, as if so many cups had been seen: the ten that a shop
// begins with would leave them too fast.
const (
	aloneCups = 50.0
	novice    = .7 // of the menu's pace
)

// paceOf is the pace of the real crew, as it was learned, on a clock of its own. Somebody alone makes one station's part
// after the other, where the menu has somebody at each.
func paceOf(real *shop.State, config *shop.Config, alone bool) capacity.Pace {
	pace := real.Capacity.Memory().Pace
	pace.SpellMs, pace.LastMs, pace.TapMs, pace.LullMs, pace.Untapped = 0, 0, 0, 0, 0
	if !alone {
		return pace
	}
	var sum, longest int
	if item := config.Menu.Item(config.Menu.Reference); item != nil {
		for _, s := range item.Seconds {
			sum, longest = sum+s, max(longest, s)
		}
	}
	if sum == 0 {
		return pace
	}
	hand := capacity.Gamma{Made: aloneCups * novice * float64(longest) / float64(sum), Nominal: aloneCups}
	pace.Fast, pace.Slow = hand, hand
	return pace
}

// fresh is the state of a shop that has had no order and knows the pace of its crew.
func fresh(config *shop.Config, now time.Time, pace capacity.Pace) (shop.State, error) {
	return shop.Load(config, now, func(part shop.Part) error {
		if memory, ok := part.Doc.(*capacity.Memory); ok {
			memory.Pace = pace
		}
		return nil
	})
}

// everybody is more people than any shop has.
const everybody = 200

// pile fills the shop with what was accepted before anybody knew how long it takes. The rules take no order that is
// further away than their horizon, so it is taken by a crew that is large enough; then the real crew is there, and each
// customer is told the time that the rules give with that crew. That time is the promise on the board.
func (r *rehearsal) pile(ctx context.Context, now time.Time) error {
	staff := r.shop.Snapshot().Settings.Staff
	config := *r.shop.Snapshot().Config
	pace := r.shop.Snapshot().Capacity.Memory().Pace
	crowd := config
	crowd.Settings.Staff, crowd.Settings.Horizon, crowd.Settings.ShelfMax = map[string]int{}, capacity.HorizonMax, 0
	for id := range staff {
		crowd.Settings.Staff[id] = everybody
	}
	r.shop.Begin(shop.New(&crowd, now))
	for state := r.shop.Snapshot(); state.Ledger.Ordered < r.scene.backlog; state = r.shop.Snapshot() {
		before := state.Ledger.Ordered
		r.order(ctx, min(1+r.random.IntN(3), r.scene.backlog-before), 1)
		if r.shop.Snapshot().Ledger.Ordered == before && r.number > 2*r.scene.backlog {
			return fmt.Errorf("the shop takes %d cups, want %d", before, r.scene.backlog)
		}
		r.throwPaper(ctx)
	}
	r.regret = nil
	for id, n := range staff {
		if _, err := r.shop.Do(ctx, shop.SetStaff{By: by, Station: id, Staff: n}); err != nil {
			return fmt.Errorf("staff of %s: %w", id, err)
		}
	}
	state, err := promised(&config, r.shop.Snapshot(), now, pace)
	if err != nil {
		return err
	}
	r.shop.Begin(state)
	return nil
}

// promised is a shop of which each order has been promised what was told last.
func promised(config *shop.Config, told *shop.State, now time.Time, pace capacity.Pace) (shop.State, error) {
	stored := map[string][]byte{}
	for _, part := range told.Parts() {
		text, err := json.Marshal(part.Doc)
		if err != nil {
			return shop.State{}, fmt.Errorf("store %s: %w", part.Name, err)
		}
		stored[part.Name] = text
	}
	state, err := shop.Load(config, now, func(part shop.Part) error {
		if err := json.Unmarshal(stored[part.Name], part.Doc); err != nil {
			return err
		}
		switch doc := part.Doc.(type) {
		case *capacity.Memory:
			doc.Pace = pace
		case *shop.Settings:
			doc.Horizon, doc.ShelfMax = config.Settings.Horizon, config.Settings.ShelfMax
		}
		return nil
	})
	if err != nil {
		return state, fmt.Errorf("load: %w", err)
	}
	for o := range told.Orders.All() {
		row := *o
		row.Promise.ReadyBy = o.Promise.By()
		row.Promise.Delayed, row.Promise.Told, row.Promise.Expected = false, time.Time{}, time.Time{}
		state = state.Restore(&row)
	}
	for j := range told.Jobs.All() {
		state = state.RestoreJob(j)
	}
	return state, nil
}
