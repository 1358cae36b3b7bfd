#!/bin/sh
# Mutation run: changes one package at one place after another (a < becomes <=, a + becomes -) and counts the changes
# that the package's own tests notice.
#
#	sh bench/mutants.sh                              shop/capacity, an hour or two
#	sh bench/mutants.sh shop                         shop without the packages below it
#	sh bench/mutants.sh shop/capacity grant.go       one file, some minutes
#
# It runs the short tests only (the simulated days are left out), on one processor, politely. The report is left in
# mutants.json of the folder for temporary files. Results and the changes that no test can notice: docs/mutants.md.
set -eu
cd "$(dirname "$0")/.."
tool=github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0

folder=${1:-shop/capacity}
[ $# -eq 0 ] || shift
report=${TMPDIR:-/tmp}/mutants.json

# The tool can only leave out: the packages below the folder and, when files are named, all other files.
set -- "$@" --
exclude="-E /"
wanted=
while [ "$1" != -- ]; do
	wanted="$wanted $1 "
	shift
done
if [ -n "$wanted" ]; then
	for path in "$folder"/*.go; do
		file=$(basename "$path")
		case $wanted in
		*" $file "*) ;;
		*) exclude="$exclude -E ^$file\$" ;;
		esac
	done
fi

# shellcheck disable=SC2086 # a list of options
GOFLAGS="-short -count=1" exec nice -n 19 go run "$tool" unleash "./$folder" $exclude \
	--workers 1 --timeout-coefficient 5 --output-statuses lctv --output "$report"
