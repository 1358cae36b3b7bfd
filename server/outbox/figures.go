package outbox

import "github.com/prometheus/client_golang/prometheus"

// Figures are the metrics of all followers of a shop.
type Figures []*Follower

var (
	waiting = describe("weir_outbox_waiting", "Events of a channel's feed that its webhook or connector was not told yet.")
	failing = describe("weir_outbox_failing", "1 while the other end cannot be told.")
	parked  = describe("weir_outbox_parked", "1 when events are parked until a person sends them again.")
	calls   = prometheus.NewDesc("weir_outbox_calls_total", "Calls made since the start.", []string{"follower", "result"}, nil)
)

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, []string{"follower"}, nil)
}

// Describe implements [prometheus.Collector].
func (f Figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{waiting, failing, parked, calls} {
		to <- d
	}
}

// Collect implements [prometheus.Collector]. A follower that has nobody to call has no figures.
func (f Figures) Collect(to chan<- prometheus.Metric) {
	for _, one := range f {
		s := one.Status()
		if s.Host == "" {
			continue
		}
		for d, value := range map[*prometheus.Desc]float64{
			waiting: float64(s.Waiting()), failing: flag(!s.Failing.IsZero()), parked: flag(!s.Parked.IsZero()),
		} {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, s.Name)
		}
		for result, n := range map[string]uint64{"confirmed": s.Done, "failed": s.Failed} {
			to <- prometheus.MustNewConstMetric(calls, prometheus.CounterValue, float64(n), s.Name, result)
		}
	}
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
