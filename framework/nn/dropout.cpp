#include "framework/nn/dropout.hpp"

#include "framework/ops/activation.hpp"

namespace fanin::FANIN_PRECISION {

Dropout::Dropout(Number p, bool inplace) : p_(p), inplace_(inplace) { check_dropout(p.value); }

Tensor Dropout::forward(const Tensor& x) { return dropout(x, p_.value, training()); }

}  // namespace fanin::FANIN_PRECISION
