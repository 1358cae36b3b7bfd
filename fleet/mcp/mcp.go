// Package mcp lets agents order: a server of the Model Context Protocol over streamable HTTP, with the platform's key. One
// call does what a customer says in one sentence, and each answer is a sentence that can be said to the customer.
//
// The protocol is the SDK's; what an order is and who makes it is the door's and the router's. Nothing is kept between two
// calls.
package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"weir/fleet/route"
	"weir/shop/wire"
)

// Door takes orders as the fleet's HTTP door does; [weir/fleet/api.API] is one.
type Door interface {
	Place(ctx context.Context, router *route.Router, channel string, body []byte) (route.Reply, error)
}

// Path is where agents call.
const Path = "/mcp"

// Agents serves agents.
type Agents struct {
	door Door
	now  func() time.Time
	zone *time.Location
	http http.Handler

	schemas *sdk.SchemaCache // of the tools: a server is made for each call, and reads the same types
}

// New makes the server of a fleet whose clock is now; zone is of the times that customers are told.
func New(door Door, zone *time.Location, now func() time.Time) *Agents {
	a := &Agents{door: door, now: now, zone: zone, schemas: sdk.NewSchemaCache()}
	a.http = sdk.NewStreamableHTTPHandler(func(r *http.Request) *sdk.Server {
		who, ok := r.Context().Value(callerKey{}).(caller)
		if !ok {
			return nil // answered with 400: nobody comes here without a key
		}
		return a.server(who)
	}, &sdk.StreamableHTTPOptions{Stateless: true, JSONResponse: true, MaxRequestBodyBytes: wire.BodyMax,
		// Every call has the platform's key, which no page of another site knows: a name that was made to point here wins
		// nothing, and a proxy on this machine passes other names on.
		DisableLocalhostProtection: true})
	return a
}

// caller is whose key a call has.
type caller struct {
	channel string
	router  *route.Router
}

type callerKey struct{}

// The protocol's header that names its version, and the first version without batches. Without the header the SDK assumes
// the version before and takes a batch, whose calls the channel's quota would count as one.
const (
	versionHeader = "Mcp-Protocol-Version"
	noBatches     = "2025-06-18"
)

// Serve answers a call of a channel whose key has been checked.
func (a *Agents) Serve(c echo.Context, channel string, router *route.Router) error {
	r := c.Request()
	if r.Header.Get(versionHeader) < noBatches { // versions are dates
		r.Header.Set(versionHeader, noBatches)
	}
	a.http.ServeHTTP(c.Response(), r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{channel, router})))
	return nil
}

// server is what a channel can call.
func (a *Agents) server(who caller) *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "weir-fleet", Title: "Weir fleet", Version: "1"}, &sdk.ServerOptions{
		SchemaCache: a.schemas,
		Instructions: "Milk-tea shops of one fleet. Every answer has say, a sentence for the customer in the language of lang. " +
			"What say does not promise is not promised. Places are GCJ-02 degrees.",
	})
	yes, no := true, false
	sdk.AddTool(s, &sdk.Tool{Name: "find_shops", Description: "Shops near a place that take orders now, nearest first, with the time " +
		"until an order would be ready. Changes nothing; safe to repeat.",
		Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: &no}}, tool(a, who, a.find))
	sdk.AddTool(s, &sdk.Tool{Name: "quote", Description: "When these drinks would be ready, at which shop, and what the menu's price is. " +
		"Keeps no room and changes nothing; safe to repeat.",
		Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: &no}}, tool(a, who, a.quote))
	sdk.AddTool(s, &sdk.Tool{Name: "place_order", Description: "Order drinks, in the customer's own words for drink and options, to be " +
		"ready or at the door within so many minutes. Choose a new ref for each new order. The same call with the same ref again is " +
		"safe: it never makes a second order and says how the first one stands. state accepted: a shop makes it. refused: for certain " +
		"nobody makes it, and instead says what is possible. unknown: repeat the same call, or cancel_order with the ref. unclear: ask " +
		"the customer what say asks, nothing was ordered.",
		Annotations: &sdk.ToolAnnotations{DestructiveHint: &no, IdempotentHint: true, OpenWorldHint: &no}}, tool(a, who, a.place))
	sdk.AddTool(s, &sdk.Tool{Name: "order_status", Description: "How an order stands, by its ref. Changes nothing; safe to repeat.",
		Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: &no}}, tool(a, who, a.status))
	sdk.AddTool(s, &sdk.Tool{Name: "cancel_order", Description: "Cancel an order by its ref, while no cup of it is made. The shop decides. " +
		"Safe to repeat. A ref that was never ordered can be cancelled too; an order under it is not made then.",
		Annotations: &sdk.ToolAnnotations{DestructiveHint: &yes, IdempotentHint: true, OpenWorldHint: &no}}, tool(a, who, a.cancel))
	return s
}

// tool makes a call into one of the SDK's. What went wrong is said like every other answer: an agent has to tell the
// customer something.
func tool[In any](a *Agents, who caller, do func(ctx context.Context, who caller, in In) Answer) sdk.ToolHandlerFor[In, Answer] {
	return func(ctx context.Context, _ *sdk.CallToolRequest, in In) (*sdk.CallToolResult, Answer, error) {
		out := do(ctx, who, in)
		text, err := json.Marshal(out)
		if err != nil {
			return nil, out, fmt.Errorf("write the answer: %w", err)
		}
		return &sdk.CallToolResult{IsError: out.State == Unclear, Content: []sdk.Content{
			&sdk.TextContent{Text: out.Say}, &sdk.TextContent{Text: string(text)},
		}}, out, nil
	}
}
