package alarm

import (
	"github.com/prometheus/client_golang/prometheus"

	"weir/shop/alert"
)

// Figures are what an operator watches from afar: the links and machines of a box, for /metrics. Names follow
// prometheus.io/docs/practices/naming; docs/monitoring.md explains them.
type Figures struct {
	Of      func() *Alarms                 // the shop's alarms; asked at each scrape, because they are made after the registry
	Space   func() (free, size uint64)     // of the disk with the data, in bytes; 0 and 0 when nobody can tell
	Queue   func() (waiting, most int)     // commands that wait for the writer
	Streams func() (paired, strangers int) // screens that look on
	Version string                         // of the program
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	buildInfo       = describe("weir_build_info", "Always 1; the label says which version runs.", "version")
	brokerConnected = describe("weir_broker_connected", "1 when the shop is connected to its broker and hears what is sent to it.", "broker")
	printerWorking  = describe("weir_printer_working", "1 when what is given to the printer comes out.", "printer")
	alertsWorking   = describe("weir_alert_target_working", "1 when the target of the shop's alerts can be told.", "target")
	diskFree        = describe("weir_disk_free_bytes", "Space that is left on the disk with the data.")
	diskSize        = describe("weir_disk_size_bytes", "Size of that disk.")
	clockSure       = describe("weir_clock_sure", "1 when the box's clock is right as far as anybody can tell.")
	certificateEnd  = describe("weir_certificate_expiry_timestamp_seconds", "When the certificate that the shop shows ends, since 1970.")
	wrongNow        = describe("weir_alarms", "Things that are wrong now, as people outside would be told, by kind.", "kind")
	queueNow        = describe("weir_writer_queue_commands", "Commands that wait for the writer.")
	queueMost       = describe("weir_writer_queue_capacity_commands", "How many may wait.")
	streamsNow      = describe("weir_streams", "Screens that look on, by who they are: paired or stranger.", "who")
)

// Describe implements [prometheus.Collector].
func (f Figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{buildInfo, brokerConnected, printerWorking, alertsWorking, diskFree, diskSize, clockSure,
		certificateEnd, wrongNow, queueNow, queueMost, streamsNow} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (f Figures) Collect(to chan<- prometheus.Metric) {
	a := f.Of()
	if a == nil {
		return // the shop is being opened
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(buildInfo, 1, f.Version)
	link := a.Uplink.Status()
	gauge(brokerConnected, one(link.Connected), link.Broker)
	for _, p := range a.Printers {
		s := p.Status()
		gauge(printerWorking, one(s.Working()), s.Name)
	}
	if a.Desk != nil {
		for _, s := range a.Desk.Status() {
			gauge(alertsWorking, one(s.Failing.IsZero()), s.Name)
		}
	}
	if free, size := f.Space(); size > 0 {
		gauge(diskFree, float64(free))
		gauge(diskSize, float64(size))
	}
	if a.Clock != nil {
		gauge(clockSure, one(a.Clock.Status().Sure))
	}
	if ends := certificateEnds(a.TLS); !ends.IsZero() {
		gauge(certificateEnd, float64(ends.Unix()))
	}
	wrong := map[alert.Kind]int{}
	for _, k := range alert.Kinds() {
		wrong[k] = 0
	}
	for _, t := range a.Things() {
		wrong[t.Kind]++
	}
	for kind, n := range wrong {
		gauge(wrongNow, float64(n), string(kind))
	}
	waiting, most := f.Queue()
	gauge(queueNow, float64(waiting))
	gauge(queueMost, float64(most))
	paired, strangers := f.Streams()
	gauge(streamsNow, float64(paired), "paired")
	gauge(streamsNow, float64(strangers), "stranger")
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
