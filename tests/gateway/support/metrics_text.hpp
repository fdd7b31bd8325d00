// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_METRICS_TEXT_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_METRICS_TEXT_HPP

#include "client.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>

namespace gateway_tests {

/// Values by series, as "name{label="value",...}". Throws where a line is not of Prometheus' text format.
using metric_values = std::map<std::string, double>;

inline metric_values parse_metrics(std::string const& text) {
    static std::regex const comment{R"(# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram)))"};
    static std::regex const sample{
        R"re(([a-z_]+(?:\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})?) ([0-9.eE+-]+|[+]Inf|NaN))re"};
    metric_values values;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (std::regex_match(line, parts, sample))
            values[parts[1]] = std::stod(parts[2]);
        else if (!std::regex_match(line, comment))
            throw std::runtime_error{"no line of Prometheus' text format: " + line};
    }
    return values;
}

/// The gateway's metrics as they are now.
inline asio::awaitable<metric_values> read_metrics(client& asker) {
    auto const answer = co_await asker.get("/metrics");
    co_return parse_metrics(answer.body());
}

} // namespace gateway_tests

#endif
