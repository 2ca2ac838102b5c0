#include "framework/ops/activation.hpp"

#include "framework/core/elementwise.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

// An activation whose derivative is known from its value.
Tensor activation(const Tensor& x, MapKernel forward, ZipKernel backward) {
  return Tensor::from_op(
      map(forward, x.value()),
      {{x, [backward](const Array& g, const Array& y) { return zip(backward, y, g); }}});
}

}  // namespace

Tensor relu(const Tensor& x) { return activation(x, kernels().relu, kernels().relu_backward); }
Tensor tanh(const Tensor& x) { return activation(x, kernels().tanh, kernels().tanh_backward); }
Tensor sigmoid(const Tensor& x) {
  return activation(x, kernels().sigmoid, kernels().sigmoid_backward);
}

}  // namespace fanin::inline FANIN_PRECISION
