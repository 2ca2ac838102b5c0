#include "framework/nn/linear.hpp"

#include "framework/nn/default_init.hpp"
#include "framework/ops/linear.hpp"

namespace fanin::FANIN_PRECISION {

Linear::Linear(std::size_t in_features, std::size_t out_features, bool bias, Generator& generator)
    : weight(add_parameter("weight",
                           uniform_within({out_features, in_features}, in_features, generator))),
      bias(bias ? add_parameter("bias", uniform_within({out_features}, in_features, generator))
                : Tensor()),
      in_(in_features),
      out_(out_features) {}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

Tensor Linear::forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) {
  const Activation activation = has_hooks() ? Activation::none : activation_of(next, 0);
  taken = activation != Activation::none ? 1 : 0;
  return taken ? linear(x, weight, bias, activation) : (*this)(x);
}

std::vector<Value> Linear::arguments() const {
  return {std::int64_t(in_), std::int64_t(out_), bias.defined()};
}

}  // namespace fanin::FANIN_PRECISION
