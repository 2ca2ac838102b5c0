#include "framework/core/array.hpp"

#include <numeric>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

// Random shapes of rank 1 to 5, some of them several blocks wide, with every lane axis.
template <class Visit>
void for_random_arrays(Visit visit) {
  std::mt19937 random(11);
  for (int round = 0; round < 12; ++round)
    for (std::size_t rank = 1; rank <= 5; ++rank) {
      Shape shape = random_shape(random, rank, rank < 3 ? 40 : 5);
      if (round == 0) shape[random() % rank] = 1;
      if (round == 1) shape[random() % rank] = 0;
      for (std::size_t lane = 0; lane < rank; ++lane)
        visit(random_array(random, shape, lane), random);
    }
}

Array read(const Array& x) {
  return tabulate(x.shape(), [&](const Index& index) { return element(x, index); });
}

TEST_CASE("array: another lane axis holds the same numbers") {
  for_random_arrays([](const Array& x, std::mt19937&) {
    const Array plain = read(x);
    CHECK(plain.is_row_major());
    CHECK(same_bits(x, plain));
    CHECK(x.row_major().is_row_major());
    CHECK(x.batch_last().is_batch_last());
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      INFO(to_string(x.shape()) << " from " << x.lane_axis() << " to " << axis);
      const Array moved = x.with_lane_axis(axis);
      CHECK(moved.lane_axis() == axis);
      CHECK(moved.shape() == x.shape());
      CHECK(same_bits(read(moved), plain));
      CHECK(same_bits(moved.with_lane_axis(x.lane_axis()), x));
      CHECK((moved.data() == x.data()) == (axis == x.lane_axis()));  // no change, no copy
      CHECK(moved.memory_shape().numel() == x.size());
      CHECK(moved.memory_axis(axis) + 1 == x.rank());
    }
  });
}

TEST_CASE("array: reshape reads in row-major logical order") {
  for_random_arrays([](const Array& x, std::mt19937& random) {
    // Merge neighbouring axes at random, then split one in two.
    Shape shape;
    for (std::size_t i = 0; i < x.rank(); ++i) {
      if (!shape.empty() && random() % 2 == 0)
        shape[shape.size() - 1] *= x.shape()[i];
      else
        shape.push_back(x.shape()[i]);
    }
    if (shape.back() % 2 == 0) {
      shape = shape.with(shape.size() - 1, shape.back() / 2);
      shape.push_back(2);
    }
    const Array y = x.reshape(shape);
    INFO(to_string(x.shape()) << " lane " << x.lane_axis() << " to " << to_string(shape));
    CHECK(y.shape() == shape);
    CHECK(read(y).to_vector() == read(x).to_vector());
    if (x.is_row_major() || (x.is_batch_last() && shape[0] == x.shape()[0]))
      CHECK(y.data() == x.data());
  });
  CHECK_THROWS_WITH(Array({2, 3}).reshape({4, 2}),
                    "reshape: shape [2, 3] has 6 elements, [4, 2] has 8");
  CHECK(Array::full({1, 1}, 5).reshape({}).item() == 5);
  CHECK(Array::scalar(5).reshape({1, 1, 1}).item() == 5);
}

TEST_CASE("array: permute puts axis axes[i] at position i") {
  for_random_arrays([](const Array& x, std::mt19937& random) {
    std::vector<std::size_t> axes(x.rank());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    for (std::size_t i = axes.size(); i > 1; --i) std::swap(axes[i - 1], axes[random() % i]);
    Shape shape;
    for (std::size_t axis : axes) shape.push_back(x.shape()[axis]);
    const Array y = x.permute(axes);
    CHECK(y.shape() == shape);
    CHECK(same_bits(read(y), tabulate(shape, [&](const Index& index) {
                      Index from(x.rank());
                      for (std::size_t i = 0; i < axes.size(); ++i) from[axes[i]] = index[i];
                      return element(x, from);
                    })));
  });
  const Array matrix({3, 4});
  CHECK(matrix.permute({1, 0}).data() == matrix.data());
  CHECK(Array({3, 4, 5}).permute({2, 1, 0}).lane_axis() == 0);  // so runs of memory stay together
}

TEST_CASE("array: squeeze and unsqueeze share the memory") {
  for_random_arrays([](const Array& x, std::mt19937&) {
    for (std::size_t axis = 0; axis <= x.rank(); ++axis) {
      const Array wide = x.unsqueeze(axis);
      CHECK(wide.data() == x.data());
      CHECK(wide.shape().without(axis) == x.shape());
      CHECK(wide.shape()[axis] == 1);
      CHECK(read(wide).to_vector() == read(x).to_vector());
      CHECK(wide.squeeze(axis).data() == x.data());
      CHECK(same_bits(read(wide.squeeze(axis)), read(x)));
    }
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      if (x.shape()[axis] != 1) continue;
      const Array narrow = x.squeeze(axis);
      CHECK(read(narrow).to_vector() == read(x).to_vector());
    }
  });
  CHECK(Array::scalar(3).unsqueeze(0).shape() == Shape{1});
  CHECK(Array::full({1}, 3).squeeze(0).item() == 3);
}

TEST_CASE("array: slice, place and concat copy ranges of any axis in any layout") {
  for_random_arrays([](const Array& x, std::mt19937& random) {
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      const std::size_t n = x.shape()[axis];
      const std::size_t start = pick(random, 0, n), count = pick(random, 0, n - start);
      const Array part = slice(x, axis, start, count);
      CHECK(same_bits(read(part), tabulate(x.shape().with(axis, count), [&](const Index& index) {
                        Index from = index;
                        from[axis] += start;
                        return element(x, from);
                      })));
      CHECK(
          same_bits(read(place(part, axis, start, n)), tabulate(x.shape(), [&](const Index& index) {
                      const bool inside = index[axis] >= start && index[axis] < start + count;
                      return inside ? element(x, index) : Real(0);
                    })));
      const Array rest = slice(x, axis, start + count, n - start - count);
      const std::size_t lane = random() % x.rank();
      CHECK(
          same_bits(concat({slice(x, axis, 0, start), part.with_lane_axis(lane), rest}, axis), x));
    }
  });
}

TEST_CASE("array: a long narrow sum does not lose precision") {
  const std::size_t rows = 300'007;
  for (const std::size_t columns : {3, 16}) {
    Array x({rows, columns});
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = Real(1) / Real(i % 7 + 1);
    std::vector<double> want(columns, 0);
    for (std::size_t i = 0; i < x.size(); ++i) want[i % columns] += x.data()[i];
    const Array got = sum_keeping(x, {0});
    for (std::size_t j = 0; j < columns; ++j) CHECK(got.data()[j] == Approx(want[j]).epsilon(5e-5));
  }
}

TEST_CASE("array: sums over axes, and broadcasts of the sums") {
  for_random_arrays([](const Array& x, std::mt19937& random) {
    std::vector<std::size_t> axes;
    Shape kept = x.shape();
    for (std::size_t axis = 0; axis < x.rank(); ++axis)
      if (random() % 2 == 0) axes.push_back(axis), kept[axis] = 1;
    std::vector<double> sums(kept.numel(), 0);
    for_each_index(x.shape(), [&](const Index& index) {
      std::size_t at = 0;
      for (std::size_t i = 0; i < index.size(); ++i)
        at = at * kept[i] + (kept[i] == 1 ? 0 : index[i]);
      sums[at] += element(x, index);
    });
    const Array want(kept, std::vector<Real>(sums.begin(), sums.end()));
    CHECK(gap(sum_keeping(x, axes), want) < 1e-5);
    CHECK(gap(sum_to(x, kept), want) < 1e-5);
    if (x.size() == 0) return;
    CHECK(same_bits(broadcast_to(want, x.shape()), tabulate(x.shape(), [&](const Index& index) {
                      Index from = index;
                      for (std::size_t i = 0; i < from.size(); ++i)
                        if (kept[i] == 1) from[i] = 0;
                      return element(want, from);
                    })));
  });
}

TEST_CASE("array: at() finds a logical index in any layout, and refuses invalid indices") {
  std::mt19937 random(5);
  for (std::size_t lane : {0, 1, 2}) {
    const Array x = random_array(random, {3, 4, 5}, lane);
    for_each_index(x.shape(), [&](const Index& i) {
      CHECK(x.at({i[0], i[1], i[2]}) == element(x, i));
    });
    CHECK_THROWS_WITH(x.at({0, 4, 0}), "at: index 4 is out of range for axis 1 of shape [3, 4, 5]");
    CHECK_THROWS_WITH(x.at({0, 0}), "at: shape [3, 4, 5] takes 3 indices, got 2");
  }
  CHECK(Array::scalar(7).at({}) == 7);
}

TEST_CASE("array: copies share the memory, clones do not") {
  Array x = Array::full({2, 3}, 1);
  const Array handle = x, clone = x.clone();
  x.fill(2);
  CHECK(handle.at({1, 2}) == 2);
  CHECK(clone.at({1, 2}) == 1);
  CHECK((clone.shape() == x.shape() && clone.lane_axis() == x.lane_axis()));
  CHECK_FALSE(Array().defined());
  CHECK_FALSE(Array().clone().defined());
}

TEST_CASE("array: construction checks its values") {
  CHECK_THROWS_WITH(Array({2, 3}, std::vector<Real>(5)),
                    "Array: shape [2, 3] takes 6 values, got 5");
  CHECK_THROWS_WITH(Array({2, 3}).item(), "item: expected one element, got shape [2, 3]");
  CHECK_THROWS_AS(Shape({1, 1, 1, 1, 1, 1, 1, 1, 1}), Error);
  CHECK_THROWS_WITH(broadcast_shape("add", {2, 3}, {4}),
                    "add: shapes [2, 3] and [4] do not broadcast");
  CHECK_THROWS_WITH(resolve_axis("sum", -3, 2), "sum: axis -3 is out of range for 2 axes");
}

TEST_CASE("array: is printed with four decimals, and long axes are shortened") {
  CHECK(to_string(Array()) == "undefined");
  CHECK(to_string(Array::scalar(1.5)) == "1.5000");
  CHECK(to_string(Array({0})) == "[]");
  const Array x({2, 3}, std::vector<Real>{1, -2, 0.5, 4, 5, 6.25});
  const std::string text = "[[1.0000, -2.0000, 0.5000],\n [4.0000, 5.0000, 6.2500]]";
  CHECK(to_string(x) == text);
  CHECK(to_string(x.batch_last()) == text);
  Array line({20});
  std::iota(line.begin(), line.end(), Real(0));
  CHECK(to_string(line) == "[0.0000, 1.0000, 2.0000, ..., 17.0000, 18.0000, 19.0000]");
  CHECK(to_string(line.reshape({20, 1})) ==
        "[[0.0000],\n [1.0000],\n [2.0000],\n ...,\n [17.0000],\n [18.0000],\n [19.0000]]");
}

}  // namespace
}  // namespace fanin
