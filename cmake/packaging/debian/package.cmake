# cpack -G DEB makes libbreakerbox-dev, one package for all architectures. From a build without tests and examples:
#
#   cmake -B build/deb -DBREAKERBOX_BUILD_TESTS=OFF -DBREAKERBOX_BUILD_EXAMPLES=OFF
#   cpack -G DEB --config build/deb/CPackConfig.cmake -B build/deb
set(debian_name libbreakerbox-dev)
# -DCPACK_PACKAGE_CONTACT=... names who gives the package away.
if(NOT CPACK_PACKAGE_CONTACT)
    set(CPACK_PACKAGE_CONTACT "The maintainers of breakerbox <maintainers@breakerbox.invalid>")
endif()

# Debian's own rules ask for these two; whoever installs without this package doesn't get them.
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/${debian_name})
file(READ LICENSE licence)
string(STRIP "${licence}" licence)
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REGEX REPLACE "\n" "\n " licence "${licence}")
configure_file(cmake/packaging/debian/copyright.in debian/copyright @ONLY)
file(READ CHANGELOG.md changes)
string(REGEX REPLACE "^.*\n## ${PROJECT_VERSION} [^\n]*\n+" "" changes "${changes}")
string(REGEX REPLACE "\n## .*" "" changes "${changes}")
string(STRIP "${changes}" changes)
string(REGEX REPLACE "\n([^\n])" "\n  \\1" changes "${changes}")
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(cmake/packaging/debian/changelog.in debian/changelog @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS LICENSE CHANGELOG.md)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/debian/copyright ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog
        DESTINATION ${doc_dir} COMPONENT debian EXCLUDE_FROM_ALL)
set(CPACK_INSTALL_CMAKE_PROJECTS
    "${CMAKE_CURRENT_BINARY_DIR};breakerbox;Unspecified;/;${CMAKE_CURRENT_BINARY_DIR};breakerbox;debian;/")
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/staging.cmake)

set(CPACK_PACKAGE_NAME breakerbox)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "circuit breaker and retries for C++20 coroutines on Boost.Asio")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "breakerbox guards outbound calls: what fails is retried as policies say,
and a host that keeps failing is refused at once, until it has had time to
recover. It is a folder of headers, with its CMake package and files for
pkg-config. What shares through Redis needs hiredis, the rest does not.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF)

set(CPACK_DEBIAN_PACKAGE_NAME ${debian_name})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# Debian 12's libboost-dev is older, and its backports have this version only under a name of its own. Debian 13 and
# newer have it as libboost-dev.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libboost-dev (>= ${lowest_boost}) | libboost${lowest_boost}-dev")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libhiredis-dev (>= ${lowest_hiredis})")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libssl-dev, pkgconf | pkg-config")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_GENERATOR DEB)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
