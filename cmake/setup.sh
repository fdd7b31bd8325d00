# shellcheck shell=bash
# Sourced by examples/run, tests/run, docs/build and .ci/run.
#
#   install_missing NEED...     a NEED is a key of the table below
#
# Installs what the machine lacks and leaves alone what it has, by whatever means that came. On a system whose
# packages this file doesn't know, it says what to install by hand and exits with status 2.

declare -A purpose=(
    [g++]="g++ 12 or newer, the compiler"
    [cmake]="CMake 3.25 or newer, the build system"
    [ninja]="Ninja, which runs the build"
    [pkg-config]="pkg-config, by which a program without CMake finds the library"
    [boost]="Boost 1.83 or newer with its CMake files, what the library stands on"
    [catch2]="Catch2 3, the tests' framework"
    [rapidcheck]="rapidcheck, which makes the random cases that properties are tested with"
    [hiredis]="hiredis 0.14 or newer, which speaks Redis' protocol"
    [openssl]="OpenSSL and its command, for TLS"
    [redis-server]="a Redis server (or Valkey): the tests start their own, on free ports"
    [spdlog]="spdlog, which one of the examples logs with"
    [prometheus-cpp]="prometheus-cpp, whose metrics two of the examples keep"
    [benchmark]="Google Benchmark, which measures"
    [valgrind]="Valgrind, which counts instructions"
    [clang++]="clang, the second compiler, as the system has it"
    [clang++-16]="clang 16, the second compiler and the oldest clang"
    [clang++-19]="clang 19 and its sanitizers: older ones break coroutines that move between threads"
    [libc++]="libc++ 19, another standard library, for clang 19"
    [clang-format-16]="clang-format 16, which checks the formatting"
    [shellcheck]="shellcheck, which checks the scripts"
    [chromium]="Chromium, in which the gateway's page is tested"
    [doxygen]="Doxygen, which makes the reference"
)
declare -A package=(
    [g++]=g++
    [cmake]=cmake
    [ninja]=ninja-build
    [pkg-config]=pkg-config
    [boost]=libboost-dev
    [catch2]=catch2
    [rapidcheck]=librapidcheck-dev
    [hiredis]=libhiredis-dev
    [openssl]="libssl-dev openssl"
    [redis-server]=redis-server
    [spdlog]=libspdlog-dev
    [prometheus-cpp]=prometheus-cpp-dev
    [benchmark]=libbenchmark-dev
    [valgrind]=valgrind
    [clang++]=clang
    [clang++-16]="clang-16 libclang-rt-16-dev"
    [clang++-19]="clang-19 libclang-rt-19-dev"
    [libc++]="libc++-19-dev libc++abi-19-dev"
    [clang-format-16]=clang-format-16
    [shellcheck]=shellcheck
    [chromium]=chromium
    [doxygen]=doxygen
)

fail() {
    echo "$*" >&2
    exit 2
}

has() {
    command -v "$1" >/dev/null
}

# at_least 3.25 3.31.6
at_least() {
    printf '%s\n%s\n' "$1" "$2" | sort --version-sort --check=silent
}

# cmake_finds Boost 1.83 CONFIG: asks as the build will, so that a copy in CMAKE_PREFIX_PATH counts as well. Without a
# version any will do: not all packages tell theirs.
cmake_finds() {
    local probe found=1
    has_need g++ && has_need cmake && has_need ninja || return 1
    probe=$(mktemp -d)
    printf '%s\n' "cmake_minimum_required(VERSION 3.25)" "project(probe LANGUAGES CXX)" \
        "find_package($* REQUIRED)" >"$probe/CMakeLists.txt"
    cmake -S "$probe" -B "$probe/build" -G Ninja -DCMAKE_CXX_COMPILER=g++ "-DCMAKE_MODULE_PATH=$PWD/cmake" >/dev/null 2>&1 || found=0
    rm -rf "$probe"
    ((found))
}

has_need() {
    case $1 in
    g++) has g++ && at_least 12 "$(g++ -dumpversion)" ;;
    cmake) has cmake && at_least 3.25 "$(cmake --version | sed -n '1s/.* //p')" ;;
    boost) cmake_finds Boost 1.83 CONFIG ;;
    catch2) cmake_finds Catch2 3 CONFIG ;;
    rapidcheck) cmake_finds rapidcheck CONFIG ;;
    hiredis) cmake_finds hiredis 0.14 MODULE ;;
    openssl) has openssl && cmake_finds OpenSSL ;;
    redis-server) has "${BREAKERBOX_REDIS_SERVER-redis-server}" || has valkey-server ;;
    spdlog) cmake_finds spdlog CONFIG ;;
    prometheus-cpp) cmake_finds prometheus-cpp CONFIG ;;
    benchmark) cmake_finds benchmark CONFIG ;;
    libc++) has clang++-19 && clang++-19 -stdlib=libc++ -x c++ -fsyntax-only - <<<'#include <string>' 2>/dev/null ;;
    *) has "$1" ;;
    esac
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# apt-get's pages of progress are worth reading only where it fails. A machine that was just started may be
# updating itself: that is waited for.
apt_get() {
    local log status=0
    log=$(mktemp)
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 || status=$?
    ((status == 0)) || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

# The places in apt's sources, as FILE:NUMBER RELEASE, where this machine gets the packages of an origin and a codename.
apt_sources() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(SOURCESENTRY) $(RELEASE)' "Created-By: Packages" "Component: main" \
        "Origin: $1" "Codename: $2"
}

# Debian 12's backports, from the mirror that serves Debian 12 itself: its entry is copied with the other release, so
# that whatever options it has stay (a key, an architecture).
enable_backports() {
    local backports=bookworm-backports place release file number added
    [[ -z $(apt_sources "Debian Backports" $backports) ]] || return 0
    read -r place release < <(apt_sources Debian bookworm) ||
        fail "Found no apt source of Debian 12 whose mirror could serve $backports: please enable that by hand."
    file=${place%:*} number=${place##*:}
    added=/etc/apt/sources.list.d/breakerbox-$backports.${file##*.}
    echo "Adding $added, with the mirror in $file."
    case $file in
    *.sources)
        # An entry is a paragraph with more than comments in it.
        awk -v RS= -v number="$number" -v backports=$backports '
            /(^|\n)[^#\n]/ && ++count == number {
                sub(/Suites:[^\n]*(\n[ \t][^\n]*)*/, "Suites: " backports)
                print
            }' "$file"
        ;;
    *) sed -nE "${number}s|[[:space:]]${release}[[:space:]]| $backports |p" "$file" ;;
    esac | as_root tee "$added" >/dev/null
    apt_get update || true
    [[ -n $(apt_sources "Debian Backports" $backports) ]] || {
        as_root rm "$added"
        fail "The mirror in $file does not serve $backports: please enable that by hand."
    }
}

install_missing() {
    local need missing=() system
    for need in "$@"; do
        has_need "$need" || missing+=("$need")
    done
    ((${#missing[@]})) || return 0

    echo "To go on, this machine needs:"
    for need in "${missing[@]}"; do
        echo "  - ${purpose[$need]}"
    done

    # Debian's testing and unstable have no number.
    system=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${VERSION_ID-}") || true
    case $system in
    "debian 12")
        package[boost]=libboost1.83-dev/bookworm-backports
        package[catch2]=catch2/bookworm-backports
        ;;
    "debian 1"[3-9] | "debian " | "ubuntu 2"[4-9].*) ;;
    *) fail "How to install that here is not known to this script (it knows Debian 12 and newer, Ubuntu 24.04" \
        "and newer). Please install it by hand, then run this again." ;;
    esac

    local packages=() names
    for need in "${missing[@]}"; do
        read -ra names <<<"${package[$need]}"
        packages+=("${names[@]}")
    done
    ((EUID == 0)) || has sudo || fail "Installing needs root or sudo. As root: apt-get install ${packages[*]}"

    echo "Installing ${packages[*]} with apt-get; this takes a minute or two."
    # One broken source among others need not matter: where it does, the installation says so.
    apt_get update || true
    [[ ${packages[*]} != *-backports* ]] || enable_backports
    # --no-remove: rather fail than take away what somebody else has installed.
    apt_get install --no-install-recommends --no-remove "${packages[@]}" ||
        fail "apt-get could not install ${packages[*]}: please install that by hand, then run this again."
}
