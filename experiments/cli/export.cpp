#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "experiments/cli/train.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/io/npy.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/ops/loss.hpp"

namespace fanin {
namespace {

struct ExportOptions {
  TrainOptions start;  // the model and its init
  std::string input, target, out;
};

Labels load_labels(const std::string& path) {
  const Array numbers = load_npy(path);
  if (numbers.rank() != 1)
    throw Error("{}: expected labels [N], got {}", path, to_string(numbers.shape()));
  Labels labels;
  for (const Real number : numbers) {
    if (number != std::floor(number) || std::fabs(number) > 1e6f)
      throw Error("{}: {} is no label", path, number);
    labels.push_back(static_cast<std::int64_t>(number));
  }
  return labels;
}

int export_model(const ExportOptions& options) {
  check_train_options(options.start);
  if (options.input.empty() != options.target.empty())
    throw UsageError("export: --input and --target go together");
  const auto model = make_initialised(options.start);
  NamedArrays state;
  for (const auto& [name, array] : model->state_dict()) state.emplace_back(name, array.clone());
  const auto counters = model->counters();
  if (!options.input.empty()) {
    const Tensor output = (*model)(Tensor(load_npy(options.input)));
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

}  // namespace

Command make_export() {
  const auto options = std::make_shared<ExportOptions>();
  std::vector<CommandOption> list = train_options(
      options->start, {"init", "seed", "init_rng", "dataset", "data_dir", "data_mean", "data_std"});
  list.push_back({"--input", &options->input, "a batch, float32 [N, ...]", "X.npy"});
  list.push_back({"--target", &options->target, "its labels, int64 [N]", "Y.npy"});
  list.push_back({"--out", &options->out, "the file to write", "FILE.safetensors", required});
  return {"export", "write an initialised model, and its gradients for a batch, as safetensors",
          std::move(list),
          "Example:\n"
          "  fanin export lenet5 --init xavier_uniform --seed 0 --out lenet5.safetensors\n"
          "--input and --target go together. With them, the file also holds `output`, `loss`\n"
          "(cross entropy) and `grad.NAME` from one forward and backward pass in train mode:\n"
          "BatchNorm uses the batch's statistics, and Dropout draws its masks.\n",
          [options] { return export_model(*options); }};
}

}  // namespace fanin
