#include "experiments/look/signals.hpp"

#include <fmt/format.h>

#include "experiments/task/models.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/optimizer.hpp"
#include "init/recipe.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

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

TEST_CASE("signals: are the std of a layer's output and of the loss's gradient there") {
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

TEST_CASE("signals: include the layers inside any module, in the order of calls") {
  const auto signals = signals_of("lstm:hidden=16", "keras");
  REQUIRE(signals.size() == 2);
  CHECK(signals[0].path == "lstm");
  CHECK(signals[0].type == "LSTM");
  CHECK(signals[1].path == "fc");
  for (const LayerSignal& s : signals) {
    CHECK(s.weighted);
    CHECK(s.std > 0);
    CHECK(s.gradient_std > 0);
    CHECK(s.units_are == Units::differ);
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
  for (std::size_t i = 0; i < 2; ++i) bias.value().data()[i] = -1e6f;  // two of eight are dead
  mid.value().data()[0] = 100;                                         // one of four is saturated
  const Case c = batch();
  const auto signals = measure_signals(*net, c.images, c.labels);
  CHECK(signals[2].dead == 0.25);
  CHECK(signals[4].saturated == 0.25);
  CHECK(signals[1].dead == 0);
  CHECK(signals[1].units_are == Units::differ);  // their biases differ
  CHECK(signals[5].units_are != Units::differ);
  const auto lines = verdicts(signals);
  const auto has = [&](const std::string& line) { return std::ranges::count(lines, line) == 1; };
  CHECK(has("dead ReLU units (0 for every image): most in the ReLU after layer 1, 25 %"));
  CHECK(has("saturated outputs: up to 25 %, in the Tanh behind layer 2"));
  // The last layer may start at zero, because its units have different labels.
  CHECK(
      std::ranges::none_of(lines, [](const auto& line) { return line.starts_with("all units"); }));
}

TEST_CASE("signals: equal units must be equal in all weights, including biases and gates") {
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

TEST_CASE("signals: depend only on their own batch, not on gradients that training left") {
  Generator generator(1);
  const auto net = parse_model("Sequential(Flatten(), Linear(784, 10))", generator);
  const Case c = batch();
  const double fresh = measure_signals(*net, c.images, c.labels)[1].weight_gradient_norm;
  net->parameters()[0].grad() = Array::full({10, 784}, 5);
  CHECK(measure_signals(*net, c.images, c.labels)[1].weight_gradient_norm == fresh);
}

// The verdicts on a network that consists of Flatten and these layers.
std::string said(const std::string& layers, const std::string& scheme) {
  Generator generator(3);
  const auto net = parse_model("Sequential((0): Flatten()\n" + layers + ")", generator);
  apply_scheme(*net, scheme, generator);
  const Case c = batch();
  std::string text;
  for (const std::string& line : verdicts(measure_signals(*net, c.images, c.labels)))
    text += line + "\n";
  return text;
}

const std::string fc = "(fc): Linear(784, 20) (act): Tanh()", top = "(out): Linear(20, 10)";
const std::string start =
    "all units of a layer start equal, and training makes them differ: layer 1\n";

TEST_CASE(
    "signals: units that a verdict calls equal stay equal in training, at least up to rounding") {
  const auto layers = GENERATE(as<std::string>(), fc, "(fc): LSTM(784, 20)", "(fc): GRU(784, 20)",
                               "(fc): Linear(784, 20) (act): ReLU() (fc2): Linear(20, 20)");
  const auto scheme = GENERATE(as<std::string>(), "mine{*=constant_:val=0.001}", "mine{*=zeros_}",
                               "mine{*=constant_:val=0.002; *.bias*=zeros_}");
  INFO(layers << " under " << scheme);
  Generator generator(3);
  const auto net = parse_model("Sequential((0): Flatten()\n" + layers + top + ")", generator);
  apply_scheme(*net, scheme, generator);
  const Case c = batch();
  const auto fc_signal = [&] { return measure_signals(*net, c.images, c.labels)[1]; };
  const Units said = fc_signal().units_are;
  CHECK(said == (scheme == "mine{*=zeros_}" ? Units::equal_without_gradient
                                            : Units::equal_but_for_rounding));
  SGD optimizer(net->parameters(), {.lr = 0.1});
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    cross_entropy((*net)(Tensor(c.images)), c.labels).backward();
    optimizer.step();
  }
  const LayerSignal after = fc_signal();
  CHECK(after.distinct == 1);
  if (said == Units::equal_without_gradient)
    CHECK(after.units_are == Units::equal_without_gradient);
}

TEST_CASE("signals: in a deep net of zeros, a gradient reaches one more layer with each step") {
  const std::string act = GENERATE("Sigmoid", "ReLU");
  const std::size_t depth = GENERATE(5, 12, 30);
  std::string layers = fmt::format("(fc0): Linear(784, 101) (act0): {}()\n", act);
  for (std::size_t i = 1; i < depth; ++i)
    layers += fmt::format("(fc{0}): Linear(101, 101) (act{0}): {1}()\n", i, act);
  const std::string words = said(layers + "(out): Linear(101, 10)", "zero");
  INFO(words);
  CHECK((words.find("only rounding can make them differ") != std::string::npos) ==
        (act == "Sigmoid"));
  CHECK((words.find("no gradient reaches them") != std::string::npos) == (act == "ReLU"));
}

TEST_CASE("signals: units only start equal if something can tell them apart") {
  // Different weights or a dropout mask follow after the units.
  CHECK_THAT(said(fc + top, "mine{base=kaiming_normal; fc.weight=constant_:val=0.001}"),
             ContainsSubstring(start));
  CHECK_THAT(said(fc + "(drop): Dropout(0.5)" + top, "constant:val=0.001"),
             ContainsSubstring(start));
  // The gates of this LSTM are equal, but gates are not units.
  CHECK_THAT(said("(fc): LSTM(784, 1)(out): Linear(1, 10)", "mine{*=constant_:val=0.001}"),
             !ContainsSubstring("all units"));
}

TEST_CASE(
    "signals: the verdict names the layers with equal units and says whether they stay equal") {
  const auto words = [](Units first, Units second) {
    std::vector<LayerSignal> signals(3);
    for (LayerSignal& s : signals) s.weighted = true;
    signals[0].path = "one", signals[0].units_are = first;
    signals[1].path = "two", signals[1].units_are = second;
    signals[2].path = "top", signals[2].units_are = Units::equal_without_gradient;
    std::string text;
    for (const std::string& line : verdicts(signals))
      if (line.starts_with("all units")) text += line + "\n";
    return text;
  };
  const std::string none = "all units of a layer are equal, and no gradient reaches them: ",
                    rounding =
                        "all units of a layer are equal, and only rounding can make them differ: ",
                    start = "all units of a layer start equal, and training makes them differ: ";
  CHECK(words(Units::differ, Units::differ).empty());
  CHECK(words(Units::start_equal, Units::differ) == start + "layer 1\n");
  CHECK(words(Units::start_equal, Units::equal_but_for_rounding) ==
        rounding + "layer 2\n" + start + "layer 1\n");
  CHECK(words(Units::equal_without_gradient, Units::equal_without_gradient) ==
        none + "layers 1, 2\n");
}

TEST_CASE("signals: a norm layer has no units that could be equal") {
  CHECK_THAT(said("(norm): LayerNorm((784,))" + fc + top, "kaiming_normal"),
             !ContainsSubstring("all units"));
  const auto net =
      parse_model("Sequential((norm): LayerNorm((28, 28)) (0): Flatten() " + fc + top + ")");
  for (const Expectation& e : Recipe("default").expected(*net))
    if (e.path.starts_with("norm")) CHECK(e.std == 0);
  const auto signals = measure_signals(*net, batch().images, batch().labels);
  CHECK_FALSE(signals[0].weighted);
  CHECK(signals[0].units_are == Units::differ);
}

// Hidden layers of these sizes of outputs, and an output layer.
std::vector<LayerSignal> layers_of_std(const std::vector<double>& sizes) {
  std::vector<LayerSignal> signals;
  for (const double size : sizes) {
    LayerSignal& s = signals.emplace_back();
    s.std = s.image_std = s.gradient_std = size;
    s.weighted = true;
  }
  signals.emplace_back(signals.back()).std = 7;
  return signals;
}

TEST_CASE("signals: a flow has a factor over the net and per layer, and three grades") {
  const auto grade = [](double to) { return Flow{2, 2 * to, 4}.grade(); };
  CHECK(Flow{2, 2. / 81, 4}.per_layer() == Approx(1. / 3));
  for (const double keeps : {1., 2.9, 1 / 2.9}) CHECK(grade(keeps) == Flow::Grade::keeps);
  for (const double changes : {3.1, 1 / 3.1, 99., 1. / 99})
    CHECK(grade(changes) == Flow::Grade::changes);
  for (const double lost : {101., 1. / 101, 0., HUGE_VAL, std::nan("")})
    CHECK(grade(lost) == Flow::Grade::lost);
  CHECK_FALSE(flows_of(layers_of_std({1})));
  const auto flows = flows_of(layers_of_std({8, 4, 2}));
  REQUIRE(flows);
  CHECK(flows->outputs.factor() == 0.25);
  CHECK(flows->outputs.per_layer() == 0.5);
  CHECK(flows->gradients.factor() == 4);
}

TEST_CASE("signals: verdicts name the layers, the factors and the output layer") {
  const auto words = [](const std::vector<double>& sizes) {
    return verdicts(layers_of_std(sizes));
  };
  CHECK(words({8, 4, 2}) ==
        std::vector<std::string>{
            "outputs shrink: std 8 in layer 1, 2 in layer 3 (×0.25 in all, ×0.5 per layer)",
            "gradients grow: norm 2 in layer 3, 8 in layer 1 (×4 in all, ×2 per layer)",
            "output layer: std 7"});
  CHECK(words({1, 1, 0, 0})[0] == "outputs vanish (std 0 in layer 3)");
  for (const double last : {1., HUGE_VAL})
    CHECK(words({1, 1, HUGE_VAL, last})[0] == "outputs explode (std not finite in layer 3)");
  auto alike = layers_of_std({1, 1, 1});
  alike[2].image_std = 1e-4;
  CHECK(flow_verdicts(alike, true) ==
        std::vector<std::string>{
            "differences between images vanish: image std 1 in layer 1, 0.0001 in "
            "layer 3 (×0.0001 in all, ×0.01 per layer)"});
}

TEST_CASE("signals: a convolution's gradient counts by its norm, whatever the size of its output") {
  auto signals = layers_of_std({1, 1});
  signals[0].numbers = 400, signals[1].numbers = 100;
  signals[0].gradient_std = 1, signals[1].gradient_std = 2;
  CHECK(flows_of(signals)->gradients.factor() == 1);
}

TEST_CASE("signals: the verdicts say how signals change in a deep net under an init") {
  const std::string net = "mlp:depth=30,width=64";
  CHECK_THAT(words(net, "kaiming_normal"),
             ContainsSubstring("outputs roughly keep their size: std "));
  CHECK_THAT(words(net, "lsuv"), ContainsSubstring("outputs roughly keep their size: std 1 ") &&
                                     ContainsSubstring("gradients roughly keep their size: norm "));
  CHECK_THAT(words(net, "xavier_uniform"), ContainsSubstring("outputs vanish: std ") &&
                                               ContainsSubstring("gradients vanish: norm ") &&
                                               !ContainsSubstring("keep"));
  // With the default init, biases keep outputs from 0, but all images give nearly the same output.
  CHECK_THAT(words(net, "default"), StartsWith("outputs shrink: std ") &&
                                        ContainsSubstring("differences between images vanish: "));
  CHECK_THAT(words(net, "normal:std=1"), ContainsSubstring("outputs explode: std ") &&
                                             ContainsSubstring("gradients explode: norm "));
  CHECK_THAT(words(net, "zero"), ContainsSubstring("outputs vanish (std 0 in layer 1)") &&
                                     ContainsSubstring("ReLU after layer 1, 100 %") &&
                                     ContainsSubstring("all units of a layer are equal"));
  CHECK_THAT(words("mlp:depth=60,width=64", "constant"),
             ContainsSubstring("outputs explode (std not finite in layer "));
  CHECK_THAT(words("mlp:depth=3,act=tanh", "normal:std=1"),
             ContainsSubstring("saturated outputs: "));
  CHECK_THAT(words("lenet5", "default"), ContainsSubstring("in layer 4"));
  CHECK(words("lstm", "default") == "nothing stands out\n");
}

TEST_CASE("signals: mean-field theory goes layer by layer, and from an error in q") {
  Generator generator(1);
  const auto net = parse_model(
      "Sequential((0): Flatten() (a): Linear(784, 300) (x): SiLU() (b): Linear(300, 300) (y): "
      "SiLU() "
      "(c): Linear(300, 300) (z): Tanh() (d): Linear(300, 10))",
      generator);
  const Recipe recipe("mean_field:sigma_w=1.5,sigma_b=0.2");
  recipe.apply(*net, generator);
  const Case c = batch();
  const auto steps =
      mean_field_steps(measure_signals(*net, c.images, c.labels), *net, recipe.expected(*net));
  REQUIRE(steps.size() == 3);
  const auto silu = init::activation("silu"), tanh = init::activation("tanh");
  double q = steps[0].q, high = 1.1 * q;
  for (std::size_t i = 0; i < 3; ++i) {
    const init::MeanField at{i < 2 ? silu : tanh, 1.5, 0.2};
    CHECK(steps[i].number == i + 2);
    CHECK(steps[i].q == Approx(q));
    CHECK(steps[i].chi_1 == Approx(at.chi(q)));
    CHECK(steps[i].slope ==
          Approx((at.variance(1.001 * q) - at.variance(0.999 * q)) / (0.002 * q)));
    q = at.variance(q), high = at.variance(high);
    CHECK(steps[i].q_out == Approx(q));
    CHECK(steps[i].high == Approx(high));
  }
  const auto lenet = make_model("lenet5", generator);  // ends at max pooling
  CHECK(mean_field_steps(measure_signals(*lenet, c.images, c.labels), *lenet,
                         Recipe("default").expected(*lenet))
            .empty());
}

}  // namespace
}  // namespace fanin
