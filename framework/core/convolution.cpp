#include "framework/core/convolution.hpp"

#include <algorithm>

#include "framework/core/array.hpp"
#include "framework/core/columns.hpp"
#include "framework/core/parallel.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

constexpr std::size_t images_at_once = 16;  // what kernels work on, or a multiple of it

// Kernels count the numbers of a vector of images, padded or spread, in 32 bits.
bool is_too_wide(const Window& s) {
  const auto lanes = static_cast<double>(kernels().lanes);
  double padded = lanes * static_cast<double>(s.in_channels),
         spread = lanes * static_cast<double>(s.out_channels);
  for (int i = 0; i < 3; ++i) {
    const std::size_t around = (s.kernel[i] - 1) * s.dilation[i];
    padded *= static_cast<double>((s.out[i] - 1) * s.stride[i] + around + 1);
    spread *= static_cast<double>(s.in[i] + around);
  }
  return std::max(padded, spread) >= 0x1p32;
}

// Kernels take the time of whole vectors of images: columns are faster than ones with two idle
// lanes of five (bench/NOTES.md).
bool by_columns(const Window& s) {
  const std::size_t vectors = (s.batch + kernels().lanes - 1) / kernels().lanes;
  const bool empty = s.batch * s.in_channels * s.out_channels == 0;
  return !empty && (5 * s.batch <= 3 * vectors * kernels().lanes || is_too_wide(s));
}

}  // namespace

void convolution(const ConvPass& pass, const Real* x, const Real* w, const Real* b, Real* y,
                 Real* tap) {
  if (by_columns(pass.conv)) return conv_by_columns(pass, x, w, b, y, tap);
  parallel_for(pass.conv.batch, images_at_once, [&](std::size_t first, std::size_t last) {
    Array scratch({kernels().conv_scratch(pass, ConvPart::output)});
    kernels().conv(pass, {first, last}, x, w, b, y, tap, scratch.data());
  });
}

void convolution_backward(const ConvPass& pass, const Real* x, const Real* w, const Real* y,
                          const Real* tap, const Real* g, Real* dx, Real* dw, Real* db) {
  if (by_columns(pass.conv)) return conv_backward_by_columns(pass, x, w, y, tap, g, dx, dw, db);
  if (dx)
    parallel_for(pass.conv.batch, images_at_once, [&](std::size_t first, std::size_t last) {
      Array scratch({kernels().conv_scratch(pass, ConvPart::input_gradient)});
      kernels().conv_backward_input(pass, {first, last}, w, y, tap, g, dx, scratch.data());
    });
  if (dw || db)
    parallel_for(pass.conv.out_channels, 1, [&](std::size_t first, std::size_t last) {
      Array scratch({kernels().conv_scratch(pass, ConvPart::weight_gradient)});
      kernels().conv_backward_weight(pass, {first, last}, x, y, tap, g, dw, db, scratch.data());
    });
}

}  // namespace fanin::FANIN_PRECISION
