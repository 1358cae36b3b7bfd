package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weir/shop"
	"weir/shop/capacity"
)

// metrics are the figures of /metrics. None of them is about a person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(a *API, others []prometheus.Collector) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weir_http_request_seconds", Help: "Time to answer, by route. Streams are left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method", "status"}),
	}
	m.registry.MustRegister(a.door.Metrics()...)
	m.registry.MustRegister(m.requests, shopFigures{a},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(others...)
	return m
}

func (m *metrics) request(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "none" // whatever path was asked for: paths of strangers are not labels
	}
	if !knownMethods[method] {
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

var knownMethods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "DELETE": true, "OPTIONS": true, "PATCH": true}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Figures is what /metrics answers with.
func (a *API) Figures() http.Handler { return a.metrics.handler() }

// shopFigures reads the shop when Prometheus asks.
type shopFigures struct{ api *API }

var (
	backlogCups = describe("weir_backlog_cups", "Cups accepted, due now and not made.")
	backlogWork = describe("weir_backlog_work", "The same in hundredths of a standard cup.")
	laterCups   = describe("weir_later_cups", "Cups booked for a slot or held for an arrival.")
	shelfBags   = describe("weir_shelf_bags", "Finished orders that wait to be fetched.")
	levelNow    = describe("weir_level", "Intake: 0 open, 1 busy, 2 limited, 3 slots only, 4 paused.")
	rateNow     = describe("weir_rate_cups_per_minute", "How fast the crew works, standard cups.", "percentile")
	cupsIn      = describe("weir_cups", "Cups of the business day, by state.", "state")
	cupsLost    = describe("weir_cups_lost", "Cups that are in no list or in two; anything but 0 is an alarm.")
	jobsIn      = describe("weir_print_jobs", "Open print jobs by state.", "state")
	unread      = describe("weir_feed_unacknowledged", "Events that a channel has not acknowledged.", "channel")
	commits     = describe("weir_commits_total", "Transactions written since the start.")
	batchSize   = describe("weir_commit_batch_size", "Commands that shared a commit.")
	storageGood = describe("weir_storage_healthy", "1 when the last write went well.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements [prometheus.Collector].
func (f shopFigures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{backlogCups, backlogWork, laterCups, shelfBags, levelNow, rateNow, cupsIn, cupsLost, jobsIn,
		unread, commits, batchSize, storageGood} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (f shopFigures) Collect(to chan<- prometheus.Metric) {
	state := f.api.shop.Snapshot()
	r := state.Capacity.Report(f.api.now())
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(backlogCups, float64(r.BacklogCups))
	gauge(backlogWork, float64(r.Backlog))
	gauge(laterCups, float64(r.LaterCups))
	gauge(shelfBags, float64(r.ShelfBags))
	gauge(levelNow, float64(f.api.reporter.Report(state, f.api.now()).Level))
	gauge(rateNow, r.Rate.P10/float64(capacity.Cup), "10")
	gauge(rateNow, r.Rate.P50/float64(capacity.Cup), "50")
	for in := shop.Booked; in <= shop.Discarded; in++ {
		gauge(cupsIn, float64(state.Ledger.In[in]), in.String())
	}
	gauge(cupsLost, float64(state.Lost()))
	jobs := map[shop.JobState]int{shop.JobQueued: 0, shop.JobSending: 0, shop.JobFenced: 0, shop.JobBlocked: 0, shop.JobUnconfirmed: 0,
		shop.JobHeld: 0}
	for j := range state.Jobs.All() {
		jobs[j.State]++
	}
	for in, n := range jobs {
		gauge(jobsIn, float64(n), string(in))
	}
	for _, ch := range state.Config.Channels {
		gauge(unread, float64(state.Counters.Feeds[ch.ID]-state.Counters.Acks[ch.ID]), ch.ID)
	}
	f.storage(to, gauge)
}

func (f shopFigures) storage(to chan<- prometheus.Metric, gauge func(*prometheus.Desc, float64, ...string)) {
	healthy := 0.0
	if f.api.shop.Healthy() {
		healthy = 1
	}
	gauge(storageGood, healthy)
	written, _ := f.api.shop.Counts()
	to <- prometheus.MustNewConstMetric(commits, prometheus.CounterValue, float64(written))
	atMost, commands := f.api.shop.Batches()
	count := uint64(0)
	for _, n := range atMost {
		count = max(count, n)
	}
	to <- prometheus.MustNewConstHistogram(batchSize, count, float64(commands), atMost)
}
