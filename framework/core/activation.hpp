#pragma once

#include "framework/core/precision.hpp"

namespace fanin::inline FANIN_PRECISION {

// Pointwise functions whose slope is found from their output; layers do them in their own pass.
enum class Activation { none, relu, tanh, sigmoid };

}  // namespace fanin::inline FANIN_PRECISION
