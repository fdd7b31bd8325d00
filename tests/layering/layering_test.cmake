# cmake -DINCLUDE=FOLDER -P layering_test.cmake
#
# Holds the headers in FOLDER/breakerbox against the floors of the house. A header's folder is its floor. It includes
# headers of its own floor, and of those that are named here; the detail/ of another floor it never includes.
cmake_minimum_required(VERSION 3.25)

# A floor, and the floors below it on which it may stand.
set(floors base rule policy store breaker budget retry redis/lua redis/connection redis/store doors)
set(base_on)
set(rule_on base)
set(policy_on base)
set(store_on base rule)
set(breaker_on base rule store)
set(budget_on base policy)
set(retry_on base policy budget) # it knows the breaker by a concept alone
set(redis/lua_on) # scripts, as texts
set(redis/connection_on base)
set(redis/store_on base rule store redis/lua redis/connection)
# What users include, in no folder, and what one of these may include of the others.
set(doors_on base rule policy store breaker budget retry redis/lua redis/connection redis/store)
set(doors_to_doors "breakerbox.hpp version.hpp" "redis.hpp breakerbox.hpp")

# What the floors alone would allow: the breaker knows its store by a concept.
set(strangers "breaker/.* store/memory_store\\.hpp")

# Whole Asio takes more than twice the time to compile.
set(never "boost/asio\\.hpp")

# Forced on nobody who doesn't ask for it: what is included, and the only headers that may include it.
set(optional "hiredis.*" "boost/asio/ssl.*|openssl/.*" "breakerbox/redis(/.*|\\.hpp)" "breakerbox/redis(/connection/|_)tls\\.hpp")
set(optional_for "redis/.*" "redis/connection/tls\\.hpp" "redis(/.*|_tls\\.hpp|\\.hpp)" "redis_tls\\.hpp")

function(find_floor result header)
    set(floor doors)
    if(header MATCHES "^(.+)/[^/]+$")
        string(REGEX REPLACE "/detail$" "" floor "${CMAKE_MATCH_1}")
    endif()
    if(NOT floor IN_LIST floors)
        message(SEND_ERROR "${header} stands on no floor: give its folder one in layering_test.cmake")
        set(floor unknown)
    endif()
    set(${result} ${floor} PARENT_SCOPE)
endfunction()

foreach(floor IN LISTS floors)
    foreach(below IN LISTS ${floor}_on)
        list(FIND floors ${floor} own)
        list(FIND floors ${below} other)
        if(NOT other LESS own OR other EQUAL -1)
            message(FATAL_ERROR "'${below}' is no floor below '${floor}'")
        endif()
    endforeach()
endforeach()

file(GLOB_RECURSE headers RELATIVE ${INCLUDE}/breakerbox ${INCLUDE}/breakerbox/*)
if(NOT headers)
    message(FATAL_ERROR "no headers in ${INCLUDE}/breakerbox")
endif()

foreach(header IN LISTS headers)
    find_floor(own_floor ${header})
    file(STRINGS ${INCLUDE}/breakerbox/${header} includes REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS includes)
        if(NOT line MATCHES "include[ \t]*<([^>]+)>")
            message(SEND_ERROR "${header}: '${line}' must name its header in <>")
            continue()
        endif()
        set(included "${CMAKE_MATCH_1}")
        foreach(guest hosts IN ZIP_LISTS optional optional_for)
            if(included MATCHES "^(${guest})$" AND NOT header MATCHES "^(${hosts})$")
                message(SEND_ERROR "${header} may not include ${included}: it is there only for those who ask for it")
            endif()
        endforeach()
        if(included MATCHES "^(${never})$")
            message(SEND_ERROR "${header} may not include ${included}")
        elseif(included MATCHES "^breakerbox/(.+)$")
            set(included "${CMAKE_MATCH_1}")
            find_floor(floor ${included})
            foreach(pair IN LISTS strangers)
                if("${header} ${included}" MATCHES "^(${pair})$")
                    message(SEND_ERROR "${header} may not include ${included}: it knows of it by a concept alone")
                endif()
            endforeach()
            if("${header} ${included}" IN_LIST doors_to_doors OR own_floor STREQUAL "unknown" OR floor STREQUAL "unknown")
                continue()
            elseif(floor STREQUAL own_floor AND NOT floor STREQUAL "doors")
                continue()
            elseif(NOT floor IN_LIST ${own_floor}_on)
                message(SEND_ERROR "${header} (${own_floor}) may not include ${included} (${floor})")
            elseif(included MATCHES "(^|/)detail/")
                message(SEND_ERROR "${header} may not include ${included}: it is a detail of another floor")
            endif()
        endif()
    endforeach()
endforeach()
