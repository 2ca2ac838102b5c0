#pragma once

#include "framework/autograd/tensor.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// Batch normalisation, Ioffe & Szegedy 2015, of x [N, C, ...] over all axes but the channels:
// y = (x - mean) / sqrt(var + eps) * weight + bias; weight and bias [C] may be undefined.
// With `batch_statistics`, mean and var are the batch's. Then running_mean and running_var [C], if
// defined, move by `momentum` towards the mean and the unbiased variance, n / (n - 1) * var.
// Otherwise mean and var are the running ones. The activation follows in the same pass. Throws
// Error if the shapes do not fit or if batch statistics have only one value per channel.
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Array running_mean,
                  Array running_var, bool batch_statistics, double momentum, double eps,
                  Activation activation = Activation::none);

// Layer normalisation, Ba et al. 2016: each block of the last axes, of shape `normalized_shape`,
// becomes xhat with mean 0 and variance 1. y = xhat * weight + bias, where weight and bias have
// that shape or are undefined. Throws Error if the shapes do not fit.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

}  // namespace fanin::FANIN_PRECISION
