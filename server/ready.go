package main

import (
	"weir/server/alarm"
	"weir/server/api"
	"weir/shop/words"
)

// checks are the parts of the box as readyz names them: its lights, and what is wrong now, in English.
func checks(a *alarm.Alarms) []api.Check {
	if a == nil {
		return nil // the shop is being opened
	}
	var all []api.Check
	for _, light := range a.Lights(words.EN) {
		c := api.Check{Name: light.Name, OK: light.OK}
		if !light.OK {
			c.Say = light.Word
		}
		all = append(all, c)
	}
	for _, t := range a.Things() {
		all = append(all, api.Check{Name: string(t.Kind), Say: t.Text(words.EN)})
	}
	return all
}
