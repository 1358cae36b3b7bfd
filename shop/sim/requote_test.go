package sim

import "testing"

// TestATimeToldAgainComesTrue: of the times that are told again after acceptance nine of ten come true. On days on which
// many promises are about to break more do, because a change that is told is at least three minutes.
func TestATimeToldAgainComesTrue(t *testing.T) {
	for name, most := range map[string]float64{"": 0.95, "lunch": 1} {
		o := options(4, func(o *Options) {
			if name != "" {
				scenario(t, name)(o)
			}
		})
		config, err := o.shop()
		if err != nil {
			t.Fatal(err)
		}
		var come, all int
		for seed := range uint64(o.Days) {
			days, err := o.play(config, seed+1, false)
			if err != nil {
				t.Fatal(err)
			}
			come, all = come+days[0].requoted[0], all+days[0].requoted[1]
		}
		if share := float64(come) / float64(all); all < 50 || share < 0.86 || share > most {
			t.Errorf("%q: %d of %d times told again came true, %.3f", name, come, all, share)
		}
	}
}
