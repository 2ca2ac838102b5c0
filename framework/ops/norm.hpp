#pragma once

#include "framework/autograd/tensor.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// Batch normalisation, Ioffe & Szegedy 2015, of x [N, C, ...] over all axes but the channels:
// y = (x - mean) / sqrt(var + eps) * weight + bias; weight and bias [C] may be undefined.
// With `batch_statistics` mean and variance are the batch's, and running_mean and running_var [C],
// if defined, move towards them by `momentum` (towards the unbiased variance, n / (n - 1) times the
// batch's). Otherwise they are the running ones. The activation follows in the same pass. Throws
// Error if the shapes do not fit or if batch statistics have only one value per channel.
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Array running_mean,
                  Array running_var, bool batch_statistics, double momentum, double eps,
                  Activation activation = Activation::none);

// Layer normalisation, Ba et al. 2016: each run of the last axes, shaped as `normalized_shape`,
// gets mean 0 and variance 1; then y = xhat * weight + bias, which have that shape or are
// undefined. Throws Error if the shapes do not fit.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

}  // namespace fanin::FANIN_PRECISION
