// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include "number.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iomanip>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace costs {

namespace {

// Points, of which README's column has some 800.
constexpr double width = 800;
constexpr double margin = 16;
constexpr double labels_end = 330;
constexpr double axis_end = 690;
constexpr double line_height = 26;
constexpr double panel_height = 150;
constexpr std::size_t panels_a_row = 3;

std::string escaped(std::string_view text) {
    std::string safe;
    for (char const c : text)
        if (c == '<')
            safe += "&lt;";
        else if (c == '&')
            safe += "&amp;";
        else
            safe += c;
    return safe;
}

std::string rounded(double value) {
    return number(value, value < 10 ? 1 : 0);
}

/// 43 ns, 2.4 µs, 1.3 ms.
std::string time_text(double nanoseconds) {
    if (nanoseconds < 1e3)
        return rounded(nanoseconds) + " ns";
    if (nanoseconds < 1e6)
        return rounded(nanoseconds / 1e3) + " µs";
    return nanoseconds < 1e9 ? rounded(nanoseconds / 1e6) + " ms" : rounded(nanoseconds / 1e9) + " s";
}

/// Maps what is between two values, on a scale of powers of ten, to what is between two places.
class log_scale {
public:
    log_scale(double lowest, double highest, double first, double last)
        : low_(std::log10(lowest)), high_(std::log10(highest)), first_(first), last_(last) {}

    double operator()(double value) const {
        return first_ + (std::log10(value) - low_) / (high_ - low_) * (last_ - first_);
    }

private:
    double low_;
    double high_;
    double first_;
    double last_;
};

class drawing {
public:
    explicit drawing(std::ostream& out, double height) : out_(out) {
        out_ << std::fixed << std::setprecision(1)
             << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height
             << "\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n"
             << "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#ffffff\"/>\n";
    }
    ~drawing() { out_ << "</svg>\n"; }
    drawing(drawing const&) = delete;
    drawing& operator=(drawing const&) = delete;

    void text(double x, double y, std::string_view what, std::string_view style = "fill=\"#24292f\"") {
        out_ << "<text x=\"" << x << "\" y=\"" << y << "\" " << style << '>' << escaped(what) << "</text>\n";
    }
    void line(double x1, double y1, double x2, double y2, std::string_view colour, double thickness = 1) {
        out_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2
             << "\" stroke=\"" << colour << "\" stroke-width=\"" << thickness << "\"/>\n";
    }
    void dot(double x, double y, std::string_view colour, bool is_filled) {
        out_ << "<circle cx=\"" << x << "\" cy=\"" << y << "\" r=\"5\" stroke=\"" << colour
             << "\" stroke-width=\"2\" fill=\"" << (is_filled ? colour : "#ffffff") << "\"/>\n";
    }

private:
    std::ostream& out_;
};

constexpr auto ours = "#0550ae";
constexpr auto others = "#8c959f";
constexpr auto grid = "#d8dee4";
constexpr auto title = "fill=\"#24292f\" font-weight=\"600\" font-size=\"15\"";
constexpr auto small = "fill=\"#57606a\" font-size=\"11\"";
constexpr auto small_centred = "fill=\"#57606a\" font-size=\"11\" text-anchor=\"middle\"";
constexpr auto right_aligned = "fill=\"#24292f\" text-anchor=\"end\"";

/// The rows that compare times of less than a millisecond: of calls and of steps, not of compilers.
std::vector<report::line> compared_times(report const& r) {
    std::vector<report::line> chosen;
    std::ranges::copy_if(r.lines, std::back_inserter(chosen), [](report::line const& line) {
        return line.what.kind == figure::times_as_long && *line.measured < 1e6;
    });
    return chosen;
}

/// Each time as a dot, that of what it is compared with as a ring.
void draw_times(drawing& d, std::vector<report::line> const& lines, double top) {
    d.text(margin, top + 20, "What a call costs", title);
    d.dot(margin + 330, top + 15, ours, true);
    d.text(margin + 342, top + 20, "with breakerbox", small);
    d.dot(margin + 446, top + 15, others, false);
    d.text(margin + 458, top + 20, "what it is compared with", small);
    auto const first = top + 56;
    auto const bottom = first + line_height * static_cast<double>(lines.size()) - line_height / 2;
    log_scale const x{10, 1e5, labels_end, axis_end};
    for (double tick = 10; tick <= 1e5; tick *= 10) {
        d.line(x(tick), first - line_height, x(tick), bottom, grid);
        d.text(x(tick), bottom + 16, time_text(tick), small_centred);
    }
    double y = first;
    for (auto const& [what, found, measured, against] : lines) {
        d.text(labels_end - 14, y + 4, what.measured, right_aligned);
        d.line(x(*against), y, x(*measured), y, others);
        d.dot(x(*against), y, others, false);
        d.dot(x(*measured), y, ours, true);
        d.text(axis_end + 12, y + 4, time_text(*measured));
        d.text(axis_end + 66, y + 4, "×" + rounded(found.value), small);
        y += line_height;
    }
}

/// One curve, on a scale that begins with zero.
void draw_growth(drawing& d, report::growth const& growth, double left, double top) {
    auto const& points = growth.nanoseconds;
    constexpr double panel_width = (width - 2 * margin) / panels_a_row;
    constexpr double plot_height = 74;
    d.text(left, top + 14, growth.what.what, "fill=\"#24292f\" font-size=\"12\" font-weight=\"600\"");
    auto const bottom = top + 34 + plot_height;
    auto const highest = std::ranges::max(points, {}, &std::pair<std::size_t, double>::second).second;
    log_scale const x{static_cast<double>(points.front().first), static_cast<double>(points.back().first),
                      left + 22, left + panel_width - 40};
    d.line(left + 4, bottom, left + panel_width - 24, bottom, grid);
    double last_x = 0;
    double last_y = 0;
    for (auto const& [count, ns] : points) {
        auto const here = x(static_cast<double>(count));
        auto const y = bottom - ns / highest * (plot_height - 14);
        if (last_x != 0)
            d.line(last_x, last_y, here, y, ours, 2);
        last_x = here;
        last_y = y;
    }
    for (auto const& [count, ns] : points) {
        auto const here = x(static_cast<double>(count));
        auto const y = bottom - ns / highest * (plot_height - 14);
        d.dot(here, y, ours, true);
        d.text(here, y - 10, time_text(ns), small_centred);
        d.text(here, bottom + 13, std::to_string(count), small_centred);
    }
    d.text(left + 4, bottom + 28, growth.what.grows, small);
}

} // namespace

void write_svg(std::ostream& out, report const& r) {
    auto const lines = compared_times(r);
    auto const times_height = 80 + line_height * static_cast<double>(lines.size());
    auto const rows = (r.growths.size() + panels_a_row - 1) / panels_a_row;
    auto const height = times_height + 40 + panel_height * static_cast<double>(rows) + 24;
    drawing d{out, height};
    draw_times(d, lines, 0);
    d.text(margin, times_height + 20, "How it grows", title);
    for (std::size_t i = 0; i != r.growths.size(); ++i)
        draw_growth(d, r.growths[i],
                    margin + static_cast<double>(i % panels_a_row) * (width - 2 * margin) / panels_a_row,
                    times_height + 32 + panel_height * static_cast<double>(i / panels_a_row));
    d.text(margin, height - 10, r.machine, small);
}

} // namespace costs
