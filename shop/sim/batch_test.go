package sim

import (
	"math"
	"testing"
	"time"
)

func batched(saves float64, ahead time.Duration, cups int) func(*Options) {
	return func(o *Options) { o.Batch, o.BatchSaves = &Batch{Ahead: ahead, Cups: cups}, saves }
}

func TestBatchesOvertakeWithinTheBound(t *testing.T) {
	bounded := run(t, options(2, batched(0.2, 4*time.Minute, 12))).Policies[0].Batches
	if bounded.Most > 12 || bounded.Ahead > 240 {
		t.Errorf("overtaken by more than 12 cups or 4 minutes: %+v", bounded)
	}
	if bounded.Overtaken == 0 || bounded.Size < 1.2 {
		t.Errorf("nothing is batched, so the bound proves nothing: %+v", bounded)
	}
	if wide := run(t, options(2, batched(0.2, time.Hour, 200))).Policies[0].Batches; wide.Most <= 12 || wide.Ahead <= 240 {
		t.Errorf("control: nobody is overtaken by more under a wider bound either: %+v", wide)
	}
	if none := run(t, options(1, batched(0.2, 0, 0))).Policies[0].Batches; none.Overtaken != 0 || none.Size <= 1 {
		t.Errorf("neighbours only: %+v", none)
	}
}

func TestBatchesMakeMoreOnlyByWhatTheySave(t *testing.T) {
	single := run(t, options(3)).Policies[0]
	idle := run(t, options(3, batched(0, 4*time.Minute, 12))).Policies[0]
	if d := math.Abs(idle.Made/single.Made - 1); d > 0.01 {
		t.Errorf("batches that save nothing change the cups made by %.1f %%", 100*d)
	}
	saving := run(t, options(3, batched(0.2, 4*time.Minute, 12))).Policies[0]
	if saving.Made < single.Made*1.03 {
		t.Errorf("batches that save a fifth make %v cups, cup by cup it is %v", saving.Made, single.Made)
	}
	for name, r := range map[string]Result{"saving nothing": idle, "saving a fifth": saving} {
		if r.Violations+r.Unsaid != 0 || r.Kept < 0.98 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	first := text(t, run(t, options(1, batched(0.2, 4*time.Minute, 12))))
	if again := text(t, run(t, options(1, batched(0.2, 4*time.Minute, 12)))); again != first {
		t.Error("the same seed, and another output")
	}
}

func TestBatchIsRead(t *testing.T) {
	var b Batch
	if err := b.UnmarshalText([]byte("4m/12")); err != nil || b != (Batch{4 * time.Minute, 12}) {
		t.Errorf("%+v, %v", b, err)
	}
	for _, wrong := range []string{"", "4m", "4/12", "-1m/12", "4m/-1", "4m/x", "24h/12"} {
		if new(Batch).UnmarshalText([]byte(wrong)) == nil {
			t.Errorf("batch %q is read", wrong)
		}
	}
	for name, change := range map[string]func(*Options){
		"saves all":              batched(1, time.Minute, 1),
		"saves without a batch":  func(o *Options) { o.BatchSaves = 0.2 },
		"saves not even a share": batched(math.NaN(), time.Minute, 1),
	} {
		if _, err := Run(options(1, change)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
