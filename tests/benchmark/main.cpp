// SPDX-License-Identifier: BSL-1.0
//
//     costs [--short] [--only TEXT] [--json FILE] [--svg FILE]
//
// Measures what breakerbox costs, and prints the table; --short runs everything once, for a test. --only leaves out the
// rows and curves that TEXT isn't in.
#include "measuring.hpp"
#include "output_of.hpp"
#include "report.hpp"
#include "suites.hpp"

#include <boost/version.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace costs;

struct command_line {
    bool is_short = false;
    std::string only;
    std::string json;
    std::string svg;
    std::optional<std::string> repeated;
    std::int64_t times = 0;
};

command_line read(std::vector<std::string> const& words) {
    command_line given;
    std::size_t i = 0;
    auto const next = [&]() -> std::string const& {
        if (++i == words.size())
            throw std::invalid_argument(words[i - 1] + " needs a value");
        return words[i];
    };
    for (; i != words.size(); ++i)
        if (words[i] == "--short")
            given.is_short = true;
        else if (words[i] == "--only")
            given.only = next();
        else if (words[i] == "--json")
            given.json = next();
        else if (words[i] == "--svg")
            given.svg = next();
        else if (words[i] == "--repeat") {
            given.repeated = next();
            given.times = std::stoll(next());
        } else
            throw std::invalid_argument("what is " + words[i] +
                                        "? Known are --short, --only, --json and --svg");
    return given;
}

std::string machine() {
    auto cpu = output_of("sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1");
    while (!cpu.empty() && cpu.back() == '\n')
        cpu.pop_back();
    return cpu + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores; compiler " +
           __VERSION__ + "; Boost " + std::to_string(BOOST_VERSION / 100'000) + '.' +
           std::to_string(BOOST_VERSION / 100 % 1000);
}

report measure(suite const& all, command_line const& given) {
    report r{machine(), {}, {}};
    laboratory lab{all, given.is_short ? effort{1, 1, 1e-4} : effort{}};
    auto const is_wanted = [&](std::string const& what) { return what.find(given.only) != what.npos; };
    auto const tell = [](std::string const& what) { std::cerr << "measuring: " << what << '\n'; };

    for (auto const& row : all.rows) {
        if (!is_wanted(row.what))
            continue;
        tell(row.what);
        auto names = std::set{row.measured};
        if (!row.against.empty())
            names.insert(row.against);
        auto found = lab.measured(names);
        auto const& measured = *std::ranges::find(all.measurements, row.measured, &measurement::name);
        if (measured.has_instruction_count && !given.is_short)
            found[row.measured].instructions = instructions_of(row.measured);
        report::line line{row, judge(row, found), std::nullopt, std::nullopt};
        if (row.kind == figure::times_as_long || row.kind == figure::times_as_fast) {
            line.measured = time_of(found, row.measured);
            line.against = time_of(found, row.against);
        }
        r.lines.push_back(line);
    }
    for (auto const& curve : all.curves) {
        if (!is_wanted(curve.what))
            continue;
        tell(curve.what);
        std::set<std::string> names;
        for (auto const& [x, name] : curve.points)
            names.insert(name);
        auto const& found = lab.measured(names);
        report::growth growth{curve, {}};
        for (auto const& [x, name] : curve.points)
            growth.nanoseconds.emplace_back(x, time_of(found, name));
        r.growths.push_back(growth);
    }
    return r;
}

void write_to(std::string const& file, void (*write)(std::ostream&, report const&), report const& r) {
    if (file.empty())
        return;
    std::ofstream out{file};
    write(out, r);
    if (!out.flush())
        throw std::runtime_error("can't write " + file);
}

void run(command_line const& given) {
    suite all;
    add_calls(all);
    add_hosts(all);
    if (given.repeated)
        return repeat(all, *given.repeated, given.times);
    add_threads(all);
    add_growth(all);
    add_listing(all);
    add_compiling(all);
    auto const server = add_redis(all);
    auto const r = measure(all, given);
    write_table(std::cout, r);
    write_to(given.json, write_json, r);
    write_to(given.svg, write_svg, r);
}

} // namespace

int main(int argc, char** argv) {
    try {
        run(read({argv + 1, argv + argc}));
    } catch (std::exception const& e) {
        std::cerr << "costs: " << e.what() << '\n';
        return 1;
    }
}
