# cmake -DPROJECT=FOLDER -DPORT_DIR=FOLDER -DSCRATCH=FOLDER -P port_test.cmake -- CONFIGURE_ARGUMENTS...
#
# Runs the portfile with stand-ins for vcpkg's functions, which do what vcpkg documents of them, and looks at what it
# leaves for vcpkg to pack. It can tell that paths and options are right, not that vcpkg would be content.
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/../arguments_after_dashes.cmake)

function(vcpkg_check_features)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES;INVERTED_FEATURES")
    set(options "")
    foreach(kind IN ITEMS FEATURES INVERTED_FEATURES)
        while(arg_${kind})
            list(POP_FRONT arg_${kind} feature variable)
            set(value OFF)
            if(feature IN_LIST FEATURES)
                set(value ON)
            endif()
            if(kind STREQUAL "INVERTED_FEATURES" AND value)
                set(value OFF)
            elseif(kind STREQUAL "INVERTED_FEATURES")
                set(value ON)
            endif()
            list(APPEND options -D${variable}=${value})
        endwhile()
    endforeach()
    set(${arg_OUT_FEATURE_OPTIONS} ${options} PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS;MAYBE_UNUSED_VARIABLES")
    cmake_path(COMPARE ${arg_SOURCE_PATH} EQUAL ${PROJECT} is_project)
    if(NOT is_project)
        message(SEND_ERROR "SOURCE_PATH is ${arg_SOURCE_PATH}, not ${PROJECT}")
    endif()
    execute_process(COMMAND ${CMAKE_COMMAND} --fresh -S ${arg_SOURCE_PATH} -B ${SCRATCH}/build
                            --install-prefix ${CURRENT_PACKAGES_DIR} ${arguments} ${arg_OPTIONS}
                    OUTPUT_VARIABLE said ERROR_VARIABLE warned ECHO_OUTPUT_VARIABLE COMMAND_ERROR_IS_FATAL ANY)
    # vcpkg would take it for a mistake.
    if(warned MATCHES "Manually-specified variables were not used by the project:\n\n([^\n]+)")
        string(STRIP "${CMAKE_MATCH_1}" unused)
        if(NOT unused IN_LIST arg_MAYBE_UNUSED_VARIABLES)
            message(SEND_ERROR "The project doesn't use ${unused}")
        endif()
    endif()
    set(said "${said}" PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_install)
    execute_process(COMMAND ${CMAKE_COMMAND} --install ${SCRATCH}/build OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
    file(GLOB files ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*)
    file(COPY ${files} DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT})
    cmake_path(GET arg_CONFIG_PATH PARENT_PATH parent)
    file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/${parent})
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    file(COPY_FILE ${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright)
endfunction()

set(CURRENT_PORT_DIR ${PORT_DIR})
set(CURRENT_PACKAGES_DIR ${SCRATCH}/packages)
set(PORT breakerbox)
foreach(FEATURES IN ITEMS "core" "core;redis;tls")
    file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR})
    include(${PORT_DIR}/portfile.cmake)

    set(lacks_redis FALSE)
    if(said MATCHES "No target breakerbox::redis:")
        set(lacks_redis TRUE)
    endif()
    if(FEATURES MATCHES "redis" AND lacks_redis OR NOT FEATURES MATCHES "redis" AND NOT lacks_redis)
        message(SEND_ERROR "With the features '${FEATURES}' the build should find hiredis where it needs it, and only there")
    endif()
    foreach(file IN ITEMS include/breakerbox/breakerbox.hpp share/breakerbox/breakerbox-config.cmake
                          share/breakerbox/breakerbox-targets.cmake share/breakerbox/copyright share/breakerbox/usage
                          share/pkgconfig/breakerbox.pc)
        if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/${file})
            message(SEND_ERROR "With the features '${FEATURES}' there is no ${file}")
        endif()
    endforeach()
    # vcpkg rejects these.
    foreach(folder IN ITEMS share/cmake debug lib bin)
        if(EXISTS ${CURRENT_PACKAGES_DIR}/${folder})
            message(SEND_ERROR "With the features '${FEATURES}' there is a folder ${folder}")
        endif()
    endforeach()
endforeach()
