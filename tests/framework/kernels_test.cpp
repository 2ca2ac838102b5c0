#include "framework/core/kernels/kernels.hpp"

#include <cfloat>
#include <cmath>
#include <functional>

#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Compares the kernels of the active instruction set with plain loops in double.
namespace fanin {
namespace {

using Numbers = std::vector<float>;

Numbers random_numbers(std::mt19937& random, std::size_t n, double low = -1, double high = 1) {
  Numbers x(n);
  for (float& value : x) value = static_cast<float>(uniform(random, low, high));
  return x;
}

// The difference between a result and the exact value, in units in the last place (ulp).
double ulps(float got, double want) {
  const float rounded = std::abs(static_cast<float>(want));
  const double unit = std::max(std::nextafterf(rounded, HUGE_VALF) - rounded, FLT_TRUE_MIN);
  return std::abs(got - want) / unit;
}

struct Function {
  const char* name;
  std::function<void(std::size_t, const float*, float*)> kernel;
  double (*exact)(double);
  double low, high;  // the range in which the error stays below these ulp
  double (*ulp)(double) = [](double) { return 3.0; };
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double elu(double x) { return x > 0 ? x : std::expm1(x); }
double silu(double x) { return x * sigmoid(x); }
double softplus(double x) { return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0); }
double mish(double x) { return x * std::tanh(softplus(x)); }
double hardswish(double x) {
  const double product = x * std::clamp(x + 3, 0.0, 6.0);
  return product > FLT_MAX ? product : product / 6;  // as in PyTorch, 6 x overflows
}
double softsign(double x) { return x / (1 + std::abs(x)); }
double log_sigmoid(double x) { return -softplus(-x); }
double gelu(double x) { return x / 2 * std::erfc(-x * std::sqrt(0.5)); }

// In exp(-x^2 / 2), the effect of the argument's rounding grows with x^2, and nothing cancels it.
double gelu_ulp(double x) { return x < 0 ? 8 + 2 * x * x : 5; }

// The rounding of x + 3 is all that is left of it just above -3.
double hardswish_ulp(double x) { return x > -3 && x < 0 ? 3 + 3 / (x + 3) : 3; }

auto curve(const PointwiseKernels& kernels, float p0 = 0, float p1 = 0) {
  return [&kernels, p0, p1](std::size_t n, const float* x, float* y) {
    const float parameters[]{p0, p1};
    kernels.forward(n, parameters, x, y);
  };
}

// xsimd's exp returns infinity above 88.3763 and 0 below -87.68. It overflows slightly earlier than
// float (88.7228) and skips the denormals, so the sigmoid is 0 below that.
std::vector<Function> functions() {
  return {{"exp", kernels().exp, [](double x) { return std::exp(x); }, -87.33, 88.37},
          {"log", kernels().log, [](double x) { return std::log(x); }, FLT_TRUE_MIN, FLT_MAX},
          {"tanh", kernels().tanh, [](double x) { return std::tanh(x); }, -FLT_MAX, FLT_MAX},
          {"sigmoid", kernels().sigmoid, sigmoid, -87.33, FLT_MAX},
          {"elu", curve(kernels().elu, 1, 1), elu, -FLT_MAX, FLT_MAX},
          {"silu", curve(kernels().silu), silu, -87.33, FLT_MAX},
          {"mish", curve(kernels().mish), mish, -87.33, FLT_MAX, [](double) { return 5.0; }},
          {"hardswish", curve(kernels().hardswish), hardswish, -5e37, 5e37, hardswish_ulp},
          {"softsign", curve(kernels().softsign), softsign, -FLT_MAX, FLT_MAX},
          {"log_sigmoid", curve(kernels().log_sigmoid), log_sigmoid, -FLT_MAX, 87.33},
          {"softplus", curve(kernels().softplus, 1, 20), softplus, -87.33, FLT_MAX},
          {"gelu", curve(kernels().gelu), gelu, -12.9, FLT_MAX, gelu_ulp}};
}

TEST_CASE("kernels: curves are within their promised ulp") {
  std::mt19937 random(1);
  for (const Function& f : functions()) {
    // Half of the arguments have any exponent; the others are where the function changes.
    Numbers x;
    while (x.size() < 400'000) {
      const std::uint32_t bits = static_cast<std::uint32_t>(random());
      float value = 0;
      std::memcpy(&value, &bits, sizeof value);
      if (x.size() % 2 == 0) value = static_cast<float>(uniform(random, -90, 90));
      if (value >= f.low && value <= f.high) x.push_back(value);
    }
    Numbers y(x.size());
    f.kernel(x.size(), x.data(), y.data());
    double worst = 0;  // as a share of the allowed error
    float at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double off = ulps(y[i], f.exact(x[i])) / f.ulp(x[i]);
      if (!(off <= worst)) worst = off, at = x[i];
    }
    INFO(f.name << " is " << worst * f.ulp(at) << " ulp off at " << at);
    CHECK(worst < 1);
  }
}

TEST_CASE("kernels: curves at and beyond the ends of their range") {
  const Numbers x{NAN,     HUGE_VALF, -HUGE_VALF, 0.0f,  -0.0f, 1e-40f,
                  -1e-40f, 1e38f,     -1e38f,     -1.0f, 89.0f, -104.0f};
  for (const Function& f : functions()) {
    Numbers y(x.size());
    f.kernel(x.size(), x.data(), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = f.exact(x[i]);
      INFO(f.name << "(" << x[i] << ") = " << y[i] << ", exactly " << want);
      if (std::isnan(want))
        CHECK(std::isnan(y[i]));
      else if (std::abs(want) > FLT_MAX)
        CHECK(y[i] == static_cast<float>(want));
      else
        CHECK((ulps(y[i], want) < f.ulp(x[i]) || std::abs(want) < FLT_MIN));
    }
  }
  // Beyond the range, exp may return infinity early and no denormals, but never NaN or a smaller
  // value.
  Numbers edge, exp_edge;
  for (float v : {88.38f, 88.5f, 88.7f, 88.72f}) edge.push_back(v), edge.push_back(-v);
  exp_edge.resize(edge.size());
  kernels().exp(edge.size(), edge.data(), exp_edge.data());
  for (std::size_t i = 0; i < edge.size(); ++i) {
    if (edge[i] > 0) CHECK(exp_edge[i] > 2.3e38f);
    if (edge[i] < 0) CHECK((exp_edge[i] >= 0 && exp_edge[i] < FLT_MIN));
  }
}

TEST_CASE("kernels: a result does not depend on its position in the array") {
  std::mt19937 random(2);
  const Numbers x = random_numbers(random, 70, 0.1, 3);
  for (const Function& f : functions()) {
    Numbers all(x.size());
    f.kernel(x.size(), x.data(), all.data());
    for (std::size_t start : {1, 3, 17}) {
      Numbers part(x.size() - start);
      f.kernel(part.size(), x.data() + start, part.data());
      CHECK(std::memcmp(part.data(), all.data() + start, part.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("kernels: pointwise kernels work for every length and in place") {
  std::mt19937 random(3);
  const Kernels& k = kernels();
  for (std::size_t n = 0; n <= 70; ++n) {
    const Numbers a = random_numbers(random, n), b = random_numbers(random, n, 0.5, 2);
    const auto check = [&](auto kernel, auto exact) {
      Numbers y(n + 1, 42), in_place = a;
      kernel(n, a.data(), b.data(), y.data());
      kernel(n, in_place.data(), b.data(), in_place.data());
      bool equal = y[n] == 42;  // nothing is written past the end
      for (std::size_t i = 0; i < n; ++i) equal &= y[i] == exact(a[i], b[i]) && y[i] == in_place[i];
      CHECK(equal);
    };
    check(k.add, [](float u, float v) { return u + v; });
    check(k.subtract, [](float u, float v) { return u - v; });
    check(k.multiply, [](float u, float v) { return u * v; });
    check(k.divide, [](float u, float v) { return u / v; });
    const auto map = [&](std::size_t count, const float* x, const float*, float* y) {
      k.relu(count, x, y);
    };
    check(map, [](float u, float) { return u < 0 ? 0 : u; });
    const auto root = [&](std::size_t count, const float*, const float* x, float* y) {
      k.sqrt(count, x, y);
    };
    Numbers roots(n);
    root(n, nullptr, b.data(), roots.data());
    for (std::size_t i = 0; i < n; ++i) CHECK(roots[i] == std::sqrt(b[i]));
    Numbers scaled(n);
    k.scale(n, 0.3f, a.data(), scaled.data());
    for (std::size_t i = 0; i < n; ++i) CHECK(scaled[i] == 0.3f * a[i]);
  }
}

TEST_CASE("kernels: ReLU keeps NaN and the sign of zero") {
  const Numbers x{NAN, -1, -0.0f, 0.0f, 1, HUGE_VALF, -HUGE_VALF, -1e-40f};
  Numbers y(x.size());
  kernels().relu(x.size(), x.data(), y.data());
  CHECK(std::isnan(y[0]));
  CHECK((y[1] == 0 && y[2] == 0 && y[3] == 0 && y[4] == 1));
  CHECK((y[5] == HUGE_VALF && y[6] == 0 && y[7] == 0));
}

TEST_CASE("kernels: transposition and row sums") {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    const std::size_t rows = pick(random, 0, 70), n = pick(random, 0, 70);
    const Numbers x = random_numbers(random, rows * n);
    Numbers turned(rows * n), sums(rows);
    kernels().transpose(rows, n, x.data(), turned.data());
    kernels().row_sums(rows, n, x.data(), sums.data());
    bool equal = true;
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += x[r * n + i];
        equal &= turned[i * rows + r] == x[r * n + i];
      }
      CHECK(std::abs(sums[r] - sum) < 1e-5);
    }
    CHECK(equal);
  }
  const Numbers many = random_numbers(random, 1'000'003, 0, 1);
  double exact = 0;
  for (float value : many) exact += value;
  float sum = 0;
  kernels().row_sums(1, many.size(), many.data(), &sum);
  CHECK(sum == Approx(exact).epsilon(2e-5));
}

TEST_CASE("kernels: gemm of any size, with a by rows or by columns") {
  std::mt19937 random(5);
  struct Size {
    std::size_t m, n, k;
  };
  std::vector<Size> sizes{{1, 1, 1},     {6, 64, 8},     {7, 65, 9},     {6, 32, 0},
                          {0, 5, 5},     {5, 0, 5},      {3, 5, 512},    {3, 70, 513},
                          {13, 9, 1100}, {6, 16, 1024},  {70, 70, 600},  {1, 128, 3},
                          {64, 1, 64},   {50, 600, 530}, {1003, 70, 530}};
  for (int i = 0; i < 100; ++i)
    sizes.push_back({pick(random, 1, 70), pick(random, 1, 70), pick(random, 1, 70)});
  const auto check = [&](std::size_t m, std::size_t n, std::size_t k, bool transposed,
                         bool biased) {
    const Numbers a = random_numbers(random, m * k), b = random_numbers(random, k * n);
    const Numbers bias = random_numbers(random, m);
    const std::size_t row = transposed ? 1 : k, step = transposed ? m : 1;
    Numbers c(m * n + 1, 42), scratch(kernels().gemm_scratch(n, k));
    kernels().gemm(m, n, k, a.data(), row, step, b.data(), biased ? bias.data() : nullptr, false,
                   c.data(), scratch.data());
    double worst = 0;  // in units of rounding of the sum of magnitudes
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double sum = biased ? bias[i] : 0, size = std::abs(sum);
        for (std::size_t l = 0; l < k; ++l) {
          const double term = static_cast<double>(a[i * row + l * step]) * b[l * n + j];
          sum += term;
          size += std::abs(term);
        }
        worst = std::max(worst, std::abs(c[i * n + j] - sum) / (size * FLT_EPSILON + FLT_MIN));
      }
    INFO(m << " x " << n << " x " << k << (transposed ? " transposed" : ""));
    CHECK(worst < 4);
    CHECK(c[m * n] == 42);

    if (biased) return;
    Numbers twice(m * n + 1, 42);  // adds to an earlier product
    std::copy_n(c.begin(), m * n, twice.begin());
    kernels().gemm(m, n, k, a.data(), row, step, b.data(), nullptr, true, twice.data(),
                   scratch.data());
    double off = 0;
    for (std::size_t i = 0; i < m * n; ++i)
      off = std::max<double>(off, std::abs(twice[i] - 2 * c[i]) - 1e-6 * std::abs(c[i]));
    CHECK(off < 1e-5);
    CHECK(twice[m * n] == 42);
  };
  for (const auto& [m, n, k] : sizes)
    for (bool transposed : {false, true})
      for (bool biased : {false, true}) check(m, n, k, transposed, biased);
}

TEST_CASE("kernels: mean and variance do not suffer from cancellation") {
  std::mt19937 random(6);
  for (std::size_t n : {2, 5, 16, 1000, 40'000}) {
    const Numbers x = random_numbers(random, 2 * n, 1000, 1000.01);
    float mean[2], variance[2];
    kernels().moments(2, n, x.data(), mean, variance);
    for (std::size_t c : {0, 1}) {
      double sum = 0, square = 0;
      for (std::size_t i = 0; i < n; ++i) sum += x[c * n + i];
      const double m = sum / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) square += (x[c * n + i] - m) * (x[c * n + i] - m);
      CHECK(mean[c] == Approx(m).epsilon(1e-7));
      CHECK(variance[c] == Approx(square / static_cast<double>(n)).epsilon(0.02));
    }
  }
}

}  // namespace
}  // namespace fanin
