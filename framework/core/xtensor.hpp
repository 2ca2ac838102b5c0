#pragma once

// The one way into xtensor: every include of it passes here, for two reasons. First, xtensor 0.24
// picks the type of dynamic-rank temporaries by a trait whose case for small vectors is guarded by
// `__cplusplus == 201703L`; in C++20 it is missing, and such temporaries become xtensor<T, 4> and
// overrun their memory. The missing specialisation is supplied below.
#include <xtensor/xexpression_traits.hpp>
#include <xtensor/xtensor_config.hpp>

#if __cplusplus > 201703L && XTENSOR_VERSION_MAJOR == 0 && XTENSOR_VERSION_MINOR <= 24
namespace xt::detail {
template <template <class, std::size_t, class, bool> class Vector, class X, std::size_t N, class A,
          bool Init>
struct xtype_for_shape<Vector<X, N, A, Init>> {
  template <class T, layout_type L>
  using type = xarray<T, L>;
};
}  // namespace xt::detail
#endif

#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>

#include "framework/core/array.hpp"

namespace fanin::inline FANIN_PRECISION {

inline std::vector<std::size_t> to_vector(const Shape& shape) {
  return {shape.begin(), shape.end()};
}

// Second, an Array's memory is seen by xtensor as a row-major container of its memory shape, so
// that expressions over it are contiguous whatever the layout. The array must outlive the view.
inline auto memory_view(Array& array) {
  return xt::adapt(array.data(), array.size(), xt::no_ownership(), to_vector(array.memory_shape()));
}
inline auto memory_view(const Array& array) {
  return xt::adapt(array.data(), array.size(), xt::no_ownership(), to_vector(array.memory_shape()));
}

// Any xtensor expression becomes a row-major array.
template <class E>
Array::Array(const xt::xexpression<E>& expression) {
  const auto& e = expression.derived_cast();
  *this = Array(Shape(e.shape().begin(), e.shape().end()));
  auto view = memory_view(*this);
  xt::noalias(view) = e;
}

}  // namespace fanin::inline FANIN_PRECISION
