#pragma once

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// Pointwise functions whose slope is found from their output; layers do them in their own pass.
enum class Activation { none, relu, tanh, sigmoid };

}  // namespace fanin::FANIN_PRECISION
