#include "framework/nn/layernorm.hpp"

#include "framework/ops/norm.hpp"

namespace fanin::FANIN_PRECISION {

LayerNorm::LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options)
    : shape_(normalized_shape),
      options_(options),
      weight(options.elementwise_affine ? add_parameter("weight", Array::full(normalized_shape, 1))
                                        : Tensor()),
      bias(options.elementwise_affine && options.bias
               ? add_parameter("bias", Array::full(normalized_shape, 0))
               : Tensor()) {}

Tensor LayerNorm::forward(const Tensor& x) {
  return layer_norm(x, shape_, weight, bias, options_.eps.value);
}

std::vector<Value> LayerNorm::arguments() const {
  return {tuple_value(shape_), options_.eps, options_.elementwise_affine, options_.bias};
}

}  // namespace fanin::FANIN_PRECISION
