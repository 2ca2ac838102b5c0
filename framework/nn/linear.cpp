#include "framework/nn/linear.hpp"

#include "framework/nn/default_init.hpp"
#include "framework/ops/linear.hpp"

namespace fanin::inline FANIN_PRECISION {

Linear::Linear(std::size_t in_features, std::size_t out_features, bool bias, Generator& generator)
    : weight(add_parameter("weight",
                           uniform_within({out_features, in_features}, in_features, generator))),
      bias(bias ? add_parameter("bias", uniform_within({out_features}, in_features, generator))
                : Tensor()),
      in_(in_features),
      out_(out_features) {}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

std::vector<Value> Linear::arguments() const {
  return {std::int64_t(in_), std::int64_t(out_), bias.defined()};
}

}  // namespace fanin::inline FANIN_PRECISION
