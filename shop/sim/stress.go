package sim

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Leave is people who go home, or come: written 13:00=-1, and 13:00=-1:silent when nobody tells the shop.
// They are counted at the bottleneck.
type Leave struct {
	at     int64 // ms since opening
	by     int
	silent bool
}

// opensAt is the time of day at which the simulated day begins.
const opensAt = 10 * time.Hour

// dayTime reads a time of the simulated day as ms since opening.
func dayTime(word string) (int64, error) {
	t, err := time.Parse("15:04", word)
	if err != nil {
		return 0, fmt.Errorf("%q: want a time such as 13:00", word)
	}
	at := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute - opensAt
	if at < 0 || at.Milliseconds() >= dayLength {
		return 0, fmt.Errorf("%q: the day is from 10:00 to 22:00", word)
	}
	return at.Milliseconds(), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Leave) UnmarshalText(text []byte) (err error) {
	word, silent := strings.CutSuffix(string(text), ":silent")
	at, by, ok := strings.Cut(word, "=")
	if !ok {
		return fmt.Errorf("leave %q: want TIME=CHANGE such as 13:00=-1 or 13:00=-1:silent", text)
	}
	if l.at, err = dayTime(at); err != nil {
		return fmt.Errorf("leave %w", err)
	}
	if l.by, err = strconv.Atoi(by); err != nil || l.by == 0 || l.by < -crewMost || l.by > crewMost {
		return fmt.Errorf("leave %q: want a change of the people at the bottleneck such as -1", by)
	}
	l.silent = silent
	return nil
}

// Flash is a crowd: written 10:30x20/10, twenty times the demand of the ten minutes from half past ten.
// With :online at the end the counter is spared.
type Flash struct {
	minute, minutes int
	times           float64
	online          bool
}

const (
	flashTimesMost   = 100
	flashMinutesMost = 120
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Flash) UnmarshalText(text []byte) error {
	word, online := strings.CutSuffix(string(text), ":online")
	at, rest, _ := strings.Cut(word, "x")
	times, minutes, ok := strings.Cut(rest, "/")
	if !ok {
		return fmt.Errorf("flash %q: want TIMExFACTOR/MINUTES such as 10:30x20/10, with :online to spare the counter", text)
	}
	ms, err := dayTime(at)
	if err != nil {
		return fmt.Errorf("flash %w", err)
	}
	f.minute, f.online = int(ms/60_000), online
	if f.times, err = strconv.ParseFloat(times, 64); err != nil || !(f.times >= 1 && f.times <= flashTimesMost) {
		return fmt.Errorf("flash %q: want a factor from 1 to %d", times, flashTimesMost)
	}
	if f.minutes, err = strconv.Atoi(minutes); err != nil || f.minutes < 1 || f.minutes > flashMinutesMost {
		return fmt.Errorf("flash %q: want 1 to %d minutes", minutes, flashMinutesMost)
	}
	return nil
}

// flashCalm is the demand in cups a minute that a crowd multiplies where the curve has a minute without any.
const flashCalm = 0.4

// extra adds the crowd of one minute.
func (f *Flash) extra(rnd *rand.Rand, minute int64, kind, cups int, arrivals *[]arrival) {
	base := float64(cups)
	if kind == ordinary {
		base = max(base, flashCalm)
	}
	for more := base * (f.times - 1); more >= 1; {
		a := drawArrival(rnd, minute, kind, min(drawSize(rnd), int(more)))
		more -= float64(a.cups)
		if f.online && a.channel == "counter" {
			a.channel = "meituan"
		}
		*arrivals = append(*arrivals, a)
	}
}

// Net is the network between the routers and the shop: written loss=0.2,dup=0.1,delay=120,skew=2,reboots=3.
// It disturbs the messages that carry leases, and the orders sent under them and their answers.
type Net struct {
	loss, dup float64 // of messages
	delay     int64   // ms, at most; an order travels a minute at most
	skew      int64   // ms by which routers' clocks differ, at most
	reboots   int     // of the shop
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Net) UnmarshalText(text []byte) error {
	for word := range strings.SplitSeq(string(text), ",") {
		key, value, ok := strings.Cut(word, "=")
		x, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || !(x >= 0) {
			return fmt.Errorf("net %q: want name=number, as in loss=0.2,dup=0.1,delay=120,skew=2,reboots=3", word)
		}
		most, known := netMost[key]
		if !known {
			return fmt.Errorf("net %q: the names are loss, dup, delay, skew and reboots", key)
		}
		if x > most {
			return fmt.Errorf("net %s=%v: want at most %v", key, x, most)
		}
		switch key {
		case "loss":
			n.loss = x
		case "dup":
			n.dup = x
		case "delay":
			n.delay = int64(x * 1000)
		case "skew":
			n.skew = int64(x * 1000)
		case "reboots":
			n.reboots = int(x)
		}
	}
	return nil
}

// netMost bounds a disturbance to what can still be called a network.
var netMost = map[string]float64{"loss": 0.9, "dup": 1, "delay": 600, "skew": 3600, "reboots": 100}
