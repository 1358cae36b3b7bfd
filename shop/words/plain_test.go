package words

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

// technical finds words that people in a shop do not use: names of protocols, of formats and of parts of the program.
var technical = regexp.MustCompile(`(?i)\b(mqtt|https?|json|yaml|api|sqlite|ids?|urls?|tls|sha-?\d*|utf-?\d*|gbk|broker|brokers|epoch|` +
	`hash|token|ref|lease|leases|standard cups?|cursor|backlog|spool|provisional)\b|标准杯|哈希|授信|纪元|游标|代理|密文|接口地址`)

// command finds commands of a terminal, which only a person who installs the box can type.
var command = regexp.MustCompile(`\bweir(-fleet)? [a-z]+`)

// forOthers are the rooms whose readers write programs, edit a shop.yaml or read a simulation, and not people who work in a shop.
var forOthers = []string{"problem", "simulation", "city_simulation", "language", "agent", "first_file"}

// atTheBox are the texts for whoever installs a box and stands in front of it.
var atTheBox = []string{
	"fleet_page.no_shops", "owner_page.no_password_set_open", "sign_in.trial_gives_nothing_that_lasts", "sign_in.the_owners_page_under",
	"sign_in.password_forgotten_weir_pair", "start.open_on_this_machine",
}

// inFiles are the texts about a file that a platform made: its column is called so there, and programs for tables call their format so.
var inFiles = map[string]string{
	"settlement.utf_8_or_gbk":          "ref",
	"file_fault.number_column_missing": "ref",
}

// spreadsheet is how programs for tables call the format that can be read.
const spreadsheet = "CSV UTF-8"

// notPlain is what of a text a person in a shop would not understand, "" if nothing is.
func notPlain(id, text string) string {
	room, _, _ := strings.Cut(id, ".")
	if slices.Contains(forOthers, room) {
		return ""
	}
	if found := technical.FindString(strings.ReplaceAll(text, spreadsheet, "")); found != "" && found != inFiles[id] {
		return found
	}
	if !slices.Contains(atTheBox, id) {
		return command.FindString(text)
	}
	return ""
}

// TestNobodyInTheShopReadsTechnicalWords: pages, papers and alerts say what people in a shop say.
func TestNobodyInTheShopReadsTechnicalWords(t *testing.T) {
	for _, l := range All() {
		for _, id := range slices.Sorted(maps.Keys(catalogues[l].texts)) {
			for _, text := range catalogues[l].texts[id] {
				if found := notPlain(id, text); found != "" {
					t.Errorf("%s: %s says %q: %s", l, id, found, text)
				}
			}
		}
	}
	for _, id := range append(slices.Sorted(maps.Keys(inFiles)), atTheBox...) {
		if catalogues[ZH].texts[id][plural.Other] == "" {
			t.Errorf("%s is excepted and is not there", id)
		}
	}
}

// TestTechnicalWordsAreFound is the control of the test above, with sentences that once were on screens.
func TestTechnicalWordsAreFound(t *testing.T) {
	for _, was := range []string{
		"有人冒用本店名义往 MQTT 代理写了消息，没有采信。请叫人", "Back to what shop.yaml says", "只显示这一次。这里只保存它的哈希。",
		"Another box has this shop's id and was here first", "时钟差 3 秒，暂不授信", "如果这台才是门店，运行 weir claim", "文件既不是 UTF-8 也不是 GBK",
	} {
		if notPlain("lights.any", was) == "" {
			t.Errorf("%q passes: the test sees nothing", was)
		}
	}
	for _, is := range []string{"平台已连接", "请另存为 CSV UTF-8", "valid until 12:30", "He did it"} {
		if found := notPlain("lights.any", is); found != "" {
			t.Errorf("%q is stopped for %q", is, found)
		}
	}
}
