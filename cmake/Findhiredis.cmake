# find_package(hiredis 0.14) defines the target breakerbox::hiredis.
#
# hiredis' own CMake package can't be asked: Debian 12's defines no target. The name is breakerbox' own, so that it
# clashes with nothing that a project finds, fetches or builds for itself; where a project did so before, and has a
# target hiredis::hiredis, that one is what stands behind it.
#
# Looks in CMAKE_PREFIX_PATH and in hiredis_ROOT, as all modules do. What was found is cached in hiredis_INCLUDE_DIR
# (the folder to which <hiredis/hiredis.h> is relative) and hiredis_LIBRARY.

include(FindPackageHandleStandardArgs)

if(TARGET hiredis::hiredis)
    # Its project chose it, and its version with it.
    set(hiredis_target hiredis::hiredis)
    find_package_handle_standard_args(hiredis REQUIRED_VARS hiredis_target)
else()
    find_path(hiredis_INCLUDE_DIR hiredis/hiredis.h DOC "The folder that holds hiredis/hiredis.h")
    find_library(hiredis_LIBRARY hiredis DOC "The library hiredis")
    mark_as_advanced(hiredis_INCLUDE_DIR hiredis_LIBRARY)

    if(hiredis_INCLUDE_DIR)
        file(STRINGS ${hiredis_INCLUDE_DIR}/hiredis/hiredis.h hiredis_VERSION
             REGEX "^#define HIREDIS_(MAJOR|MINOR|PATCH) [0-9]")
        list(TRANSFORM hiredis_VERSION REPLACE "^#define HIREDIS_[A-Z]+ ([0-9]+).*" "\\1")
        list(JOIN hiredis_VERSION "." hiredis_VERSION)
    endif()

    find_package_handle_standard_args(hiredis REQUIRED_VARS hiredis_LIBRARY hiredis_INCLUDE_DIR
                                      VERSION_VAR hiredis_VERSION)
endif()

if(hiredis_FOUND AND NOT TARGET breakerbox::hiredis)
    add_library(breakerbox::hiredis INTERFACE IMPORTED)
    if(hiredis_target)
        target_link_libraries(breakerbox::hiredis INTERFACE ${hiredis_target})
    else()
        target_link_libraries(breakerbox::hiredis INTERFACE ${hiredis_LIBRARY})
        target_include_directories(breakerbox::hiredis INTERFACE ${hiredis_INCLUDE_DIR})
    endif()
endif()
