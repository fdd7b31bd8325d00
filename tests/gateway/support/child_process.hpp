// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_CHILD_PROCESS_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_CHILD_PROCESS_HPP

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gateway_tests {

/// The path of a program of the PATH.
inline std::optional<std::string> find_program(std::string const& name) {
    auto const* const path = std::getenv("PATH");
    std::istringstream folders{path == nullptr ? "" : path};
    for (std::string folder; std::getline(folders, folder, ':');)
        if (auto const candidate = folder + '/' + name; ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    return std::nullopt;
}

class temporary_folder {
public:
    temporary_folder() {
        auto name = (std::filesystem::temp_directory_path() / "gateway_tests.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::system_error{errno, std::generic_category(), "mkdtemp"};
        path_ = name;
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder() {
        std::error_code ignored; // what a process of another user left there can stay
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path const& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// A program that runs as long as this lives, with what it has started itself: they are a process group of their own.
class child_process {
public:
    /// The command's first word is a path. What it writes goes into the file.
    child_process(std::vector<std::string> command, std::filesystem::path const& log) {
        std::vector<char*> arguments;
        for (auto& word : command)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ < 0)
            throw std::system_error{errno, std::generic_category(), "fork"};
        if (pid_ == 0) {
            ::setpgid(0, 0);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL); // where the test is killed
            auto const file = ::open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
            ::dup2(file, STDOUT_FILENO);
            ::dup2(file, STDERR_FILENO);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::setpgid(pid_, pid_); // here as well: who comes first is anybody's guess
    }
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;

    ~child_process() {
        if (!is_running())
            return;
        ::kill(pid_, SIGTERM);
        for (int i = 0; i != 200 && is_running(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        if (is_running()) {
            ::kill(-pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    bool is_running() {
        if (!ended_ && ::waitpid(pid_, nullptr, WNOHANG) == pid_)
            ended_ = true;
        return !ended_;
    }

private:
    pid_t pid_ = 0;
    bool ended_ = false;
};

} // namespace gateway_tests

#endif
