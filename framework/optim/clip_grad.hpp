#pragma once

#include <vector>

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

// Multiplies all gradients by max_norm / (norm + 1e-6) if that is below 1, for the Euclidean norm
// over all of them, and returns the norm; Pascanu et al. 2013. Parameters without a gradient do not
// count. As in PyTorch, gradients become NaN if the norm is NaN. Throws Error for a negative norm.
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm);

// Clamps each number of the gradients to [-clip_value, clip_value], and keeps NaN. Throws Error for
// a negative value.
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);

}  // namespace fanin::FANIN_PRECISION
