package shop

// Ledger counts every cup of the business day. It is kept by addition as events are applied, and
// [State.Recount] counts the same from the orders: the two must agree, and [Ledger.Balance] must be 0.
type Ledger struct {
	Ordered int            `json:"ordered"` // cups accepted today, with those still open from before
	Remade  int            `json:"remade"`  // cups made again
	In      [cupStates]int `json:"in"`      // cups in each state, by CupState
}

// Balance is ordered + remade less the cups found in the states. Anything but 0 means that a cup is
// in no list or in two, which is an alarm.
func (l Ledger) Balance() int {
	sum := l.Ordered + l.Remade
	for _, n := range l.In {
		sum -= n
	}
	return sum
}

// Backlog is the number of cups the kitchen still owes now.
func (l Ledger) Backlog() int { return l.In[Waiting] + l.In[Making] }

// Open is the number of cups that have not reached an end.
func (l Ledger) Open() int { return l.In[Booked] + l.In[Waiting] + l.In[Making] + l.In[Made] }

func (l Ledger) placed(o *Order) Ledger {
	l.Ordered += len(o.Cups)
	for _, c := range o.Cups {
		l.In[c.State]++
	}
	return l
}

func (l Ledger) moved(from, to CupState) Ledger {
	l.In[from]--
	l.In[to]++
	return l
}

// refilled counts the cups of an order whose lines are known now, in place of those that it was counted for.
func (l Ledger) refilled(old, o *Order) Ledger {
	l.Ordered += len(o.Cups) - len(old.Cups)
	for _, c := range old.Cups {
		l.In[c.State]--
	}
	for _, c := range o.Cups {
		l.In[c.State]++
	}
	return l
}

func (l Ledger) remade() Ledger {
	l.Remade++
	l.In[Waiting]++
	return l
}

// nextDay starts a new day with what is still open.
func (l Ledger) nextDay() Ledger {
	next := Ledger{Ordered: l.Open()}
	copy(next.In[:], l.In[:Handed])
	return next
}

// since is the ledger of a day that was left and is gone on with: l is what came of its open cups in between.
func (l Ledger) since(left Ledger) Ledger {
	began := left.nextDay()
	left.Ordered += l.Ordered - began.Ordered
	left.Remade += l.Remade - began.Remade
	for i := range left.In {
		left.In[i] += l.In[i] - began.In[i]
	}
	return left
}
