package tell

import "github.com/prometheus/client_golang/prometheus"

// Describe implements [prometheus.Collector]: the collector says what it has when it is asked.
func (t *Tell) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (t *Tell) Collect(out chan<- prometheus.Metric) {
	gauge := func(name, help string, value float64, labels ...string) {
		names := []string{"target"}[:len(labels)]
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("weir_fleet_alerts_"+name, help, names, nil), prometheus.GaugeValue, value,
			labels...)
	}
	leads := 0.0
	if t.leads.Load() {
		leads = 1
	}
	gauge("telling", "1 at the router that tells people of the shops' alarms.", leads)
	for _, d := range t.desks {
		desk := d.desk.Load()
		if desk == nil {
			continue
		}
		for _, s := range desk.Status() {
			failing := 0.0
			if !s.Failing.IsZero() {
				failing = 1
			}
			gauge("failing", "1 while a target cannot be told.", failing, s.Name)
			gauge("told", "Messages that arrived at a target since this router tells.", float64(s.Sent), s.Name)
		}
	}
}
