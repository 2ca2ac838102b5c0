#pragma once

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"

namespace fanin::FANIN_PRECISION {

// Elementwise, on any shape.
Tensor relu(const Tensor& x);  // max(x, 0), keeping NaN
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);  // 1 / (1 + exp(-x))
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
Tensor elu(const Tensor& x, double alpha = 1);  // alpha (exp(x) - 1) below 0; Clevert et al. 2016
Tensor selu(const Tensor& x);                   // Klambauer et al. 2017
Tensor gelu(const Tensor& x, bool by_tanh = false);  // x Phi(x); Hendrycks & Gimpel 2016
Tensor silu(const Tensor& x);                        // x sigmoid(x)
Tensor mish(const Tensor& x);                        // x tanh(softplus(x)); Misra 2019
Tensor hardswish(const Tensor& x);  // x min(max(x + 3, 0), 6) / 6; Howard et al. 2019
Tensor hardtanh(const Tensor& x, double min_val = -1, double max_val = 1);  // clamps x
void check_hardtanh(double min_val, double max_val);  // throws Error unless min_val < max_val
Tensor softsign(const Tensor& x);                     // x / (1 + |x|)
Tensor logsigmoid(const Tensor& x);                   // log(sigmoid(x))
// log(1 + exp(beta x)) / beta, and x itself if beta x is above the threshold.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
// x, or weight * x below 0 (He et al. 2015): weight [1], or [C] for x [N, C, ...].
Tensor prelu(const Tensor& x, const Tensor& weight);

// Along an axis; a negative one counts from the end. Throw Error if there is no such axis.
Tensor softmax(const Tensor& x, std::int64_t axis);
Tensor log_softmax(const Tensor& x, std::int64_t axis);

// In training each number becomes zero with probability p; others are multiplied by 1 / (1 - p)
// (Srivastava et al. 2014). Draws as PyTorch does. Both functions throw Error for p outside [0, 1].
void check_dropout(double p);
Tensor dropout(const Tensor& x, double p, bool training = true,
               Generator& generator = default_generator());

}  // namespace fanin::FANIN_PRECISION
