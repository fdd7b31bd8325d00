include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Nothing here depends on the machine's architecture, so the package goes where all of them look.
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/breakerbox)

configure_file(cmake/breakerbox-config.cmake.in breakerbox-config.cmake @ONLY)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(breakerbox-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

# A file of targets for each component, so that a project gets those alone that it asked for.
foreach(target IN ITEMS breakerbox breakerbox_redis breakerbox_redis_tls)
    install(TARGETS ${target} EXPORT ${target}-targets FILE_SET HEADERS)
    install(EXPORT ${target}-targets NAMESPACE breakerbox:: DESTINATION ${package_dir})
endforeach()
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/breakerbox-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/breakerbox-config-version.cmake
              cmake/Findhiredis.cmake
        DESTINATION ${package_dir})

# For who builds without CMake. Boost has no file for pkg-config, so that it is not asked for. What stands in a file is
# relative to its own place: the folder may move.
set(pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
cmake_path(ABSOLUTE_PATH pkgconfig_dir BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE pc_place)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${pc_place} OUTPUT_VARIABLE prefix_from_pc)
set(includedir_in_pc ${CMAKE_INSTALL_INCLUDEDIR})
if(NOT IS_ABSOLUTE ${includedir_in_pc})
    string(PREPEND includedir_in_pc "\${prefix}/")
endif()

function(install_pc pc_name pc_description)
    cmake_parse_arguments(PARSE_ARGV 2 pc "" "requires;cflags;libs" "")
    configure_file(cmake/breakerbox.pc.in ${pc_name}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${pc_name}.pc DESTINATION ${pkgconfig_dir})
endfunction()

install_pc(breakerbox "${PROJECT_DESCRIPTION}" cflags "-I\${includedir} -pthread" libs "-pthread")
install_pc(breakerbox-redis "What breakerbox shares through Redis"
           requires "breakerbox = ${PROJECT_VERSION}, hiredis >= ${lowest_hiredis}")
install_pc(breakerbox-redis-tls "TLS for what breakerbox shares through Redis"
           requires "breakerbox-redis = ${PROJECT_VERSION}, openssl")
