package main

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // PocketBase's own tables
	"github.com/pocketbase/pocketbase/tools/types"
	_ "modernc.org/sqlite" // the driver "sqlite", the same one Weir uses
)

// pocketbasePragmas are PocketBase's own, but for synchronous: its NORMAL may lose acknowledged orders when the
// power goes, and what is compared must promise the same.
const pocketbasePragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)" +
	"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)"

// servePocketBase runs PocketBase with one collection that holds what a Weir order row holds, open to everybody and
// without a request log, which is all in its favour.
func servePocketBase(dir, addr string) error {
	app := core.NewBaseApp(core.BaseAppConfig{
		DataDir: dir,
		DBConnect: func(path string) (*dbx.DB, error) {
			return dbx.Open("sqlite", path+pocketbasePragmas)
		},
	})
	if err := app.Bootstrap(); err != nil {
		return fmt.Errorf("start PocketBase: %w", err)
	}
	if err := app.RunAllMigrations(); err != nil {
		return fmt.Errorf("make PocketBase's tables: %w", err)
	}
	app.Settings().Logs.MaxDays = 0
	if err := app.Save(app.Settings()); err != nil {
		return fmt.Errorf("turn the request log off: %w", err)
	}
	if err := app.Save(orderCollection()); err != nil {
		return fmt.Errorf("make the collection: %w", err)
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: addr})
}

func orderCollection() *core.Collection {
	orders := core.NewBaseCollection("orders")
	orders.CreateRule = types.Pointer("")
	for _, name := range []string{"channel", "ref", "state", "day"} {
		orders.Fields.Add(&core.TextField{Name: name, Required: true})
	}
	for _, name := range []string{"cups", "total_fen", "paid_fen", "subsidy_fen"} {
		orders.Fields.Add(&core.NumberField{Name: name, OnlyInt: true})
	}
	orders.Fields.Add(&core.DateField{Name: "accepted_at"}, &core.JSONField{Name: "doc"}, &core.JSONField{Name: "person"})
	orders.AddIndex("orders_ref", true, "channel, ref", "")
	orders.AddIndex("orders_day", false, "day, channel", "")
	return orders
}
