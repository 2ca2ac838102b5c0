#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace fanin {

// The number that the whole text spells, as from_chars() reads it, or nothing.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

// `; did you mean "epochs"?` for a misspelt word, or "" if no known word is near. For some names
// from PyTorch or Keras it suggests ours (lr for learning_rate), else a known word that starts with
// the misspelt one, else one a few letters away.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

// A name with options, "mlp:depth=30,act=tanh" or "normal:std=0.01": how models and schemes are
// written on the command line and in specs.
class NamedOptions {
 public:
  explicit NamedOptions(const std::string& text);  // throws UsageError for another form

  const std::string& name() const { return name_; }
  const std::vector<std::pair<std::string, std::string>>& all() const { return options_; }
  // Throws UsageError for an option that is not known, naming those that are.
  void allow(const std::vector<std::string>& known) const;
  // The option's value, or the fallback. Throws UsageError for a value of another kind, and for a
  // number that is missing and has no fallback.
  double number(const std::string& key, std::optional<double> fallback = {}) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  std::size_t count(const std::string& key, std::size_t fallback, std::size_t low,
                    std::size_t high) const;
  std::string word(const std::string& key, const std::string& fallback,
                   const std::vector<std::string>& allowed) const;

 private:
  const std::string* find(const std::string& key) const;
  std::string name_;
  std::vector<std::pair<std::string, std::string>> options_;
};

}  // namespace fanin
