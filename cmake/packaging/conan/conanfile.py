"""breakerbox for Conan 2. It is in no remote; from a checkout:

    conan create cmake/packaging/conan --build=missing -s compiler.cppstd=20 [-o '&:redis=True'] [-o '&:tls=True']

Only Boost's headers are needed, so that -o 'boost/*:header_only=True' saves building Boost's libraries.
"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout
from conan.tools.scm import Version

required_conan_version = ">=2.0"


class BreakerboxConan(ConanFile):
    name = "breakerbox"
    description = "Circuit breaker and retries for C++20 coroutines on Boost.Asio"
    license = "BSL-1.0"
    topics = ("circuit-breaker", "retry", "asio", "coroutines", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"redis": [True, False], "tls": [True, False]}
    default_options = {"redis": False, "tls": False}
    no_copy_source = True

    @property
    def _tree(self):
        """The checkout that this recipe stands in; in Conan's cache it stands alone."""
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._tree, "include", "breakerbox", "version.hpp"))
        numbers = dict(re.findall(r"^#define BREAKERBOX_VERSION_(MAJOR|MINOR|PATCH) (\d+)$", header, re.MULTILINE))
        self.version = "{MAJOR}.{MINOR}.{PATCH}".format(**numbers)

    def export_sources(self):
        copy(self, "LICENSE", src=self._tree, dst=self.export_sources_folder)
        copy(self, "include/*.hpp", src=self._tree, dst=self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("boost/[>=1.83.0 <2]", transitive_headers=True)
        if self.options.redis or self.options.tls:
            self.requires("hiredis/[>=1.0.2 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.tls:
            self.requires("openssl/[>=1.1 <4]", transitive_headers=True, transitive_libs=True)

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration(f"{self.name} is made for Linux")
        oldest = {"gcc": "12", "clang": "16"}.get(str(self.settings.compiler))
        if oldest and Version(self.settings.compiler.version) < oldest:
            raise ConanInvalidConfiguration(f"{self.name} needs {self.settings.compiler} {oldest} or newer")

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        copy(self, "include/*.hpp", src=self.source_folder, dst=self.package_folder)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "breakerbox")
        # What everything together would be called otherwise is the name of a part.
        self.cpp_info.set_property("cmake_target_name", "breakerbox::all")
        self._component("core", "breakerbox::breakerbox", "breakerbox", ["boost::headers"])
        self.cpp_info.components["core"].system_libs = ["pthread"]
        if self.options.redis or self.options.tls:
            self._component("redis", "breakerbox::redis", "breakerbox-redis", ["core", "hiredis::hiredislib"])
        if self.options.tls:
            self._component("redis_tls", "breakerbox::redis_tls", "breakerbox-redis-tls", ["redis", "openssl::ssl"])

    def _component(self, name, cmake_target, pkg_config, requires):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", cmake_target)
        component.set_property("pkg_config_name", pkg_config)
        component.requires = requires
        component.bindirs = []
        component.libdirs = []
