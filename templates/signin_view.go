package templates

// Pair is where a tablet is let in.
type Pair struct {
	Page
	Device      string // what this device is called; "" is not paired yet
	Error       string
	Code, Name  string // as typed before
	Names       []string
	Back        string
	Fingerprint string // of the shop's own authority; "" is none
	Plain       bool   // over plain HTTP: what is typed can be read on the Wi-Fi
}

// SignIn is where a person gives a PIN.
type SignIn struct {
	Page
	Device string
	Error  string
	People []Person
	Signed string // who is signed in now; "" is nobody
	Back   string
}

// Person is somebody to choose.
type Person struct {
	ID, Name, Role string
	Chosen         bool
}

// OwnerSignIn is where the owner gives the password, at first or again.
type OwnerSignIn struct {
	Page
	Error  string
	Again  bool   // to show that the owner is still the one holding the phone
	Signed string // who is signed in and may not do this; "" is nobody
	Crew   string // where managers sign in with a PIN; "" is nowhere
	PIN    bool   // the one to be given again is a PIN
	Back   string
}

// OwnerSetup is where the owner's password is set with a code from the box itself.
type OwnerSetup struct {
	Page
	Error      string
	Code, Name string
	Back       string
	Command    string // that prints a code
}
