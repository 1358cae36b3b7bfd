package printer

// Voice is how much a printer tells. It is found out by asking: on connecting, and before the first job of a connection.
type Voice string

// The voices there are.
const (
	VoiceUnknown Voice = ""            // not asked yet
	VoiceMute    Voice = "mute"        // never answers: nobody knows what is on paper
	VoiceAnswers Voice = "answers"     // answers questions; whether it confirms jobs is not known yet
	VoiceNoFence Voice = "no-fence"    // answers questions, and confirms no job
	VoiceFence   Voice = "fence"       // confirms jobs, in the order they were sent
	VoiceNamed   Voice = "named-fence" // confirms jobs by their number
	VoiceIdle    Voice = "idle"        // says when it has nothing left to do, and that confirms the jobs it was sent
)

// Answers tells whether the printer has ever answered. The silence of one that has is a fault; of another, its nature.
func (v Voice) Answers() bool { return v != VoiceUnknown && v != VoiceMute }

// Confirms tells whether the printer says when a job is through.
func (v Voice) Confirms() bool { return v == VoiceFence || v == VoiceNamed || v == VoiceIdle }

// remains is what earlier connections may have left in the printer. A later one includes those before it.
type remains int

const (
	settled     remains = iota // nothing: a fence of this connection has come back
	unsynced                   // nothing that we know of, but no fence has come back on this connection
	fencesDue                  // fences of an earlier connection may still come
	halfCommand                // an earlier connection may have broken off in the middle of a command
	halfJob                    // … in the middle of a job
)
