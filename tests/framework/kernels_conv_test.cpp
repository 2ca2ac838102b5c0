#include <cfloat>
#include <cmath>

#include "framework/core/convolution.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Compares convolution and pooling with plain loops, for windows of one to three axes.
namespace fanin {
namespace {

using Numbers = std::vector<float>;

Numbers random_numbers(std::mt19937& random, std::size_t n) {
  Numbers x(n);
  for (float& value : x) value = static_cast<float>(uniform(random, -1, 1));
  return x;
}

Window random_window(std::mt19937& random, std::size_t axes, bool pooling) {
  Window s;
  s.batch = std::vector<std::size_t>{1, 2, 7, 8, 16, 17, 33}[random() % 7];
  s.groups = pooling ? 1 : pick(random, 1, 3);
  s.in_channels = s.groups * (random() % 3 == 0 ? pick(random, 5, 20) : pick(random, 1, 4));
  s.out_channels = pooling ? s.in_channels : s.groups * pick(random, 1, 8);
  for (std::size_t i = 3 - axes; i < 3; ++i) {
    s.kernel[i] = pick(random, 1, 4);
    s.stride[i] = pick(random, 1, 3);
    s.dilation[i] = pick(random, 1, 3);
    s.padding[i] = pooling ? random() % (s.kernel[i] / 2 + 1) : random() % 5;
    const std::size_t reach = (s.kernel[i] - 1) * s.dilation[i] + 1;
    s.in[i] = pick(random, 1, 6);
    while (s.in[i] + 2 * s.padding[i] < reach) ++s.in[i];
    // padding="same" pads the far side of an even kernel by one more.
    const std::size_t more = pooling ? 0 : random() % 2;
    s.out[i] = (s.in[i] + 2 * s.padding[i] + more - reach) / s.stride[i] + 1;
  }
  return s;
}

std::string describe(const Window& s) {
  std::string text = "batch " + std::to_string(s.batch) + ", channels " +
                     std::to_string(s.in_channels) + " to " + std::to_string(s.out_channels) +
                     ", groups " + std::to_string(s.groups);
  for (std::size_t i = 0; i < 3; ++i)
    text += "; in " + std::to_string(s.in[i]) + " kernel " + std::to_string(s.kernel[i]) +
            " stride " + std::to_string(s.stride[i]) + " padding " + std::to_string(s.padding[i]) +
            " dilation " + std::to_string(s.dilation[i]);
  return text;
}

// Calls visit(output pixel, kernel position, input pixel) for all input pixels that are not
// padding.
template <class Visit>
void for_taps(const Window& s, Visit visit) {
  const Shape out(s.out, s.out + 3), kernel(s.kernel, s.kernel + 3);
  std::size_t pixel = 0;
  for_each_index(out, [&](const Index& o) {
    std::size_t tap = 0;
    for_each_index(kernel, [&](const Index& k) {
      std::size_t at = 0;
      bool inside = true;
      for (std::size_t i = 0; i < 3; ++i) {
        const auto place = static_cast<long>(o[i] * s.stride[i] + k[i] * s.dilation[i]) -
                           static_cast<long>(s.padding[i]);
        inside &= place >= 0 && place < static_cast<long>(s.in[i]);
        at = at * s.in[i] + static_cast<std::size_t>(place);
      }
      if (inside) visit(pixel, tap, at);
      ++tap;
    });
    ++pixel;
  });
}

struct Sum {
  double value = 0, size = 0;
  void add(double term) { value += term, size += std::abs(term); }
};

// The largest difference, in units of rounding of the sum of magnitudes.
double worst(const Numbers& got, const std::vector<Sum>& want) {
  double result = 0;
  for (std::size_t i = 0; i < want.size(); ++i)
    result =
        std::max(result, std::abs(got[i] - want[i].value) / (want[i].size * FLT_EPSILON + FLT_MIN));
  return result;
}

// Runs the kernels on two ranges of images or channels, if there are enough, as two threads would.
void conv(const ConvPass& pass, const Numbers& x, const Numbers& w, const float* b, Numbers& y,
          float* tap) {
  Numbers scratch(kernels().conv_scratch(pass, ConvPart::output) + 1, 42);
  const std::size_t n = pass.conv.batch, middle = std::min<std::size_t>(n, 16);
  for (const Range images : {Range{0, middle}, Range{middle, n}})
    kernels().conv(pass, images, x.data(), w.data(), b, y.data(), tap, scratch.data());
  CHECK(scratch.back() == 42);
}

void conv_backward(const ConvPass& pass, const Numbers& x, const Numbers& w, const Numbers& y,
                   const float* tap, const Numbers& g, float* dx, float* dw, float* db) {
  const auto scratch_of = [&](ConvPart part) {
    return Numbers(kernels().conv_scratch(pass, part) + 1, 42);
  };
  Numbers scratch = scratch_of(ConvPart::input_gradient);
  const std::size_t n = pass.conv.batch, middle = std::min<std::size_t>(n, 16);
  if (dx)
    for (const Range images : {Range{0, middle}, Range{middle, n}})
      kernels().conv_backward_input(pass, images, w.data(), y.data(), tap, g.data(), dx,
                                    scratch.data());
  CHECK(scratch.back() == 42);
  scratch = scratch_of(ConvPart::weight_gradient);
  const std::size_t channels = pass.conv.out_channels, some = channels / 3;
  for (const Range part : {Range{0, some}, Range{some, channels}})
    kernels().conv_backward_weight(pass, part, x.data(), y.data(), tap, g.data(), dw, db,
                                   scratch.data());
  CHECK(scratch.back() == 42);
}

TEST_CASE("kernels: convolution and its gradients, random windows of one to three axes") {
  std::mt19937 random(1);
  for (int round = 0; round < 180; ++round) {
    const Window s = random_window(random, 1 + random() % 3, false);
    const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups, n = s.batch;
    const std::size_t pixels = s.in_pixels(), outputs = s.out_pixels(), size = s.kernel_size();
    const Numbers x = random_numbers(random, s.in_channels * pixels * n);
    const Numbers w = random_numbers(random, s.out_channels * in * size);
    const Numbers b = random_numbers(random, s.out_channels);
    const Numbers g = random_numbers(random, s.out_channels * outputs * n);
    const bool biased = random() % 2 == 0;

    std::vector<Sum> y(g.size()), dx(x.size()), dw(w.size());
    for (std::size_t o = 0; o < s.out_channels; ++o)
      for (std::size_t i = 0; biased && i < outputs * n; ++i) y[o * outputs * n + i].add(b[o]);
    for_taps(s, [&](std::size_t pixel, std::size_t tap, std::size_t at) {
      for (std::size_t o = 0; o < s.out_channels; ++o)
        for (std::size_t c = 0; c < in; ++c) {
          const std::size_t weight = (o * in + c) * size + tap;
          const std::size_t to = (o * outputs + pixel) * n;
          const std::size_t from = ((o / out * in + c) * pixels + at) * n;
          for (std::size_t i = 0; i < n; ++i) {
            y[to + i].add(static_cast<double>(w[weight]) * x[from + i]);
            dx[from + i].add(static_cast<double>(w[weight]) * g[to + i]);
            dw[weight].add(static_cast<double>(x[from + i]) * g[to + i]);
          }
        }
    });

    std::vector<Sum> db(b.size());
    for (std::size_t i = 0; i < g.size(); ++i) db[i / (outputs * n)].add(g[i]);

    const ConvPass pass{s};
    INFO(describe(s));
    for (const bool columns : {false, true}) {
      INFO((columns ? "by columns" : "by lanes"));
      // Each buffer has one extra number at its end, to check that nothing is written there.
      Numbers got_y(y.size() + 1, 42);
      Numbers got_dx(x.size() + 1, 42), got_dw(w.size() + 1, 42), got_db(b.size() + 1, 42);
      const float* bias = biased ? b.data() : nullptr;
      if (columns) {
        conv_by_columns(pass, x.data(), w.data(), bias, got_y.data(), nullptr);
        conv_backward_by_columns(pass, x.data(), w.data(), got_y.data(), nullptr, g.data(),
                                 got_dx.data(), got_dw.data(), got_db.data());
      } else {
        conv(pass, x, w, bias, got_y, nullptr);
        conv_backward(pass, x, w, got_y, nullptr, g, got_dx.data(), got_dw.data(), got_db.data());
      }
      CHECK(worst(got_y, y) < 4);
      CHECK(worst(got_dx, dx) < 4);
      CHECK(worst(got_dw, dw) < 4);
      CHECK(worst(got_db, db) < 4);
      CHECK((got_y.back() == 42 && got_dx.back() == 42 && got_dw.back() == 42));
      CHECK(got_db.back() == 42);
    }
  }
}

// A random pooling window for the output of a convolution, over the same axes.
Window pool_behind(std::mt19937& random, const Window& conv, std::size_t axes) {
  Window s;
  s.batch = conv.batch;
  s.in_channels = s.out_channels = conv.out_channels;
  for (std::size_t i = 3 - axes; i < 3; ++i) {
    s.in[i] = conv.out[i];
    s.kernel[i] = std::min(s.in[i], pick(random, 1, 3));
    s.stride[i] = pick(random, 1, 3);
    s.padding[i] = random() % (s.kernel[i] / 2 + 1);
    s.out[i] = (s.in[i] + 2 * s.padding[i] - s.kernel[i]) / s.stride[i] + 1;
  }
  return s;
}

using Forward = void (*)(std::size_t, const float*, float*);
using Reverse = void (*)(std::size_t, const float*, const float*, float*);

TEST_CASE("kernels: fused activation and pooling equal separate ones after the convolution") {
  std::mt19937 random(3);
  for (int round = 0; round < 120; ++round) {
    const std::size_t axes = 1 + random() % 3;
    const Window s = random_window(random, axes, false);
    const std::size_t n = s.batch,
                      weights = s.out_channels * s.in_channels / s.groups * s.kernel_size();
    const auto activation = static_cast<Activation>(random() % 4);
    const ConvPass plain{s}, fused{s, activation, true, pool_behind(random, s, axes)};
    const ConvPass active{s, activation};
    const Numbers x = random_numbers(random, s.in_channels * s.in_pixels() * n);
    const Numbers w = random_numbers(random, weights), b = random_numbers(random, s.out_channels);
    INFO(describe(s) << "; then " << describe(fused.pool) << " after activation "
                     << static_cast<int>(activation));

    Numbers map(s.out_channels * s.out_pixels() * n);
    conv(plain, x, w, b.data(), map, nullptr);
    Numbers activated = map;
    const Forward forward[] = {nullptr, kernels().relu, kernels().tanh, kernels().sigmoid};
    const Reverse reverse[] = {nullptr, kernels().relu_backward, kernels().tanh_backward,
                               kernels().sigmoid_backward};
    const auto which = static_cast<std::size_t>(activation);
    if (which > 0) forward[which](map.size(), map.data(), activated.data());
    Numbers got_map = map;
    conv(active, x, w, b.data(), got_map, nullptr);
    CHECK(got_map == activated);
    Numbers y(s.out_channels * fused.pool.out_pixels() * n), tap = y, got_y = y, got_tap = y;
    kernels().max_pool(fused.pool, activated.data(), y.data(), tap.data());
    conv(fused, x, w, b.data(), got_y, got_tap.data());
    CHECK(got_y == y);
    CHECK(got_tap == tap);
    conv(fused, x, w, b.data(), got_y, nullptr);
    CHECK(got_y == y);

    const Numbers g = random_numbers(random, y.size());
    Numbers dmap(map.size()), dx(x.size()), dw(w.size()), db(b.size());
    Numbers got_dx = dx, got_dw = dw, got_db = db;
    kernels().max_pool_backward(fused.pool, tap.data(), g.data(), dmap.data());
    if (which > 0) reverse[which](map.size(), activated.data(), dmap.data(), dmap.data());
    conv_backward(plain, x, w, map, nullptr, dmap, dx.data(), dw.data(), db.data());
    conv_backward(fused, x, w, y, tap.data(), g, got_dx.data(), got_dw.data(), nullptr);
    // If windows overlap, the fused pass multiplies each gradient by tanh's slope, not their sum.
    // If it skips zeros, it sums image by image. So results differ by rounding.
    const auto close = [](const Numbers& got, const Numbers& want) {
      double off = 0;
      for (std::size_t i = 0; i < want.size(); ++i)
        off = std::max<double>(off, std::abs(got[i] - want[i]));
      return off < 2e-5;
    };
    CHECK(close(got_dx, dx));
    CHECK(close(got_dw, dw));
    conv_backward(fused, x, w, y, tap.data(), g, nullptr, nullptr, got_db.data());
    for (std::size_t o = 0; o < b.size(); ++o) CHECK(got_db[o] == Approx(db[o]).margin(1e-4));

    conv_backward_by_columns(fused, x.data(), w.data(), y.data(), tap.data(), g.data(),
                             got_dx.data(), got_dw.data(), got_db.data());
    CHECK(close(got_dx, dx));
    CHECK(close(got_dw, dw));
    for (std::size_t o = 0; o < b.size(); ++o) CHECK(got_db[o] == Approx(db[o]).margin(1e-4));
    conv_by_columns(fused, x.data(), w.data(), b.data(), got_y.data(), got_tap.data());
    CHECK(close(got_y, y));
  }
}

TEST_CASE("kernels: max pooling with ties and NaN, random windows of one to three axes") {
  std::mt19937 random(2);
  for (int round = 0; round < 150; ++round) {
    const Window s = random_window(random, 1 + random() % 3, true);
    const std::size_t n = s.batch, channels = s.in_channels;
    Numbers x(channels * s.in_pixels() * n);
    for (float& value : x) {
      value = static_cast<float>(random() % 4) - 2;  // few distinct values, so there are ties
      if (random() % 30 == 0) value = NAN;
      if (random() % 30 == 0) value = -HUGE_VALF;
    }
    const Numbers g = random_numbers(random, channels * s.out_pixels() * n);

    Numbers y(g.size()), dx(x.size(), 0);
    std::vector<std::size_t> from(g.size()), taps(g.size());
    std::vector<bool> any(g.size(), false);
    for_taps(s, [&](std::size_t pixel, std::size_t tap, std::size_t at) {
      for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t i = 0; i < n; ++i) {
          const std::size_t to = (c * s.out_pixels() + pixel) * n + i;
          const float value = x[(c * s.in_pixels() + at) * n + i];
          // Of equal values the first wins, and of several NaNs the last, as in PyTorch.
          if (any[to] && !(value > y[to]) && !std::isnan(value)) continue;
          any[to] = true, y[to] = value, from[to] = (c * s.in_pixels() + at) * n + i;
          taps[to] = tap;
        }
    });
    if (std::find(any.begin(), any.end(), false) != any.end()) continue;  // only padding
    for (std::size_t i = 0; i < g.size(); ++i) dx[from[i]] += g[i];

    Numbers got(y.size()), winner(y.size()), got_dx(dx.size());
    kernels().max_pool(s, x.data(), got.data(), winner.data());
    kernels().max_pool_backward(s, winner.data(), g.data(), got_dx.data());
    bool equal = true, close = true;
    for (std::size_t i = 0; i < y.size(); ++i) {
      equal &= got[i] == y[i] || (std::isnan(got[i]) && std::isnan(y[i]));
      equal &= winner[i] == static_cast<float>(taps[i]);
    }
    for (std::size_t i = 0; i < dx.size(); ++i) close &= std::abs(got_dx[i] - dx[i]) < 1e-5;
    INFO(describe(s));
    CHECK(equal);
    CHECK(close);
  }
}

}  // namespace
}  // namespace fanin
