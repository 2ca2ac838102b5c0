#include "experiments/cli/command.hpp"

#include <memory>

#include "framework/core/array.hpp"
#include "framework/core/text.hpp"
#include "framework/io/npy.hpp"
#include "init/function_table.hpp"

namespace fanin {
namespace {

struct SampleOptions {
  std::string function, out;
  std::vector<std::size_t> shape;
  std::vector<std::string> arguments;  // key=value
  std::size_t seed = 0;
};

// Fills a new tensor by an init function and writes it as .npy.
int sample(const SampleOptions& options) {
  const std::string call =
      options.function + (options.arguments.empty() ? "" : ":") + join(options.arguments, ",");
  double numbers = 1;
  for (const std::size_t extent : options.shape) numbers *= static_cast<double>(extent);
  if (numbers > 0x1p31) throw UsageError("--shape: more than 2^31 numbers");
  const Tensor tensor(Array(Shape(options.shape.begin(), options.shape.end())));
  Generator generator(options.seed);
  parse_init_call(call).fill(tensor, generator);
  save_npy(options.out, tensor.value());
  return 0;
}

}  // namespace

Command make_sample() {
  const auto options = std::make_shared<SampleOptions>();
  return {
      "sample",
      "fill a tensor with an init function and write it to a .npy file",
      {{"function", &options->function, "name of the function; `fanin list functions` shows them",
        "FUNCTION", required},
       {"--shape",
        &options->shape,
        "shape, such as 64,3,7,7",
        "N,N",
        {.required = true, .commas = true}},
       {"--seed", &options->seed, "seed of the draws (0)"},
       {"--arg", &options->arguments, "an argument of the function; repeat for more", "KEY=VALUE"},
       {"--out", &options->out, "the file to write", "FILE.npy", required}},
      "Example:\n"
      "  fanin sample kaiming_normal_ --shape 64,3,7,7 --seed 0 --arg mode=fan_out \\\n"
      "      --arg nonlinearity=relu --out w.npy\n",
      [options] { return sample(*options); }};
}

}  // namespace fanin
