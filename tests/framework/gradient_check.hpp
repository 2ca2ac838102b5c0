#pragma once

#include <functional>
#include <memory>
#include <numeric>
#include <string>

#include "framework/nn/module.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Compares gradients with finite differences along random directions. For a direction v of the
// input and a vector u on the output, <gradient, v> must equal <u, f(x + h v) - f(x - h v)> / 2h.
namespace fanin {

enum class Fill { any, positive, away_from_zero, far_apart };

// An input of an op. Activations are tested in every layout; parameters are always row-major.
struct Input {
  Shape shape;
  bool activation = true;
  Fill fill = Fill::any;
};

inline Input parameter(const Shape& shape, Fill fill = Fill::any) { return {shape, false, fill}; }

using Inputs = std::vector<Tensor>;

// A row of the table. If it has a module, the module's parameters are checked too.
struct Row {
  std::string name;
  std::vector<Input> inputs;
  std::function<Tensor(const Inputs&)> function;
  std::shared_ptr<Module> module = nullptr;
};

inline Array filled(std::mt19937& random, const Input& input, std::size_t lane_axis) {
  Array x = random_array(random, input.shape, lane_axis, -1.5, 1.5);
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  for (std::size_t i = 0; i < x.size(); ++i) {
    Real& value = x.data()[i];
    if (input.fill == Fill::positive) value = std::abs(value) + Real(0.5);
    if (input.fill == Fill::away_from_zero) value += std::copysign(Real(0.1), value);
    if (input.fill == Fill::far_apart) value = static_cast<Real>(order[i]) / Real(8);
  }
  return x;
}

inline double dot(const Array& a, const Array& b) {
  const Array other = b.with_lane_axis(a.lane_axis());
  return std::inner_product(a.begin(), a.end(), other.begin(), 0.0);
}

// <u, f(x + h v) - f(x - h v)> / 2h. It changes the leaf's numbers in place and restores them.
inline double difference(const std::function<Tensor()>& f, Tensor leaf, const Array& u,
                         const Array& v, double h) {
  const NoGrad no_grad;
  Array& x = leaf.value();
  const Array before = x.clone();
  const auto at = [&](double step) {
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = before.data()[i] + step * v.data()[i];
    return f().value().clone();
  };
  Array up = at(h), down = at(-h);
  std::copy(before.begin(), before.end(), x.begin());
  down = down.with_lane_axis(up.lane_axis());
  for (std::size_t i = 0; i < up.size(); ++i) up.data()[i] -= down.data()[i];
  return dot(up, u) / (2 * h);
}

// Checks the gradient of f with respect to every leaf; returns the gradients.
inline std::vector<Array> check_gradients(const std::string& name, const Inputs& leaves,
                                          const std::function<Tensor()>& f) {
  std::mt19937 random(7);
  Tensor y = f();
  const Array u = random_array(random, y.shape(), y.value().lane_axis());
  y.backward(u);
  std::vector<Array> gradients;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    gradients.push_back(leaves[i].grad());
    INFO(name << ", input " << i << " " << to_string(leaves[i].shape()));
    REQUIRE(leaves[i].grad().defined());
    const Array& x = leaves[i].value();
    CHECK((leaves[i].grad().shape() == x.shape() && leaves[i].grad().lane_axis() == x.lane_axis()));
    const Array v = random_array(random, x.shape(), x.lane_axis());
    const double analytic = dot(leaves[i].grad(), v);
    constexpr double h = 1e-3;  // Richardson extrapolation makes the error O(h^4)
    const double wide = difference(f, leaves[i], u, v, h);
    const double numeric = (4 * difference(f, leaves[i], u, v, h / 2) - wide) / 3;
    INFO("analytic " << analytic << ", numeric " << numeric);
    CHECK(std::abs(analytic - numeric) <=
          1e-6 * std::max({std::abs(analytic), std::abs(numeric), 1e-4}));
  }
  return gradients;
}

// The lane axis of each input in one of the tested layouts.
inline std::vector<std::size_t> lanes(const Row& row, const std::string& layout) {
  std::vector<std::size_t> result;
  bool first = true;
  for (const Input& input : row.inputs) {
    const std::size_t rank = input.shape.size(), last = rank == 0 ? 0 : rank - 1;
    std::size_t lane = last;
    if (input.activation) {
      if (layout == "batch-last" || (layout == "first batch-last" && first) ||
          (layout == "others batch-last" && !first))
        lane = 0;
      if (layout == "middle axis last" && rank > 2) lane = 1;
      first = false;
    }
    result.push_back(lane);
  }
  return result;
}

inline void check_row(const Row& row) {
  std::vector<std::vector<std::size_t>> done;
  for (const char* layout :
       {"row-major", "batch-last", "first batch-last", "others batch-last", "middle axis last"}) {
    const std::vector<std::size_t> lane = lanes(row, layout);
    if (std::find(done.begin(), done.end(), lane) != done.end()) continue;
    done.push_back(lane);

    std::mt19937 random(42);
    Inputs leaves;
    for (std::size_t i = 0; i < row.inputs.size(); ++i)
      leaves.emplace_back(filled(random, row.inputs[i], lane[i]), true);
    Inputs all = leaves;
    if (row.module) {
      row.module->zero_grad();
      for (const Tensor& own : row.module->parameters()) all.push_back(own);
    }
    const std::string name = row.name + " (" + layout + ")";
    const std::vector<Array> gradients =
        check_gradients(name, all, [&] { return row.function(leaves); });

    // The bits must be the same if only one input requires a gradient.
    for (std::size_t i = 0; i < leaves.size() && leaves.size() > 1; ++i) {
      Inputs one;
      for (std::size_t j = 0; j < leaves.size(); ++j) one.emplace_back(leaves[j].value(), i == j);
      Tensor y = row.function(one);
      std::mt19937 again(7);
      y.backward(random_array(again, y.shape(), y.value().lane_axis()));
      INFO(name << ", gradient of input " << i << " alone");
      CHECK(same_bits(one[i].grad(), gradients[i]));
    }
  }
}

}  // namespace fanin
