"""recipe_test.py PROJECT: what the recipe for Conan does, with stand-ins for what it takes from Conan.

It can tell that the recipe reads the right version, packs the right files and names the right targets and requirements,
not that Conan would be content.
"""

import fnmatch
import os
import pathlib
import shutil
import sys
import tempfile
import types
import unittest

PROJECT = pathlib.Path(sys.argv.pop(1)).resolve()
PACKAGING = PROJECT / "cmake" / "packaging" / "conan"
sys.dont_write_bytecode = True


class Invalid(Exception):
    pass


class Setting(str):
    """A setting of Conan's: a string with settings of its own."""


class Component:
    def __init__(self):
        self.properties = {}

    def set_property(self, name, value):
        self.properties[name] = value


class CppInfo(Component):
    def __init__(self):
        super().__init__()
        self.components = {}

        class Components(dict):
            def __missing__(self, name):
                self[name] = Component()
                return self[name]
        self.components = Components()


class Recipe:
    """In the place of conan.ConanFile."""

    def __init__(self, **options):
        self.recipe_folder = str(PACKAGING)
        self.options = types.SimpleNamespace(**{**self.default_options, **options})
        self.required = {}
        self.requires = lambda reference, **traits: self.required.update({reference: traits})
        self.cpp_info = CppInfo()
        self.settings = types.SimpleNamespace(os="Linux", compiler=Setting("gcc"))
        self.settings.compiler.version = "12"
        self.settings.compiler.cppstd = "20"


def check_min_cppstd(recipe, least):
    if int(recipe.settings.compiler.cppstd) < least:
        raise Invalid


def copy(_recipe, pattern, src, dst):
    for folder, _, names in os.walk(src):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), src)
            if fnmatch.fnmatch(path, pattern):
                os.makedirs(os.path.dirname(os.path.join(dst, path)), exist_ok=True)
                shutil.copy(os.path.join(folder, name), os.path.join(dst, path))


class Version:
    def __init__(self, text):
        self.numbers = [int(number) for number in str(text).split(".")]

    def __lt__(self, other):
        return self.numbers < Version(other).numbers


def stand_in(name, **members):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)


stand_in("conan", ConanFile=Recipe)
stand_in("conan.errors", ConanInvalidConfiguration=Invalid)
stand_in("conan.tools")
stand_in("conan.tools.build", check_min_cppstd=check_min_cppstd, can_run=lambda recipe: True)
stand_in("conan.tools.files", copy=copy, load=lambda _, path: pathlib.Path(path).read_text())
stand_in("conan.tools.layout", basic_layout=lambda recipe: None)
stand_in("conan.tools.scm", Version=Version)
stand_in("conan.tools.cmake", CMake=None, CMakeToolchain=None, cmake_layout=None)


def load(path):
    names = {"__name__": "recipe"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names


make = load(PACKAGING / "conanfile.py")["BreakerboxConan"]


class RecipeTest(unittest.TestCase):
    def test_version_is_that_of_the_header(self):
        recipe = make()
        recipe.set_version()
        header = (PROJECT / "include/breakerbox/version.hpp").read_text()
        for name, number in zip(("MAJOR", "MINOR", "PATCH"), recipe.version.split("."), strict=True):
            self.assertIn(f"#define BREAKERBOX_VERSION_{name} {number}\n", header)

    def test_package_holds_the_headers_and_the_licence(self):
        with tempfile.TemporaryDirectory() as scratch:
            recipe = make()
            recipe.export_sources_folder = recipe.source_folder = os.path.join(scratch, "sources")
            recipe.package_folder = os.path.join(scratch, "package")
            recipe.export_sources()
            recipe.package()
            package = pathlib.Path(recipe.package_folder)
            packed = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
        headers = {str(path.relative_to(PROJECT)) for path in (PROJECT / "include").rglob("*.hpp")}
        self.assertEqual(packed, headers | {"licenses/LICENSE"})

    def targets(self, **options):
        recipe = make(**options)
        recipe.requirements()
        recipe.package_info()
        required = {reference.split("/")[0] for reference in recipe.required}
        components = recipe.cpp_info.components
        for component in components.values():
            for name in component.requires:
                package, _, part = name.rpartition("::")
                self.assertIn(package or part, required if package else components)
        return required, {component.properties["cmake_target_name"] for component in components.values()}

    def test_who_asks_for_nothing_needs_boost_alone(self):
        self.assertEqual(self.targets(), ({"boost"}, {"breakerbox::breakerbox"}))

    def test_redis_needs_hiredis(self):
        self.assertEqual(self.targets(redis=True),
                         ({"boost", "hiredis"}, {"breakerbox::breakerbox", "breakerbox::redis"}))

    def test_tls_needs_openssl_and_brings_redis(self):
        self.assertEqual(self.targets(tls=True),
                         ({"boost", "hiredis", "openssl"},
                          {"breakerbox::breakerbox", "breakerbox::redis", "breakerbox::redis_tls"}))

    def test_names_for_pkg_config_are_those_that_an_installation_has(self):
        recipe = make(tls=True)
        recipe.package_info()
        install = (PROJECT / "cmake/install.cmake").read_text()
        for component in recipe.cpp_info.components.values():
            self.assertIn(f"install_pc({component.properties['pkg_config_name']} ", install)

    def test_what_is_too_old_is_refused(self):
        make().validate()
        for compiler, version, cppstd, os_name in (("gcc", "11.4", "20", "Linux"), ("clang", "15", "20", "Linux"),
                                                   ("gcc", "12", "17", "Linux"), ("gcc", "12", "20", "Windows")):
            recipe = make()
            recipe.settings.os = os_name
            recipe.settings.compiler = Setting(compiler)
            recipe.settings.compiler.version, recipe.settings.compiler.cppstd = version, cppstd
            self.assertRaises(Invalid, recipe.validate)

    def test_recipe_that_tries_the_package_is_python(self):
        load(PACKAGING / "test_package" / "conanfile.py")


unittest.main()
