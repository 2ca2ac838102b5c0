#include "init/init.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"
#include "init/function_table.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/tally.hpp"

namespace fanin {
namespace {

// Makes a call of the golden file on a float tensor, drawing from the generator.
Array call_init(const GoldenCall& call, Generator& generator) {
  Tensor t{Array(call.shape())};
  const std::string& f = call.function;
  const auto kaiming = [&](auto function) {
    return function(t, call.number("a"), call.word("mode"), call.word("nonlinearity"), generator);
  };
  if (f == "uniform_") init::uniform_(t, call.number("a"), call.number("b"), generator);
  if (f == "normal_") init::normal_(t, call.number("mean"), call.number("std"), generator);
  if (f == "constant_") init::constant_(t, call.number("val"));
  if (f == "ones_") init::ones_(t);
  if (f == "zeros_") init::zeros_(t);
  if (f == "xavier_uniform_") init::xavier_uniform_(t, call.number("gain"), generator);
  if (f == "xavier_normal_") init::xavier_normal_(t, call.number("gain"), generator);
  if (f == "kaiming_uniform_") kaiming(init::kaiming_uniform_);
  if (f == "kaiming_normal_") kaiming(init::kaiming_normal_);
  const auto cut = [&](auto function) {
    function(t, call.number("mean"), call.number("std"), call.number("a"), call.number("b"),
             generator);
  };
  if (f == "trunc_normal_") cut(init::trunc_normal_);
  if (f == "trunc_normal_erfinv_") cut(init::trunc_normal_erfinv_);
  if (f == "orthogonal_") init::orthogonal_(t, call.number("gain"), generator);
  if (f == "sparse_") init::sparse_(t, call.number("sparsity"), call.number("std"), generator);
  if (f == "eye_") init::eye_(t);
  if (f == "dirac_") init::dirac_(t, call.count("groups"));
  if (!call.has("head")) return t.value();
  const std::size_t head = call.count("head");
  return Array({head}, std::vector<Real>(t.value().begin(), t.value().begin() + head));
}

// The allowed gap, relative to the largest number. Rounding in erfinv and LAPACK depends on the
// build.
double tolerance(const std::string& function) {
  if (function == "trunc_normal_erfinv_") return 1e-5;
  return function == "orthogonal_" ? 2e-4 : 0;
}

TEST_CASE(
    "init: recorded tensors equal PyTorch's, bit for bit unless rounding depends on the build") {
  std::map<std::string, std::size_t> cases;
  for (const auto& [name, stored] : read_safetensors(golden_path("init.safetensors"))) {
    const GoldenCall call(name);
    if (call.has("step") || call.function.ends_with("_64")) continue;
    ++cases[call.function];
    INFO(name);
    Generator generator(call.count("seed"));
    const Tally tally("Draws", call.function, name);
    if (call.function == "randperm") {
      const bool same =
          generator.randperm(call.count("n")) == std::get<std::vector<std::int64_t>>(stored.data);
      CHECK(same);
      Tally::compared(same);
      continue;
    }
    const double allowed = tolerance(call.function);
    const Array got = call_init(call, generator), want = stored.array();
    CHECK((allowed > 0 ? gap(got, want) <= allowed : same_bits(got, want)));
    Tally::compared(got, want, allowed);
  }
  const std::map<std::string, std::size_t> want{{"constant_", 45},
                                                {"dirac_", 40},
                                                {"eye_", 42},
                                                {"kaiming_normal_", 192},
                                                {"kaiming_uniform_", 192},
                                                {"normal_", 119},
                                                {"ones_", 52},
                                                {"orthogonal_", 48},
                                                {"randperm", 40},
                                                {"sparse_", 48},
                                                {"trunc_normal_", 136},
                                                {"trunc_normal_erfinv_", 85},
                                                {"uniform_", 119},
                                                {"xavier_normal_", 96},
                                                {"xavier_uniform_", 96},
                                                {"zeros_", 52}};
  CHECK(cases == want);
}

// They include double draws: each number uses 64 bits, and from 16 normals on, the end is redrawn.
// generator_f64_test.cpp checks their values.
TEST_CASE("init: sequences of calls equal PyTorch's, bit for bit") {
  const StoredTensors tensors = read_safetensors(golden_path("init.safetensors"));
  std::size_t steps = 0;
  Generator generator;
  for (std::uint64_t seed : {0ULL, 42ULL, (1ULL << 32) + 5})
    for (std::size_t step = 0; step < 20; ++step)
      for (const auto& [name, stored] : tensors) {
        if (!name.starts_with("sequence|")) continue;
        const GoldenCall call(name);
        if (call.count("seed") != seed || call.count("step") != step) continue;
        INFO(name);
        const Tally tally("Draws", "sequences of calls", name);
        ++steps;
        if (step == 0) generator.manual_seed(seed);
        if (call.function == "randperm") {
          const bool same = generator.randperm(call.count("n")) ==
                            std::get<std::vector<std::int64_t>>(stored.data);
          CHECK(same);
          Tally::compared(same);
        } else if (call.function.ends_with("_64")) {
          const std::size_t n = call.shape().numel();
          if (call.function == "normal_64" && n < 16) {
            init::normal_(Tensor(Array(call.shape())), 0, 1, generator);
            continue;
          }
          const bool redrawn = call.function == "normal_64" && n % 16 != 0;
          for (std::size_t i = 0; i < n + (redrawn ? 16 : 0); ++i) generator.random64();
        } else {
          const Array got = call_init(call, generator);
          CHECK(same_bits(got, stored.array()));
          Tally::compared(got, stored.array(), 0);
        }
      }
  CHECK(steps == 23);
}

template <class T>
concept Slope = requires(T slope) {
  init::calculate_gain("leaky_relu", slope);
};
static_assert(Slope<double> && Slope<int> && !Slope<bool>);  // PyTorch refuses True too

TEST_CASE("init: gains equal PyTorch's") {
  std::ifstream file(golden_path("gains.json"));
  const auto gains = nlohmann::json::parse(file);
  CHECK(gains.size() == 10);
  for (const auto& [name, gain] : gains.items()) {
    INFO(name);
    const GoldenCall call(name);
    std::optional<double> slope;
    if (call.has("param")) slope = call.number("param");
    const Tally tally("Draws", "calculate_gain", name);
    const bool same = init::calculate_gain(call.function, slope) == gain.get<double>();
    CHECK(same);
    Tally::compared(same);
  }
  CHECK(init::calculate_gain("conv_transpose2d") == 1);
  CHECK_THROWS_WITH(init::calculate_gain("gelu"), "Unsupported nonlinearity gelu");
  CHECK_THROWS_WITH(init::calculate_gain("leaky_relu", NAN),
                    "negative_slope nan not a valid number");
  CHECK(init::calculate_gain("leaky_relu", 1) == 1);  // a whole number is a valid slope
}

TEST_CASE("init: fans include the receptive field") {
  const auto fans = [](const Shape& shape) {
    const init::Fans f = init::calculate_fans(shape);
    return std::pair(f.in, f.out);
  };
  CHECK(fans({5, 3}) == std::pair<std::size_t, std::size_t>(3, 5));
  CHECK(fans({8, 4, 3, 5}) == std::pair<std::size_t, std::size_t>(60, 120));
  CHECK(fans({8, 4, 2, 3, 5}) == std::pair<std::size_t, std::size_t>(120, 240));
  CHECK(fans({0, 4}) == std::pair<std::size_t, std::size_t>(4, 0));
  for (const Shape& shape : {Shape{}, Shape{3}})
    CHECK_THROWS_WITH(
        init::calculate_fans(shape),
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
}

TEST_CASE("init: wrong arguments are refused with PyTorch's messages") {
  const Tensor t{Array({3, 4})};
  Generator generator(1);
  const std::string before = generator.state();
  CHECK_THROWS_WITH(init::uniform_(t, 1, 0, generator),
                    "uniform_ expects to return a [from, to) range, but found from=1 > to=0");
  for (const double infinite : {3e38, double(INFINITY), double(NAN)})
    CHECK_THROWS_AS(init::uniform_(t, -infinite, infinite, generator), Error);
  CHECK_THROWS_WITH(init::normal_(t, 0, -1, generator),
                    "normal expects std >= 0.0, but found std -1");
  CHECK_THROWS_WITH(init::normal_(t, 0, NAN, generator),
                    "normal expects std >= 0.0, but found std nan");
  CHECK_THROWS_WITH(init::kaiming_normal_(t, NAN, "fan_in", "leaky_relu", generator),
                    "negative_slope nan not a valid number");
  const std::string modes = "please use one of ['fan_in', 'fan_out']";
  CHECK_THROWS_WITH(init::kaiming_uniform_(t, 0, "fan_avg", "relu", generator),
                    "Mode fan_avg not supported, " + modes);
  CHECK_THROWS_WITH(init::kaiming_normal_(t, 0, "Fan", "relu", generator),
                    "Mode fan not supported, " + modes);
  CHECK_THROWS_WITH(init::kaiming_normal_(t, 0, "fan_in", "Relu", generator),
                    "Unsupported nonlinearity Relu");
  const std::string few =
      "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions";
  const Tensor line{Array({3})};
  CHECK_THROWS_WITH(init::xavier_uniform_(line, 1, generator), few);
  CHECK_THROWS_WITH(init::xavier_normal_(line, 1, generator), few);
  CHECK_THROWS_WITH(init::kaiming_uniform_(line, 0, "fan_in", "relu", generator), few);
  CHECK_THROWS_WITH(init::kaiming_normal_(line, 0, "fan_in", "relu", generator), few);
  CHECK_THROWS_AS(init::xavier_uniform_(Tensor(Array({0, 0})), 1, generator), Error);
  for (const double huge : {1e39, -3.5e38})
    CHECK_THROWS_WITH(init::constant_(t, huge),
                      "value cannot be converted to type float without overflow");
  CHECK(std::isinf(init::constant_(t, INFINITY).value().at({0, 0})));
  CHECK(generator.state() == before);
}

TEST_CASE("init: modes ignore case, and empty tensors draw nothing") {
  Generator a(1), b(1);
  const Tensor x{Array({3, 4})}, y{Array({3, 4})};
  init::kaiming_uniform_(x, 0, "FAN_OUT", "relu", a);
  init::kaiming_uniform_(y, 0, "fan_out", "relu", b);
  CHECK(same_bits(x.value(), y.value()));
  init::kaiming_normal_(Tensor(Array({0, 4})), 0, "no mode", "no name", a);
  init::kaiming_uniform_(Tensor(Array({4, 0})), 0, "no mode", "no name", a);
  CHECK(a.state() == b.state());
}

TEST_CASE("init: in any layout, an array is filled in row-major order") {
  for (const InitFunction& function : init_function_table()) {
    INFO(function.name);
    const std::string& name = function.name;
    const std::string argument = name == "constant_" ? ":val=2"
                                 : name == "sparse_" ? ":sparsity=0.3"
                                                     : "";
    const Shape shape = name == "dirac_"              ? Shape{4, 3, 5}
                        : name == "delta_orthogonal_" ? Shape{6, 5, 3}
                        : name == "forget_gate_bias_" ? Shape{8}
                        : name == "orthogonal_gates_" ? Shape{20, 5}
                                                      : Shape{6, 5};
    Generator a(1), b(1);
    const Tensor plain{Array(shape)}, odd{Array(shape, 0)};
    const Real* memory = odd.value().data();
    parse_init_call(name + argument).fill(plain, a);
    parse_init_call(name + argument).fill(odd, b);
    CHECK(same_bits(odd.value(), plain.value()));
    CHECK(odd.value().data() == memory);
    CHECK(odd.value().is_batch_last());
  }
  const Array turned = Array({3, 2}).permute({1, 0});
  init::kaiming_normal_(Tensor(turned));
  CHECK_FALSE(turned.is_row_major());
}

TEST_CASE("init: a tensor is filled in place, outside autograd, and returned") {
  manual_seed(1);
  const Tensor weight(Array::full({4, 5}, 0), true);
  const Real* memory = weight.value().data();
  const Tensor same = init::xavier_normal_(weight);
  CHECK(same.value().data() == memory);
  CHECK(weight.value().data() == memory);
  CHECK(weight.requires_grad());
  CHECK(weight.value().at({0, 0}) != 0);
  Array array({3});
  init::ones_(Tensor(array));
  CHECK(array.to_vector() == std::vector<Real>{1, 1, 1});
}

}  // namespace
}  // namespace fanin
