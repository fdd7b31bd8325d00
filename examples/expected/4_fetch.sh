#!/usr/bin/env bash
# Tries fetch, most of it against the demo server, a new one for each case. Ends at the first case that fails.
#
#   4_fetch.sh PROGRAMS REDIS    the folder of the built examples, and a Redis server's URL, as with_redis adds it
set -euo pipefail
programs=$1 redis=$2
# shellcheck source=examples/fetch/server.sh
. "$(dirname "$0")/../fetch/server.sh"

fail() {
    printf 'FAILED: %s\n%s\nfetch ended with status %s and said:\n%s\n' "$case" "$*" "$status" "$said" >&2
    exit 1
}

fetch() {
    local start=${EPOCHREALTIME/[^0-9]/}
    status=0
    said=$("$programs/4_fetch" "$@" 2>&1) || status=$?
    took_ms=$(((${EPOCHREALTIME/[^0-9]/} - start) / 1000))
}

ended_with() {
    ((status == $1)) || fail "The status should be $1."
}

said() {
    [[ $said == *"$1"* ]] || fail "It should say '$1'."
}

# said_times COUNT LINE: LINE without what comes before it, such as the time
said_times() {
    local count
    count=$(grep --count --line-regexp ".*$2" <<<"$said") || true
    ((count == $1)) || fail "It should say '$2' $1 times, not $count times."
}

took_at_least_ms() {
    ((took_ms >= $1)) || fail "It should take at least $1 ms, but took $took_ms ms."
}

# refuses WORDS ARGUMENT...: status 2, nothing on the standard output, and WORDS in the message
refuses() {
    local words=$1
    shift
    case="refuses: fetch $*"
    status=0
    said=$("$programs/4_fetch" "$@" 2>/dev/null) || status=$?
    [[ -z $said ]] || fail "Its standard output should be empty."
    fetch "$@"
    ended_with 2
    said "$words"
}

it() {
    case=$*
    [[ -z $server ]] || end_server
    start_server "$programs"
    site=http://$address
    # Nothing listens there: the server has this port on 127.0.0.1 alone.
    nobody=http://127.0.0.9:${address##*:}
}

it "gets a URL at the first attempt"
fetch "$site/ok"
ended_with 0
said_times 1 "  attempt 1"
said_times 1 "  HTTP 200, 12 bytes"
said_times 0 "  waiting .*"

it "asks for / where the URL has no path"
fetch "$site"
said "HTTP 404"

it "sends no fragment"
fetch "$site/ok#here"
ended_with 0

it "gets each of several URLs, with a pause between them"
fetch --pause 300ms "$site/ok" "$site/ok"
ended_with 0
said_times 2 "  HTTP 200, 12 bytes"
took_at_least_ms 300

it "ends with status 1 if one of several URLs fails, and gets the others"
fetch "$site/ok" "$site/nothing" "$site/ok"
ended_with 1
said_times 2 "  HTTP 200, 12 bytes"

it "retries a 5xx"
fetch "$site/flaky"
ended_with 0
said_times 2 "  attempt . failed: HTTP 503 Service Unavailable"
said_times 2 "  waiting .*"
said_times 1 "  HTTP 200, 12 bytes"

it "gives up after --attempts"
fetch --attempts 2 "$site/down"
ended_with 1
said_times 2 "  attempt . failed: HTTP 500 Internal Server Error"
said_times 1 "  gave up"

it "does not retry a 4xx"
fetch "$site/nothing"
ended_with 1
said_times 1 "  attempt . failed: HTTP 404 Not Found"
said_times 1 "  not worth another attempt"

it "retries a 429, after the seconds that Retry-After says"
fetch "$site/busy"
ended_with 0
said_times 1 "  attempt . failed: HTTP 429 Too Many Requests"
said_times 1 "  waiting 1\..*s"
took_at_least_ms 1000

it "waits until the date that Retry-After says"
fetch "$site/maintenance"
ended_with 0
said_times 1 "  waiting [12]\..*s"
took_at_least_ms 1000

it "gives up where Retry-After asks for more patience than it has"
fetch "$site/closed"
ended_with 1
said_times 1 "  attempt 1"
said_times 1 "  gave up"

it "retries where nobody listens"
fetch --attempts 3 "$nobody/"
ended_with 1
said_times 3 "  attempt . failed: Connection refused"
said_times 1 "  gave up"

it "retries a connection that was cut off"
fetch --attempts 2 "$site/outage"
ended_with 1
said_times 1 "  attempt 2"

it "retries where no answer comes within --timeout"
fetch --attempts 2 --timeout 200ms "$site/silent"
ended_with 1
said_times 2 "  attempt . failed: the attempt timed out"
took_at_least_ms 400

it "does not read, or ask again for, a body that is too large"
fetch "$site/huge"
ended_with 1
said_times 1 "  attempt . failed: body limit exceeded"
said_times 1 "  not worth another attempt"

it "shares the breaker between the URLs of a host, and keeps hosts apart"
fetch --attempts 4 "$site/down" "$site/ok" "$nobody/"
ended_with 1
said_times 1 "  host '$address' went from closed to open: .*"
said_times 1 "  host '$address' refused a call, .*"
said_times 0 "  HTTP 200, 12 bytes"
said_times 4 "  attempt . failed: Connection refused"

it "shares the breaker with all who name the same Redis"
fetch --store "$redis" "$site/down"
ended_with 1
said_times 4 "  attempt . failed: HTTP 500 Internal Server Error"
said_times 1 "  host '$address' went from closed to open: .*"
fetch --store "$redis" "$site/ok"
ended_with 1
said_times 1 "  host '$address' refused a call, .*"
said_times 0 "  attempt 1"
fetch --store "$redis" --pause 2100ms "$site/ok" "$site/ok"
ended_with 1
said_times 1 "  host '$address' is available again"
said_times 1 "  HTTP 200, 12 bytes"

it "shares nothing with those who keep the breaker in memory"
fetch --store "$redis" "$site/down"
fetch --store memory "$site/ok"
ended_with 0
said_times 1 "  HTTP 200, 12 bytes"

it "goes on in memory where the Redis is not to be reached"
fetch --store "redis://${nobody#http://}" "$site/down" "$site/ok"
ended_with 1
said_times 1 "  the store failed: .*"
said_times 4 "  attempt . failed: HTTP 500 Internal Server Error"
said_times 1 "  host '$address' refused a call, .*"

it "shows its usage when asked to"
fetch --help
ended_with 0
said "usage: fetch"
end_server

refuses "expected a URL"
refuses "'--attempt' is not a flag; expected --attempts N," --attempt 3 http://host/
refuses "--attempts needs a value" http://host/ --attempts
for attempts in 0 -1 three 3x 4294967296 ""; do
    refuses "--attempts must be a number from 1 to 4294967295, but is '$attempts'" --attempts "$attempts" http://host/
done
for timeout in 5 5m -5s 1.5s s ""; do
    refuses "--timeout must be a whole number with its unit, such as 500ms or 2s, but is '$timeout'" \
        --timeout "$timeout" http://host/
done
refuses "--timeout must be more than zero, but is '0s'" --timeout 0s http://host/
refuses "--pause must be a whole number with its unit" --pause soon http://host/
refuses "--store needs a value" http://host/ --store
refuses "the Redis URL's scheme must be redis://" --store memroy http://host/
refuses "the Redis URL's port must be a number from 1 to 65535" --store redis://:s3cret@host:port http://host/
[[ $said != *s3cret* ]] || fail "It should not show the password."
for url in host/path https://host/ ftp://host/ ""; do
    refuses "'$url' is not a URL that can be fetched: it does not begin with http://; expected http://host[:port]" "$url"
done
for port in 0 65536 -1 eighty ""; do
    refuses "its port must be a number from 1 to 65535, but is '$port'; expected" "http://host:$port/"
done
for host in "" user@host "[::1" "h*st"; do
    refuses "its host must consist of letters, digits, '.', '-' and '_', but is '$host'" "http://$host/"
done
refuses "'::g' is not an IPv6 address" "http://[::g]/"
refuses "percent-encoded" "http://host/a path"
refuses "percent-encoded" $'http://host/\r\nInjected: yes'
refuses "'http://host:0/' is not a URL" http://127.0.0.1/ http://host:0/
