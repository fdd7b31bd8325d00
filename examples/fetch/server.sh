# shellcheck shell=bash
# Sourced by what needs the demo server:
#
#   start_server PROGRAMS    starts the one in that folder; sets $address to where it listens
#   end_server               ends it, and fails unless it ended well
#
# Whoever leaves without end_server leaves no server behind.

server=

start_server() {
    local output line=
    exec {output}< <(exec "$1/demo_server")
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    read -r -t 20 line <&"$output" || true
    exec {output}<&-
    [[ $line == "listening on "* ]] || {
        echo "The demo server did not start." >&2
        return 1
    }
    # shellcheck disable=SC2034
    address=${line#listening on }
}

end_server() {
    trap - EXIT
    kill "$server"
    wait "$server" || {
        echo "The demo server ended with status $?." >&2
        return 1
    }
}
