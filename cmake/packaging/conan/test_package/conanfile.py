from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout


class BreakerboxTestConan(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        options = self.dependencies["breakerbox"].options
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["WITH_REDIS"] = bool(options.redis or options.tls)
        toolchain.cache_variables["WITH_REDIS_TLS"] = bool(options.tls)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            self.run("ctest --output-on-failure", cwd=self.build_folder, env="conanrun")
