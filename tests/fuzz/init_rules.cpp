#include <string>

#include "framework/core/array.hpp"
#include "framework/nn/text.hpp"
#include "init/recipe.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void init_rules(std::string_view bytes) {
  const std::string text(bytes);
  const ArrayLimit limit(1 << 16);
  Generator generator(1);
  const auto model = parse_model(
      "Sequential((conv): Conv2d(1, 2, 2), BatchNorm2d(2), ReLU(), Flatten(), (fc): Linear(8, 4))",
      generator);
  const auto images = [&generator] {
    Array batch({4, 1, 3, 3});
    generator.normal(batch, 0, 1);
    return batch;
  };
  for (const bool per_parameter : {false, true})
    apply_scheme(*model, text, generator, {.images = images, .per_parameter = per_parameter});
  (void)Recipe(text).expected(*model);
}

}  // namespace fanin::fuzz
