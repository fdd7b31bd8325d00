// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_REDIS_SERVER_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_REDIS_SERVER_HPP

#include "redis/support/blocking_client.hpp"
#include "redis/support/child_process.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace support {

/// A Redis or Valkey server of this test's own, on a free port of 127.0.0.1 and on a Unix socket, that keeps nothing.
///
///     redis_server server;
///     redis_server small{{"maxmemory 2mb", "requirepass secret"}};      // lines as in redis.conf
///     redis_server secure{{"tls-cert-file ...", "tls-key-file ..."}};   // has a tls_port() too
///
/// The program is the one that the environment variable BREAKERBOX_REDIS_SERVER names, else redis-server, else
/// valkey-server. It answers commands once the constructor returns, be it that it wants a password first; the
/// constructor throws std::runtime_error, with the server's log, where it doesn't within 20 seconds. It ends with the
/// object, with the process, and with the thread that started it. One thread at a time.
class redis_server {
public:
    explicit redis_server(std::vector<std::string> lines = {}) : lines_{std::move(lines)} {
        // Somebody else may take a port before the server does: then it ends, and others are tried.
        for (int i = 0; i != 20; ++i) {
            port_ = free_port();
            tls_port_ = wants_tls() ? free_port() : 0;
            if (port_ != tls_port_ && start())
                return;
        }
        throw std::runtime_error("the server finds no port. Its log:\n" + log());
    }

    redis_server(redis_server const&) = delete;
    redis_server& operator=(redis_server const&) = delete;
    ~redis_server() = default;

    std::uint16_t port() const { return port_; }
    std::uint16_t tls_port() const { return tls_port_; }
    std::string socket_path() const { return in_folder("socket"); }

    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    std::string tls_url() const { return "rediss://127.0.0.1:" + std::to_string(tls_port_); }
    std::string unix_url() const { return "unix://" + socket_path(); }

    /// A client of its own: another process, as far as the server can tell.
    blocking_client client(std::chrono::milliseconds timeout = blocking_client::default_timeout) const {
        return blocking_client{socket_path(), timeout};
    }

    /// As a crash ends it (SIGKILL); its connections are closed when this returns.
    void kill_now() { process_.reset(); }

    /// It holds still (SIGSTOP): connections stay, and are even made, but nothing is answered.
    void freeze() { process().stop(); }

    /// It goes on (SIGCONT), and answers what it was sent meanwhile.
    void thaw() { process().go_on(); }

    /// A new server in the old one's place, with nothing in it: the same ports, the same socket. Ends the old one where
    /// it still runs.
    void restart() {
        kill_now();
        for (int i = 0; i != 100; ++i) {
            if (start())
                return;
            std::this_thread::sleep_for(pause);
        }
        throw std::runtime_error("the server does not get its port again. Its log:\n" + log());
    }

    bool is_running() { return process_ && process_->is_running(); }

    std::string log() const {
        std::ifstream file{in_folder("log")};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

private:
    static constexpr std::chrono::milliseconds pause{5};

    child_process& process() {
        if (!process_)
            throw std::logic_error("the server does not run");
        return *process_;
    }

    std::string in_folder(char const* name) const { return (folder_.path() / name).string(); }

    bool wants_tls() const {
        for (auto const& line : lines_) {
            if (line.starts_with("tls-cert-file"))
                return true;
        }
        return false;
    }

    // Whether the server came to answer; false where somebody else has its port.
    bool start() {
        write_configuration();
        std::filesystem::remove(socket_path());
        auto const* const chosen = std::getenv("BREAKERBOX_REDIS_SERVER");
        auto const programs = chosen != nullptr ? std::vector<std::string>{chosen}
                                                : std::vector<std::string>{"redis-server", "valkey-server"};
        process_.emplace(programs, std::vector<std::string>{in_folder("redis.conf")}, in_folder("log"));
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (process_->is_running()) {
            if (answers())
                return true;
            if (std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error("the server does not answer. Its log:\n" + log());
            std::this_thread::sleep_for(pause);
        }
        process_.reset();
        if (log().find("already in use") == std::string::npos)
            throw std::runtime_error("the server does not start. Its log:\n" + log());
        return false;
    }

    // Asked on the socket in its own folder, it can be no other server; and it answers nobody before it has its ports.
    bool answers() const {
        try {
            client()("PING"); // NOAUTH or LOADING is an answer too
            return true;
        } catch (std::runtime_error const&) {
            return false;
        }
    }

    void write_configuration() const {
        std::ofstream file{in_folder("redis.conf")};
        file << "port " << port_ << "\nbind 127.0.0.1\nunixsocket " << socket_path()
             << "\nsave \"\"\nappendonly no\ndaemonize no\ndir " << folder_.path().string() << '\n';
        if (tls_port_ != 0)
            file << "tls-port " << tls_port_ << "\ntls-auth-clients no\n";
        for (auto const& line : lines_)
            file << line << '\n';
        if (!file.flush())
            throw std::runtime_error("could not write " + in_folder("redis.conf"));
    }

    temporary_folder folder_;
    std::vector<std::string> lines_;
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    std::optional<child_process> process_; // ends before its folder goes
};

} // namespace support

#endif
