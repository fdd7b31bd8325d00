# cmake -DPREFIX=FOLDER -DCOMPILER=PROGRAM -DBUILD=FOLDER -P pkg_config_test.cmake
#
# Builds the consumers' programs with what pkg-config says of breakerbox in PREFIX, which has moved since, and runs them.
cmake_minimum_required(VERSION 3.25)

find_program(pkg_config NAMES pkg-config pkgconf)
if(NOT pkg_config)
    message("SKIPPED: there is no pkg-config here")
    return()
endif()

file(REMOVE_RECURSE ${BUILD})
file(COPY ${PREFIX}/ DESTINATION ${BUILD}/moved)
cmake_path(APPEND BUILD moved/share/pkgconfig OUTPUT_VARIABLE place)
# Beside the places that pkg-config knows, where hiredis and OpenSSL are.
set(ENV{PKG_CONFIG_PATH} ${place})

function(ask result)
    execute_process(COMMAND ${pkg_config} ${ARGN} OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE
                    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(said UNIX_COMMAND "${said}")
    set(${result} ${said} PARENT_SCOPE)
endfunction()

set(package_of_main breakerbox)
set(package_of_redis breakerbox-redis)
set(package_of_redis_tls breakerbox-redis-tls)
foreach(program IN ITEMS main redis redis_tls)
    ask(flags --cflags --libs ${package_of_${program}})
    if(program STREQUAL "main" AND flags MATCHES "hiredis|ssl")
        message(FATAL_ERROR "breakerbox alone needs neither hiredis nor OpenSSL")
    endif()
    execute_process(COMMAND ${COMPILER} -std=c++20 ${CMAKE_CURRENT_LIST_DIR}/${program}.cpp -o ${BUILD}/${program} ${flags}
                    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${BUILD}/${program} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
