#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "experiments/cli/train.hpp"
#include "framework/core/array.hpp"
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
  CompareOptions options;
  if (!parse(compare_options(options), words)) return;
  (void)sweep_from_options("mlp:depth=2,width=2", overrides_of(options));
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
