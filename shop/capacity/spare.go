package capacity

// StationsMax is how many stations of a line are looked at each by itself. In a longer line all from the last of these on
// count as one, which is as loaded as the most loaded of them.
const StationsMax = 6

// Spare is by how much work is lighter at each station of a line than it is at its heaviest, in hundredths of a standard
// cup. The time that work keeps a station busy is the work less what it spares the station. So cups that are slow at
// different stations are not counted as if they all were slow at one. The zero value spares nothing: work of which no
// more is known is as heavy everywhere.
type Spare [StationsMax]int32

// Plus is the sum of two.
func (s Spare) Plus(o Spare) Spare {
	for i := range s {
		s[i] += o[i]
	}
	return s
}

// minus is s less another.
func (s Spare) minus(o Spare) Spare {
	for i := range s {
		s[i] -= o[i]
	}
	return s
}

// signed is s to be added (sign 1) or taken out (sign -1).
func (s Spare) signed(sign int) Spare {
	if sign < 0 {
		return Spare{}.minus(s)
	}
	return s
}

// part is what slot i of n gets of it; see [part].
func (s Spare) part(i, n int) Spare {
	if n == 1 {
		return s
	}
	for k := range s {
		s[k] = int32(part(Work(s[k]), i, n))
	}
	return s
}

// Over is an n-th of it, rounded down.
func (s Spare) Over(n int) Spare {
	for i := range s {
		s[i] /= int32(n)
	}
	return s
}

// Demand is work and what it spares each station.
type Demand struct {
	Work  Work
	Spare Spare
}

// Plus is the sum of two.
func (d Demand) Plus(o Demand) Demand { return Demand{d.Work + o.Work, d.Spare.Plus(o.Spare)} }

// Less is d without another.
func (d Demand) Less(o Demand) Demand { return Demand{d.Work - o.Work, d.Spare.minus(o.Spare)} }

// stationRates is a figure for each station. It is in work per minute where it is a rate.
type stationRates [StationsMax]float64

// strainMax bounds how much longer work may take at a station than by the rate of the line. It is met by a station that
// the reference item does not need and where next to nobody is.
const strainMax = 4.0

// weigh is the work that takes the line as long as this keeps its most loaded station busy, with those who are there about
// now.
func (m *moment) weigh(work Work, spare *Spare) Work {
	if *spare == (Spare{}) && m.even {
		return work
	}
	most := 0.0
	for i := range m.stations {
		most = max(most, float64(work-Work(spare[i]))*m.strain[i])
	}
	return Work(most + 0.5)
}

// evenly is the same figure for each station.
func evenly(figure float64) (all stationRates) {
	for i := range all {
		all[i] = figure
	}
	return all
}

// online is the work due now from channels, as it weighs.
func (m *moment) online() Work { return m.weigh(m.load.online, &m.load.spares.online) }

// excess is what the counter has due beyond its reserve.
func (m *moment) excess() Work {
	return max(0, m.weigh(m.load.walkIn, &m.load.spares.walkIn)-m.set.Reserve)
}

// backlog is all work that is due now, as it weighs: what is heavy at different stations is made side by side.
func (m *moment) backlog() Work {
	if m.load.spares == (spares{}) && m.even {
		return m.load.online + m.load.walkIn
	}
	both := m.load.spares.online.Plus(m.load.spares.walkIn)
	return m.weigh(m.load.online+m.load.walkIn, &both)
}

// strains is how much longer work takes at each station than the line's rate says, about now, and whether it is the same
// everywhere.
func (b *Book) strains(now int64) (strain stationRates, even bool) {
	strain, even = b.plan.strains(now), true
	for i := range strain {
		strain[i] = min(strain[i]/b.drag[i], strainMax)
		even = even && strain[i] == 1
	}
	return strain, even
}
