package shop

// SetAvailable marks an item as sold out or back.
type SetAvailable struct {
	By        string
	Item      string
	Available bool
}

func (SetAvailable) subject() Subject { return Subject{} }

// ItemSet says that an item is sold out or back.
type ItemSet struct {
	Item      string `json:"item"`
	Available bool   `json:"available"`
}

func (ItemSet) name() string { return "item.set" }

// decide marks an item as sold out or back; every channel is told.
func (c SetAvailable) decide(d *decider) error {
	d.by = c.By
	if d.state.Config.Menu.Item(c.Item) == nil {
		return notFound("the menu has no item %q", c.Item)
	}
	if d.state.Available(c.Item) == c.Available {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, ItemSet{Item: c.Item, Available: c.Available})
	kind := ToldSoldOut
	if c.Available {
		kind = ToldAvailable
	}
	d.tellAll(Told{Type: kind, Item: c.Item})
	return nil
}

// Available reports whether an item can be ordered.
func (s State) Available(item string) bool { return !s.SoldOut[item] }

func (f ItemSet) apply(s State, _ Event) State {
	s.SoldOut = with(s.SoldOut, f.Item, !f.Available)
	return s
}
