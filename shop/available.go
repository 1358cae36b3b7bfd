package shop

import "time"

// SetAvailable marks an item, an option or an ingredient as sold out or back. What the staff say holds for everybody. What
// a channel says holds for the channel, or for everybody where the owner has granted it that, but never against the
// staff's word. An ingredient that is out closes every item and option that is made of it.
type SetAvailable struct {
	By         string
	Channel    string // whose word it is; "" is the staff's
	Item       string // one of the three is named
	Option     string // with its group, as "topping/pearl"
	Ingredient string
	Available  bool
	Until      time.Time // when it is back by itself; zero: when somebody says so
	Closing    bool      // until today's closing, instead of Until
	Scope      Scope     // for whom a channel's word holds
}

// Scope is for whom a channel's word holds.
type Scope string

// The scopes.
const (
	ScopeGranted Scope = ""        // as much as the owner has granted the channel
	ScopeChannel Scope = "channel" // for the channel alone
	ScopeShop    Scope = "shop"    // for every channel: only with the owner's grant
)

func (SetAvailable) subject() Subject { return Subject{} }

// ItemSet says that an item, an option or an ingredient is sold out or back in the words of the staff, or of a channel.
type ItemSet struct {
	Channel    string    `json:"channel,omitempty"` // "" is the staff
	Item       string    `json:"item,omitempty"`
	Option     string    `json:"option,omitempty"` // with its group
	Ingredient string    `json:"ingredient,omitempty"`
	Available  bool      `json:"available"`
	Until      time.Time `json:"until,omitzero"` // when it is back by itself
	Scope      Scope     `json:"scope,omitempty"`
	Expired    bool      `json:"expired,omitempty"` // its time was up; nobody said it
}

func (ItemSet) name() string { return "item.set" }

// MenuPart is an item, an option or an ingredient by one name: "grape", "topping/pearl", "ingredient/pearl".
type MenuPart string

// OptionPart is an option as a part.
func OptionPart(group, id string) MenuPart { return MenuPart(group + "/" + id) }

// IngredientPart is an ingredient as a part.
func IngredientPart(id string) MenuPart { return MenuPart("ingredient/" + id) }

// partOf is the part that an item, an option or an ingredient is; one of them is named.
func partOf(item, option, ingredient string) MenuPart {
	switch {
	case item != "":
		return MenuPart(item)
	case option != "":
		return MenuPart(option)
	}
	return IngredientPart(ingredient)
}

// Part is what the command is about.
func (c SetAvailable) Part() MenuPart { return partOf(c.Item, c.Option, c.Ingredient) }

// Part is what the fact is about.
func (f ItemSet) Part() MenuPart { return partOf(f.Item, f.Option, f.Ingredient) }

// outMax is the longest time for which something can be marked as sold out. What is gone for longer leaves the menu.
const outMax = 366 * 24 * time.Hour

// decide marks something as sold out or back. Channels are told by [decider.announce] of what that changes for them.
func (c SetAvailable) decide(d *decider) error {
	d.by = c.By
	if err := c.check(d); err != nil {
		return err
	}
	c.Until = c.Until.UTC().Truncate(time.Millisecond)
	if c.Closing {
		c.Until = d.state.ClosesNext(d.now)
	}
	if d.state.says(c) {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, ItemSet{Channel: c.Channel, Item: c.Item, Option: c.Option, Ingredient: c.Ingredient, Available: c.Available, Until: c.Until,
		Scope: c.Scope})
	return nil
}

func (c SetAvailable) check(d *decider) error {
	if c.Channel != "" {
		ch, ok := d.state.Config.Channel(c.Channel)
		if !ok {
			return notFound("there is no channel %q", c.Channel)
		}
		if c.Scope == ScopeShop && !ch.SaysForAll {
			return &Error{Kind: Unauthorized, Type: ProblemNotPermitted,
				Detail: "the owner has not granted this channel to say what is sold out for the whole shop; leave scope out, or send channel"}
		}
	}
	named := 0
	for _, name := range []string{c.Item, c.Option, c.Ingredient} {
		if name != "" {
			named++
		}
	}
	menu := d.state.Config.Menu
	switch {
	case named != 1:
		return invalid(ProblemInvalid, "name one item, option or ingredient", FieldError{"", "want one of item, option and ingredient"})
	case c.Item != "" && menu.Item(c.Item) == nil:
		return notFound("the menu has no item %.64q", c.Item)
	case c.Option != "" && menu.byOption[c.Option] == nil:
		return notFound("the menu has no option %.64q; want group/id, as in topping/pearl", c.Option)
	case c.Ingredient != "" && !menu.Needs(c.Ingredient):
		return notFound("nothing on the menu uses %.64q", c.Ingredient)
	case c.Available && (c.Closing || !c.Until.IsZero()):
		return invalid(ProblemInvalid, "until says how long something is sold out", FieldError{"/until", "goes with available false alone"})
	case !c.Until.IsZero() && !c.Until.After(d.now):
		return invalid(ProblemInvalid, "the time at which it is back is past", FieldError{"/until", "is past"})
	case c.Until.Sub(d.now) > outMax:
		return invalid(ProblemInvalid, "the time at which it is back is too far away", FieldError{"/until", "is more than a year away"})
	}
	return nil
}

// ClosesNext is when the shop closes next: today, or tomorrow once today's closing is past. A shop that never closes ends
// its business day at the cut-off.
func (s State) ClosesNext(now time.Time) time.Time {
	config := s.Config
	closes := s.hours().Closes
	if cutoff := config.wall(s.Counters.Day, 24*time.Hour+config.Cutoff); closes.After(cutoff) {
		closes = cutoff
	}
	if !closes.After(now) {
		closes = config.Hours(now.Add(24 * time.Hour)).Closes
	}
	return closes.UTC()
}

// says reports whether what a command says has been said already. The staff's "available" takes back the channels' marks.
func (s State) says(c SetAvailable) bool {
	part := c.Part()
	out, said := s.SoldOut[part]
	if c.Channel != "" {
		out, said = s.Marks[c.Channel][part]
	}
	if c.Available {
		return !said && (c.Channel != "" || len(s.MarkedBy(part)) == 0)
	}
	return said && out.Until.Equal(c.Until) && out.Scope == c.Scope
}

// bringBack takes back what was sold out until a time that has come.
func (d *decider) bringBack() {
	for _, part := range d.state.SoldOut.due(d.now) {
		d.markEnds("", part)
	}
	for _, ch := range d.state.Config.Channels {
		for _, part := range d.state.Marks[ch.ID].due(d.now) {
			d.markEnds(ch.ID, part)
		}
	}
}

func (d *decider) markEnds(channel string, part MenuPart) {
	f := ItemSet{Channel: channel, Available: true, Expired: true}
	f.Item, f.Option, f.Ingredient = part.Names()
	d.emit(0, f)
}

// Names takes a part apart: one of the three is not empty.
func (p MenuPart) Names() (item, option, ingredient string) {
	group, id, grouped := cutPart(p)
	switch {
	case !grouped:
		return string(p), "", ""
	case group == "ingredient":
		return "", "", id
	}
	return "", string(p), ""
}

func (f ItemSet) apply(s State, e Event) State {
	s.menuChanges++
	part := f.Part()
	out := Out{By: e.By, At: e.At, Until: f.Until, Scope: f.Scope}
	if f.Channel != "" {
		s.Marks = s.Marks.with(f.Channel, part, out, !f.Available)
		return s
	}
	s.SoldOut = s.SoldOut.with(part, out, !f.Available)
	if f.Available && !f.Expired {
		for channel := range s.Marks {
			s.Marks = s.Marks.with(channel, part, Out{}, false)
		}
	}
	return s
}
