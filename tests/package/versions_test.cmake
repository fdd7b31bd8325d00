# cmake -DPROJECT=FOLDER -P versions_test.cmake
#
# Each place that tells the version tells that of version.hpp, or of its interface: major and minor.
cmake_minimum_required(VERSION 3.25)

file(STRINGS ${PROJECT}/include/breakerbox/version.hpp version REGEX "^#define BREAKERBOX_VERSION_(MAJOR|MINOR|PATCH) ")
list(TRANSFORM version REPLACE ".* " "")
list(JOIN version "." version)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" interface ${version})

# tells(VERSION FILE BEFORE): what stands behind BEFORE, a regular expression, in FILE, is always VERSION; and it stands
# there at all.
function(tells expected file before)
    file(READ ${PROJECT}/${file} text)
    string(REGEX MATCHALL "${before}[0-9]+\\.[0-9.]*[0-9]" found "${text}")
    if(NOT found)
        message(SEND_ERROR "${file}: no version stands behind '${before}' any more")
    endif()
    foreach(place IN LISTS found)
        string(REGEX MATCH "[0-9.]+$" told "${place}")
        if(NOT told STREQUAL expected)
            message(SEND_ERROR "${file} says '${place}', where version.hpp says ${version}")
        endif()
    endforeach()
endfunction()

tells(${interface} README.md "find_package\\(breakerbox ")
tells(${version} README.md "breakerbox/")
tells(${interface} tests/package/installed/CMakeLists.txt "find_package\\(breakerbox ")
tells(${interface} tests/package/own_hiredis/CMakeLists.txt "find_package\\(breakerbox ")
tells(${version} cmake/packaging/vcpkg/ports/breakerbox/vcpkg.json "\"version\": \"")

# The newest of the changelog.
file(STRINGS ${PROJECT}/CHANGELOG.md releases REGEX "^## [0-9]")
list(GET releases 0 newest)
if(NOT newest MATCHES "^## ${version} - ")
    message(SEND_ERROR "CHANGELOG.md begins with '${newest}', where version.hpp says ${version}")
endif()
