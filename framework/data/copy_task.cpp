#include "framework/data/copy_task.hpp"

#include "framework/core/error.hpp"
#include "framework/core/generator.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

constexpr std::uint8_t blank = 0, call = 9;
constexpr std::size_t symbols = 8;

Dataset draw(std::size_t delay, std::size_t count, Generator& generator) {
  Dataset set;
  set.count = count, set.height = 1, set.width = delay + 2 * copied_symbols;
  set.tokens = true, set.labels_each = copied_symbols;
  set.pixels.assign(count * set.width, blank);
  for (std::size_t n = 0; n < count; ++n) {
    std::uint8_t* sample = set.pixels.data() + n * set.width;
    for (std::size_t i = 0; i < copied_symbols; ++i) {
      const auto symbol = static_cast<std::uint8_t>(generator.random() % symbols);
      sample[i] = static_cast<std::uint8_t>(symbol + 1);
      set.labels.push_back(symbol);
    }
    sample[copied_symbols + delay - 1] = call;
  }
  return set;
}

}  // namespace

Data make_copy_task(std::size_t delay, std::size_t train, std::size_t test, std::uint64_t seed) {
  if (delay == 0 || train == 0 || test == 0)
    throw Error("copy task: delay, train and test must be above 0, got {}, {} and {}", delay, train,
                test);
  Generator generator(seed);
  Data data;
  data.train = draw(delay, train, generator);
  data.test = draw(delay, test, generator);
  return data;
}

}  // namespace fanin::FANIN_PRECISION
