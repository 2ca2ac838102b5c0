#include "experiments/run/signals.hpp"

#include <catch2/catch.hpp>

#include "experiments/run/models.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/linear.hpp"
#include "framework/ops/loss.hpp"
#include "init/schemes.hpp"
#include "tests/support/arrays.hpp"

namespace fanin {
namespace {

struct Case {
  Array images;
  std::vector<std::int64_t> labels;
};

Case batch(std::size_t n = 64) {
  std::mt19937 random(1);
  Case result{random_array(random, {n, 1, 28, 28}, 0, -0.5, 3), {}};
  for (std::size_t i = 0; i < n; ++i) result.labels.push_back(static_cast<std::int64_t>(i % 10));
  return result;
}

std::vector<LayerSignal> signals_of(const std::string& model, const std::string& scheme) {
  Generator generator(3);
  const auto net = make_model(model, generator);
  const Case c = batch();
  apply_scheme(*net, scheme, generator, {.images = [&] { return c.images; }});
  return measure_signals(*net, c.images, c.labels);
}

std::string words(const std::string& model, const std::string& scheme) {
  std::string text;
  for (const std::string& line : verdicts(signals_of(model, scheme))) text += line + "\n";
  return text;
}

TEST_CASE("signals: are the spreads of a layer's output and of the loss's gradient there") {
  Generator generator(1);
  const auto net = parse_model(
      "Sequential((a): Linear(5, 7) (inner): Sequential((b): Linear(7, 6, bias=False)))",
      generator);
  std::mt19937 random(2);
  const Array x = random_array(random, {9, 5});
  const std::vector<std::int64_t> labels{0, 1, 2, 3, 4, 5, 0, 1, 2};
  const auto signals = measure_signals(*net, x, labels);
  for (const Tensor& parameter : net->parameters()) CHECK_FALSE(parameter.grad().defined());

  const auto parameters = net->parameters();
  const Tensor y(linear(Tensor(x), parameters[0], parameters[1]).value(), true);
  const Tensor z(linear(y, parameters[2], {}).value(), true);
  cross_entropy(z, labels).backward();
  Tensor again = linear(y, parameters[2], {});
  again.backward(z.grad());
  REQUIRE(signals.size() == 2);
  CHECK(signals[0].path == "a");
  CHECK(signals[1].path == "inner.b");
  CHECK(signals[0].std == Approx(Spread(y.value()).std));
  CHECK(signals[1].mean == Approx(Spread(z.value()).mean));
  CHECK(signals[1].gradient_std == Approx(Spread(z.grad()).std));
  CHECK(signals[0].gradient_std == Approx(Spread(y.grad()).std));
  double square = 0;
  for (Real value : x) square += value * value / 45;
  CHECK(signals[0].input_square == Approx(square));
}

TEST_CASE("signals: reach the layers inside of any module, in the order of the calls") {
  const auto signals = signals_of("lstm:hidden=16", "keras");
  REQUIRE(signals.size() == 2);
  CHECK(signals[0].path == "lstm");
  CHECK(signals[0].type == "LSTM");
  CHECK(signals[1].path == "fc");
  for (const LayerSignal& s : signals) {
    CHECK(s.weighted);
    CHECK(s.std > 0);
    CHECK(s.gradient_std > 0);
    CHECK_FALSE(s.units_equal);
  }
}

TEST_CASE("signals: dead units, saturated outputs and equal units are counted") {
  Generator generator(1);
  const auto net = parse_model(
      "Sequential((0): Flatten() (fc): Linear(784, 8) (relu): ReLU() (mid): Linear(8, 4) "
      "(tanh): Tanh() (out): Linear(4, 10))",
      generator);
  apply_scheme(*net, "mine{fc.weight=constant_:val=1; fc.bias=zeros_; mid.*=zeros_; out.*=zeros_}",
               generator);
  const auto parameters = net->named_parameters();
  Tensor bias = parameters[1].second, mid = parameters[3].second;
  for (std::size_t i = 0; i < 2; ++i) bias.value().data()[i] = -1e6f;  // two of eight never fire
  mid.value().data()[0] = 100;                                         // one of four is far out
  const Case c = batch();
  const auto signals = measure_signals(*net, c.images, c.labels);
  CHECK(signals[2].dead == 0.25);
  CHECK(signals[4].saturated == 0.25);
  CHECK(signals[1].dead == 0);
  CHECK_FALSE(signals[1].units_equal);  // their biases differ
  CHECK(signals[5].units_equal);
  const auto lines = verdicts(signals);
  const auto has = [&](const std::string& line) { return std::ranges::count(lines, line) == 1; };
  CHECK(has("dead ReLU units, 0 for every image: 25 % in layer relu"));
  CHECK(has("saturated outputs: 25 % in layer tanh, Tanh"));
  // The last layer may begin at zero: its units have different labels.
  CHECK_FALSE(has("all units of a layer are equal, and stay so however long they train"));
}

TEST_CASE("signals: units are told apart by all that is theirs, biases and gates") {
  Generator generator(1);
  const auto net = parse_model("Sequential(Flatten(), Linear(784, 8), Linear(8, 10))", generator);
  apply_scheme(*net, "mine{*.weight=constant_:val=0.1; *.bias=zeros_}", generator);
  const Case c = batch();
  CHECK(measure_signals(*net, c.images, c.labels)[1].distinct == 1);
  Tensor bias = net->named_parameters()[1].second;
  for (std::size_t i = 0; i < 3; ++i) bias.value().data()[i] = static_cast<Real>(i);
  CHECK(measure_signals(*net, c.images, c.labels)[1].distinct == 3);

  const auto lstm = make_model("lstm:hidden=6", generator);
  apply_scheme(*lstm, "mine{*=constant_:val=0.1}", generator);
  Tensor gates = lstm->named_parameters()[0].second;  // weight_ih_l0 [24, 28]
  gates.value().data()[(3 * 6 + 2) * 28] = 1;         // the last gate of the third unit
  const LayerSignal first = measure_signals(*lstm, c.images, c.labels).front();
  CHECK(first.units == 6);
  CHECK(first.distinct == 2);
}

TEST_CASE("signals: are of their own batch, whatever gradients training left") {
  Generator generator(1);
  const auto net = parse_model("Sequential(Flatten(), Linear(784, 10))", generator);
  const Case c = batch();
  const double fresh = measure_signals(*net, c.images, c.labels)[1].weight_gradient_norm;
  net->parameters()[0].grad() = Array::full({10, 784}, 5);
  CHECK(measure_signals(*net, c.images, c.labels)[1].weight_gradient_norm == fresh);
}

TEST_CASE("signals: equal units are said to stay equal only where that is certain") {
  const auto said = [](const std::string& layers, const std::string& scheme) {
    Generator generator(3);
    const auto net = parse_model("Sequential((0): Flatten()\n" + layers + ")", generator);
    apply_scheme(*net, scheme, generator);
    const Case c = batch();
    std::string text;
    for (const std::string& line : verdicts(measure_signals(*net, c.images, c.labels)))
      text += line + "\n";
    return text;
  };
  const auto stay = Catch::Contains("all units of a layer are equal, and stay so however long");
  const auto start = Catch::Contains("all units of a layer start equal: layer fc");
  const std::string fc = "(fc): Linear(784, 20) (act): Tanh()", top = "(out): Linear(20, 10)";
  CHECK_THAT(said(fc + top, "constant:val=0.001"), stay);
  CHECK_THAT(said(fc + top, "zero"), stay);
  // What comes after tells the units apart: other weights, or a mask.
  CHECK_THAT(said(fc + top, "mine{base=kaiming_normal; fc.weight=constant_:val=0.001}"), start);
  CHECK_THAT(said(fc + "(drop): Dropout(0.5)" + top, "constant:val=0.001"), start);
  // Gates are no units of their own.
  const std::string lstm = "(fc): LSTM(784, 20)";
  CHECK_THAT(said(lstm + top, "mine{base=constant; fc.*=constant_:val=0.001}"), start);
  // A norm's weights are ones to begin with, of whatever rank.
  CHECK_THAT(said("(norm): LayerNorm((784,))" + fc + top, "kaiming_normal"),
             !Catch::Contains("all units"));
  const auto net =
      parse_model("Sequential((norm): LayerNorm((28, 28)) (0): Flatten() " + fc + top + ")");
  for (const Expectation& e : expected_stds(*net, "default"))
    if (e.path.starts_with("norm")) CHECK(e.std == 0);
  const auto signals = measure_signals(*net, batch().images, batch().labels);
  CHECK_FALSE(signals[0].weighted);
  CHECK_FALSE(signals[0].units_equal);
}

TEST_CASE("signals: the words say what a deep net does under an init") {
  const std::string keep = "signals keep their size in both directions";
  const std::string net = "mlp:depth=30,width=64";
  CHECK_THAT(words(net, "kaiming_normal"), Catch::Contains(keep));
  CHECK_THAT(words(net, "lsuv"), Catch::Contains(keep));
  CHECK_THAT(words(net, "xavier_uniform"), Catch::Contains("activations vanish: std ") &&
                                               Catch::Contains("gradients, on their way back, "
                                                               "vanish: std ") &&
                                               !Catch::Contains(keep));
  // Biases keep the default's outputs apart from 0, but not one image's from another's.
  CHECK_THAT(words(net, "default"),
             Catch::StartsWith("the differences between images vanish: std "));
  CHECK_THAT(words(net, "normal:std=1"), Catch::Contains("activations explode: std ") &&
                                             Catch::Contains("gradients, on their way back, "
                                                             "explode"));
  CHECK_THAT(words(net, "zero"), Catch::Contains("activations vanish: they are all the same") &&
                                     Catch::Contains("100 % in layer 2") &&
                                     Catch::Contains("all units of a layer are equal"));
  CHECK_THAT(words("mlp:depth=60,width=64", "constant"),
             Catch::Contains("activations explode: std ") && Catch::Contains("becomes infinite"));
  CHECK_THAT(words("mlp:depth=3,act=tanh", "normal:std=1"), Catch::Contains("saturated outputs: "));
  CHECK(words("lstm", "default") == "nothing stands out\n");
}

}  // namespace
}  // namespace fanin
