package kds

import "time"

// scene is something to rehearse.
type scene struct {
	id         string
	name, what string // ids of words
	phases     []phase
	before     float64 // how busy the ten minutes before it were, as a share of what the crew can make
	ahead      int     // cups that at least are to be made when it begins
	campaign   bool    // one platform sends what is more than usual
	broken     bool    // a machine stands still from brokenFrom to brokenTo
	alone      bool    // one new person does everything
	backlog    int     // cups that were accepted before anybody knew how long they take
}

// phase is a time in which orders come evenly.
type phase struct {
	lasts time.Duration // 0 is until somebody ends the practice
	load  float64       // cups that are ordered for each that the crew can make
}

// When the machine of a scene stands still, from its beginning on.
const (
	brokenFrom = 4 * time.Minute
	brokenTo   = 14 * time.Minute
)

// before is how long the shop was open before a scene begins: its orders are on the board, some of them begun.
const before = 10 * time.Minute

// scenes are what a crew can rehearse. The last is 6 February 2026 in one shop that knew nothing of its capacity.
var scenes = []scene{
	{id: "calm", name: "practice.calm", what: "practice.calm_what", before: .8, ahead: 4, phases: []phase{{20 * time.Minute, .5}}},
	{id: "lunch", name: "practice.lunch", what: "practice.lunch_what", before: 1.1, ahead: 12,
		phases: []phase{{5 * time.Minute, .9}, {15 * time.Minute, 1.4}, {10 * time.Minute, .8}}},
	{id: "campaign", name: "practice.campaign", what: "practice.campaign_what", before: .9, ahead: 8, campaign: true,
		phases: []phase{{3 * time.Minute, .7}, {12 * time.Minute, 3}, {5 * time.Minute, .7}}},
	{id: "machine", name: "practice.machine", what: "practice.machine_what", before: 1.1, ahead: 10, broken: true,
		phases: []phase{{20 * time.Minute, .85}}},
	{id: "alone", name: "practice.alone", what: "practice.alone_what", before: .9, ahead: 4, alone: true,
		phases: []phase{{15 * time.Minute, .9}}},
	{id: "1400", name: "practice.feb6", what: "practice.feb6_what", backlog: 1400, phases: []phase{{0, .7}}},
}

// at is how busy the scene is, and whether it still goes on, so long after its beginning; before that it is negative.
func (s *scene) at(since time.Duration) (load float64, on bool) {
	if since < 0 {
		return s.before, true
	}
	for _, p := range s.phases {
		if p.lasts == 0 || since < p.lasts {
			return p.load, true
		}
		since -= p.lasts
	}
	return 0, false
}

// stands tells whether the machine of the scene stands still so long after its beginning.
func (s *scene) stands(since time.Duration) bool {
	return s.broken && since >= brokenFrom && since < brokenTo
}
