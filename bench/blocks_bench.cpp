#include <fmt/format.h>

#include <vector>

#include "bench/measure.hpp"
#include "framework/core/elementwise.hpp"
#include "framework/core/text.hpp"
#include "framework/ops/window.hpp"

// Kernels over matrices and maps; the last shape of each list is past all caches.
namespace fanin {
namespace {

double bytes_of(double numbers) { return sizeof(Real) * numbers; }

// [rows][n], a channel or feature to each row.
void add_rows(std::size_t rows, std::size_t n) {
  const Operands& o = operands();
  const std::string shape = fmt::format("/{}x{}", rows, n);
  const double size = bytes_of(static_cast<double>(rows * n));
  const Array mean = Array::full({rows}, 0), one = Array::full({rows}, 1);
  Array sums({rows}), others({rows});
  add("blocks/transpose" + shape, 0, 2 * size, [=, &o] { kernels().transpose(rows, n, o.x, o.y); });
  add("blocks/row_sums" + shape, 0, size,
      [=, &o]() mutable { kernels().row_sums(rows, n, o.x, sums.data()); });
  add("blocks/moments" + shape, 0, size,
      [=, &o]() mutable { kernels().moments(rows, n, o.x, sums.data(), others.data()); });
  for (const Activation activation : {Activation::none, Activation::relu}) {
    const bool relu = activation == Activation::relu;
    const char* suffix = relu ? "_relu" : "";
    add(fmt::format("blocks/normalize{}{}", suffix, shape), 0, 2 * size, [=, &o] {
      kernels().normalize(rows, n, o.x, mean.data(), one.data(), one.data(), mean.data(),
                          activation, o.y);
    });
    add(fmt::format("blocks/normalize_backward{}{}", suffix, shape), 0, (relu ? 4 : 3) * size,
        [=, &o]() mutable {
          kernels().normalize_backward(rows, n, o.x, o.u, o.g, mean.data(), one.data(), one.data(),
                                       activation, false, o.y, sums.data(), others.data());
        });
  }
}

// Over the middle axis of [outer][n][inner].
void add_softmax(std::size_t outer, std::size_t n, std::size_t inner) {
  const Operands& o = operands();
  const Kernels& k = kernels();
  const std::string shape = fmt::format("/{}x{}x{}", outer, n, inner);
  const double size = bytes_of(static_cast<double>(outer * n * inner));
  for (const auto& [name, kernel] :
       {std::pair{"softmax", k.softmax}, std::pair{"log_softmax", k.log_softmax}}) {
    add(fmt::format("blocks/{}{}", name, shape), 0, 2 * size,
        [=, &o, f = kernel.forward] { f(outer, n, inner, o.x, o.y); });
    add(fmt::format("blocks/{}_backward{}", name, shape), 0, 3 * size,
        [=, &o, f = kernel.backward] { f(outer, n, inner, o.u, o.g, o.y); });
  }
}

void add_cross_entropy(std::size_t classes, std::size_t n) {
  const Operands& o = operands();
  std::vector<std::int64_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<std::int64_t>(i % classes);
  for (const Real smoothing : {Real(0), Real(0.1)})
    add(fmt::format("blocks/cross_entropy{}/{}x{}", smoothing > 0 ? "_smoothed" : "", classes, n),
        0, 2 * bytes_of(static_cast<double>(classes * n)), [=, &o] {
          kernels().cross_entropy(classes, n, o.x, labels.data(), o.ones, smoothing, o.z, o.y);
        });
}

// These two are of arrays, not kernels: sums down the columns of [n][columns], axes permuted.
void add_column_sums(std::size_t n, std::size_t columns) {
  const Array x = random_array({n, columns});
  add(fmt::format("blocks/column_sums/{}x{}", n, columns), 0,
      bytes_of(static_cast<double>(x.size())), [=] { sum_keeping(x, {0}); });
}

void add_permute(const Shape& shape, const std::vector<std::size_t>& axes) {
  const Array x = random_array(shape);
  add(fmt::format("blocks/permute/{}_by_{}", join(shape, "x"), join(axes, "")), 0,
      2 * bytes_of(static_cast<double>(x.size())), [=] { x.permute(axes); });
}

// Square windows that neither overlap an edge nor leave pixels out.
void add_pools(std::size_t channels, std::size_t extent, std::size_t kernel, std::size_t stride) {
  constexpr std::size_t batch = 64;
  const Operands& o = operands();
  const Window s =
      make_window("bench", {batch, channels, extent, extent}, kernel, stride, 0, 1, false);
  std::vector<PoolSpan> whole{{0, 1, 1}}, spans;
  for (std::size_t at = 0; at + kernel <= extent; at += stride)
    spans.push_back({at, at + kernel, Real(1) / static_cast<Real>(kernel)});

  const std::string shape =
      fmt::format("/{}x{}x{}_k{}_s{}", channels, extent, extent, kernel, stride);
  const auto images = static_cast<double>(channels * batch);
  const double in = bytes_of(images * static_cast<double>(s.in_pixels()));
  const double out = bytes_of(images * static_cast<double>(s.out_pixels()));
  Array tap({channels, s.out_pixels(), batch});
  kernels().max_pool(s, o.x, o.y, tap.data());
  add("blocks/max_pool" + shape, 0, in + 2 * out,
      [=, &o]() mutable { kernels().max_pool(s, o.x, o.y, tap.data()); });
  add("blocks/max_pool_backward" + shape, 0, in + 2 * out,
      [=, &o] { kernels().max_pool_backward(s, tap.data(), o.g, o.y); });
  add("blocks/mean_pool" + shape, 0, in + out, [=, &o] {
    const PoolSpan* each[]{whole.data(), spans.data(), spans.data()};
    kernels().mean_pool(s, each, o.x, o.y);
  });
  add("blocks/mean_pool_backward" + shape, 0, in + out, [=, &o] {
    const PoolSpan* each[]{whole.data(), spans.data(), spans.data()};
    kernels().mean_pool_backward(s, each, o.g, o.y);
  });
}

void add_all() {
  const std::size_t matrices[][2]{{256, 64}, {784, 64}, {32, 26 * 26 * 64}, {64, 128 * 1024}};
  for (const auto& [rows, n] : matrices) add_rows(rows, n);
  const std::size_t softmaxes[][3]{{1, 10, 64}, {1, 1000, 64}, {1, 1024, 8192}};
  for (const auto& [outer, n, inner] : softmaxes) add_softmax(outer, n, inner);
  const std::size_t logits[][2]{{10, 64}, {1000, 64}, {1024, 8192}};
  for (const auto& [classes, n] : logits) add_cross_entropy(classes, n);
  add_column_sums(300'000, 3);
  add_column_sums(4096, 100);
  add_column_sums(64, 65'536);
  add_permute({64, 64, 28, 28}, {0, 2, 1, 3});
  add_permute({64, 64, 28, 28}, {3, 1, 0, 2});
  add_permute({64, 28, 28, 3}, {0, 2, 1, 3});
  add_pools(6, 28, 2, 2);
  add_pools(32, 26, 2, 2);
  add_pools(32, 27, 3, 2);
  add_pools(32, 60, 2, 2);
}

const Family family(add_all);

}  // namespace
}  // namespace fanin
