#include "framework/ops/shape.hpp"

#include <algorithm>
#include <numeric>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/ops/arithmetic.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Tensor reshaped(const Tensor& x, const Shape& shape) {
  return Tensor::from_op(
      x.value().reshape(shape), x,
      [before = x.shape()](const Array& g, const Array&) { return g.reshape(before); });
}

std::vector<std::size_t> resolve_axes(const char* function, const Tensor& x,
                                      const std::vector<std::int64_t>& axes) {
  std::vector<std::size_t> result;
  for (std::int64_t axis : axes) result.push_back(resolve_axis(function, axis, x.shape().size()));
  if (axes.empty())
    for (std::size_t i = 0; i < x.shape().size(); ++i) result.push_back(i);
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    throw Error("{}: an axis is named twice", function);
  return result;
}

}  // namespace

Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& shape) {
  const auto fail = [&] {
    throw Error("reshape: {} cannot become [{}]", to_string(x.shape()), join(shape, ", "));
  };
  std::size_t known = 1;
  Shape result;
  for (std::int64_t extent : shape) {
    if (extent < -1) fail();
    result.push_back(extent == -1 ? 1 : static_cast<std::size_t>(extent));
    known *= result.back();
  }
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (std::count(shape.begin(), shape.end(), -1) > 1) fail();
  if (unknown != shape.end()) {
    if (known == 0 || x.size() % known != 0) fail();
    result[static_cast<std::size_t>(unknown - shape.begin())] = x.size() / known;
  }
  if (result.numel() != x.size()) fail();
  return reshaped(x, result);
}

Tensor flatten(const Tensor& x, std::int64_t start, std::int64_t end) {
  if (x.shape().empty()) return reshaped(x, {1});
  const std::size_t first = resolve_axis("flatten", start, x.shape().size());
  const std::size_t last = resolve_axis("flatten", end, x.shape().size());
  if (first > last) throw Error("flatten: start axis {} comes after end axis {}", start, end);
  Shape shape;
  for (std::size_t i = 0; i < x.shape().size(); ++i) {
    if (i <= first || i > last)
      shape.push_back(x.shape()[i]);
    else
      shape[first] *= x.shape()[i];
  }
  return reshaped(x, shape);
}

Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b) {
  std::vector<std::size_t> axes(x.shape().size());
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  std::swap(axes[resolve_axis("transpose", a, axes.size())],
            axes[resolve_axis("transpose", b, axes.size())]);
  return Tensor::from_op(x.value().permute(axes), x,
                         [axes](const Array& g, const Array&) { return g.permute(axes); });
}

Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop) {
  const std::size_t at = resolve_axis("slice", axis, x.shape().size());
  const auto extent = static_cast<std::int64_t>(x.shape()[at]);
  const auto clip = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + extent : i, 0, extent);
  };
  const auto first = static_cast<std::size_t>(clip(start));
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(clip(stop) - clip(start), 0));
  return Tensor::from_op(slice(x.value(), at, first, count), x,
                         [at, first, n = x.shape()[at]](const Array& g, const Array&) {
                           return place(g, at, first, n);
                         });
}

Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index) {
  const std::size_t at = resolve_axis("select", axis, x.shape().size());
  const std::size_t i = resolve_axis("select", index, x.shape()[at]);
  const auto first = static_cast<std::int64_t>(i);
  const Tensor part = slice(x, axis, first, first + 1);
  return Tensor::from_op(part.value().squeeze(at), part,
                         [at](const Array& g, const Array&) { return g.unsqueeze(at); });
}

Tensor concat(const std::vector<Tensor>& parts, std::int64_t axis) {
  if (parts.empty()) throw Error("concat: expected at least one tensor");
  const Array& first = parts[0].value();
  const std::size_t at = resolve_axis("concat", axis, first.rank());
  std::vector<Array> values;
  std::vector<Tensor::Edge> edges;
  std::size_t start = 0;
  for (const Tensor& part : parts) {
    if (part.shape().size() != first.rank() ||
        part.shape().with(at, 0) != first.shape().with(at, 0))
      throw Error("concat: {} and {} differ outside axis {}", to_string(first.shape()),
                  to_string(part.shape()), at);
    values.push_back(part.value());
    edges.push_back({part, [at, start, n = part.shape()[at]](const Array& g, const Array&) {
                       return slice(g, at, start, n);
                     }});
    start += part.shape()[at];
  }
  return Tensor::from_op(concat(values, at), std::move(edges));
}

Tensor sum(const Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  const std::vector<std::size_t> over = resolve_axes("sum", x, axes);
  const Array kept = sum_keeping(x.value(), over);
  Array value = kept;
  if (!keep)
    for (std::size_t i = over.size(); i-- > 0;) value = value.squeeze(over[i]);
  return Tensor::from_op(value, x, [x, shape = kept.shape()](const Array& g, const Array&) {
    return broadcast_to(g.reshape(shape), x.shape());
  });
}

Tensor mean(const Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  const Tensor total = sum(x, axes, keep);
  const Real count =
      static_cast<Real>(x.size()) / static_cast<Real>(std::max<std::size_t>(total.size(), 1));
  const Real factor = Real(1) / count;
  return Tensor::from_op(scale(total.value(), factor), total,
                         [factor](const Array& g, const Array&) { return scale(g, factor); });
}

Tensor stddev(const Tensor& x) {
  const Tensor off = x - mean(x);
  return sqrt(sum(off * off) / (static_cast<Real>(x.size()) - 1));
}

}  // namespace fanin::FANIN_PRECISION
