#include <fmt/format.h>

#include <algorithm>

#include "bench/measure.hpp"
#include "bench/steps.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "init/function_table.hpp"

// Every layer of the layer table, batch 64, in training mode: forward alone, and with backward.
// Then every function of the init table by the bytes that it writes.
namespace fanin {
namespace {

// A layer without products is measured by its traffic: the input and output, and both gradients,
// once. A view has neither.
struct LayerCase {
  std::string type, text;
  Shape input;
  bool view = false;
};

// An activation without a row here is LAYER() of [64, 256].
const LayerCase cases[]{
    {"Linear", "Linear(256, 256)", {64, 256}},
    {"Conv1d", "Conv1d(32, 64, kernel_size=5, padding=2)", {64, 32, 128}},
    {"Conv2d", "Conv2d(32, 64, kernel_size=3, padding=1)", {64, 32, 14, 14}},
    {"Conv3d", "Conv3d(8, 16, kernel_size=3, padding=1)", {64, 8, 8, 8, 8}},
    {"RNN", "RNN(28, 128)", {28, 64, 28}},
    {"LSTM", "LSTM(28, 128)", {28, 64, 28}},
    {"GRU", "GRU(28, 128)", {28, 64, 28}},
    {"Embedding", "Embedding(10000, 128)", {64, 32}},
    {"BatchNorm1d", "BatchNorm1d(256)", {64, 256}},
    {"BatchNorm2d", "BatchNorm2d(32)", {64, 32, 26, 26}},
    {"BatchNorm3d", "BatchNorm3d(16)", {64, 16, 8, 8, 8}},
    {"LayerNorm", "LayerNorm(256)", {64, 256}},
    {"MaxPool1d", "MaxPool1d(2)", {64, 64, 128}},
    {"MaxPool2d", "MaxPool2d(2)", {64, 32, 26, 26}},
    {"AvgPool1d", "AvgPool1d(2)", {64, 64, 128}},
    {"AvgPool2d", "AvgPool2d(2)", {64, 32, 26, 26}},
    {"AdaptiveAvgPool2d", "AdaptiveAvgPool2d(1)", {64, 64, 7, 7}},
    {"ZeroPad2d", "ZeroPad2d((0, 1, 0, 1))", {64, 32, 28, 28}},
    {"Dropout", "Dropout(0.5)", {64, 256}},
    {"Flatten", "Flatten()", {64, 16, 5, 5}, true},
    {"Identity", "Identity()", {64, 256}, true},
    {"GeneralReLU", "GeneralReLU(0.1, 0.4)", {64, 256}},
    {"Softmax", "Softmax(dim=1)", {64, 256}},
    {"LogSoftmax", "LogSoftmax(dim=1)", {64, 256}},
};

Work make_work(const LayerCase& c, bool backward) {
  manual_seed(0);
  const auto layer = parse_model(c.text);
  const bool indices = c.type == "Embedding";
  Array input(c.input);
  default_generator().normal(input, 0, 1);
  if (indices)
    for (Real& i : input) i = static_cast<Real>(default_generator().random() % 10000);
  Tensor x(input.batch_last(), backward && !indices);
  const Tensor y = (*layer)(x);
  Array g(y.shape(), y.value().lane_axis());
  g.fill(1);
  Work work;
  work.label = fmt::format("{} of {}", c.text, to_string(c.input));
  const double passes = !backward ? 1 : indices ? 2 : 3;
  if (!indices) work.flops = passes * products(*layer, x, y);
  if (work.flops == 0 && !c.view)
    work.bytes = sizeof(Real) * (backward ? 2. : 1.) * static_cast<double>(x.size() + y.size());
  if (backward)
    work.run = [=]() mutable {
      x.zero_grad();
      layer->zero_grad();
      (*layer)(x).backward(g);
    };
  else
    work.run = [=] {
      const NoGrad none;
      benchmark::DoNotOptimize((*layer)(x));
    };
  return work;
}

struct InitCase {
  std::string call;
  std::vector<Shape> shapes = {{1024, 1024}, {4096, 4096}};
};

// Functions that need an argument or another shape, or take long.
const InitCase init_cases[]{
    {"constant_:val=0.5"},
    {"delta_orthogonal_", {{256, 128, 3, 3}}},
    {"dirac_", {{256, 256, 4, 4}}},
    {"forget_gate_bias_", {{1 << 20}}},
    {"lecun_trunc_normal_", {{1024, 1024}}},
    {"orthogonal_", {{128, 128}, {512, 512}}},
    {"orthogonal_gates_", {{512, 128}}},
    {"sparse_:sparsity=0.1", {{1024, 1024}}},
    {"trunc_normal_", {{1024, 1024}}},
    {"trunc_normal_erfinv_", {{1024, 1024}}},
};

void add_inits() {
  for (const InitFunction& function : init_function_table()) {
    const auto found = std::ranges::find(init_cases, function.name, [](const InitCase& c) {
      return c.call.substr(0, c.call.find(':'));
    });
    const InitCase c = found == std::end(init_cases) ? InitCase{function.name} : *found;
    const auto fill = parse_init_call(c.call).fill;  // throws if it needs an argument
    for (const Shape& shape : c.shapes)
      add(fmt::format("init/{}/{}", function.name, join(shape, "x")), [fill, shape] {
        const Tensor tensor = empty(shape);
        fill(tensor, default_generator());
        return Work{0, sizeof(Real) * static_cast<double>(shape.numel()), 0,
                    [=] { fill(tensor, default_generator()); }};
      });
  }
}

}  // namespace

void add_tables() {
  for (const LayerRow& row : layer_table()) {
    const auto found = std::ranges::find(cases, row.type, &LayerCase::type);
    const bool plain = found == std::end(cases);
    if (plain && !find_activation(row.type))
      throw Error("bench/tables_bench.cpp has no row for {}", row.type);
    const LayerCase c = plain ? LayerCase{row.type, row.type + "()", {64, 256}} : *found;
    for (const bool backward : {false, true})
      add(fmt::format("layers/{}/{}", row.type, backward ? "forward_backward" : "forward"),
          [=] { return make_work(c, backward); });
  }
  add_inits();
}

}  // namespace fanin
