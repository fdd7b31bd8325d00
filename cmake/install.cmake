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
