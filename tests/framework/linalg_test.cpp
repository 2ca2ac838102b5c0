#include "framework/core/linalg.hpp"

#include <cmath>

#include "framework/core/error.hpp"
#include "framework/core/generator.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

TEST_CASE("singular values: are right for matrices with known singular values") {
  Generator generator(0);
  const Array q = qr(randn({7, 4}, generator).value()).q,
              p = qr(randn({4, 4}, generator).value()).q;
  Array scaled = q.row_major().clone();
  const std::vector<Real> values = {5, 3, 0.5, 0.125};
  for (std::size_t i = 0; i < scaled.size(); ++i) scaled.data()[i] *= values[i % 4];
  const Array a = matmul(Tensor(scaled), Tensor(p)).value();
  for (const Array& matrix : {a, a.permute({1, 0}), a.batch_last()}) {
    const Array found = singular_values(matrix);
    REQUIRE(found.shape() == Shape{4});
    for (std::size_t i = 0; i < 4; ++i) CHECK(found.at({i}) == Approx(values[i]).epsilon(1e-5));
  }
  CHECK_THROWS_AS(singular_values(randn({2, 3, 4}, generator).value()), Error);
}

}  // namespace
}  // namespace fanin
