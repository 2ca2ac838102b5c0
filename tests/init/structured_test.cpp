#include <cmath>

#include "framework/core/error.hpp"
#include "framework/ops/conv.hpp"
#include "init/init.hpp"
#include "tests/init/kolmogorov.hpp"
#include "tests/support/catch.hpp"

// The functions of torch.nn.init whose results have a structure, not only a distribution.
namespace fanin {
namespace {

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

TEST_CASE("eye_ puts ones on the diagonal, in any layout") {
  for (const Shape& shape : {Shape{4, 4}, Shape{3, 5}, Shape{5, 3}, Shape{1, 1}, Shape{0, 3}})
    for (std::size_t lane : {0, 1}) {
      const Tensor t{Array(shape, lane)};
      init::eye_(t);
      const Array want = tabulate(shape, [](const Index& i) { return i[0] == i[1]; });
      CHECK(same_bits(t.value(), want));
    }
  CHECK_THROWS_WITH(init::eye_(Tensor(Array({3}))), "Only tensors with 2 dimensions are supported");
}

TEST_CASE("dirac_ makes a convolution that passes its input through") {
  std::mt19937 random(1);
  for (std::size_t groups : {1, 2}) {
    const Tensor weight{Array({4, 4 / groups, 3, 5})};
    init::dirac_(weight, groups);
    const Tensor x(random_array(random, {2, 4, 6, 7}));
    CHECK(same_bits(conv2d(x, weight, {}, {1, 1}, {1, 2}, {1, 1}, groups).value(), x.value()));
  }
  const Tensor narrow{Array({2, 5, 3})}, wide{Array({5, 2, 3, 3, 3})};
  init::dirac_(narrow);
  init::dirac_(wide);
  CHECK(same_bits(narrow.value(),
                  tabulate({2, 5, 3}, [](const Index& i) { return i[0] == i[1] && i[2] == 1; })));
  CHECK(same_bits(wide.value(), tabulate({5, 2, 3, 3, 3}, [](const Index& i) {
                    return i[0] == i[1] && i[2] == 1 && i[3] == 1 && i[4] == 1;
                  })));
  CHECK_THROWS_WITH(init::dirac_(Tensor(Array({3, 3}))),
                    "Only tensors with 3, 4, or 5 dimensions are supported");
  CHECK_THROWS_WITH(init::dirac_(Tensor(Array({3, 3, 3})), 2), "dim 0 must be divisible by groups");
  CHECK_THROWS_WITH(init::dirac_(Tensor(Array({3, 3, 3})), 0), "dim 0 must be divisible by groups");
}

TEST_CASE("orthogonal_ has orthonormal rows or columns, times the gain") {
  for (const Shape& shape :
       {Shape{1, 1}, Shape{20, 20}, Shape{5, 50}, Shape{50, 5}, Shape{6, 2, 3, 3}, Shape{64, 4, 3}})
    for (double gain : {1.0, 2.5, 0.0}) {
      const Tensor t{Array(shape)};
      Generator generator(3);
      init::orthogonal_(t, gain, generator);
      const std::size_t rows = shape[0], columns = shape.numel() / rows;
      const std::size_t n = std::min(rows, columns), m = std::max(rows, columns);
      const auto at = [&](std::size_t i, std::size_t k) -> double {
        return rows < columns ? t.value().data()[i * columns + k]
                              : t.value().data()[k * columns + i];
      };
      double worst = 0;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
          double product = 0;
          for (std::size_t k = 0; k < m; ++k) product += at(i, k) * at(j, k);
          worst = std::max(worst, std::abs(product - (i == j ? gain * gain : 0)));
        }
      INFO(to_string(shape) << ", gain " << gain);
      CHECK(worst < 1e-5 * std::max(gain * gain, 1.0));
      Generator again(3);
      Array draws({rows, columns});  // one draw per number
      again.normal(draws, 0, 1);
      CHECK((again.state() == generator.state()));
    }
  CHECK_THROWS_WITH(init::orthogonal_(Tensor(Array({3}))),
                    "Only tensors with 2 or more dimensions are supported");
}

TEST_CASE("sparse_ sets a fraction of every column to 0") {
  for (double share : {0.0, 0.1, 0.5, 1.0}) {
    const Tensor t{Array({30, 200})};
    Generator generator(1);
    init::sparse_(t, share, 0.5, generator);
    std::vector<Real> others;
    for (std::size_t column = 0; column < 200; ++column) {
      std::size_t zeros = 0;
      for (std::size_t row = 0; row < 30; ++row) {
        const Real value = t.value().at({row, column});
        zeros += value == 0;
        if (value != 0) others.push_back(value);
      }
      CHECK(zeros == static_cast<std::size_t>(std::ceil(share * 30)));
    }
    if (!others.empty())
      CHECK(p_value(others, [](double x) { return normal_cdf(x / 0.5); }) > 1e-4);
  }
  CHECK_THROWS_WITH(init::sparse_(Tensor(Array({3, 3, 3})), 0.5),
                    "Only tensors with 2 dimensions are supported");
}

TEST_CASE("trunc_normal_ draws from the truncated normal, as far as it can") {
  struct Cut {
    double mean, std, a, b;
    bool far;  // in a tail, where PyTorch's older method is too coarse in float
  };
  for (const Cut& c :
       {Cut{0, 1, -2, 2, false}, Cut{1, 0.5, 0, 3, false}, Cut{0, 1, 0.5, 0.75, false},
        Cut{0, 1, 5, 9, true}, Cut{0, 1, -40, -39, true}, Cut{3, 2, -1e9, 1e9, false}}) {
    // Calculated in the nearer tail, where there is no cancellation.
    const double turn = c.a + c.b > 2 * c.mean ? -1 : 1;
    const auto tail = [&](double x) { return normal_cdf(turn * (x - c.mean) / c.std); };
    const auto cdf = [&](double x) { return (tail(x) - tail(c.a)) / (tail(c.b) - tail(c.a)); };
    for (const auto& function : {init::trunc_normal_, init::trunc_normal_erfinv_}) {
      if (c.far && function == init::trunc_normal_erfinv_) continue;
      const Tensor t{Array({20'000})};
      Generator generator(2);
      function(t, c.mean, c.std, c.a, c.b, generator);
      INFO("mean " << c.mean << ", std " << c.std << ", [" << c.a << ", " << c.b << "]");
      CHECK(*std::min_element(t.value().begin(), t.value().end()) >= c.a);
      CHECK(*std::max_element(t.value().begin(), t.value().end()) <= c.b);
      CHECK(p_value(t.value().to_vector(), cdf) > 1e-4);
    }
  }
  const Tensor t{Array({4})};
  CHECK_THROWS_AS(init::trunc_normal_(t, 0, 0), Error);
  CHECK_THROWS_AS(init::trunc_normal_(t, 0, 1, 3, 2), Error);
  CHECK_THROWS_AS(init::trunc_normal_erfinv_(t, 0, 0), Error);
  CHECK(init::trunc_normal_(t, 0, 1, 2, 2).value().to_vector() == std::vector<Real>(4, 2));
}

TEST_CASE("trunc_normal_ refuses what would take more than 10,000 rounds of draws") {
  const Tensor t{Array({100})};
  Generator generator(0);
  CHECK_THROWS_WITH(init::trunc_normal_(t, 0, 1, 5, 1e6, generator),
                    ContainsSubstring("accept one of 5.2e+06 draws from [5, 1000000]") &&
                        ContainsSubstring("[100]") && ContainsSubstring("trunc_normal_erfinv_"));
  CHECK_THROWS_AS(init::trunc_normal_(t, 0, 1, -1e6, -5, generator), Error);
  CHECK_THROWS_AS(init::trunc_normal_(t, -1e5, 1, 0, 1, generator), Error);
  // Rounding leaves no value that is accepted: it ends all the same.
  CHECK_THROWS_AS(init::trunc_normal_(t, 0, 1, 3e6, 3e6 + 1, generator), Error);
  CHECK_NOTHROW(init::trunc_normal_(t, 0, 1, 5, 50, generator));
}

}  // namespace
}  // namespace fanin
