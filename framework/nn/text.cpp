#include "framework/nn/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <set>

#include "framework/core/array.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/layer_table.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

std::string show(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool v) const { return v ? "True" : "False"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const {
      if (std::isnan(v)) return "nan";  // fmt has a "-nan" too
      const std::string text = fmt::format("{}", v);
      return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
    }
    std::string operator()(const Tuple& v) const {
      std::vector<std::string> entries;
      for (const auto entry : v) entries.push_back(entry ? std::to_string(*entry) : "None");
      return fmt::format("({}{})", join(entries, ", "), v.size() == 1 ? "," : "");
    }
    std::string operator()(const std::string& v) const { return v; }
  };
  return std::visit(Visitor{}, value);
}

// 2 and 2.0 are equal.
bool equal(const Value& a, const Value& b) {
  return is_number(a) && is_number(b) ? number_of(a) == number_of(b) : a == b;
}

std::string show_arguments(const Module& module) {
  const LayerRow* row = find_layer(module.type());
  const std::vector<Value> values = module.arguments();
  std::string text;
  for (std::size_t i = 0; row && i < values.size(); ++i) {
    const Field& field = row->fields[i];
    if (field.shown == Shown::never) continue;
    if (field.shown == Shown::if_changed && field.fallback == values[i]) continue;
    if (!text.empty()) text += ", ";
    if (field.shown != Shown::positional) text += field.name + "=";
    const std::string value = show(values[i]);
    text += field.shown == Shown::quoted ? "'" + value + "'" : value;
  }
  return text;
}

void show(const Module& module, const std::string& indent, std::string& text) {
  text += module.type() + "(";
  if (module.children().empty()) {
    text += show_arguments(module) + ")";
    return;
  }
  for (const auto& [name, child] : module.children()) {
    text += "\n" + indent + "  (" + name + "): ";
    show(*child, indent + "  ", text);
  }
  text += "\n" + indent + ")";
}

std::string in_quotes(const std::string& word) {  // cut, because the text may have megabytes
  constexpr std::size_t longest = 60;
  return word.size() <= longest ? "\"" + word + "\"" : "\"" + word.substr(0, longest) + "...\"";
}

const std::pair<std::string, Value> literals[] = {{"None", Value()},
                                                  {"True", true},
                                                  {"False", false},
                                                  {"inf", std::numeric_limits<double>::infinity()},
                                                  {"nan", std::nan("")}};

class Parser {
 public:
  Parser(const std::string& text, Generator& generator) : text_(text), generator_(generator) {}

  std::shared_ptr<Module> whole() {
    skip_assignment();
    auto module = parse_module(0);
    skip_space();
    if (at_ != text_.size()) fail("the end of the text");
    return module;
  }

 private:
  static constexpr int deepest = 100;  // deeper nesting is an accident, not a network
  static constexpr std::size_t most_modules = 50'000;

  [[noreturn]] void fail_at(std::size_t at, const std::string& message) const {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < at && i < text_.size(); ++i) {
      column = text_[i] == '\n' ? 1 : column + 1;
      line += text_[i] == '\n';
    }
    throw Error("model text, line {}, column {}: {}", line, column, message);
  }
  [[noreturn]] void fail(const std::string& expected) const {
    const std::size_t end = std::min(text_.find_first_of(" \n\t(),=:", at_ + 1), text_.size());
    const std::string found =
        at_ < text_.size() ? in_quotes(text_.substr(at_, end - at_)) : "the end of the text";
    fail_at(at_, "expected " + expected + ", found " + found);
  }

  void skip_space() {  // and comments
    for (bool comment = false; at_ < text_.size(); ++at_) {
      comment = text_[at_] == '#' || (comment && text_[at_] != '\n');
      if (!comment && !std::isspace(static_cast<unsigned char>(text_[at_]))) return;
    }
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("\"{}\"", c));
  }
  // Calls item() before each comma and before `close`, which may follow a comma.
  template <class Item>
  void items(char close, const Item& item) {
    for (bool first = true; !accept(close); first = false) {
      if (!first) expect(',');
      if (!first && accept(close)) return;
      item();
    }
  }
  bool is_word(std::size_t i) const {
    return i < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[i])) || text_[i] == '_');
  }
  std::string word(const std::string& expected) {
    skip_space();
    const std::size_t start = at_;
    while (is_word(at_)) ++at_;
    if (at_ == start) fail(expected);
    return text_.substr(start, at_ - start);
  }

  bool accept_word(const std::string& expected) {
    skip_space();
    if (!is_at(expected)) return false;
    at_ += expected.size();
    return true;
  }

  void skip_assignment() {  // the "model =" of a line of Python
    for (const char* keyword : {"class", "def", "from", "import"})
      if (accept_word(keyword))
        fail_at(
            at_ - std::strlen(keyword),
            "this is a program; expected the output of print(model), or one nn.Sequential(...)");
    const std::size_t start = at_;
    while (is_word(at_) || peek() == '.') ++at_;
    if (at_ == start || !accept('=')) at_ = start;
  }

  std::shared_ptr<Module> parse_module(int depth) {
    if (depth > deepest) fail_at(at_, "modules are nested too deeply");
    if (++modules_ > most_modules) fail_at(at_, "the model has too many layers");
    skip_space();
    const std::size_t start = at_;
    for (const std::string prefix : {"nn.", "torch.nn."})
      if (at_ == start && text_.compare(at_, prefix.size(), prefix) == 0) at_ += prefix.size();
    const std::string type = word("a layer's name");
    expect('(');
    if (type == "Sequential") {
      if (!accept_word("OrderedDict") && !accept_word("collections.OrderedDict"))
        return children(depth);
      auto result = ordered_children(depth);
      accept(',');
      expect(')');
      return result;
    }
    const LayerRow* row = find_layer(type);
    if (!row) {
      skip_space();
      if (type == "ModuleList") {
        const std::string first = text_.substr(at_, text_.find('(', at_ + 1) - at_);
        const bool repeats = first.starts_with('(') && first.find(" x ") != std::string::npos;
        fail_at(start, fmt::format("a ModuleList has no forward(), so nobody knows how its layers "
                                   "are called; write them into an nn.Sequential{}",
                                   repeats ? ", where " + in_quotes(first) +
                                                 " stands for that many layers, one after the other"
                                           : ""));
      }
      if (at_ < text_.size() && text_[at_] == '(')
        fail_at(
            start,
            fmt::format("{} is a class of your own, and print(model) does not show its forward(); "
                        "rewrite it as nn.Sequential (children may be named) and print that",
                        in_quotes(type)));
      std::string known;
      for (const LayerRow& known_row : layer_table()) known += ", " + known_row.type;
      fail_at(start,
              fmt::format("unknown layer {}; known layers: Sequential{}", in_quotes(type), known));
    }
    return layer(*row, start);
  }

  std::shared_ptr<Module> children(int depth) {
    auto result = std::make_shared<Sequential>();
    while (!accept(')')) {
      if (result->size() > 0 && accept(',') && accept(')')) break;
      std::string name = std::to_string(result->size());
      const bool named = accept('(');
      const std::size_t start = at_;
      if (named) {
        at_ = std::min(text_.find(')', at_), text_.size());
        name = text_.substr(start, at_ - start);
        expect(')');
        expect(':');
      }
      add(*result, name, depth, start);
    }
    return result;
  }

  // OrderedDict([('conv1', Conv2d(...)), ...])
  std::shared_ptr<Module> ordered_children(int depth) {
    auto result = std::make_shared<Sequential>();
    expect('(');
    expect('[');
    items(']', [&] {
      expect('(');
      skip_space();
      const std::size_t start = at_;
      if (peek() != '\'' && peek() != '"') fail("a name in quotes");
      const std::string name = std::get<std::string>(value());
      expect(',');
      add(*result, name, depth, start);
      accept(',');
      expect(')');
    });
    accept(',');
    expect(')');
    return result;
  }

  // Reads the module that follows into `parent`; `start` is where its name stands.
  void add(Sequential& parent, const std::string& name, int depth, std::size_t start) {
    auto child = parse_module(depth + 1);
    try {
      parent.add(name, std::move(child));
    } catch (const Error& error) {
      fail_at(start, error.what());
    }
  }

  std::shared_ptr<Module> layer(const LayerRow& row, std::size_t start) {
    const std::size_t count = row.fields.size();
    std::vector<std::string> names = row.positions;  // of arguments that come without one
    if (names.empty())
      for (const Field& field : row.fields) names.push_back(field.name);
    std::vector<std::optional<Value>> given(count);
    std::vector<std::size_t> places(count, start);
    std::set<std::string> seen;
    for (std::size_t position = 0; !accept(')'); ++position) {
      if (position > 0) expect(',');
      skip_space();
      const std::size_t argument = at_;
      std::string name;
      if (std::isalpha(static_cast<unsigned char>(peek())) && !is_literal()) {
        name = word("an argument's name");
        expect('=');
      } else if (position < names.size()) {
        name = names[position];
      } else {
        fail_at(argument, fmt::format("{} takes {} arguments{} at most", row.type, names.size(),
                                      names.size() < count ? " without a name" : ""));
      }
      const auto found = std::ranges::find(row.fields, name, &Field::name);
      const auto fixed = std::ranges::find(row.fixed, name, &std::pair<std::string, Value>::first);
      if (found == row.fields.end() && fixed == row.fixed.end())
        fail_at(argument, fmt::format("{} takes no {}", row.type, name));
      skip_space();
      const std::size_t place = at_;
      const Value read = value();
      if (!seen.insert(name).second)
        fail_at(argument, fmt::format("{}: {} is given twice", row.type, name));
      if (fixed != row.fixed.end()) {
        if (!equal(read, fixed->second))
          fail_at(place, fmt::format("{}: {} must be {}", row.type, name, show(fixed->second)));
        continue;
      }
      const auto field = static_cast<std::size_t>(found - row.fields.begin());
      given[field] = read, places[field] = place;
    }
    std::vector<Value> values;
    for (std::size_t i = 0; i < count; ++i) {
      const Field& field = row.fields[i];
      if (!given[i] && !field.fallback)
        fail_at(start, fmt::format("{} needs {}", row.type, field.name));
      values.push_back(given[i] ? *given[i] : *field.fallback);
    }
    try {
      return row.make(Arguments(row, std::move(values)), generator_);
    } catch (const ArgumentError& error) {
      fail_at(places[error.field], error.what());
    } catch (const Error& error) {
      fail_at(start, error.what());
    }
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool is_at(std::string_view expected) const {
    return text_.compare(at_, expected.size(), expected) == 0 && !is_word(at_ + expected.size());
  }
  bool is_literal() const {
    return std::ranges::any_of(literals, [this](const auto& row) { return is_at(row.first); });
  }

  Value value() {
    for (const auto& [name, literal] : literals)
      if (accept_word(name)) return literal;
    if (accept('(')) {
      Tuple tuple;
      items(')', [&] {
        if (accept_word("None")) return tuple.push_back({});
        const Value entry = number();
        if (!std::holds_alternative<std::int64_t>(entry)) fail("a whole number");
        tuple.push_back(std::get<std::int64_t>(entry));
      });
      return tuple;
    }
    if (const char quote = peek(); quote == '\'' || quote == '"') {
      const std::size_t end = text_.find(quote, at_ + 1);
      if (end == std::string::npos) fail("a closing quote");
      const std::string quoted = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return quoted;
    }
    if (std::isalpha(static_cast<unsigned char>(peek()))) return word("a value");  // padding=same
    return number();
  }

  Value number() {
    const std::size_t end =
        std::min(text_.find_first_not_of("+-.0123456789eEinfa", at_), text_.size());
    const char *first = text_.data() + at_, *last = text_.data() + end;
    std::int64_t whole = 0;
    const auto as_whole = std::from_chars(first, last, whole);
    double real = 0;
    const auto as_real = std::from_chars(first, last, real);
    const bool is_whole = as_whole.ec == std::errc() && as_whole.ptr == last;
    if (!is_whole && (as_real.ec != std::errc() || as_real.ptr != last)) fail("a value");
    at_ = end;
    return is_whole ? Value(whole) : Value(real);
  }

  const std::string& text_;
  Generator& generator_;
  std::size_t at_ = 0, modules_ = 0;
};

}  // namespace

std::string to_string(const Module& module) {
  std::string text;
  show(module, "", text);
  return text;
}

std::ostream& operator<<(std::ostream& stream, const Module& module) {
  return stream << to_string(module);
}

std::shared_ptr<Module> parse_model(const std::string& text, Generator& generator) {
  const ArrayLimit limit(most_numbers);
  return Parser(text, generator).whole();
}

}  // namespace fanin::FANIN_PRECISION
