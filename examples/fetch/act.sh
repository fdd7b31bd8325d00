# shellcheck shell=bash
# Sourced by the demos, which end non-zero unless all goes as it should:
#
#   act HEADING STATUS PROGRAM [ARGUMENT...]    runs a program of the folder $programs, which must end with that status
#   must_have_said WORDS...                     each of them must be in what it said

shopt -s lastpipe # a loop at the end of a pipe keeps its variables

went_wrong() {
    echo "This went wrong: $*" >&2
    exit 1
}

act() {
    local heading=$1 expected=$2 status=0 line
    shift 2
    program=$1
    printf '\n=== %s\n$ %s\n' "$heading" "$*"
    output=
    "${programs:?}/$program" "${@:2}" | while IFS= read -r line; do
        printf '%s\n' "$line"
        output+=$line$'\n'
    done || status=$?
    ((status == expected)) || went_wrong "$program ended with status $status instead of $expected"
}

must_have_said() {
    local words
    for words in "$@"; do
        [[ $output == *"$words"* ]] || went_wrong "$program did not say '$words'"
    done
}
