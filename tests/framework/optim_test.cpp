#include <cmath>
#include <limits>
#include <regex>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/optim/clip_grad.hpp"
#include "framework/optim/muon.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/optim/schedule.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/parity.hpp"

// Compares optimisers and clipping with PyTorch's recorded numbers.
namespace fanin {
namespace {

std::unique_ptr<Optimizer> make_optimizer(const std::string& call, const Tensor& parameter) {
  const std::string name = call.substr(0, call.find('('));
  auto given = arguments(call);
  const auto take = [&](const char* key, double& value) {
    if (given.count(key) > 0) value = std::stod(given.at(key));
    given.erase(key);
  };
  std::unique_ptr<Optimizer> result;
  if (name == "SGD") {
    SGDOptions o;
    take("lr", o.lr), take("momentum", o.momentum), take("dampening", o.dampening);
    take("weight_decay", o.weight_decay);
    o.nesterov = given.erase("nesterov") > 0;
    result = std::make_unique<SGD>(std::vector{parameter}, o);
  } else if (name == "RMSprop") {
    RMSpropOptions o;
    take("lr", o.lr), take("alpha", o.alpha), take("eps", o.eps), take("momentum", o.momentum);
    take("weight_decay", o.weight_decay);
    o.centered = given.erase("centered") > 0;
    result = std::make_unique<RMSprop>(std::vector{parameter}, o);
  } else if (name == "Adam" || name == "AdamW") {
    AdamOptions o;
    o.decoupled = name == "AdamW";
    if (o.decoupled) o.weight_decay = 0.01;  // AdamW's default
    take("lr", o.lr), take("eps", o.eps), take("weight_decay", o.weight_decay);
    o.amsgrad = given.erase("amsgrad") > 0;
    if (given.count("betas") > 0) {
      const std::string pair = given.at("betas");
      o.beta1 = std::stod(pair.substr(1));
      o.beta2 = std::stod(pair.substr(pair.find(',') + 1));
      given.erase("betas");
    }
    result = std::make_unique<Adam>(std::vector{parameter}, o);
  }
  if (name == "Adadelta") {
    AdadeltaOptions o;
    take("lr", o.lr), take("rho", o.rho), take("eps", o.eps), take("weight_decay", o.weight_decay);
    result = std::make_unique<Adadelta>(std::vector{parameter}, o);
  } else if (name == "Muon") {
    MuonOptions o;
    take("lr", o.lr), take("momentum", o.momentum), take("weight_decay", o.weight_decay);
    take("eps", o.eps);
    double steps = 5;
    take("ns_steps", steps);
    o.ns_steps = static_cast<std::size_t>(steps);
    o.nesterov = given.erase("nesterov") == 0;
    if (given.count("adjust_lr_fn") > 0)
      o.adjust_lr_fn = std::regex_replace(given.at("adjust_lr_fn"), std::regex("'"), "");
    if (given.count("ns_coefficients") > 0) o.ns_coefficients = {2, -1.5, 0.5};
    given.erase("adjust_lr_fn"), given.erase("ns_coefficients");
    result = std::make_unique<Muon>(std::vector{parameter}, o);
  }
  INFO(call);
  CHECK(given.empty());
  REQUIRE(result != nullptr);
  return result;
}

// The numbers of one step from an array with a row for each.
Array row_of(const Array& rows, std::size_t step, const Shape& shape) {
  Array row(shape);
  std::copy_n(rows.data() + step * row.size(), row.size(), row.data());
  return row;
}

double norm(const Array& x) {
  double squares = 0;
  for (const Real value : x) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

TEST_CASE("parity: steps of optimisers") {
  const auto cases = golden_cases("optim.safetensors", 1);
  CHECK(cases.size() == 40);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    const std::string name = golden.name.substr(0, golden.name.find('('));
    const Tally tally("Optimisers, six steps", name, golden.name);
    Tensor parameter(golden.array("start"), true);
    auto optimizer = make_optimizer(golden.name, parameter);
    const Array gradients = golden.array("grads"), after = golden.array("after");
    Array before = golden.array("start");
    for (std::size_t step = 0; step < gradients.shape()[0]; ++step) {
      const Array want = row_of(after, step, parameter.shape()), start = parameter.value().clone();
      parameter.grad() = row_of(gradients, step, parameter.shape());
      optimizer->step();
      if (name == "Muon") {  // bfloat16 products make a small difference larger
        const Array update = subtract(parameter.value(), start), its = subtract(want, before);
        const double off = norm(subtract(update, its)) / norm(its);
        INFO("step " << step + 1);
        CHECK(off < 0.03);
        Tally::compared(same_bits(parameter.value(), want), off, 0.03);
      } else {
        compare("after step " + std::to_string(step + 1), parameter.value(), want);
      }
      before = want;
      auto successor = make_optimizer(golden.name, parameter);  // continues with the state
      successor->load_state(optimizer->state());
      optimizer = std::move(successor);
    }
  }
}

TEST_CASE("parity: clipped gradients") {
  const auto cases = golden_cases("clips.safetensors", 1);
  CHECK(cases.size() == 5);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    const Tally tally("Optimisers, six steps", "clipped gradients", golden.name);
    std::vector<Tensor> parameters;
    for (const char* before : {"before|0", "before|1"}) {
      parameters.emplace_back(Array::full(golden.array(before).shape(), 0), true);
      parameters.back().grad() = golden.array(before);
    }
    parameters.emplace_back(Array::full({3}, 0), true);  // has no gradient
    if (golden.has("norm")) {
      const double max_norm = std::stod(arguments(golden.name).at("max_norm"));
      const double norm = clip_grad_norm_(parameters, max_norm);
      compare("norm", Array::scalar(static_cast<Real>(norm)), golden.array("norm"));
    } else {
      clip_grad_value_(parameters, std::stod(arguments(golden.name).at("clip_value")));
    }
    compare("first gradient", parameters[0].grad(), golden.array("after|0"));
    compare("second gradient", parameters[1].grad(), golden.array("after|1"));
    CHECK_FALSE(parameters[2].grad().defined());
  }
}

TEST_CASE("clipping: keeps NaN, and does not scale a gradient twice that two parameters share") {
  const Real unknown = std::numeric_limits<Real>::quiet_NaN();
  Tensor a(Array::full({2}, 1), true), b(Array::full({2}, 1), true);
  a.grad() = b.grad() = Array({2}, {3, 4});
  CHECK(clip_grad_norm_({a, b}, 1) == Approx(std::sqrt(50.0)));
  CHECK(a.grad().at({1}) == Approx(4 / std::sqrt(50.0)));
  CHECK(b.grad().at({1}) == a.grad().at({1}));
  a.grad() = Array({2}, {unknown, 4});
  clip_grad_value_({a}, 1);
  CHECK(std::isnan(a.grad().at({0})));
  CHECK(a.grad().at({1}) == 1);
  CHECK(std::isnan(clip_grad_norm_({a, b}, 1)));
  CHECK(std::isnan(b.grad().at({0})));  // as in PyTorch
  CHECK_THROWS_WITH(clip_grad_norm_({a}, -1),
                    "clip_grad_norm_: max_norm must not be negative, got -1");
  CHECK_THROWS_AS(clip_grad_value_({a}, unknown), Error);
}

TEST_CASE("muon: brings all singular values near 1, and refuses what is no matrix") {
  Tensor w(randn({30, 50}).value(), true);
  const Array start = w.value().clone();
  w.grad() = randn({30, 50}).value();
  Muon({w}, {.lr = 1, .weight_decay = 0}).step();
  const Array values = singular_values(subtract(start, w.value()));
  CHECK(values.data()[0] < 1.3);
  CHECK(values.data()[29] > 0.5);
  CHECK_THROWS_WITH(Muon({Tensor(Array::full({3}, 0), true)}, {}),
                    "Muon: expected matrices, got a parameter [3]");
  CHECK_THROWS_WITH(Muon({w}, {.adjust_lr_fn = "rms"}),
                    "Muon: adjust_lr_fn must be original or match_rms_adamw, not \"rms\"");
  w.grad() = Array::full({30, 50}, 0);
  Muon({w}, {}).step();
  CHECK(std::isfinite(w.value().at({0, 0})));
}

TEST_CASE("optimisers: check their options, and do not change parameters without a gradient") {
  const Tensor p(Array::full({2}, 1), true);
  const auto sgd = [&](const SGDOptions& o) { return SGD({p}, o); };
  SGDOptions options;
  options.lr = -1;
  CHECK_THROWS_AS(sgd(options), Error);
  options = {};
  options.nesterov = true;
  CHECK_THROWS_AS(sgd(options), Error);
  options.momentum = 0.9, options.dampening = 0.1;
  CHECK_THROWS_AS(sgd(options), Error);
  AdamOptions adam;
  adam.beta1 = 1;
  CHECK_THROWS_AS(Adam({p}, adam), Error);
  SGD plain({p}, {});
  plain.step();
  CHECK(p.value().to_vector() == std::vector<Real>{1, 1});
  Tensor(p).grad() = Array::full({2}, 1);
  plain.set_lr(0.5);
  plain.step();
  CHECK(p.value().to_vector() == std::vector<Real>{0.5, 0.5});
  plain.zero_grad();
  CHECK_FALSE(p.grad().defined());
  CHECK_THROWS_WITH(plain.load_state({}), "optimizer: the state is of 0 parameters, not 1");
  CHECK_THROWS_AS(plain.load_state({{3, {Array::full({2}, 0)}}}), Error);  // a state with momentum
  SGD heavy({p}, {.momentum = 0.9});
  CHECK_THROWS_AS(heavy.load_state({{3, {Array::full({3}, 0)}}}), Error);
  CHECK_THROWS_WITH(plain.set_momentum(0.9),
                    "optimizer: its momentum cannot be set to 0.9, as it was made without one");
  CHECK_THROWS_AS(heavy.set_momentum(1), Error);
  CHECK_THROWS_WITH(Adadelta({p}, {.rho = 2}), "Adadelta: rho must lie in [0, 1], got 2");
  CHECK_THROWS_AS(one_cycle_lr(1, 0), Error);
  CHECK_THROWS_AS(one_cycle_lr(1, 10, {.pct_start = 2}), Error);
  CHECK_THROWS_AS(one_cycle_momentum(10, {.div_factor = 0}), Error);
  CHECK(one_cycle_lr(1, 10)(100) == one_cycle_lr(1, 10)(9));  // keeps its last value
  CHECK(one_cycle_lr(1, 10, {.pct_start = 0.1})(0) == 1);     // a rise of no length
  CHECK_THROWS_AS(step_lr(1, 0), Error);
  CHECK_THROWS_AS(cosine_annealing_lr(1, 0), Error);
  CHECK_THROWS_AS(linear_lr(1, 0), Error);
  CHECK_THROWS_AS(linear_lr(1, 0.5, 1.5), Error);
  CHECK_THROWS_AS(linear_lr(1, 0.5, 1, 0), Error);
}

}  // namespace
}  // namespace fanin
