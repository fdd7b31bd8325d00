// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_OUTAGE_PLOT_HPP
#define EXAMPLES_OUTAGE_PLOT_HPP

#include <chrono>
#include <cmath>
#include <cstddef>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

// The picture: for each kind of client a row of two charts over the same time, the load that reaches the
// server and the calls that succeed. Plain SVG, without scripts, style sheets or fonts of its own, and with a
// background of its own, so that it is the same on a light page and on a dark one. The two colours, of Okabe
// and Ito's palette, are told apart by the colour-blind too.

namespace outage {

using std::chrono::seconds;

/// What a chart shows: one value for each step of time.
using curve = std::vector<double>;

struct band {
    std::string name;
    seconds begin;
    seconds end;
    std::string colour;
};

struct row {
    std::string name;
    std::vector<std::string> notes;
    curve load{};
    curve success{};
};

struct picture {
    std::string title;
    std::string subtitle;
    seconds length;
    double capacity; // of the server, in the unit of the load
    std::vector<band> bands;
    std::vector<row> rows;
};

namespace detail {

struct scale {
    std::string title;
    std::string unit;
    std::string line; // its colour, as that of the rest
    std::string area;
    std::string text;
    double left; // of the charts in the picture
    double most; // at the top of the charts
    std::vector<double> ticks;
};

inline scale const load_scale{
    "Attempts that reach the server", "a second", "#d55e00", "#fae3d4", "#a84a00", 180, 250, {0, 200}};
inline scale const success_scale{"Calls that succeed", "per cent", "#0072b2", "#d3e6f2", "#00588a", 514, 110,
                                 {0, 50, 100}};

inline constexpr double width = 800;
inline constexpr double chart_width = 262;
inline constexpr double chart_height = 72;
inline constexpr double first_row = 126;
inline constexpr double row_pitch = 92;
inline constexpr seconds between_ticks{20};
inline constexpr auto ink = "#1f2328";
inline constexpr auto faint_ink = "#59636e";
inline constexpr auto grid = "#d5d9de";

/// A coordinate: in tenths, so that no compiler's rounding shows.
inline std::string number(double x) {
    std::ostringstream out;
    out << std::round(x * 10) / 10;
    return out.str();
}

inline double x_of(seconds t, scale const& s, picture const& p) {
    return s.left + chart_width * static_cast<double>(t.count()) / static_cast<double>(p.length.count());
}

inline double y_of(double value, scale const& s, double top) {
    return top + chart_height * (1 - value / s.most);
}

inline double height_of(picture const& p) {
    return first_row + row_pitch * static_cast<double>(p.rows.size()) + 38;
}

struct lettering {
    double size = 11;
    std::string colour = faint_ink;
    std::string anchor = "start";
    std::string weight = "normal";
};

inline void draw_text(std::ostream& out, double x, double y, std::string const& text, lettering const& l) {
    out << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" font-size=\"" << number(l.size)
        << "\" fill=\"" << l.colour << "\" text-anchor=\"" << l.anchor << "\" font-weight=\"" << l.weight
        << "\">" << text << "</text>\n";
}

inline void draw_level(std::ostream& out, double value, scale const& s, double top, std::string const& look) {
    auto const y = number(y_of(value, s, top));
    out << "<line x1=\"" << number(s.left) << "\" x2=\"" << number(s.left + chart_width) << "\" y1=\"" << y
        << "\" y2=\"" << y << "\" " << look << "/>\n";
}

inline void draw_bands(std::ostream& out, picture const& p, scale const& s, double top) {
    for (auto const& b : p.bands)
        out << "<rect x=\"" << number(x_of(b.begin, s, p)) << "\" y=\"" << number(top) << "\" width=\""
            << number(x_of(b.end, s, p) - x_of(b.begin, s, p)) << "\" height=\"" << number(chart_height)
            << "\" fill=\"" << b.colour << "\"/>\n";
}

inline void draw_ticks(std::ostream& out, scale const& s, double top) {
    for (auto const tick : s.ticks) {
        draw_level(out, tick, s, top, std::string{"stroke=\""} + grid + "\"");
        draw_text(out, s.left - 6, y_of(tick, s, top) + 4, number(tick), {.anchor = "end"});
    }
}

/// The value of each step at the middle of it; the first and the last reach to the ends of the chart.
inline std::string points(curve const& values, scale const& s, double top) {
    std::string all;
    auto const add = [&](double steps, double value) {
        auto const x = s.left + chart_width * steps / static_cast<double>(values.size());
        all += number(x) + "," + number(y_of(value, s, top)) + " ";
    };
    add(0, values.front());
    for (std::size_t i = 0; i != values.size(); ++i)
        add(static_cast<double>(i) + 0.5, values[i]);
    add(static_cast<double>(values.size()), values.back());
    return all;
}

inline void draw_curve(std::ostream& out, curve const& values, scale const& s, double top) {
    auto const line = points(values, s, top);
    auto const bottom = number(y_of(0, s, top));
    out << "<polygon fill=\"" << s.area << "\" fill-opacity=\"0.75\" points=\"" << number(s.left) << ","
        << bottom << " " << line << number(s.left + chart_width) << "," << bottom << "\"/>\n"
        << "<polyline fill=\"none\" stroke=\"" << s.line
        << "\" stroke-width=\"1.8\" stroke-linejoin=\"round\" points=\"" << line << "\"/>\n";
}

inline void draw_chart(std::ostream& out, curve const& values, picture const& p, scale const& s, double top) {
    draw_bands(out, p, s, top);
    draw_ticks(out, s, top);
    draw_curve(out, values, s, top);
}

inline void draw_capacity(std::ostream& out, picture const& p, double top) {
    draw_level(out, p.capacity, load_scale, top,
               std::string{"stroke=\""} + ink + "\" stroke-dasharray=\"4 3\"");
}

inline void draw_row(std::ostream& out, row const& r, picture const& p, double top) {
    draw_text(out, 20, top + 18, r.name, {.size = 13.5, .colour = ink, .weight = "bold"});
    double y = top + 38;
    for (auto const& note : r.notes) {
        draw_text(out, 20, y, note, {});
        y += 16;
    }
    draw_chart(out, r.load, p, load_scale, top);
    draw_capacity(out, p, top);
    draw_chart(out, r.success, p, success_scale, top);
}

inline void draw_head(std::ostream& out, picture const& p, scale const& s) {
    draw_text(out, s.left, first_row - 30, s.title + ", " + s.unit,
              {.size = 13, .colour = s.text, .weight = "bold"});
    for (auto const& b : p.bands)
        draw_text(out, (x_of(b.begin, s, p) + x_of(b.end, s, p)) / 2, first_row - 7, b.name,
                  {.anchor = "middle"});
}

inline void draw_time(std::ostream& out, picture const& p, scale const& s, double y) {
    for (seconds t{0}; t <= p.length; t += between_ticks)
        draw_text(out, x_of(t, s, p), y, number(static_cast<double>(t.count())), {.anchor = "middle"});
    draw_text(out, s.left + chart_width / 2, y + 18, "time, seconds", {.anchor = "middle"});
}

} // namespace detail

inline void draw(std::ostream& out, picture const& p) {
    using namespace detail;
    auto const height = height_of(p);
    out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << number(width) << " "
        << number(height) << "\" width=\"" << number(width) << "\" height=\"" << number(height)
        << "\" role=\"img\" font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\">\n"
        << "<title>" << p.title << "</title>\n"
        << "<rect x=\"0.5\" y=\"0.5\" width=\"" << number(width - 1) << "\" height=\"" << number(height - 1)
        << "\" rx=\"8\" fill=\"#ffffff\" stroke=\"" << grid << "\"/>\n";
    draw_text(out, 20, 34, p.title, {.size = 18, .colour = ink, .weight = "bold"});
    draw_text(out, 20, 56, p.subtitle, {.size = 12});
    for (auto const* s : {&load_scale, &success_scale})
        draw_head(out, p, *s);

    double top = first_row;
    for (auto const& r : p.rows) {
        draw_row(out, r, p, top);
        top += row_pitch;
    }
    draw_text(out, load_scale.left + chart_width, y_of(p.capacity, load_scale, first_row) - 5,
              "capacity " + number(p.capacity), {.colour = ink, .anchor = "end"});
    for (auto const* s : {&load_scale, &success_scale})
        draw_time(out, p, *s, top);
    out << "</svg>\n";
}

} // namespace outage

#endif
