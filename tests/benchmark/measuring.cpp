// SPDX-License-Identifier: BSL-1.0
#include "measuring.hpp"

#include "output_of.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace costs {

namespace {

/// Gathers what Google Benchmark measures.
class collector : public benchmark::BenchmarkReporter {
public:
    explicit collector(results& into) : into_(into) {}

    bool ReportContext(Context const&) override { return true; }

    void ReportRuns(std::vector<Run> const& runs) override {
        for (auto const& run : runs) {
            if (run.run_type != Run::RT_Iteration)
                continue;
            auto& r = into_[run.run_name.function_name];
            bool const tells_time = run.run_name.time_type == "manual_time";
            r.nanoseconds.push_back(tells_time ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime());
            for (auto const& [name, counter] : run.counters)
                r.counters[name].push_back(counter.value);
        }
    }

private:
    results& into_;
};

void start_google_benchmark() {
    std::vector<std::string> words{"costs", "--benchmark_enable_random_interleaving=true"};
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
}

/// A regular expression that matches one of these names as a whole, whatever Google Benchmark has put behind it.
std::string filter(std::set<std::string> const& names) {
    std::string text;
    for (auto const& name : names) {
        text += text.empty() ? "^(" : "|";
        for (char const c : name) {
            if (std::string_view{"\\^$.|?*+()[]{}"}.find(c) != std::string_view::npos)
                text += '\\';
            text += c;
        }
    }
    return text + ")(/|$)";
}

/// The instructions that valgrind sees in a run of this program.
double instructions_in_run(std::string const& name, std::int64_t times) {
    auto const self = std::filesystem::read_symlink("/proc/self/exe").string();
    auto const said = output_of("valgrind --tool=callgrind --callgrind-out-file=/dev/null '" + self +
                                "' --repeat '" + name + "' " + std::to_string(times) + " 2>&1");
    constexpr std::string_view label = "Collected : ";
    auto const found = said.find(label);
    if (found == said.npos)
        throw std::runtime_error("valgrind counts nothing for '" + name + "', but says: " + said);
    return std::stod(said.substr(found + label.size()));
}

} // namespace

laboratory::laboratory(suite const& all, effort much) {
    start_google_benchmark();
    for (auto const& m : all.measurements) {
        auto* const registered = benchmark::RegisterBenchmark(m.name.c_str(), m.measure);
        registered->Unit(benchmark::kNanosecond);
        if (m.tells_time)
            registered->Repetitions(much.rounds_that_tell_time)->Iterations(1)->UseManualTime();
        else
            registered->Repetitions(much.rounds)->MinTime(much.seconds_a_round);
    }
}

results const& laboratory::measured(std::set<std::string> const& names) {
    auto const [place, is_new] = done_.try_emplace(names);
    if (is_new) {
        collector reporter{place->second};
        benchmark::RunSpecifiedBenchmarks(&reporter, filter(names));
        for (auto const& name : names)
            if (!place->second.contains(name))
                throw std::runtime_error("nothing was measured of '" + name + "'");
    }
    return place->second;
}

void repeat(suite const& all, std::string const& name, std::int64_t times) {
    auto const found = std::ranges::find(all.measurements, name, &measurement::name);
    if (found == all.measurements.end())
        throw std::invalid_argument("there is no measurement '" + name + "'");
    start_google_benchmark();
    benchmark::RegisterBenchmark(name.c_str(), found->measure)->Iterations(times);
    results ignored;
    collector reporter{ignored};
    benchmark::RunSpecifiedBenchmarks(&reporter);
}

std::optional<double> instructions_of(std::string const& name) {
    static bool const has_valgrind = !output_of("command -v valgrind").empty();
    if (!has_valgrind)
        return std::nullopt;
    // All but the loop falls out of the difference.
    constexpr std::int64_t times = 1000;
    return (instructions_in_run(name, 2 * times) - instructions_in_run(name, times)) /
           static_cast<double>(times);
}

} // namespace costs
