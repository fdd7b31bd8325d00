// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_CHILD_PROCESS_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_CHILD_PROCESS_HPP

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace support {

/// A program that runs beside the test, and ends (SIGKILL) with this object, and with the thread that made it: so that
/// none is left where a test crashes.
///
/// It inherits no descriptor: a connection that the test closes would stay open in it. What it prints is appended to
/// the log. One thread at a time.
class child_process {
public:
    /// Runs the first of the programs that is there. Throws std::system_error where none is.
    child_process(std::vector<std::string> programs, std::vector<std::string> arguments,
                  std::string const& log) {
        // All that allocates comes before the fork: in the child of a process with threads, it may never return.
        std::vector<char*> argv(1);
        for (auto& argument : arguments)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        std::array<int, 2>
            failure{}; // a pipe: the program's start closes it, or its failure's number comes out
        check(::pipe2(failure.data(), O_CLOEXEC), "pipe2");
        pid_ = ::fork();
        check(pid_, "fork");
        if (pid_ == 0) {
            become(programs, argv, log.c_str());
            auto const error = errno;
            (void)!::write(failure[1], &error, sizeof(error));
            ::_exit(127);
        }
        ::close(failure[1]);
        int error = 0;
        auto const size = ::read(failure[0], &error, sizeof(error));
        ::close(failure[0]);
        if (size == 0)
            return;
        (void)wait_for_end();
        throw std::system_error(error, std::generic_category(), "could not run " + programs.front());
    }

    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;

    ~child_process() {
        if (!is_running())
            return;
        ::kill(pid_, SIGKILL);
        (void)wait_for_end();
    }

    pid_t id() const { return pid_; }

    bool is_running() {
        if (!has_ended_)
            wait(WNOHANG);
        return !has_ended_;
    }

    /// Whether it ended well, by exit status 0.
    bool wait_for_end() {
        while (!has_ended_)
            wait(0);
        return status_ == 0;
    }

    /// Holds it still; it does nothing any more when this returns.
    void stop() {
        signal(SIGSTOP);
        wait(WUNTRACED);
    }

    void go_on() { signal(SIGCONT); }

private:
    static int check(int result, char const* call) {
        if (result < 0)
            throw std::system_error(errno, std::generic_category(), call);
        return result;
    }

    // In the child: returns only where there is no such program.
    static void become(std::vector<std::string>& programs, std::vector<char*>& argv, char const* log) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        auto const output = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) { // Linux before 5.11
            for (int descriptor = 3; descriptor != 1024; ++descriptor)
                ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        }
        for (auto& program : programs) {
            argv.front() = program.data();
            ::execvp(argv.front(), argv.data());
        }
    }

    // The id is ours until the end was waited for, and somebody else's perhaps from then on.
    void signal(int number) {
        if (!is_running())
            throw std::logic_error("the process has ended");
        ::kill(pid_, number);
    }

    void wait(int options) {
        int status = 0;
        pid_t result = 0;
        do
            result = ::waitpid(pid_, &status, options);
        while (result < 0 && errno == EINTR);
        check(result, "waitpid");
        if (result == pid_ && (WIFEXITED(status) || WIFSIGNALED(status))) {
            has_ended_ = true;
            status_ = status;
        }
    }

    pid_t pid_ = 0;
    bool has_ended_ = false;
    int status_ = 0;
};

} // namespace support

#endif
