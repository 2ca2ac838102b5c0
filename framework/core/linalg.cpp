#include "framework/core/linalg.hpp"

#include "framework/core/xtensor.hpp"  // first, see there

#include <algorithm>
#include <xtensor-blas/xlinalg.hpp>

#include "framework/core/blas.hpp"
#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {

Qr qr(const Array& a) {
  if (a.rank() != 2 || a.shape()[0] < a.shape()[1])
    throw Error("qr: expected a matrix [m, n] with m >= n, got {}", to_string(a.shape()));
  check_blas();
  const std::size_t m = a.shape()[0], n = a.shape()[1];
  const Array columns = a.batch_last();  // memory [n][m]: column by column, as LAPACK wants it
  xt::xtensor<Real, 2, xt::layout_type::column_major> work(std::array<std::size_t, 2>{m, n});
  std::copy(columns.begin(), columns.end(), work.data());
  xt::xtensor<Real, 1> tau(std::array<std::size_t, 1>{n});
  if (xt::lapack::geqrf(work, tau) != 0) throw Error("qr: LAPACK's geqrf failed");
  Qr result{Array({m, n}, 0), Array({n})};
  for (std::size_t i = 0; i < n; ++i) result.diagonal.data()[i] = work(i, i);
  if (xt::lapack::orgqr(work, tau) != 0) throw Error("qr: LAPACK's orgqr failed");
  std::copy_n(work.data(), m * n, result.q.data());
  return result;
}

Array singular_values(const Array& a) {
  if (a.rank() != 2)
    throw Error("singular_values: expected a matrix, got {}", to_string(a.shape()));
  check_blas();
  const Array columns = a.batch_last();
  xt::xtensor<Real, 2, xt::layout_type::column_major> work(
      std::array<std::size_t, 2>{a.shape()[0], a.shape()[1]});
  std::copy(columns.begin(), columns.end(), work.data());
  const auto values = std::get<1>(xt::linalg::svd(work, false, false));
  Array result({values.size()});
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

}  // namespace fanin::FANIN_PRECISION
