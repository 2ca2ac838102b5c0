#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "experiments/run/options.hpp"
#include "experiments/sweep/compare.hpp"
#include "framework/core/allocator.hpp"
#include "framework/core/error.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {
namespace {

std::vector<std::string> lines(std::string_view bytes) {
  std::vector<std::string> words(1);
  for (const char c : bytes) {
    if (c == '\n')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

void compare(const std::vector<std::string>& words) {
  Command command;
  CompareOptions options;
  add_compare_options(command, options);
  if (!command.parse(words)) return;
  std::vector<Override> overrides;
  for (const auto& [name, text] : options.train)
    overrides.push_back({find_spec_option(name)->flag(), "train." + name, text});
  for (const std::string& set : options.sets) overrides.push_back(parse_override(set));
  (void)sweep_from_options("mlp:depth=2,width=2", overrides);
}

}  // namespace

void command_line(std::string_view bytes) {
  const ArrayLimit limit(1 << 18);
  const std::vector<std::string> words = lines(bytes);
  if (words[0] == "compare") return compare({words.begin() + 1, words.end()});
  const TrainOptions options = parse_train(words);
  if (parse_train(train_arguments(options)) != options)
    throw std::logic_error("the shortest arguments give other options");
  (void)train_command(options);
}

}  // namespace fanin::fuzz
