// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/error_replies.hpp>

#include <catch2/catch_test_macros.hpp>

namespace error_replies_test {

using breakerbox::redis_errc;
using breakerbox::detail::error_of;

TEST_CASE("error_replies: an error reply is told by its first word") {
    CHECK(error_of("LOADING Redis is loading the dataset in memory") == redis_errc::loading);
    CHECK(error_of("READONLY You can't write against a read only replica.") == redis_errc::read_only);
    CHECK(error_of("OOM command not allowed when used memory > 'maxmemory'.") == redis_errc::out_of_memory);
    CHECK(error_of("NOAUTH Authentication required.") == redis_errc::authentication_required);
    CHECK(error_of("WRONGPASS invalid username-password pair or user is disabled.") ==
          redis_errc::wrong_password);
    CHECK(error_of("NOPERM this user has no permissions to run the 'set' command") ==
          redis_errc::no_permission);
    CHECK(error_of("DENIED Redis is running in protected mode because ...") == redis_errc::no_permission);
    CHECK(error_of("BUSY Redis is busy running a script.") == redis_errc::busy);
    CHECK(error_of("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.") ==
          redis_errc::master_down);
    CHECK(error_of("MISCONF Redis is configured to save RDB snapshots, but ...") ==
          redis_errc::misconfigured);
    CHECK(error_of("MOVED 3999 127.0.0.1:6381") == redis_errc::moved);
    CHECK(error_of("ASK 3999 127.0.0.1:6381") == redis_errc::ask);
    CHECK(error_of("CLUSTERDOWN The cluster is down") == redis_errc::cluster_down);
    CHECK(error_of("NOSCRIPT No matching script. Please use EVAL.") == redis_errc::no_script);
    CHECK(error_of("WRONGTYPE Operation against a key holding the wrong kind of value") ==
          redis_errc::wrong_type);
}

TEST_CASE(
    "error_replies: too few replicas, and a command that the server doesn't know, have names of their own") {
    CHECK(error_of("NOREPLICAS Not enough good replicas to write.") == redis_errc::not_enough_replicas);
    for (auto const* const text :
         {"ERR unknown command 'EVALSHA', with args beginning with: '0a1b' '1' ",
          "ERR unknown command `EVALSHA`, with args beginning with: `0a1b`, `1`, ", "ERR unknown command",
          "ERR unknown subcommand 'LOAD'. Try SCRIPT HELP.",
          "ERR Unknown Redis command called from script script: 0a1b, on @user_script:5.",
          "ERR Error running script (call to f_0a1b): @user_script:5: @user_script: 5: Unknown Redis command "
          "called from Lua script"})
        CHECK(error_of(text) == redis_errc::unknown_command);
}

TEST_CASE("error_replies: what comes as a bare ERR is told by more words") {
    CHECK(error_of("ERR max number of clients reached") == redis_errc::too_many_clients);
    CHECK(error_of("ERR max number of clients + cluster connections reached") ==
          redis_errc::too_many_clients);
    CHECK(error_of("ERR invalid password") == redis_errc::wrong_password);
    CHECK(error_of("ERR AUTH <password> called without any password configured for the default user. Are you "
                   "sure your configuration is correct?") == redis_errc::wrong_password);
    CHECK(error_of("ERR Client sent AUTH, but no password is set") == redis_errc::wrong_password);
    CHECK(error_of("ERR The user executing the script can't run this command or subcommand script: f, on "
                   "@user_script:1.") == redis_errc::no_permission);
    CHECK(error_of("ERR ACL failure in script: User default has no permissions to run the 'set' command") ==
          redis_errc::no_permission);
}

TEST_CASE("error_replies: any other error reply is a server error") {
    CHECK(error_of("ERR value is not an integer or out of range") == redis_errc::server_error);
    CHECK(error_of("ERR") == redis_errc::server_error);
    CHECK(error_of("") == redis_errc::server_error);
    CHECK(error_of("EXECABORT Transaction discarded because of previous errors.") ==
          redis_errc::server_error);
    CHECK(error_of("SOMETHING NEW") == redis_errc::server_error);
}

TEST_CASE("error_replies: a word is compared as a whole, and may be all there is") {
    CHECK(error_of("BUSY") == redis_errc::busy);
    CHECK(error_of("BUSYKEY Target key name already exists.") == redis_errc::server_error);
    CHECK(error_of("BUSYGROUP Consumer Group name already exists") == redis_errc::server_error);
    CHECK(error_of("loading") == redis_errc::server_error);
    CHECK(error_of("ERR AUTHOR") == redis_errc::server_error);
    CHECK(error_of(" LOADING") == redis_errc::server_error);
}

TEST_CASE("error_replies: an error within a script is told through the wrapping of servers before Redis 7") {
    CHECK(error_of("ERR Error running script (call to f_e0e1f9fabfc9d4800c877a703b823ac0578ff8db): "
                   "@user_script:1: @user_script: 1: -READONLY You can't write against a read only "
                   "replica.") == redis_errc::read_only);
    CHECK(error_of("ERR Error running script (call to f_e0e1f9fabfc9d4800c877a703b823ac0578ff8db): "
                   "@user_script:12: WRONGTYPE Operation against a key holding the wrong kind of value") ==
          redis_errc::wrong_type);
    CHECK(error_of("ERR Error running script (call to f_e0e1f9fabfc9d4800c877a703b823ac0578ff8db): "
                   "@user_script:3: @user_script: 3: -OOM command not allowed when used memory > "
                   "'maxmemory'.") == redis_errc::out_of_memory);
    CHECK(error_of("ERR Error running script (call to f_e0e1): @user_script:3: attempt to index a nil "
                   "value") == redis_errc::server_error);
    CHECK(error_of("ERR Error running script (call to f_e0e1") == redis_errc::server_error);
    CHECK(error_of("ERR Error running script (call to f_e0e1): @user_script:") == redis_errc::server_error);
    CHECK(error_of("ERR Error running script (call to f_e0e1): ") == redis_errc::server_error);
}

} // namespace error_replies_test
