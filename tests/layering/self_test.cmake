# cmake -DSCRATCH=FOLDER -P self_test.cmake
#
# The layering test must be able to fail: here it must, for the reason given.
cmake_minimum_required(VERSION 3.25)

function(check result header line)
    file(REMOVE_RECURSE ${SCRATCH})
    file(WRITE ${SCRATCH}/breakerbox/${header} "${line}\n")
    execute_process(COMMAND ${CMAKE_COMMAND} -DINCLUDE=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/layering_test.cmake
                    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
    string(REGEX REPLACE "[ \n]+" " " said "${said}") # CMake wraps its messages
    set(${result} "${status}: ${said}" PARENT_SCOPE)
endfunction()

function(accepts header line)
    check(answer ${header} "${line}")
    if(NOT answer MATCHES "^0: ")
        message(SEND_ERROR "'${line}' in ${header} should pass. Answer: ${answer}")
    endif()
endfunction()

function(refuses header line reason)
    check(answer ${header} "${line}")
    if(NOT answer MATCHES "^1: .*${reason}")
        message(SEND_ERROR "'${line}' in ${header} should be refused with '${reason}'. Answer: ${answer}")
    endif()
endfunction()

accepts(retrier.hpp "#include <breakerbox/stop.hpp>")
accepts(stop.hpp "#include <breakerbox/attempt.hpp>")
accepts(breakerbox.hpp "#include <boost/asio/awaitable.hpp>")
refuses(wait.hpp "#include <breakerbox/memory_store.hpp>" "wait.hpp .* may not include memory_store.hpp")
refuses(rule/failure_count.hpp "#  include <breakerbox/memory_store.hpp>" "may not include memory_store.hpp")
refuses(retrier.hpp "#include <breakerbox/circuit_breaker.hpp>" "by a concept alone")
refuses(breakerbox.hpp "#include <breakerbox/testing.hpp>" "may not include testing.hpp")
refuses(version.hpp "#include <boost/asio.hpp>" "may not include boost/asio.hpp")
refuses(version.hpp "#include <hiredis/hiredis.h>" "may not include hiredis/hiredis.h")
refuses(retrier.hpp "#include \"stop.hpp\"" "must name its header in <>")
refuses(unheard_of.hpp "" "unheard_of.hpp stands on no floor")
refuses(unheard/of.hpp "" "unheard/of.hpp stands on no floor")
