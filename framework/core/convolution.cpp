#include "framework/core/convolution.hpp"

#include <algorithm>

#include "framework/core/array.hpp"
#include "framework/core/elementwise.hpp"
#include "framework/core/linalg.hpp"
#include "framework/core/parallel.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// Columns made at once: as many numbers as fit in the L2 cache, but enough for a fast product.
constexpr std::size_t numbers_at_once = 1 << 17, columns_at_once = 512;

// One group's products: weights [out][depth] by columns [depth][pixels * batch].
struct Sizes {
  std::size_t in, out, depth, row, pixels_at_once;

  explicit Sizes(const Window& s)
      : in(s.group_in()),
        out(s.group_out()),
        depth(s.in_taps()),
        row(s.out_pixels() * s.batch),
        pixels_at_once(std::clamp<std::size_t>(
            std::max(columns_at_once, numbers_at_once / depth) / s.batch, 1, s.out_pixels())) {}
};

// The outputs of an axis for which a tap lies inside the image.
Inside outputs_inside(const Window& s, int axis, std::size_t tap) {
  return {s, axis, tap * s.dilation[axis], s.stride[axis], s.out[axis]};
}

// Calls f(column, pixel, count) for runs of neighbours both in the columns [depth][pixels of the
// range] and in a group's input [in][in_pixels]. What no run covers is padding.
template <class F>
void for_runs(const Window& s, Range pixels, F f) {
  const std::size_t size = s.kernel_size(), width = pixels.last - pixels.first;
  const std::size_t plane = s.out[1] * s.out[2];
  for (std::size_t tap = 0; tap < size; ++tap) {
    const Inside x = outputs_inside(s, 0, tap / s.kernel[2] / s.kernel[1]);
    const Inside y = outputs_inside(s, 1, tap / s.kernel[2] % s.kernel[1]);
    const Inside z = outputs_inside(s, 2, tap % s.kernel[2]);
    const std::size_t from = std::max(x.first, pixels.first / plane);
    const std::size_t to = std::min(x.last, (pixels.last - 1) / plane + 1);
    for (std::size_t c = 0; c < s.group_in(); ++c)
      for (std::size_t i = from; i < to; ++i)
        for (std::size_t j = y.first; j < y.last; ++j) {
          const std::size_t row = (i * s.out[1] + j) * s.out[2];
          const std::size_t last = std::min(row + z.last, pixels.last);
          std::size_t p = std::max(row + z.first, pixels.first);
          if (p >= last) continue;
          const std::size_t column = (c * size + tap) * width + p - pixels.first;
          const std::size_t pixel =
              ((c * s.in[0] + x.position(i)) * s.in[1] + y.position(j)) * s.in[2] +
              z.position(p - row);
          if (s.stride[2] == 1)
            f(column, pixel, last - p);
          else
            for (std::size_t k = 0; p + k < last; ++k) f(column + k, pixel + k * s.stride[2], 1);
        }
  }
}

// Calls f(group, pixels, number of columns) for pieces of each group's output.
template <class F>
void for_pieces(const Window& s, const Sizes& n, F f) {
  const std::size_t pixels = s.out_pixels();
  for (std::size_t g = 0; g < s.groups; ++g)
    for (std::size_t p = 0; p < pixels; p += n.pixels_at_once) {
      const Range piece{p, std::min(p + n.pixels_at_once, pixels)};
      f(g, piece, (piece.last - piece.first) * s.batch);
    }
}

// Whether a tap lies outside the image: "same" pads an even kernel on the far side only.
bool is_padded(const Window& s) {
  for (int axis = 0; axis < 3; ++axis) {
    const std::size_t reach =
        (s.out[axis] - 1) * s.stride[axis] + (s.kernel[axis] - 1) * s.dilation[axis];
    if (s.padding[axis] > 0 || reach >= s.in[axis]) return true;
  }
  return false;
}

void unfold(const Window& s, Range pixels, const Real* x, Array& columns) {
  const std::size_t n = s.batch;
  if (is_padded(s)) columns.fill(0);
  for_runs(s, pixels, [&](std::size_t column, std::size_t pixel, std::size_t count) {
    std::copy_n(x + pixel * n, count * n, columns.data() + column * n);
  });
}

void fold(const Window& s, Range pixels, const Array& columns, Real* dx) {
  const std::size_t n = s.batch;
  for_runs(s, pixels, [&](std::size_t column, std::size_t pixel, std::size_t count) {
    const Real* from = columns.data() + column * n;
    for (Real *to = dx + pixel * n, *end = to + count * n; to < end;) *to++ += *from++;
  });
}

// The gradient of the map before activation and pooling; without them it is g itself.
const Real* map_gradient(const ConvPass& pass, const Real* y, const Real* tap, const Real* g,
                         Array& active, Array& map) {
  const std::size_t channels = pass.conv.out_channels, batch = pass.conv.batch;
  const std::size_t n = channels * pass.out_pixels() * batch;
  if (const ZipKernel backward = activation_kernels(pass.activation).backward) {
    active = Array({n});
    backward(n, y, g, active.data());
    g = active.data();
  }
  if (!pass.pooled) return g;
  map = Array({channels, pass.conv.out_pixels(), batch});
  kernels().max_pool_backward(pass.pool, tap, g, map.data());
  return map.data();
}

constexpr std::size_t images_at_once = 16;  // what kernels work on, or a multiple of it

// Columns are faster if two of five lanes would be idle (bench/NOTES.md). They also serve images so
// large that the kernels, which count offsets in 32 bits, could not.
bool by_columns(const ConvPass& pass) {
  const Window& s = pass.conv;
  if (s.batch * s.in_channels * s.out_channels == 0) return false;
  const std::size_t vectors = (s.batch + kernels().lanes - 1) / kernels().lanes;
  return 5 * s.batch <= 3 * vectors * kernels().lanes ||
         std::max(kernels().conv_scratch(pass, ConvPart::output),
                  kernels().conv_scratch(pass, ConvPart::input_gradient)) >>
                 32 !=
             0;
}

}  // namespace

void conv_by_columns(const ConvPass& pass, const Real* x, const Real* w, const Real* b, Real* y,
                     Real* tap) {
  const Window& s = pass.conv;
  const Sizes n(s);
  Array columns({n.depth, n.pixels_at_once * s.batch}), unpooled, unused;
  if (pass.pooled) unpooled = Array({s.out_channels, n.row});
  Real* map = pass.pooled ? unpooled.data() : y;
  for (std::size_t o = 0; b && o < s.out_channels; ++o) std::fill_n(map + o * n.row, n.row, b[o]);
  for_pieces(s, n, [&](std::size_t g, Range pixels, std::size_t count) {
    unfold(s, pixels, x + g * n.in * s.in_pixels() * s.batch, columns);
    blas_gemm({w + g * n.out * n.depth, n.out, n.depth, n.depth},
              {columns.data(), n.depth, count, count}, b ? 1 : 0,
              map + g * n.out * n.row + pixels.first * s.batch, n.row);
  });
  const std::size_t size = s.out_channels * n.row;
  if (const MapKernel forward = activation_kernels(pass.activation).forward)
    forward(size, map, map);
  if (!pass.pooled) return;
  if (!tap) unused = Array({s.out_channels, pass.pool.out_pixels(), s.batch});
  kernels().max_pool(pass.pool, map, y, tap ? tap : unused.data());
}

void conv_backward_by_columns(const ConvPass& pass, const Real* x, const Real* w, const Real* y,
                              const Real* tap, const Real* g, Real* dx, Real* dw, Real* db) {
  const Window& s = pass.conv;
  const Sizes n(s);
  Array columns({n.depth, n.pixels_at_once * s.batch}), active, unpooled;
  const Real* map = map_gradient(pass, y, tap, g, active, unpooled);
  if (db) kernels().row_sums(s.out_channels, n.row, map, db);
  if (dx) std::fill_n(dx, s.in_channels * s.in_pixels() * s.batch, Real(0));
  for_pieces(s, n, [&](std::size_t group, Range pixels, std::size_t count) {
    const Matrix gradient{map + group * n.out * n.row + pixels.first * s.batch, n.out, count,
                          n.row};
    const std::size_t input = group * n.in * s.in_pixels() * s.batch;
    const std::size_t weights = group * n.out * n.depth;
    if (dw) {
      unfold(s, pixels, x + input, columns);
      blas_gemm(gradient, {columns.data(), count, n.depth, count, true}, pixels.first > 0 ? 1 : 0,
                dw + weights);
    }
    if (dx) {
      const Matrix columns_of_w{w + weights, n.depth, n.out, n.depth, true};
      blas_gemm(columns_of_w, {gradient.data, n.out, count, n.row}, 0, columns.data());
      fold(s, pixels, columns, dx + input);
    }
  });
}

void convolution(const ConvPass& pass, const Real* x, const Real* w, const Real* b, Real* y,
                 Real* tap) {
  if (by_columns(pass)) return conv_by_columns(pass, x, w, b, y, tap);
  parallel_for(pass.conv.batch, images_at_once, [&](std::size_t first, std::size_t last) {
    Array scratch({kernels().conv_scratch(pass, ConvPart::output)});
    kernels().conv(pass, {first, last}, x, w, b, y, tap, scratch.data());
  });
}

void convolution_backward(const ConvPass& pass, const Real* x, const Real* w, const Real* y,
                          const Real* tap, const Real* g, Real* dx, Real* dw, Real* db) {
  if (by_columns(pass)) return conv_backward_by_columns(pass, x, w, y, tap, g, dx, dw, db);
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
