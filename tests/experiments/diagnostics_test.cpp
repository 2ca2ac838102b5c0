#include "experiments/run/diagnostics.hpp"

#include <cmath>
#include <numeric>

#include "experiments/look/layer_signal.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/sha256.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/optimizer.hpp"
#include "init/recipe.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

constexpr std::size_t images = 40;

Batch batch(std::size_t seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  Batch result{random_array(random, {images, 1, 12, 12}, 0), {}};
  for (std::size_t i = 0; i < images; ++i)
    result.labels.push_back(static_cast<std::int64_t>(i % 10));
  return result;
}

// A pass in train mode could change dropout's draws, and a norm's statistics and its count. This
// network has both layers.
const char* const net_text = R"(Sequential(
  (conv): Conv2d(1, 4, kernel_size=(3, 3))
  (norm): BatchNorm2d(4)
  (act): ReLU()
  (flat): Flatten()
  (drop): Dropout(p=0.5)
  (fc): Linear(400, 20)
  (tanh): Tanh()
  (out): Linear(20, 10)
))";

// Trains for six steps, with diagnostics at this interval or without diagnostics.
struct Trained {
  std::string fingerprint;
  RunRecord record;
  std::vector<std::vector<float>> before, after;  // weights of `fc` around the first step
};

Trained train(const std::string& text, const std::string& init, std::optional<std::size_t> every) {
  const TempFolder folder;
  manual_seed(5);
  const auto model = parse_model(text, default_generator());
  apply_scheme(*model, init, default_generator());
  RunLog log(folder / "log.jsonl");
  std::optional<Diagnostics> diagnostics;
  if (every) diagnostics.emplace(*model, batch(1), *every, log);
  SGD sgd(model->parameters(), {.lr = 0.1, .momentum = 0.9});
  Trained result;
  const auto weights = [&] {
    std::vector<std::vector<float>> all;
    for (const auto& [path, tensor] : model->named_parameters())
      if (path == "fc.weight") all.push_back(tensor.value().to_vector());
    return all;
  };
  for (std::size_t step = 0; step < 6; ++step) {
    if (diagnostics) diagnostics->before_step(step);
    if (step == 0) result.before = weights();
    const Batch data = batch(10 + step);
    Tensor loss = cross_entropy((*model)(Tensor(data.images)), data.labels);
    sgd.zero_grad();
    loss.backward();
    sgd.step();
    if (step == 0) result.after = weights();
    if (diagnostics) diagnostics->after_step();
  }
  if (diagnostics) diagnostics->finish(6);
  log.finish();
  result.record = read_log(folder / "log.jsonl");
  result.fingerprint = fingerprint(model->state_dict());
  for (const auto& [path, value] : model->counters())
    result.fingerprint += " " + path + "=" + std::to_string(value);
  return result;
}

TEST_CASE("diagnostics: do not change a bit of a run, even with dropout and batch norm") {
  const auto plain = train(net_text, "kaiming_normal", {});
  CHECK(plain.record.layers.empty());
  for (const std::size_t every : {0, 1, 2})
    CHECK(train(net_text, "kaiming_normal", every).fingerprint == plain.fingerprint);
}

TEST_CASE("diagnostics: run at the chosen steps, and always at the first and the last") {
  const auto steps = [](std::size_t every) {
    std::vector<std::size_t> result;
    for (const LayerSignals& seen : train(net_text, "default", every).record.layers)
      result.push_back(seen.step);
    return result;
  };
  CHECK(steps(0) == std::vector<std::size_t>{0, 6});
  CHECK(steps(2) == std::vector<std::size_t>{0, 2, 4, 6});
  CHECK(steps(4) == std::vector<std::size_t>{0, 4, 6});
}

TEST_CASE("diagnostics: a log holds the measurements and the update that followed") {
  const Trained run = train(net_text, "kaiming_normal", 2);
  const LayerSignals& first = run.record.layers.front();
  REQUIRE(first.layers.size() == 8);
  double square = 0, weight = 0;
  for (std::size_t i = 0; i < run.before[0].size(); ++i) {
    square += std::pow(run.after[0][i] - run.before[0][i], 2.0);
    weight += std::pow(run.before[0][i], 2.0);
  }
  const LayerSignal& fc = first.layers[5];
  CHECK(fc.path == "fc");
  CHECK(fc.weight_norm == Approx(std::sqrt(weight)).epsilon(1e-5));
  REQUIRE(fc.update_norm);
  CHECK(*fc.update_norm == Approx(std::sqrt(square)).epsilon(1e-4));
  CHECK(fc.weight_gradient_norm > 0);
  CHECK(fc.units == 20);
  CHECK(fc.distinct == 20);
  CHECK_FALSE(run.record.layers.back().layers[5].update_norm);  // no step follows

  const std::size_t sizes[] = {4 * 100, 4 * 100, 4 * 100, 400, 400, 20, 20, 10};
  for (std::size_t i = 0; i < 8; ++i) {
    const LayerSignal& s = first.layers[i];
    INFO(s.path);
    for (const Histogram* h : {&s.outputs, &s.gradients}) {
      const std::size_t all = std::accumulate(h->counts.begin(), h->counts.end(), std::size_t{0});
      CHECK(all == images * sizes[i]);
      CHECK(h->low <= h->high);
      CHECK(h->counts.front() > 0);
      CHECK(h->counts.back() > 0);
    }
  }
}

TEST_CASE("diagnostics: equal units stay equal under zero and constant, but not with noise") {
  const auto distinct = [](const std::string& init) {
    std::vector<std::size_t> counts;
    for (const LayerSignals& seen : train(net_text, init, 3).record.layers)
      counts.push_back(seen.layers[5].distinct);
    return counts;
  };
  using Counts = std::vector<std::size_t>;
  CHECK(distinct("zero") == Counts{1, 1, 1});
  CHECK(distinct("constant:val=0.1") == Counts{1, 1, 1});
  CHECK(distinct("noise{base=constant; *.weight=normal_:mean=0.1,std=1e-3}") == Counts{20, 20, 20});
  CHECK(distinct("pair{base=kaiming_normal; fc.weight=zeros_}").front() == 1);
}

TEST_CASE("diagnostics: a thousand random units all count as distinct") {
  manual_seed(0);
  const auto net = parse_model("Sequential(Flatten(), Linear(784, 1000), ReLU(), Linear(1000, 10))",
                               default_generator());
  const auto seen =
      measure_signals(*net, randn({8, 1, 28, 28}).value(), std::vector<std::int64_t>(8, 3));
  CHECK(seen[1].units == 1000);
  CHECK(seen[1].distinct == 1000);
}

TEST_CASE("diagnostics: a log with infinite and NaN values is read back") {
  const auto run = train(net_text, "constant:val=1e30", 3);
  const LayerSignal& last = run.record.layers.front().layers.back();
  CHECK_FALSE(std::isfinite(last.std));
  CHECK(last.outputs.counts.empty());
}

TEST_CASE("diagnostics: tell whether a gradient reaches every layer") {
  CHECK(train(net_text, "kaiming_normal", 3).record.gradient_blocked == false);
  CHECK(train(net_text, "zero", 3).record.gradient_blocked == true);
  CHECK(train(net_text, "cut{base=kaiming_normal; out.weight=zeros_}", 3).record.gradient_blocked ==
        false);  // blocked in the first step only
  CHECK_FALSE(train(net_text, "zero", {}).record.gradient_blocked);
}

TEST_CASE("diagnostics: include the spreads that theory expects, if it has any") {
  const auto look = [](const std::string& text, const std::string& init) {
    manual_seed(4);
    const auto model = parse_model(text);
    apply_scheme(*model, init);
    const Batch data = batch(2);
    auto signals = measure_signals(*model, data.images, data.labels);
    const auto expectations = Recipe(init).expected(*model);
    predict_spreads(signals, *model, expectations);
    return std::pair(signals, fixed_point_of(signals, *model, expectations));
  };
  const std::string deep =
      "Sequential(Flatten(), Linear(144, 600), Tanh(), Linear(600, 600), Tanh(), Linear(600, 600), "
      "Tanh(), Linear(600, 10))";
  const auto [tanh, field] = look(deep, "mean_field:sigma_w=1.6,sigma_b=0.3");
  for (const std::size_t i : {1, 3, 5}) {
    REQUIRE(tanh[i].expected_std);
    CHECK(*tanh[i].expected_std == Approx(tanh[i].std).epsilon(0.06));
  }
  CHECK_FALSE(tanh[2].expected_std);
  REQUIRE(field);
  const auto same = init::fixed_point({init::activation("tanh"), 1.6, 0.3});
  CHECK(field->xi_c == Approx(same.xi_c).epsilon(1e-3));
  CHECK_FALSE(look(deep, "zero").first[3].expected_std.value_or(0) > 0);
  CHECK_FALSE(look(deep, "zero_o").first[1].expected_std);  // theory needs a random init
  std::string shifted = deep;
  for (std::size_t at; (at = shifted.find("Tanh()")) != std::string::npos;)
    shifted.replace(at, 6, "GeneralReLU(0.1, 0.4)");
  const auto fastai = look(shifted, "kaiming_normal").first;
  for (const std::size_t i : {1, 3, 5}) {
    REQUIRE(fastai[i].expected_std);
    CHECK(*fastai[i].expected_std == Approx(fastai[i].std).epsilon(0.06));
  }
  const auto [conv, none] = look(net_text, "kaiming_normal");
  CHECK(conv[0].expected_std);
  CHECK_FALSE(none);
}

TEST_CASE("diagnostics: histograms hold numbers that are as far apart as floats can be") {
  const auto net = parse_model("Sequential(Linear(1, 2, bias=False))");
  net->named_parameters()[0].second.copy_(Array({2, 1}, {3e38F, -3e38F}));
  const auto signals = measure_signals(*net, Array({2, 1}, {1, 0.5}), {0, 1});
  const auto& counts = signals[0].outputs.counts;
  REQUIRE(counts.size() > 2);
  CHECK(counts.front() == 1);
  CHECK(counts.back() == 1);
  CHECK(std::accumulate(counts.begin(), counts.end(), std::size_t{0}) == 4);
}

}  // namespace
}  // namespace fanin
