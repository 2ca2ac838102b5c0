#pragma once

// Every include of xtensor goes through this header, for three reasons. First, 0.26 moved its
// headers.
#include <vector>
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xexpression_traits.hpp>

// Second, a trait of xtensor 0.24 and 0.25 misses small vectors in C++20, unless the distribution
// patched it. Temporaries of dynamic rank then become xtensor<T, 4> and overrun their memory. This
// specialisation mends the trait; by its concept it wins over a patched one.
namespace xt::detail {
template <class T>
concept any_type = true;
template <template <class, std::size_t, class, bool> class Vector, any_type X, std::size_t N,
          class A, bool Init>
struct xtype_for_shape<Vector<X, N, A, Init>> {
  template <class T, layout_type L>
  using type = xarray<T, L>;
};
}  // namespace xt::detail

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>
#endif

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

inline std::vector<std::size_t> to_vector(const Shape& shape) {
  return {shape.begin(), shape.end()};
}

// Third, xtensor sees an Array's memory as a row-major container of its memory shape, so that
// expressions over it are contiguous in any layout. The array must outlive the view.
template <class A>
auto memory_view(A& array) {
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

}  // namespace fanin::FANIN_PRECISION
