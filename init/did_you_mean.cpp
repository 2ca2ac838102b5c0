#include "init/did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

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

}  // namespace fanin
