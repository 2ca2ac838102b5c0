#include <set>

#include "framework/core/error.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/shape.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/parity.hpp"
#include "tests/support/tally.hpp"

// Compares layers and losses with PyTorch's recorded numbers.
namespace fanin {
namespace {

// The layer that a case's name describes, such as "Linear(7, 5)|Linear(in_features=7, ...)|seed=0":
// first as a user writes it, then as PyTorch prints it. Its weights are drawn with that seed.
std::shared_ptr<Module> build(const GoldenCase& golden) {
  const std::vector<std::string> fields = split(golden.name, '|');
  manual_seed(std::stoull(fields[2].substr(5)));
  auto layer = parse_model(fields[0]);
  CHECK(to_string(*layer) == fields[1]);
  return layer;
}

std::string layer_type(const GoldenCase& golden) {
  return golden.name.substr(0, golden.name.find('('));
}

TEST_CASE("parity: layers print as in PyTorch, and draw the same default weights bit for bit") {
  const auto cases = golden_cases("layers.safetensors", 3);
  CHECK(cases.size() == 234);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    const Tally tally("Default weights", layer_type(golden), golden.name);
    const auto state = build(golden)->state_dict();
    std::set<std::string> names;
    for (const auto& [name, array] : state) {
      names.insert("init|" + name);
      INFO(name);
      REQUIRE(golden.has("init|" + name));
      Tally::compared(array, golden.array("init|" + name), 0);
      CHECK(same_bits(array, golden.array("init|" + name)));
    }
    for (const auto& [entry, tensor] : golden.tensors)
      if (entry.starts_with("init|") && !entry.ends_with("num_batches_tracked"))
        CHECK(names.count(entry) == 1);
  }
}

double largest(const Array& x) {
  double result = 0;
  for (Real value : x) result = std::max(result, std::abs(static_cast<double>(value)));
  return result;
}

// One forward and backward pass, as in record_layers.py, with the input in the given layout.
void run(const GoldenCase& golden, Module& layer, const Array& input) {
  const bool is_embedding = layer.type() == "Embedding";
  const Tensor x(input, !is_embedding);
  const auto weighted = [&](const Tensor& y, const char* coefficients) {
    return sum(y * Tensor(golden.array(coefficients)));
  };
  Tensor loss;
  if (auto* recurrent = dynamic_cast<Recurrent*>(&layer)) {
    const Recurrent::Result result = recurrent->run(x);
    compare("output", result.output.value(), golden.array("output"));
    compare("h_n", result.h_n.value(), golden.array("h_n"));
    loss = weighted(result.output, "coef") + weighted(result.h_n, "coef_h");
    CHECK(result.c_n.defined() == golden.has("c_n"));
    if (result.c_n.defined()) {
      compare("c_n", result.c_n.value(), golden.array("c_n"));
      loss = loss + weighted(result.c_n, "coef_c");
    }
  } else {
    const Tensor y = layer(x);
    compare("output", y.value(), golden.array("output"));
    loss = weighted(y, "coef");
  }
  if (loss.requires_grad()) loss.backward();

  std::size_t compared = 0;
  for (const auto& [name, parameter] : layer.named_parameters()) {
    REQUIRE(parameter.grad().defined());
    compare("gradient of " + name, parameter.grad(), golden.array("grad|" + name));
    ++compared;
  }
  if (!is_embedding) {
    // Batch norm subtracts mean and slope from the output's gradient. With two samples almost
    // nothing remains, but the rounding errors of the whole gradient do.
    const Array want = golden.array("grad|input");
    const double lost = layer.type().starts_with("BatchNorm")
                            ? std::max(1.0, largest(golden.array("coef")) / largest(want))
                            : 1;
    compare("gradient of the input", x.grad(), want, tolerance * lost);
  }
  for (const auto& [entry, tensor] : golden.tensors)
    compared -= entry.starts_with("grad|") && entry != "grad|input";
  CHECK(compared == 0);

  if (!layer.type().starts_with("BatchNorm")) return;
  for (const auto& [name, array] : layer.state_dict())
    if (name.starts_with("running")) compare("after|" + name, array, golden.array("after|" + name));
  layer.eval();
  compare("eval", layer(Tensor(input)).value(), golden.array("eval"));
}

TEST_CASE("parity: outputs, gradients and statistics of layers, in every layout") {
  for (const GoldenCase& golden : golden_cases("layers.safetensors", 3)) {
    const Array input = golden.array("input");
    const Tally tally("Layers, outputs and gradients", layer_type(golden), golden.name);
    for (std::size_t lane = 0; lane < input.rank(); ++lane) {
      INFO(golden.name << ", lane axis " << lane);
      run(golden, *build(golden), input.with_lane_axis(lane));
    }
  }
}

// Applies a loss such as "cross_entropy(label_smoothing=0.1)" to two tensors.
Tensor call_loss(const std::string& call, const Tensor& x, const StoredTensor& target) {
  const std::string name = call.substr(0, call.find('('));
  auto given = arguments(call);
  const auto take = [&](const char* key, auto value) {
    if (given.count(key) > 0) value = static_cast<decltype(value)>(std::stod(given.at(key)));
    return value;
  };
  const bool sum = given.count("reduction") > 0 && given.at("reduction") == "'sum'";
  const Reduction reduction = sum ? Reduction::sum : Reduction::mean;
  if (name == "mse_loss") return mse_loss(x, Tensor(target.array()), reduction);
  if (name == "l1_loss") return l1_loss(x, Tensor(target.array()), reduction);
  if (name == "smooth_l1_loss")
    return smooth_l1_loss(x, Tensor(target.array()), reduction, take("beta", 1.0));
  if (name == "binary_cross_entropy_with_logits")
    return binary_cross_entropy_with_logits(x, Tensor(target.array()), reduction);
  const auto& labels = std::get<Labels>(target.data);
  const std::int64_t ignored = take("ignore_index", std::int64_t{-100});
  if (name == "nll_loss") return nll_loss(x, labels, ignored);
  REQUIRE(name == "cross_entropy");
  return cross_entropy(x, labels, {ignored, take("label_smoothing", 0.0)});
}

TEST_CASE("parity: losses and their gradients") {
  const auto cases = golden_cases("losses.safetensors", 2);
  CHECK(cases.size() == 150);
  for (const GoldenCase& golden : cases) {
    const Tally tally("Losses, values and gradients", layer_type(golden), golden.name);
    for (std::size_t lane = 0; lane < golden.array("input").rank(); ++lane) {
      INFO(golden.name << ", lane axis " << lane);
      const Tensor x(golden.array("input").with_lane_axis(lane), true);
      Tensor loss = call_loss(split(golden.name, '|')[0], x, golden.tensors.at("target"));
      compare("loss", loss.value(), golden.array("loss"));
      loss.backward();
      compare("gradient", x.grad(), golden.array("grad"));
    }
  }
}

}  // namespace
}  // namespace fanin
