include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Nothing here depends on the machine's architecture, so the package goes where all of them look.
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/breakerbox)

configure_file(cmake/breakerbox-config.cmake.in breakerbox-config.cmake @ONLY)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(breakerbox-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

install(TARGETS breakerbox EXPORT breakerbox-targets FILE_SET HEADERS)
install(EXPORT breakerbox-targets NAMESPACE breakerbox:: DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/breakerbox-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/breakerbox-config-version.cmake
        DESTINATION ${package_dir})
