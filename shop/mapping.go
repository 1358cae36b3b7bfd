package shop

import "slices"

// MapKind is what of a channel's orders an entry of its mapping is about.
type MapKind string

// The kinds of entries.
const (
	MapSKU  MapKind = "sku"  // an item by the id that the channel sends
	MapName MapKind = "name" // an item by its name, or by what stands in it before the words for its options
	MapWord MapKind = "word" // a word for an option, in a name or sent as the id of an option
)

// MapEntry says what something in a channel's orders is on the menu.
type MapEntry struct {
	Kind   MapKind   `json:"kind"`
	Text   string    `json:"text"`              // as the channel writes it; compared as [foldName] does
	NoWork bool      `json:"no_work,omitempty"` // nothing is made for it: a fee, a bag, a word that says nothing
	Parts  []MapPart `json:"parts,omitempty"`   // of an item: what one of it is made as
	Option MenuPart  `json:"option,omitempty"`  // of a word: what it chooses, as "sugar/half"
}

// MapPart is so many of one item of the menu.
type MapPart struct {
	Item    string  `json:"item"`
	Qty     int     `json:"qty"`
	Options Options `json:"options,omitzero"` // chosen by the name itself, unless the order says otherwise
}

// key is what the entry is found by.
func (e *MapEntry) key() mapKey { return mapKey{e.Kind, foldName(e.Text)} }

// mapKey names an entry of a channel's mapping.
type mapKey struct {
	kind MapKind
	text string // folded
}

// Mapping is what channels call things. It never changes: a new one takes its place. nil has no entries.
type Mapping struct {
	Channels map[string][]MapEntry `json:"channels"` // in the order in which they were said, each key once
	found    map[string]map[mapKey]*MapEntry
}

// indexed prepares the look-ups.
func (m *Mapping) indexed() *Mapping {
	m.found = make(map[string]map[mapKey]*MapEntry, len(m.Channels))
	for channel, entries := range m.Channels {
		of := make(map[mapKey]*MapEntry, len(entries))
		for i := range entries {
			of[entries[i].key()] = &entries[i]
		}
		m.found[channel] = of
	}
	return m
}

// Entries are what a channel's mapping says, in the order in which it was said.
func (m *Mapping) Entries(channel string) []MapEntry {
	if m == nil {
		return nil
	}
	return m.Channels[channel]
}

// find is the entry of a channel for a text; nil when there is none.
func (m *Mapping) find(channel string, kind MapKind, text string) *MapEntry {
	if m == nil || text == "" {
		return nil
	}
	return m.found[channel][mapKey{kind, foldName(text)}]
}

// meant is the entry of a channel for a text. One that names something which has left the menu says nothing, until it is
// back; nil when there is none.
func (s *State) meant(channel string, kind MapKind, text string) *MapEntry {
	if e := s.Mapping.find(channel, kind, text); e != nil && s.Config.Menu.wrongEntry(e) == "" {
		return e
	}
	return nil
}

// Reading is what a line of a channel's order is taken for.
type Reading struct {
	Lines  []Line    // as the kitchen makes it: none for what is no work; the line itself where nothing is known of it
	By     ReadingBy // how that is known
	Drink  string    // the name without the words behind it
	Unread []string  // words and options that nobody has said the meaning of; the cup is made by the channel's name then
}

// ReadingBy is how it is known what a line is.
type ReadingBy string

// The ways to know.
const (
	ReadNot  ReadingBy = ""     // it is not known
	ReadMenu ReadingBy = "menu" // the menu has the item, or one of that name
	ReadSKU  ReadingBy = "sku"  // by the mapping of its id
	ReadName ReadingBy = "name" // by the mapping of its name
	ReadFee  ReadingBy = "fee"  // by its name, which is that of a fee everywhere
)

// Read says what a line of a channel's order is on the menu: by the mapping of its id or its name, by the menu's own id or
// name, or not at all. Words behind the drink and unknown options are read as options.
func (s *State) Read(channel Channel, l Line) Reading {
	r := Reading{Drink: drinkOf(l.Name)}
	menu := s.Config.Menu
	entry := s.meant(channel.ID, MapSKU, l.Item)
	var words []string
	switch {
	case entry != nil:
		r.By = ReadSKU
		words = behind(l.Name)
	case menu.Item(l.Item) != nil:
		r.By = ReadMenu
		entry = &MapEntry{Parts: []MapPart{{Item: l.Item, Qty: 1}}}
	default:
		entry, r.By, r.Drink, words = s.byName(channel, l.Name)
	}
	if entry == nil {
		r.Lines, r.Drink = []Line{l}, drinkOf(l.Name)
		return r
	}
	if entry.NoWork {
		return r
	}
	for n, part := range entry.Parts {
		line := l
		line.Item, line.Qty, line.Menu = part.Item, l.Qty*part.Qty, menu.Edition
		c := chooser{state: s, channel: channel.ID}
		c.sent(l.Options)
		for _, word := range words {
			if !c.word(word) {
				c.words = append(c.words, word)
			}
		}
		line.Options, line.Words = c.over(part.Options), c.words
		if line.Unmapped = len(c.words)+len(c.ids) > 0; n == 0 {
			r.Unread = append(slices.Clone(c.ids), c.words...)
		}
		r.Lines = append(r.Lines, line)
	}
	return r
}

// behind are the words behind the drink in a name.
func behind(name string) []string {
	if all := splits(name); len(all) > 0 {
		return all[len(all)-1].words
	}
	return nil
}

// byName finds what a name is: all of it, or else the longest part of it before a sign, with the rest as words.
func (s *State) byName(channel Channel, name string) (entry *MapEntry, by ReadingBy, drink string, words []string) {
	if name == "" || len(name) > mapTextMax {
		return nil, ReadNot, "", nil
	}
	for _, way := range append([]split{{drink: name}}, splits(name)...) {
		key := foldName(way.drink)
		if entry = s.meant(channel.ID, MapName, way.drink); entry != nil {
			return entry, ReadName, way.drink, way.words
		}
		if item, ok := s.Config.Menu.byName[key]; ok && !channel.Strict {
			return &MapEntry{Parts: []MapPart{{Item: item, Qty: 1}}}, ReadMenu, way.drink, way.words
		}
		if feeNames[key] && !channel.Strict {
			return &MapEntry{NoWork: true}, ReadFee, way.drink, nil
		}
	}
	return nil, ReadNot, "", nil
}

// chooser gathers the options of a line from what the channel sent.
type chooser struct {
	state   *State
	channel string
	said    Options
	ids     []string // of options, that nobody knows
	words   []string // that nobody knows
}

// sent takes the options that the channel named by id. An id that the menu does not know is read as a word, and kept as it
// is when nobody knows the word either.
func (c *chooser) sent(o Options) {
	for group, id := range o.All() {
		part := OptionPart(group, id)
		if c.state.Config.Menu.byOption[string(part)] == nil {
			if c.word(id) {
				continue
			}
			c.ids = append(c.ids, id)
		}
		c.choose(part)
	}
}

// word takes a word for an option. ok is false when nobody has said what it means.
func (c *chooser) word(word string) (ok bool) {
	if entry := c.state.meant(c.channel, MapWord, word); entry != nil {
		return entry.NoWork || c.choose(entry.Option)
	}
	part, ok := c.state.Config.Menu.wordFor(word)
	return ok && (part == "" || c.choose(part))
}

// choose takes an option. What was said first stands: ok is false for another of its group.
func (c *chooser) choose(part MenuPart) (ok bool) {
	group, id, _ := cutPart(part)
	place := c.said.of(group)
	if place == nil {
		c.said.Toppings = append(slices.Clone(c.said.Toppings), id)
		slices.Sort(c.said.Toppings)
		return true
	}
	if *place == "" {
		*place = id
	}
	return *place == id
}

// over is what was said, and where nothing was said what the entry itself chooses.
func (c *chooser) over(of Options) Options {
	said := c.said
	for group, id := range of.All() {
		if place := said.of(group); place == nil {
			said.Toppings = append(slices.Clone(said.Toppings), id)
			slices.Sort(said.Toppings)
		} else if *place == "" {
			*place = id
		}
	}
	return said
}

// wordFor is the option that a word names by its id or name; "" for a standard that several groups call the same. ok is
// false when no option has the name, or several that are not standards.
func (m *Menu) wordFor(word string) (part MenuPart, ok bool) {
	parts := m.byWord[foldName(word)]
	if len(parts) == 1 {
		return parts[0], true
	}
	for _, p := range parts {
		if group, id, _ := cutPart(p); m.Standard(group) != id {
			return "", false
		}
	}
	return "", len(parts) > 0
}

// indexNames prepares the look-ups by name. A name that two items have finds neither.
func (m *Menu) indexNames() {
	m.byName, m.byWord = map[string]string{}, map[string][]MenuPart{}
	twice := map[string]bool{}
	for i := range m.Items {
		item := &m.Items[i]
		for _, name := range []string{item.Name.ZH, item.Name.EN} {
			key := foldName(name)
			if other, taken := m.byName[key]; taken && other != item.ID {
				twice[key] = true
			}
			if key != "" {
				m.byName[key] = item.ID
			}
		}
	}
	for key := range twice {
		delete(m.byName, key)
	}
	for _, g := range m.Groups {
		for i := range g.Options {
			o, part := &g.Options[i], OptionPart(g.ID, g.Options[i].ID)
			for _, name := range []string{o.Name.ZH, o.Name.EN, o.ID} {
				if key := foldName(name); key != "" && !slices.Contains(m.byWord[key], part) {
					m.byWord[key] = append(m.byWord[key], part)
				}
			}
		}
	}
}

// translated are the lines of a channel's order as the kitchen makes them. sent are the lines as the channel sent them,
// where the two differ; otherwise it is nil. Each line says which of the sent ones it is of.
func (s *State) translated(channel Channel, lines []Line) (made, sent []Line) {
	if lines = s.Config.Menu.stamped(lines); channel.ID == CounterChannel {
		return lines, nil
	}
	same := true
	for i, l := range lines {
		if _, _, known := s.Config.Menu.lineWork(&l); known && s.meant(channel.ID, MapSKU, l.Item) == nil {
			l.Of = i
			made = append(made, l)
			continue
		}
		r := s.Read(channel, l)
		same = same && r.By == ReadNot
		for _, line := range r.Lines {
			same = same && line.Item == l.Item && line.Qty == l.Qty && line.Options.Equal(l.Options)
			line.Of = i
			made = append(made, line)
		}
	}
	if same {
		for i := range made {
			made[i].Of = 0
		}
		return made, nil
	}
	return made, s.asSent(lines)
}

// asSent are lines as they are kept beside what became of them.
func (s *State) asSent(lines []Line) []Line {
	sent := slices.Clone(lines)
	for i := range sent {
		_, _, known := s.Config.Menu.lineWork(&sent[i])
		sent[i].Unmapped, sent[i].Of = !known, 0
	}
	return sent
}

// SentLines are the lines of the order as its channel sent them.
func (o *Order) SentLines() []Line {
	if o.Sent != nil {
		return o.Sent
	}
	return o.Lines
}

// SentLine is the index of the channel's line that a line of the order is of.
func (o *Order) SentLine(line int) int {
	if o.Sent != nil {
		return o.Lines[line].Of
	}
	return line
}

// Note is what the customer wrote to a line of the order; "" is nothing.
func (o *Order) Note(line int) string {
	if at := o.SentLine(line); at < len(o.Customer.Notes) {
		return o.Customer.Notes[at]
	}
	return ""
}
