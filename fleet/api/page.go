package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weir/fleet/route"
	"weir/shop"
	"weir/shop/wire"
)

// pagePolicy lets a page have its own style and nothing else.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

var page = template.Must(template.New("page").Parse(`<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Title}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}code{font-size:.95em}
pre{white-space:pre-wrap;overflow-wrap:anywhere}td{padding:.2rem 1rem .2rem 0;vertical-align:top}p{white-space:pre-line}</style>
<main><h1>{{.Title}}</h1><p>{{.Text}}</p>
{{if .Examples}}<h2>Examples, one after the other</h2>{{range .Examples}}<pre>{{.}}</pre>{{end}}<h2>Calls</h2>{{end}}
{{if .Calls}}<table>{{range .Calls}}<tr><td><code>{{.Method}}</code><td><code>{{.Path}}</code><td>{{.Summary}}</tr>{{end}}</table>
<p><a href="/openapi.yaml">openapi.yaml</a></p>{{end}}</main></html>`))

type pageView struct {
	Title, Text string
	Examples    []string
	Calls       []docCall
}

// Example is a call that can be run, as openapi.yaml has it.
type Example struct {
	Call   string
	Body   any
	Status int
	Answer any // what the answer has, and more; nil is whatever it has
}

// String is the example as HTTP has it.
func (e Example) String() string {
	text := e.Call
	if e.Body != nil {
		body, _ := json.Marshal(e.Body) // it came from YAML with plain names
		text += "\n" + string(body)
	}
	text += fmt.Sprintf("\n→ %d", e.Status)
	if e.Answer != nil {
		answer, _ := json.Marshal(e.Answer)
		text += " " + string(answer)
	}
	return text
}

type docCall struct{ Method, Path, Summary string }

func show(c echo.Context, v pageView) error {
	var text bytes.Buffer
	if err := page.Execute(&text, v); err != nil {
		return fmt.Errorf("draw the page: %w", err)
	}
	c.Response().Header().Set("Content-Security-Policy", pagePolicy)
	return c.HTMLBlob(http.StatusOK, text.Bytes())
}

// docs lists the calls as openapi.yaml has them.
func (a *API) docs(c echo.Context) error {
	var book struct {
		Info  struct{ Title, Description string }
		Paths map[string]map[string]struct{ Summary string }

		Examples []Example `yaml:"x-examples"`
	}
	if err := yaml.Unmarshal(OpenAPI, &book); err != nil {
		return fmt.Errorf("read openapi.yaml: %w", err)
	}
	v := pageView{Title: book.Info.Title, Text: book.Info.Description}
	for _, e := range book.Examples {
		v.Examples = append(v.Examples, e.String())
	}
	for path, calls := range book.Paths {
		for method, call := range calls {
			v.Calls = append(v.Calls, docCall{strings.ToUpper(method), path, call.Summary})
		}
	}
	slices.SortFunc(v.Calls, func(x, y docCall) int { return strings.Compare(x.Path+x.Method, y.Path+y.Method) })
	return show(c, v)
}

// problem explains one problem type.
func (a *API) problem(c echo.Context) error {
	entry, ok := wire.Lookup(c.Param("name"))
	if !ok {
		return shop.ErrNotFound
	}
	return show(c, pageView{Title: entry.Title("en"), Text: entry.Text("en")})
}

// metrics are the router's counts and the shops by state.
func (a *API) metrics(c echo.Context) error {
	registry := prometheus.NewRegistry()
	ready := 0.0
	if p := a.parts.Load(); p != nil {
		ready = 1
		registry.MustRegister(figures{p.router, a})
	}
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "weir_fleet_ready", Help: "1 once every shop is known."})
	gauge.Set(ready)
	registry.MustRegister(append(slices.Clone(a.beside), gauge)...)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

// figures collects what a router counts.
type figures struct {
	router *route.Router
	api    *API
}

// Describe implements [prometheus.Collector]: the collector says what it has when it is asked.
func (f figures) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (f figures) Collect(out chan<- prometheus.Metric) {
	n := &f.router.Counts
	count := func(name, help string, value int64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("weir_fleet_"+name, help, nil, nil), prometheus.CounterValue, float64(value))
	}
	count("placed_total", "Orders that a shop accepted while the caller waited.", n.Placed.Load())
	count("replayed_total", "Answers to refs that were known.", n.Replayed.Load())
	count("not_made_total", "Orders that for certain nobody makes.", n.NotMade.Load())
	count("unknown_total", "Answers that the outcome is not known yet.", n.Unknown.Load())
	count("sends_total", "Orders and tombstones published to shops.", n.Sent.Load())
	count("unheard_total", "Sends that reached nobody.", n.Unheard.Load())
	count("refused_total", "Sends that a shop refused for lack of room.", n.Refused.Load())
	count("taken_over_total", "Records carried on because nobody did.", n.TakenOver.Load())
	count("contradicted_total", "Acceptances of what was certain not to be made. Must stay 0.", n.Contradicted.Load())
	count("doubts_total", "Orders that a person has to decide.", n.Doubts.Load())
	count("unsure_writes_total", "Writes of which it was not known whether they got through.", n.Unsure.Load())
	count("shown_total", "Shops of which another router told when this one started; 0 is that it read the stream.", n.Shown.Load())
	count("garbled_total", "Messages of shops that could not be read.", n.Garbled.Load())
	count("made_total", "Orders that shops have given out, as their events say.", n.Made.Load())
	count("refused_offered_total", "Refusals that named another shop or time.", n.Offered.Load())
	count("refused_bare_total", "Refusals that had nothing to name.", n.Bare.Load())
	count("events_total", "Events kept.", n.Events.Load())
	shops := map[string]int{"fresh": 0, "silent": 0}
	backlog := 0
	for _, s := range f.router.Stores(f.api.now()) {
		if s.Fresh {
			shops["fresh"]++
			backlog += s.Backlog
		} else {
			shops["silent"]++
		}
	}
	gauge := func(name, help string, value float64, labels ...string) {
		names := []string{"state"}[:len(labels)]
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("weir_fleet_"+name, help, names, nil), prometheus.GaugeValue, value, labels...)
	}
	for state, v := range shops {
		gauge("shops", "Shops of the directory.", float64(v), state)
	}
	gauge("backlog_cups", "Cups that fresh shops have to make.", float64(backlog))
	gauge("routers", "Routers that are there.", float64(f.router.Peers()))
}
