#include "experiments/weights.hpp"

#include <fmt/format.h>

#include <cmath>

#include "experiments/run/models.hpp"
#include "framework/core/error.hpp"
#include "framework/io/npy.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/ops/loss.hpp"
#include "init/function_table.hpp"
#include "init/schemes.hpp"

namespace fanin {
namespace {

Labels load_labels(const std::string& path) {
  const Array numbers = load_npy(path);
  if (numbers.rank() != 1)
    throw Error(fmt::format("{}: expected labels [N], got {}", path, to_string(numbers.shape())));
  Labels labels;
  for (const Real number : numbers) {
    if (number != std::floor(number) || std::fabs(number) > 1e6f)
      throw Error(fmt::format("{}: {} is no label", path, number));
    labels.push_back(static_cast<std::int64_t>(number));
  }
  return labels;
}

Tensor load_images(const std::string& path) {
  const Array images = load_npy(path);
  if (images.size() == 0)
    throw Error(
        fmt::format("{}: expected images [N, ...], got {}", path, to_string(images.shape())));
  for (const Real number : images)
    if (!std::isfinite(number))
      throw Error(fmt::format("{}: {} is no pixel", path, std::abs(number)));  // a NaN has no sign
  return Tensor(images);
}

}  // namespace

int export_command(const ExportOptions& options) {
  if (options.input.empty() != options.target.empty())
    throw UsageError("export: --input and --target go together");
  check_scheme(options.start.init);
  const auto model = make_initialised(options.start);
  NamedArrays state;
  for (const auto& [name, array] : model->state_dict()) state.emplace_back(name, array.clone());
  const auto counters = model->counters();
  if (!options.input.empty()) {
    const Tensor output = (*model)(load_images(options.input));
    Tensor loss = cross_entropy(output, load_labels(options.target));
    loss.backward();
    state.emplace_back("output", output.value());
    state.emplace_back("loss", loss.value());
    for (const auto& [name, parameter] : model->named_parameters())
      state.emplace_back("grad." + name, parameter.grad().defined()
                                             ? parameter.grad()
                                             : Array::full(parameter.shape(), 0));
  }
  write_safetensors(options.out, state, counters);
  return 0;
}

int sample_command(const SampleOptions& options) {
  std::string call = options.function;
  for (const std::string& argument : options.arguments)
    call += (call.size() == options.function.size() ? ":" : ",") + argument;
  constexpr std::size_t most = std::size_t{1} << 31;  // 8 GiB: past this it is a slip
  std::size_t count = 1;
  for (const std::size_t extent : options.shape)
    if (__builtin_mul_overflow(count, extent, &count) || count > most)
      throw UsageError("--shape: more than 2^31 numbers");
  const Tensor tensor(Array(Shape(options.shape.begin(), options.shape.end())));
  Generator generator(options.seed);
  parse_init_call(call).fill(tensor, generator);
  save_npy(options.out, tensor.value());
  return 0;
}

}  // namespace fanin
