// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <boost/json/src.hpp>

#include <ostream>

namespace costs {

namespace {

boost::json::value or_null(std::optional<double> const& number) {
    return number ? boost::json::value(*number) : boost::json::value(nullptr);
}

boost::json::object object_of(report::line const& line) {
    auto const& [what, found, measured, against] = line;
    boost::json::object all{{"row", what.what},
                            {"figure", found.value},
                            {"falls_short", found.falls_short},
                            {"nanoseconds", or_null(measured)},
                            {"against_nanoseconds", or_null(against)},
                            {"allocations", or_null(found.allocations)},
                            {"instructions", or_null(found.instructions)}};
    if (what.reach)
        all[what.reach->at_most ? "at_most" : "at_least"] = what.reach->value;
    return all;
}

boost::json::object object_of(report::growth const& growth) {
    boost::json::array points;
    for (auto const& [x, ns] : growth.nanoseconds)
        points.push_back({{"x", x}, {"nanoseconds", ns}});
    return {{"curve", growth.what.what}, {"grows", growth.what.grows}, {"points", points}};
}

} // namespace

void write_json(std::ostream& out, report const& r) {
    boost::json::array rows;
    for (auto const& line : r.lines)
        rows.push_back(object_of(line));
    boost::json::array curves;
    for (auto const& growth : r.growths)
        curves.push_back(object_of(growth));
    out << boost::json::object{{"machine", r.machine}, {"rows", rows}, {"curves", curves}} << '\n';
}

} // namespace costs
