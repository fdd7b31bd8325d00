// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REPLAY_CASE_FILE_HPP
#define BREAKERBOX_TESTS_REPLAY_CASE_FILE_HPP

#include "replay/rules.hpp"
#include "replay/token.hpp"
#include "replay/values.hpp"

#include <cstddef>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// A file holds cases:
//
//     # A comment. The name of a case is all that follows `case` on its line, a # too.
//     case consecutive: trip and recovery
//     rule consecutive_failures threshold=2 open_for=60s
//     F*2 open                # tokens, over any number of lines: see token.hpp
//     +59.999s reject(1ms)

namespace replay {

struct test_case {
    std::string name;
    std::size_t line;
    any_rule rule;
    std::vector<token> tokens;
};

inline std::vector<std::string_view> words_in(std::string_view line) {
    constexpr auto blanks = " \t\r";
    std::vector<std::string_view> words;
    line = line.substr(0, line.find('#'));
    for (auto begin = line.find_first_not_of(blanks); begin != line.npos;
         begin = line.find_first_not_of(blanks)) {
        line.remove_prefix(begin);
        words.push_back(line.substr(0, line.find_first_of(blanks)));
        line.remove_prefix(words.back().size());
    }
    return words;
}

/// Takes a file's lines one after the other. Throws malformed where one can't be right; `line` is then where.
class case_parser {
public:
    void take_line(std::string_view text) {
        ++line_;
        auto const words = words_in(text);
        if (words.empty())
            return;
        if (words.front() == "case")
            begin_case(text);
        else if (cases_.empty())
            refuse(words.front(), "'case' and its name first");
        else if (words.front() == "rule")
            take_rule(words);
        else
            for (auto const word : words)
                take_token(word);
    }

    std::vector<test_case> finish() {
        if (!cases_.empty())
            end_case();
        return std::move(cases_);
    }

    std::size_t line() const { return line_; }

private:
    void begin_case(std::string_view text) {
        if (!cases_.empty())
            end_case();
        auto const end_of_keyword = text.find("case") + 4;
        auto const begin = text.find_first_not_of(" \t\r", end_of_keyword);
        if (begin == text.npos)
            refuse("case", "the case's name after it");
        auto const last = text.find_last_not_of(" \t\r");
        cases_.push_back({std::string{text.substr(begin, last + 1 - begin)}, line_, {}, {}});
        has_rule_ = false;
        out_.clear();
    }

    void end_case() {
        auto const& ended = cases_.back();
        if (ended.tokens.empty()) {
            line_ = ended.line;
            refuse("case " + ended.name, has_rule_ ? "tokens, but it has none" : "a rule, but it has none");
        }
    }

    void take_rule(std::span<std::string_view const> words) {
        if (has_rule_)
            refuse(words.front(), "one rule a case, but it has one already");
        cases_.back().rule = read_rule(words.subspan(1));
        has_rule_ = true;
    }

    void take_token(std::string_view word) {
        if (!has_rule_)
            refuse(word, "the case's rule first");
        auto const& taken = cases_.back().tokens.emplace_back(read_token(word, line_));
        if (auto const* acquired = std::get_if<acquire>(&taken.what))
            if (taken.times > 1 || !out_.insert(acquired->name).second)
                refuse(word, "a name that is not out already");
        if (auto const* reported = std::get_if<report>(&taken.what))
            take_back(reported->name, taken);
        if (auto const* dropped = std::get_if<drop>(&taken.what))
            take_back(dropped->name, taken);
    }

    void take_back(std::string const& name, token const& taken) {
        if (taken.times > 1 || out_.erase(name) == 0)
            refuse(taken.text, "the name of a permit that is out");
    }

    std::vector<test_case> cases_;
    std::size_t line_ = 0;
    bool has_rule_ = false;
    std::set<std::string> out_;
};

/// The cases in `text`, the contents of `file`. Throws malformed, which names file, line and word, and says
/// what was expected.
inline std::vector<test_case> read_cases(std::string const& file, std::string const& text) {
    case_parser parser;
    std::vector<test_case> cases;
    try {
        std::istringstream lines{text};
        for (std::string line; std::getline(lines, line);)
            parser.take_line(line);
        cases = parser.finish();
    } catch (malformed const& e) {
        throw malformed(file + ':' + std::to_string(parser.line()) + ": " + e.what());
    }
    if (cases.empty())
        throw malformed(file + ": expected a case, but there is none");
    return cases;
}

} // namespace replay

#endif
