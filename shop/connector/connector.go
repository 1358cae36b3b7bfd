// Package connector reads what a delivery platform pushes, and makes the calls by which it is answered, by a map file in
// YAML: which fields there are, how they are signed, and what is told back. It does no I/O; the shop and a gateway of a
// fleet can use it alike.
//
// The maps that come with it are written from public documents and were never tried against a live platform.
package connector

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed maps
var shipped embed.FS

// Map is a map file.
type Map struct {
	Name     string `yaml:"connector"`
	Standing string `yaml:"standing"` // how far it can be trusted, for people
	Push     Push   `yaml:"push"`
	Order    Order  `yaml:"order"`
	Calls    Calls  `yaml:"calls"`
}

// Push is what a platform's pushes look like.
type Push struct {
	Verify Signature `yaml:"verify"`
	App    string    `yaml:"app"`   // path of the application's id
	Store  string    `yaml:"store"` // path of the shop's id at the platform
	Kind   []string  `yaml:"kind"`  // paths that say what it is, joined by /; $path is the end of our own address
	Kinds  Kinds     `yaml:"kinds"` // what those values mean; any other push is answered and passed over
	Ref    string    `yaml:"ref"`   // path of the order's id in a push that is not the order itself
	Reply  string    `yaml:"reply"` // JSON that says that the push was taken
}

// Kinds says what the values of a push's kind mean.
type Kinds map[string]Kind

// Kind is what a push is about.
type Kind string

// What pushes can be about.
const (
	Placed       Kind = "order"         // a new order
	Cancelled    Kind = "cancelled"     // an order will not be fetched
	CancelWanted Kind = "cancel_wanted" // a customer asks whether an order can be cancelled
	Other        Kind = ""              // nothing that the shop has to know
)

// Order is where an order's parts are in a push.
type Order struct {
	Ref      string `yaml:"ref"`
	Number   string `yaml:"number"` // that the customer sees
	PlacedAt string `yaml:"placed_at"`
	Due      Due    `yaml:"due"`
	Zone     string `yaml:"zone"`    // of times without one
	Total    string `yaml:"total"`   // in yuan, before what anybody takes off
	Paid     string `yaml:"paid"`    // in yuan, by the customer
	Subsidy  string `yaml:"subsidy"` // in yuan, by the platform; some write it as a negative number
	Note     string `yaml:"note"`
	Name     string `yaml:"name"`
	Phone    string `yaml:"phone"`
	Lines    Lines  `yaml:"lines"`
}

// Due is when an order that was placed ahead is wanted at the customer's door.
type Due struct {
	When string `yaml:"when"` // path of a flag; "": At alone decides
	At   string `yaml:"at"`   // path of the time; 0 is now
}

// Lines is where the lines of an order are.
type Lines struct {
	Each  string   `yaml:"each"`
	Item  []string `yaml:"item"` // paths of the platform's ids, joined by /
	Name  string   `yaml:"name"`
	Qty   string   `yaml:"qty"`
	Words []string `yaml:"words"` // paths of words for options, which are put behind the name unless it has them
}

// Calls are what a platform is told, and how.
type Calls struct {
	API      string            `yaml:"api"`      // default of the address
	Address  string            `yaml:"address"`  // of a call, with {api} and {action}
	Body     string            `yaml:"body"`     // json (POST), form (POST) or query (GET)
	Verify   Signature         `yaml:"verify"`   // how a call is signed
	Signed   map[string]string `yaml:"signed"`   // members that are signed beside the parameters
	Envelope map[string]any    `yaml:"envelope"` // of a JSON body; none: parameters, signed members and signature side by side
	Failed   string            `yaml:"failed"`   // path in the answer that is there when the call was refused
	Code     string            `yaml:"code"`     // path of the code of a refusal
	Broken   []string          `yaml:"broken"`   // codes that say that no call goes through: it is made again. Other codes are final
	Final    []string          `yaml:"final"`    // or the codes that are final: with any other the call is made again
	Reasons  map[string]string `yaml:"reasons"`  // the platform's words for why; * is any other
	Words    map[string]string `yaml:"words"`    // what a customer may read of why; * is any other
	Tell     map[string][]Call `yaml:"tell"`     // by event of the shop's feed, and order.refused, cancel.agreed, cancel.refused
}

// Call is one call.
type Call struct {
	Action string         `yaml:"action"`
	Params map[string]any `yaml:"params"`
}

// Shipped reads a map that comes with the program.
func Shipped(name string) (*Map, error) {
	text, err := shipped.ReadFile("maps/" + name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no map %q; want one of %s, or the name of a file", name, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// Names are the maps that come with the program.
func Names() (list []string) {
	entries, _ := shipped.ReadDir("maps") // it is in the program
	for _, e := range entries {
		list = append(list, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return list
}

// Parse reads a map file. Unknown keys are an error that names the line.
func Parse(text []byte) (*Map, error) {
	m := &Map{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(m); err != nil {
		return nil, fmt.Errorf("map file: %w", err)
	}
	return m, m.check()
}

// check looks for what a map cannot do without.
func (m *Map) check() error {
	var errs []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	for where, s := range map[string]Signature{"push": m.Push.Verify, "calls": m.Calls.Verify} {
		need(families[s.Kind] != nil, "%s.verify: kind %q is none of %s", where, s.Kind, strings.Join(Families(), ", "))
		need((s.Field == "") != (s.Header == ""), "%s.verify: want field or header", where)
	}
	for name, path := range map[string]string{"push.ref": m.Push.Ref, "order.ref": m.Order.Ref, "order.lines.each": m.Order.Lines.Each,
		"push.reply": m.Push.Reply, "order.lines.name": m.Order.Lines.Name, "order.lines.qty": m.Order.Lines.Qty, "connector": m.Name} {
		need(path != "", "%s is missing", name)
	}
	for value, kind := range m.Push.Kinds {
		need(slices.Contains([]Kind{Placed, Cancelled, CancelWanted}, kind), "push.kinds: %q is %q; want order, cancelled or cancel_wanted",
			value, kind)
	}
	need(slices.Contains([]string{"json", "form", "query"}, m.Calls.Body), "calls.body %q: want json, form or query", m.Calls.Body)
	need(m.Calls.Failed == "" || (m.Calls.Broken == nil) != (m.Calls.Final == nil),
		"calls: a map with failed wants broken (the codes with which a call is made again) or final (those with which it is not)")
	need(m.Calls.Reasons["*"] != "" && m.Calls.Words["*"] != "", "calls: reasons and words want one for any other reason, *")
	if _, err := time.LoadLocation(m.Order.Zone); err != nil {
		errs = append(errs, fmt.Errorf("order.zone: %w", err))
	}
	if len(errs) > 0 {
		return fmt.Errorf("map %s: %w", m.Name, errors.Join(errs...))
	}
	return nil
}

// Account is who the shop is at a platform.
type Account struct {
	App    string // id of the application
	Store  string // id of the shop at the platform
	Secret string
	Token  string // for calls; "" where there is none
	URL    string // at which the platform reaches the shop, without the path: some sign it
	API    string // where to call; "" is the map's
}
