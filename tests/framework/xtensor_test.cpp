#include "framework/core/xtensor.hpp"

#include "framework/autograd/tensor.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// In C++20, xtensor 0.24 would limit temporaries of dynamic rank to rank 4 and overrun their
// memory. framework/core/xtensor.hpp prevents this; ranks 5 and 6 test it.
namespace fanin {
namespace {

xt::xarray<Real> counting(const std::vector<std::size_t>& shape) {
  xt::xarray<Real> x = xt::xarray<Real>::from_shape(shape);
  Real next = 0;
  for (Real& value : x) value = next++;
  return x;
}

Real count(const Shape& shape, const Index& index) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < index.size(); ++i) at = at * shape[i] + index[i];
  return static_cast<Real>(at);
}

const std::vector<std::vector<std::size_t>> shapes{
    {}, {7}, {2, 3}, {2, 3, 4}, {2, 3, 2, 3}, {2, 3, 2, 2, 3}, {2, 1, 3, 2, 2, 3}};

TEST_CASE("xtensor: expressions of any rank become arrays") {
  for (const auto& extents : shapes) {
    const Shape shape(extents.begin(), extents.end());
    const xt::xarray<Real> x = counting(extents);
    const Array y(2 * x + 1);
    INFO(to_string(shape));
    CHECK(y.shape() == shape);
    CHECK(same_bits(y, tabulate(shape, [&](const Index& i) { return 2 * count(shape, i) + 1; })));
    CHECK(same_bits(Array(x), tabulate(shape, [&](const Index& i) { return count(shape, i); })));
  }
}

TEST_CASE("xtensor: temporaries of rank 5 and 6 are complete") {
  for (const auto& extents : shapes) {
    if (extents.size() < 2) continue;
    const Shape shape(extents.begin(), extents.end());
    const xt::xarray<Real> x = counting(extents);
    std::vector<std::size_t> turned(extents.rbegin(), extents.rend());
    const Shape back(turned.begin(), turned.end());
    // An expression that is assigned to its own operand goes through a temporary.
    xt::xarray<Real> y = x;
    y = xt::eval(xt::transpose(y) + Real(0));
    CHECK(same_bits(Array(y), tabulate(back, [&](const Index& i) {
                      return count(shape, Index(i.rbegin(), i.rend()));
                    })));
    const xt::xarray<Real> sums = xt::sum(x, {0});
    CHECK(same_bits(Array(sums), tabulate(shape.without(0), [&](const Index& i) {
                      const auto at = count(shape.without(0), i);
                      const auto step = static_cast<Real>(shape.numel() / shape[0]);
                      return Real(2) * at + step;  // the first extent is always 2
                    })));
  }
}

TEST_CASE("xtensor: broadcasts and views become arrays and tensors") {
  const xt::xarray<Real> column = counting({3, 1}), row = counting({4});
  const Array table(column * 10 + row);
  CHECK(table.shape() == Shape{3, 4});
  CHECK(table.at({2, 3}) == 23);
  const xt::xarray<Real> cube = counting({2, 3, 4});
  CHECK(Array(xt::view(cube, 1, xt::all(), 2)).to_vector() == std::vector<Real>{14, 18, 22});
  const Tensor tensor(column + 1);
  CHECK(tensor.value().to_vector() == std::vector<Real>{1, 2, 3});
  CHECK_FALSE(tensor.requires_grad());
}

TEST_CASE("xtensor: a memory view shares the memory, in memory order") {
  std::mt19937 random(3);
  for (std::size_t rank = 1; rank <= 6; ++rank)
    for (std::size_t lane = 0; lane < rank; ++lane) {
      Array x = random_array(random, random_shape(random, rank, 4), lane);
      const Array before = x.clone();
      auto view = memory_view(x);
      CHECK(view.data() == x.data());
      CHECK(Shape(view.shape().begin(), view.shape().end()) == x.memory_shape());
      view = view * 2 + 1;
      for (std::size_t i = 0; i < x.size(); ++i) CHECK(x.data()[i] == before.data()[i] * 2 + 1);
      const Array& fixed = x;
      CHECK(xt::sum(memory_view(fixed))() == Approx(xt::sum(view)()));
    }
  Array scalar = Array::scalar(4);
  memory_view(scalar) += 1;
  CHECK(scalar.item() == 5);
}

}  // namespace
}  // namespace fanin
