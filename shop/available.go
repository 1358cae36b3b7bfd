package shop

// SetAvailable marks an item as sold out or back. What the staff say holds for everybody. What a channel says holds for
// the channel, or for everybody where the owner has granted it that, but never against the staff's word.
type SetAvailable struct {
	By        string
	Channel   string // whose word it is; "" is the staff's
	Item      string
	Available bool
}

func (SetAvailable) subject() Subject { return Subject{} }

// ItemSet says that an item is sold out or back in the words of the staff, or of a channel.
type ItemSet struct {
	Channel   string `json:"channel,omitempty"` // "" is the staff
	Item      string `json:"item"`
	Available bool   `json:"available"`
}

func (ItemSet) name() string { return "item.set" }

// Marks are the items that channels have marked as sold out, by channel. They are never changed in place.
type Marks map[string]map[string]bool

// decide marks an item as sold out or back. A channel is told when that changes what it can order.
func (c SetAvailable) decide(d *decider) error {
	d.by = c.By
	if c.Channel != "" {
		if _, ok := d.state.Config.Channel(c.Channel); !ok {
			return notFound("there is no channel %q", c.Channel)
		}
	}
	if d.state.Config.Menu.Item(c.Item) == nil {
		return notFound("the menu has no item %.64q", c.Item)
	}
	if d.state.says(c) {
		d.out.Replayed = true
		return nil
	}
	before := d.state
	d.emit(0, ItemSet{Channel: c.Channel, Item: c.Item, Available: c.Available})
	for _, ch := range d.state.Config.Channels {
		now := d.state.AvailableTo(ch.ID, c.Item)
		switch {
		case before.AvailableTo(ch.ID, c.Item) == now:
		case now:
			d.emitTold(0, Announced{}, &Told{Channel: ch.ID, Type: ToldAvailable, Item: c.Item})
		default:
			d.emitTold(0, Announced{}, &Told{Channel: ch.ID, Type: ToldSoldOut, Item: c.Item})
		}
	}
	return nil
}

// says reports whether what a command says has been said already. The staff's "available" takes back the channels' marks.
func (s State) says(c SetAvailable) bool {
	if c.Channel != "" {
		return s.Marks[c.Channel][c.Item] != c.Available
	}
	return s.SoldOut[c.Item] != c.Available && (!c.Available || len(s.MarkedBy(c.Item)) == 0)
}

// Available reports whether an item can be ordered, as far as all channels are concerned.
func (s State) Available(item string) bool { return s.AvailableTo("", item) }

// AvailableTo reports whether a channel can order an item.
func (s State) AvailableTo(channel, item string) bool {
	if s.SoldOut[item] || s.Marks[channel][item] {
		return false
	}
	for _, ch := range s.Config.Channels {
		if ch.SaysForAll && s.Marks[ch.ID][item] {
			return false
		}
	}
	return true
}

// MarkedBy are the channels that have marked an item as sold out.
func (s State) MarkedBy(item string) (marked []Channel) {
	for _, ch := range s.Config.Channels {
		if s.Marks[ch.ID][item] {
			marked = append(marked, ch)
		}
	}
	return marked
}

func (f ItemSet) apply(s State, _ Event) State {
	if f.Channel != "" {
		s.Marks = s.Marks.with(f.Channel, f.Item, !f.Available)
		return s
	}
	s.SoldOut = with(s.SoldOut, f.Item, !f.Available)
	if f.Available {
		for channel := range s.Marks {
			s.Marks = s.Marks.with(channel, f.Item, false)
		}
	}
	return s
}

// with is the marks with one of a channel set, or taken back.
func (m Marks) with(channel, item string, marked bool) Marks {
	if m[channel][item] == marked {
		return m
	}
	of := with(m[channel], item, true)
	if !marked {
		delete(of, item)
	}
	return with(m, channel, of)
}
