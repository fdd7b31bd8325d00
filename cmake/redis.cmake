# breakerbox::redis, the store in Redis, is defined where hiredis is found, and breakerbox::redis_tls where OpenSSL is
# found as well. Who uses neither needs neither: that they are missing is told, and is no error.

# Where its needs are not met such a target has no name that could be linked, but its headers are installed all the
# same: find_package(breakerbox COMPONENTS ...) looks again, on the machine where it is asked.
function(add_redis_target name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "NEEDS;NEEDS_MET" "HEADERS;LIBRARIES")
    set(target breakerbox_${name})
    add_library(${target} INTERFACE)
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
    target_link_libraries(${target} INTERFACE ${arg_LIBRARIES})
    if(arg_NEEDS_MET)
        add_library(breakerbox::${name} ALIAS ${target})
    else()
        set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS OFF)
        message(STATUS "No target breakerbox::${name}: it needs ${arg_NEEDS}")
    endif()
endfunction()

list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(hiredis ${lowest_hiredis} MODULE ${quietly})
add_redis_target(redis HEADERS ${redis_headers} LIBRARIES breakerbox breakerbox::hiredis
                 NEEDS "hiredis (Debian, Ubuntu: libhiredis-dev)" NEEDS_MET ${hiredis_FOUND})

set(both_found FALSE)
if(hiredis_FOUND)
    find_package(OpenSSL ${quietly})
    set(both_found ${OpenSSL_FOUND})
endif()
add_redis_target(redis_tls HEADERS ${redis_tls_headers} LIBRARIES breakerbox_redis OpenSSL::SSL
                 NEEDS "hiredis and OpenSSL (Debian, Ubuntu: libhiredis-dev, libssl-dev)" NEEDS_MET ${both_found})
