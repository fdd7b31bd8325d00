# cmake -DINCLUDE=FOLDER -P layering_test.cmake
#
# Holds the headers in FOLDER/breakerbox against the floors of the house: a header includes headers of its own
# floor and of those below, never of one above.
cmake_minimum_required(VERSION 3.25)

# A name in full goes before a pattern.
set(floor_0 version.hpp config.hpp acquire_options.hpp breaker_state.hpp error.hpp callback.hpp permanent.hpp text_view.hpp host_name.hpp host_status.hpp detail/*
    redis/error.hpp redis/config.hpp redis/url.hpp redis/reply.hpp redis/command.hpp redis/script.hpp redis/connection_event.hpp redis/credentials.hpp redis/detail/*)
set(floor_1 combine.hpp attempt.hpp detail/wait_formulas.hpp detail/fits_operation.hpp outcome.hpp concepts.hpp stop.hpp wait.hpp retry_if.hpp
    result_traits.hpp time_out.hpp detail/outcome_text.hpp attempt_context.hpp retry_after.hpp retry_budget.hpp retry_throttle.hpp budget.hpp redis/connection.hpp redis/tls.hpp)
set(floor_2 rule/*
    redis/lua/* redis/detail/step_request.hpp redis/detail/step_answer.hpp redis/detail/twin_of.hpp redis/detail/rule_twin.hpp)
set(floor_3 change_queue.hpp store.hpp detail/expiry_heap.hpp detail/host_filter.hpp detail/host_table.hpp detail/host_shards.hpp detail/tracked_hosts.hpp memory_store.hpp
    redis/detail/store_health.hpp redis/detail/recovery_pace.hpp redis/detail/local_hosts.hpp redis/detail/shared_hosts.hpp redis/store.hpp)
set(floor_4 breaker_event.hpp permit.hpp circuit_breaker.hpp change_history.hpp)
set(floor_5 breaker_concept.hpp retry_end.hpp retry_error.hpp retry_event.hpp call_report.hpp retrier_options.hpp with_timeout.hpp retrier.hpp
    detail/retry_decisions.hpp detail/retry_call.hpp detail/call_limits.hpp detail/call_record.hpp detail/operation.hpp detail/run_in_time.hpp)
set(floor_6 breakerbox.hpp redis.hpp)
set(floor_7 testing.hpp) # above the umbrella, so that no other header can include it
set(top 7)

# What the floors alone would allow: the retrier knows the breaker by a concept, and the breaker its store.
set(strangers
    "retrier.hpp circuit_breaker.hpp" "retrier.hpp permit.hpp" "detail/retry_call.hpp circuit_breaker.hpp"
    "detail/retry_call.hpp permit.hpp" "circuit_breaker.hpp memory_store.hpp")

# Whole Asio takes more than twice the time to compile.
set(never "boost/asio.hpp")

# Forced on nobody who doesn't ask for it: what is included, and the only headers that may include it.
set(optional "hiredis.*" "boost/asio/ssl.*|openssl/.*" "breakerbox/redis(/.*|\\.hpp)" "breakerbox/redis/tls\\.hpp")
set(optional_for "redis/.*" "redis/tls\\.hpp" "redis(/.*|\\.hpp)" "nobody")

function(find_floor result header)
    string(REGEX REPLACE "/[^/]*$" "/*" pattern "${header}")
    foreach(name IN ITEMS "${header}" "${pattern}")
        foreach(floor RANGE ${top})
            if(name IN_LIST floor_${floor})
                set(${result} ${floor} PARENT_SCOPE)
                return()
            endif()
        endforeach()
    endforeach()
    message(SEND_ERROR "${header} stands on no floor: give it one in layering_test.cmake")
    set(${result} unknown PARENT_SCOPE) # greater than nothing, so that this stays the one complaint
endfunction()

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
            if("${header} ${included}" IN_LIST strangers)
                message(SEND_ERROR "${header} may not include ${included}: it knows of it by a concept alone")
            endif()
            if(floor GREATER own_floor)
                message(SEND_ERROR "${header} (floor ${own_floor}) may not include ${included} (floor ${floor})")
            endif()
        endif()
    endforeach()
endforeach()
