#pragma once

#include <string>
#include <vector>

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

// PyTorch's nn.functional.pad: x [N, C, spatial...] or [C, spatial...] with one to three spatial
// axes, made longer before and after; `padding` holds (before, after) for each spatial axis, the
// last axis first. Modes: "constant" gives zeros, "circular" goes on at the other end, "reflect"
// back from the edge, which is not repeated, "replicate" repeats the edge. Throws Error for another
// mode, a padding that does not fit the axes, and one too large: above the extent if circular, from
// the extent on if reflected.
Tensor pad(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode);

}  // namespace fanin::FANIN_PRECISION
