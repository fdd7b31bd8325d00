# cmake -DPROJECT=FOLDER -DBUILD=FOLDER -P consumer_test.cmake -- CONFIGURE_ARGUMENTS...
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/arguments_after_dashes.cmake)

execute_process(COMMAND ${CMAKE_COMMAND} -S ${PROJECT} -B ${BUILD} ${arguments} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} COMMAND_ERROR_IS_FATAL ANY)

# Were a test of breakerbox's own among the consumer's, there would be more than one.
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${BUILD} --output-on-failure
                OUTPUT_VARIABLE said ECHO_OUTPUT_VARIABLE COMMAND_ERROR_IS_FATAL ANY)
if(NOT said MATCHES "100% tests passed, 0 tests failed out of 1\n")
    message(FATAL_ERROR "the consumer has one test, and no other")
endif()

# Who builds breakerbox as a part of something else installs it only by asking for it (BREAKERBOX_INSTALL).
file(REMOVE_RECURSE ${BUILD}/installed)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${BUILD}/installed COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed RELATIVE ${BUILD}/installed ${BUILD}/installed/*)
if(NOT installed STREQUAL "bin/consumer")
    message(FATAL_ERROR "the consumer installs its program, and nothing else. Installed: ${installed}")
endif()
