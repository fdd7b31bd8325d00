// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_OUTAGE_TABLE_HPP
#define EXAMPLES_OUTAGE_TABLE_HPP

#include <chrono>
#include <iomanip>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>

namespace outage {

using std::chrono::seconds;

/// What is shown of one kind of client.
struct figures {
    std::string name;
    unsigned calls;

    struct percent_succeeded {
        double healthy;
        double failing;
        double slow;
        double after;
    } percent_succeeded;

    struct attempts_per_second {
        double failing;
        double slow;
        unsigned peak;
    } attempts_per_second;

    std::chrono::duration<double> failed_calls_took; // on average
    std::optional<seconds> well_again_after;
};

inline std::string in_tenths(std::chrono::duration<double> d) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(1) << d.count() << " s";
    return out.str();
}

inline std::string in_seconds(seconds s) {
    return std::to_string(s.count()) + " s";
}

inline void print_head(std::ostream& out) {
    out << "                           calls that succeed, %        attempts that reach   failed  well\n"
           "                                                        the server, a second  calls   again\n"
           "                    calls  healthy failing slow after   failing  slow   peak  took *  after\n";
}

inline void print_row(std::ostream& out, figures const& f) {
    auto const& percent = f.percent_succeeded;
    auto const& attempts = f.attempts_per_second;
    out << std::left << std::setw(20) << f.name << std::right << std::setw(5) << f.calls //
        << std::fixed << std::setprecision(0) << std::setw(9) << percent.healthy << std::setw(8)
        << percent.failing << std::setw(5) << percent.slow << std::setw(6) << percent.after //
        << std::setw(10) << attempts.failing << std::setw(6) << attempts.slow << std::setw(7) << attempts.peak
        << std::setw(8) << in_tenths(f.failed_calls_took) //
        << std::setw(7) << (f.well_again_after ? in_seconds(*f.well_again_after) : "never") << '\n';
}

} // namespace outage

#endif
