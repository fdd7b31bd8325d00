// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_CERTIFICATE_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_CERTIFICATE_HPP

#include "redis/support/child_process.hpp"
#include "redis/support/temporary_folder.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

/// A self-signed certificate and its key, made by the command openssl: whoever is to trust it, trusts path() as a
/// certification authority. The files go with the object.
class certificate {
public:
    explicit certificate(std::string const& alternative_names = "DNS:localhost,IP:127.0.0.1") {
        child_process openssl{{"openssl"},
                              {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                               "-nodes", "-days", "2", "-subj", "/CN=breakerbox", "-addext",
                               "subjectAltName=" + alternative_names, "-keyout", key_path(), "-out", path()},
                              in_folder("log")};
        if (!openssl.wait_for_end()) {
            std::ifstream log{in_folder("log")};
            throw std::runtime_error("openssl made no certificate: " +
                                     std::string{std::istreambuf_iterator<char>{log}, {}});
        }
    }

    std::string path() const { return in_folder("certificate.pem"); }
    std::string key_path() const { return in_folder("key.pem"); }

    /// The lines of a server that shows this certificate: redis_server{certificate.server_lines()}.
    std::vector<std::string> server_lines() const {
        return {"tls-cert-file " + path(), "tls-key-file " + key_path()};
    }

private:
    std::string in_folder(char const* name) const { return (folder_.path() / name).string(); }

    temporary_folder folder_;
};

} // namespace support

#endif
