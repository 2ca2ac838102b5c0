#include "init/named_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

constexpr std::pair<const char*, const char*> other_names[] = {
    {"learning_rate", "lr"},
    {"batch_size", "batch"},
    {"num_epochs", "epochs"},
    {"steps", "max_steps"},
    {"he_normal", "kaiming_normal"},
    {"he_uniform", "kaiming_uniform"},
    {"glorot_normal", "xavier_normal"},
    {"glorot_uniform", "xavier_uniform"}};

std::size_t distance(const std::string& word, const std::string& other) {  // Levenshtein's
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < word.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t change = diagonal + (word[i] != other[j]);
      diagonal = std::exchange(row[j + 1], std::min({change, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  for (const auto& [theirs, ours] : other_names)
    if (word == theirs && std::ranges::count(known, ours) > 0) return ours;
  constexpr std::size_t telling = 3;  // letters of a beginning
  if (word.size() >= telling)
    for (const std::string& name : known)
      if (name.starts_with(word)) return name;
  const auto near = std::ranges::min_element(
      known, {}, [&word](const std::string& name) { return distance(word, name); });
  if (near == known.end() || 2 * distance(word, *near) > std::max(word.size(), near->size()))
    return "";
  return *near;
}

}  // namespace

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string name = nearest(word, known);
  return name.empty() ? "" : fmt::format("; did you mean \"{}\"?", name);
}

NamedOptions::NamedOptions(const std::string& text) {
  const std::size_t colon = text.find(':');
  name_ = text.substr(0, colon);
  if (name_.empty()) throw UsageError("\"{}\" must begin with a name", text);
  if (colon == std::string::npos) return;
  for (std::size_t start = colon + 1; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string part = text.substr(start, end - start);
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size())
      throw UsageError("\"{}\": expected key=value after the colon, got \"{}\"", text, part);
    const std::string key = part.substr(0, equals);
    if (find(key)) throw UsageError("\"{}\": {} is given twice", text, key);
    options_.emplace_back(key, part.substr(equals + 1));
    start = end + 1;
  }
}

const std::string* NamedOptions::find(const std::string& key) const {
  for (const auto& [name, value] : options_)
    if (name == key) return &value;
  return nullptr;
}

void NamedOptions::allow(const std::vector<std::string>& known) const {
  for (const auto& [key, value] : options_) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw UsageError(known.empty() ? fmt::format("{}: takes no options, got \"{}\"", name_, key)
                                   : fmt::format("{}: unknown option \"{}\"; expected one of {}",
                                                 name_, key, join(known, ", ")));
  }
}

double NamedOptions::number(const std::string& key, std::optional<double> fallback) const {
  const std::string* value = find(key);
  if (!value && !fallback) throw UsageError("{}: needs {}", name_, key);
  if (!value) return *fallback;
  const auto number = parse_number<double>(*value);
  if (!number || !std::isfinite(*number))
    throw UsageError("{}: {} must be a number, got \"{}\"", name_, key, *value);
  return *number;
}

std::string NamedOptions::text(const std::string& key, const std::string& fallback) const {
  const std::string* value = find(key);
  return value ? *value : fallback;
}

std::size_t NamedOptions::count(const std::string& key, std::size_t fallback, std::size_t low,
                                std::size_t high) const {
  const std::string* value = find(key);
  if (!value) return fallback;
  const auto number = parse_number<std::size_t>(*value);
  if (!number || *number < low || *number > high)
    throw UsageError("{}: {} must be a whole number from {} to {}, got \"{}\"", name_, key, low,
                     high, *value);
  return *number;
}

std::string NamedOptions::word(const std::string& key, const std::string& fallback,
                               const std::vector<std::string>& allowed) const {
  const std::string* value = find(key);
  if (!value) return fallback;
  if (std::find(allowed.begin(), allowed.end(), *value) == allowed.end())
    throw UsageError("{}: {} must be one of {}, got \"{}\"", name_, key, join(allowed, ", "),
                     *value);
  return *value;
}

}  // namespace fanin
