package tell

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"github.com/goccy/go-yaml"

	"weir/shop/alert"
	"weir/shop/shopfile"
)

// Target is somebody who is told, and of which shops. Where it names owners, cities and stores, a shop has to be of one of
// each; where it names none, it is all shops.
type Target struct {
	alert.Target
	Owners, Cities, Stores []string
}

// entry is a target as the file has it: what shop.yaml has under alerts, and of which shops.
type entry struct {
	shopfile.AlertEntry `yaml:",inline"`
	Owners              []string `yaml:"owners"`
	Cities              []string `yaml:"cities"`
	Stores              []string `yaml:"stores"`
}

const (
	// targetsMax bounds the targets of a fleet: one for each owner of a brand, and the groups of the brand.
	targetsMax = 1000
	// fileMax bounds the file, bytes.
	fileMax = 1 << 20
)

// Read reads a file of targets.
func Read(name string) ([]Target, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the alerts: %w", err)
	}
	if len(text) > fileMax {
		return nil, fmt.Errorf("%s has %d bytes: want at most %d", name, len(text), fileMax)
	}
	var file struct {
		Alerts []entry `yaml:"alerts"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.DisallowUnknownField())
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	if len(file.Alerts) == 0 || len(file.Alerts) > targetsMax {
		return nil, fmt.Errorf("%s: %d entries under alerts: want from 1 to %d", name, len(file.Alerts), targetsMax)
	}
	var targets []Target
	for i := range file.Alerts {
		e := &file.Alerts[i]
		a, err := e.Alert()
		t := Target{alert.Target(a), e.Owners, e.Cities, e.Stores}
		switch {
		case err != nil:
		case e.AfterMin < 0 || e.AfterMin > 24*60:
			err = fmt.Errorf("after_min %d: want from 0 to %d", e.AfterMin, 24*60)
		case slices.ContainsFunc(targets, func(o Target) bool { return o.Name == t.Name }):
			err = fmt.Errorf("there are two of this name")
		default:
			err = alert.Check([]alert.Target{t.Target})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: alerts: %q: %w", name, e.Name, err)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// concerns reports whether the target is told of a shop.
func (t *Target) concerns(w *Wrong) bool {
	in := func(list []string, what string) bool { return len(list) == 0 || slices.Contains(list, what) }
	return in(t.Owners, w.Shop.Owner) && in(t.Cities, w.Shop.City) && in(t.Stores, w.Shop.ID)
}

// whole reports whether the target is told of all shops, and so of the fleet's own troubles.
func (t *Target) whole() bool { return len(t.Owners)+len(t.Cities)+len(t.Stores) == 0 }
