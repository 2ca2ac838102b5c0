#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

template <class F>
void map(std::size_t n, const Real* x, Real* y, F f) {
  for_vectors(n, [&](auto get, auto put) { put(y, f(get(x))); });
}

template <class F>
void zip(std::size_t n, const Real* a, const Real* b, Real* y, F f) {
  for_vectors(n, [&](auto get, auto put) { put(y, f(get(a), get(b))); });
}

void add(std::size_t n, const Real* a, const Real* b, Real* y) {
  zip(n, a, b, y, [](Vec u, Vec v) { return u + v; });
}
void subtract(std::size_t n, const Real* a, const Real* b, Real* y) {
  zip(n, a, b, y, [](Vec u, Vec v) { return u - v; });
}
void multiply(std::size_t n, const Real* a, const Real* b, Real* y) {
  zip(n, a, b, y, [](Vec u, Vec v) { return u * v; });
}
void divide(std::size_t n, const Real* a, const Real* b, Real* y) {
  zip(n, a, b, y, [](Vec u, Vec v) { return u / v; });
}
void scale(std::size_t n, Real factor, const Real* x, Real* y) {
  map(n, x, y, [factor](Vec v) { return v * factor; });
}

void exp(std::size_t n, const Real* x, Real* y) {
  map(n, x, y, [](Vec v) { return xsimd::exp(v); });
}
void log(std::size_t n, const Real* x, Real* y) {
  map(n, x, y, [](Vec v) { return xsimd::log(v); });
}
void sqrt(std::size_t n, const Real* x, Real* y) {
  map(n, x, y, [](Vec v) { return xsimd::sqrt(v); });
}

// A comparison with NaN is false, so NaN passes.
void relu(std::size_t n, const Real* x, Real* y) {
  map(n, x, y, [](Vec v) { return xsimd::select(v < Vec(0), Vec(0), v); });
}
void relu_backward(std::size_t n, const Real* y, const Real* g, Real* dx) {
  zip(n, y, g, dx, [](Vec v, Vec d) { return xsimd::select(v <= Vec(0), Vec(0), d); });
}
void tanh(std::size_t n, const Real* x, Real* y) {
  map(n, x, y, [](Vec v) { return xsimd::tanh(v); });
}
void tanh_backward(std::size_t n, const Real* y, const Real* g, Real* dx) {
  zip(n, y, g, dx, [](Vec v, Vec d) { return d * (Vec(1) - v * v); });
}
void sigmoid(std::size_t n, const Real* x, Real* y) {
  map(n, x, y, [](Vec v) { return Vec(1) / (Vec(1) + xsimd::exp(-v)); });
}
void sigmoid_backward(std::size_t n, const Real* y, const Real* g, Real* dx) {
  zip(n, y, g, dx, [](Vec v, Vec d) { return d * v * (Vec(1) - v); });
}

void row_sums(std::size_t rows, std::size_t n, const Real* x, Real* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += n) {
    Vec even(0), odd(0);  // two sums hide the latency of the additions
    std::size_t i = 0;
    for (; i + 2 * width <= n; i += 2 * width) {
      even += load(x + i);
      odd += load(x + i + width);
    }
    Real sum = xsimd::hadd(even + odd);
    for (; i < n; ++i) sum += x[i];
    sums[r] = sum;
  }
}

void add_to_rows(std::size_t rows, std::size_t n, const Real* x, const Real* b, Real* y) {
  for (std::size_t r = 0; r < rows; ++r)
    map(n, x + r * n, y + r * n, [bias = Vec(b[r])](Vec v) { return v + bias; });
}

}  // namespace

void add_pointwise(Kernels& table) {
  table.add = add;
  table.subtract = subtract;
  table.multiply = multiply;
  table.divide = divide;
  table.scale = scale;
  table.exp = exp;
  table.log = log;
  table.sqrt = sqrt;
  table.relu = relu;
  table.relu_backward = relu_backward;
  table.tanh = tanh;
  table.tanh_backward = tanh_backward;
  table.sigmoid = sigmoid;
  table.sigmoid_backward = sigmoid_backward;
  table.row_sums = row_sums;
  table.add_to_rows = add_to_rows;
}

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
