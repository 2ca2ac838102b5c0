#include "init/init.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"
#include "framework/core/text.hpp"

namespace fanin::init {
namespace {

void warn(const std::string& text) { say("warning: {}\n", text); }

bool is_empty(const Tensor& tensor) {
  if (tensor.size() > 0) return false;
  warn("Initializing zero-element tensors is a no-op");
  return true;
}

// The tensor filled by draw(array) of a row-major array: its own, or one that is copied into it.
template <class Draw>
Tensor drawn(const Tensor& tensor, const Draw& draw) {
  Array array = tensor.value();
  if (array.is_row_major()) return draw(array), tensor;
  Array scratch(array.shape());
  draw(scratch);
  return tensor.copy_(scratch);
}

// A uniform of standard deviation s reaches to sqrt(3) s.
Tensor centred_uniform(Tensor tensor, double std, Generator& generator) {
  const double limit = std::sqrt(3.0) * std;
  return uniform_(std::move(tensor), -limit, limit, generator);
}

}  // namespace

void renamed(const std::string& old_name) {
  warn(fmt::format("`nn.init.{0}` is now deprecated in favor of `nn.init.{0}_`.", old_name));
}

Fans calculate_fans(const Shape& shape) {
  if (shape.size() < 2)
    throw Error("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  std::size_t receptive_field = 1;
  for (std::size_t i = 2; i < shape.size(); ++i) receptive_field *= shape[i];
  return {shape[1] * receptive_field, shape[0] * receptive_field};
}

double calculate_gain(const std::string& nonlinearity, std::optional<double> param) {
  for (const char* linear : {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
                             "conv_transpose2d", "conv_transpose3d", "sigmoid"})
    if (nonlinearity == linear) return 1;
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "selu") return 3.0 / 4;
  if (nonlinearity == "leaky_relu") {
    const double slope = param.value_or(0.01);
    if (std::isnan(slope)) throw Error("negative_slope {} not a valid number", slope);
    return std::sqrt(2.0 / (1 + slope * slope));
  }
  throw Error("Unsupported nonlinearity " + nonlinearity);
}

Tensor uniform_(Tensor tensor, double a, double b, Generator& generator) {
  return drawn(tensor, [&](Array& x) { generator.uniform(x, a, b); });
}

Tensor normal_(Tensor tensor, double mean, double std, Generator& generator) {
  return drawn(tensor, [&](Array& x) { generator.normal(x, mean, std); });
}

Tensor constant_(Tensor tensor, double value) {
  if (std::isfinite(value) && std::abs(value) > std::numeric_limits<Real>::max())
    throw Error("value cannot be converted to type float without overflow");
  tensor.value().fill(static_cast<Real>(value));
  return tensor;
}

Tensor ones_(Tensor tensor) { return constant_(std::move(tensor), 1); }
Tensor zeros_(Tensor tensor) { return constant_(std::move(tensor), 0); }

double scaled_std(const Shape& shape, Fan fan, double gain) {
  const Fans fans = calculate_fans(shape);
  if (fan == Fan::mean) return gain * std::sqrt(2.0 / static_cast<double>(fans.in + fans.out));
  return gain / std::sqrt(static_cast<double>(fan == Fan::in ? fans.in : fans.out));
}

double xavier_std(const Shape& shape, double gain) {
  const Fans fans = calculate_fans(shape);
  if (fans.in + fans.out == 0)
    throw Error("xavier: a tensor of shape {} has neither fan in nor fan out", to_string(shape));
  return scaled_std(shape, Fan::mean, gain);
}

double kaiming_std(const Shape& shape, double a, std::string mode,
                   const std::string& nonlinearity) {
  std::transform(mode.begin(), mode.end(), mode.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (mode != "fan_in" && mode != "fan_out")
    throw Error("Mode {} not supported, please use one of ['fan_in', 'fan_out']", mode);
  calculate_fans(shape);  // a shape without fans is named before a nonlinearity
  return scaled_std(shape, mode == "fan_in" ? Fan::in : Fan::out, calculate_gain(nonlinearity, a));
}

Tensor xavier_uniform_(Tensor tensor, double gain, Generator& generator) {
  return centred_uniform(tensor, xavier_std(tensor.shape(), gain), generator);
}

Tensor xavier_normal_(Tensor tensor, double gain, Generator& generator) {
  return normal_(tensor, 0, xavier_std(tensor.shape(), gain), generator);
}

Tensor kaiming_uniform_(Tensor tensor, double a, const std::string& mode,
                        const std::string& nonlinearity, Generator& generator) {
  if (is_empty(tensor)) return tensor;
  return centred_uniform(tensor, kaiming_std(tensor.shape(), a, mode, nonlinearity), generator);
}

Tensor kaiming_normal_(Tensor tensor, double a, const std::string& mode,
                       const std::string& nonlinearity, Generator& generator) {
  if (is_empty(tensor)) return tensor;
  return normal_(tensor, 0, kaiming_std(tensor.shape(), a, mode, nonlinearity), generator);
}

namespace {

constexpr double sqrt2 = std::numbers::sqrt2;

double normal_cdf(double x) { return (1 + std::erf(x / sqrt2)) / 2; }

// PyTorch's erfinv in float: a rational approximation (Giles' ranges), two steps of Newton's
// method.
float erfinv(float y) {
  const float size = std::fabs(y);
  if (size > 1) return std::numeric_limits<float>::quiet_NaN();
  if (size == 1) return std::copysign(std::numeric_limits<float>::infinity(), y);
  float x = 0;
  if (size <= 0.7f) {
    const float z = y * y;
    const float above = ((-0.140543331f * z + 0.914624893f) * z - 1.645349621f) * z + 0.886226899f;
    const float below =
        (((0.012229801f * z - 0.329097515f) * z + 1.442710462f) * z - 2.118377725f) * z + 1;
    x = y * above / below;
  } else {
    const float z = std::sqrt(-std::log((1 - size) / 2));
    const float above = ((1.641345311f * z + 3.429567803f) * z - 1.624906493f) * z - 1.970840454f;
    const float below = (1.637067800f * z + 3.543889200f) * z + 1;
    x = std::copysign(above, y) / below;
  }
  constexpr auto slope = static_cast<float>(2 * std::numbers::inv_sqrtpi);
  for (int step = 0; step < 2; ++step) x -= (std::erf(x) - y) / (slope * std::exp(-x * x));
  return x;
}

void warn_if_far(double mean, double std, double a, double b) {
  if (mean < a - 2 * std || mean > b + 2 * std)
    warn(
        "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values "
        "may be incorrect.");
}

}  // namespace

Tensor trunc_normal_(Tensor tensor, double mean, double std, double a, double b,
                     Generator& generator) {
  warn_if_far(mean, std, a, b);
  return drawn(tensor, [&](Array& x) { generator.trunc_normal(x, mean, std, a, b); });
}

Tensor trunc_normal_erfinv_(Tensor tensor, double mean, double std, double a, double b,
                            Generator& generator) {
  if (std == 0) throw Error("trunc_normal_erfinv_: std must not be 0");
  if (!(a <= b))
    throw Error("trunc_normal_erfinv_: a must not be above b, got a {} and b {}", a, b);
  warn_if_far(mean, std, a, b);
  const double low = normal_cdf((a - mean) / std), high = normal_cdf((b - mean) / std);
  uniform_(tensor, 2 * low - 1, 2 * high - 1, generator);
  const auto scale = static_cast<float>(std * sqrt2), shift = static_cast<float>(mean);
  for (Real& value : tensor.value())
    value = std::clamp(erfinv(value) * scale + shift, static_cast<float>(a), static_cast<float>(b));
  return tensor;
}

Tensor eye_(Tensor tensor) {
  if (tensor.shape().size() != 2) throw Error("Only tensors with 2 dimensions are supported");
  const std::size_t rows = tensor.shape()[0], columns = tensor.shape()[1];
  const std::size_t stride = tensor.value().is_row_major() ? columns : rows;
  tensor.value().fill(0);
  for (std::size_t i = 0; i < std::min(rows, columns); ++i)
    tensor.value().data()[i * stride + i] = 1;
  return tensor;
}

Tensor dirac_(Tensor tensor, std::size_t groups) {
  const Shape& shape = tensor.shape();
  if (shape.size() < 3 || shape.size() > 5)
    throw Error("Only tensors with 3, 4, or 5 dimensions are supported");
  if (groups == 0 || shape[0] % groups != 0) throw Error("dim 0 must be divisible by groups");
  Array dirac = Array::full(shape, 0);
  std::size_t size = 1, centre = 0;  // of the kernel, and the offset of its middle
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    size *= shape[axis];
    centre = centre * shape[axis] + shape[axis] / 2;
  }
  const std::size_t per_group = shape[0] / groups;
  for (std::size_t g = 0; g < groups && size > 0; ++g)
    for (std::size_t d = 0; d < std::min(per_group, shape[1]); ++d)
      dirac.data()[((g * per_group + d) * shape[1] + d) * size + centre] = 1;
  return tensor.copy_(dirac);
}

Tensor orthogonal_(Tensor tensor, double gain, Generator& generator) {
  if (tensor.shape().size() < 2)
    throw Error("Only tensors with 2 or more dimensions are supported");
  if (tensor.size() == 0) return tensor;
  const std::size_t rows = tensor.shape()[0], columns = tensor.size() / rows;
  Array flat({rows, columns});
  generator.normal(flat, 0, 1);
  const bool wide = rows < columns;
  const Qr decomposed = qr(wide ? flat.permute({1, 0}) : flat);
  // With the signs of r's diagonal the distribution is uniform (Mezzadri 2007).
  Array q = decomposed.q.row_major().clone();
  const std::size_t n = q.shape()[1];
  for (std::size_t i = 0; i < q.size(); ++i) {
    const Real r = decomposed.diagonal.data()[i % n];
    q.data()[i] *= static_cast<Real>(r > 0 ? gain : r < 0 ? -gain : 0);
  }
  return tensor.copy_((wide ? q.permute({1, 0}).row_major() : q).reshape(tensor.shape()));
}

Tensor sparse_(Tensor tensor, double sparsity, double std, Generator& generator) {
  if (tensor.shape().size() != 2) throw Error("Only tensors with 2 dimensions are supported");
  const std::size_t rows = tensor.shape()[0], columns = tensor.shape()[1];
  const auto most = static_cast<double>(rows);
  const double wanted = std::ceil(sparsity * most);
  if (std::isnan(wanted)) throw Error("sparse_: expected a share, got {}", sparsity);
  const auto zeros = static_cast<std::size_t>(std::clamp(wanted, 0.0, most));
  Array sparse(tensor.shape());
  generator.normal(sparse, 0, std);
  for (std::size_t column = 0; column < columns; ++column) {
    const std::vector<std::int64_t> order = generator.randperm(rows);
    for (std::size_t i = 0; i < zeros; ++i)
      sparse.data()[static_cast<std::size_t>(order[i]) * columns + column] = 0;
  }
  return tensor.copy_(sparse);
}

}  // namespace fanin::init
