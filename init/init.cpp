#include "init/init.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "framework/core/error.hpp"

namespace fanin::init {

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
  if (nonlinearity == "leaky_relu") {
    const double slope = param.value_or(0.01);
    return std::sqrt(2.0 / (1 + slope * slope));
  }
  if (nonlinearity == "selu") return 3.0 / 4;
  throw Error("Unsupported nonlinearity " + nonlinearity);
}

Tensor uniform_(Tensor tensor, double a, double b, Generator& generator) {
  generator.uniform(tensor.value(), a, b);
  return tensor;
}

Tensor normal_(Tensor tensor, double mean, double std, Generator& generator) {
  generator.normal(tensor.value(), mean, std);
  return tensor;
}

Tensor constant_(Tensor tensor, double value) {
  tensor.value().fill(static_cast<Real>(value));
  return tensor;
}

Tensor ones_(Tensor tensor) { return constant_(std::move(tensor), 1); }
Tensor zeros_(Tensor tensor) { return constant_(std::move(tensor), 0); }

namespace {

double xavier_std(const Shape& shape, double gain) {
  const Fans fans = calculate_fans(shape);
  if (fans.in + fans.out == 0)
    throw Error(fmt::format("xavier: a tensor of shape {} has neither fan in nor fan out",
                            to_string(shape)));
  return gain * std::sqrt(2.0 / static_cast<double>(fans.in + fans.out));
}

double kaiming_std(const Shape& shape, double a, std::string mode,
                   const std::string& nonlinearity) {
  std::transform(mode.begin(), mode.end(), mode.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (mode != "fan_in" && mode != "fan_out")
    throw Error(
        fmt::format("Mode {} not supported, please use one of ['fan_in', 'fan_out']", mode));
  const Fans fans = calculate_fans(shape);
  const auto fan = static_cast<double>(mode == "fan_in" ? fans.in : fans.out);
  return calculate_gain(nonlinearity, a) / std::sqrt(fan);
}

bool is_empty(const Tensor& tensor) {
  if (tensor.size() > 0) return false;
  std::fputs("warning: Initializing zero-element tensors is a no-op\n", stderr);
  return true;
}

// A uniform of standard deviation s reaches to sqrt(3) s.
double bound(double std) { return std::sqrt(3.0) * std; }

}  // namespace

Tensor xavier_uniform_(Tensor tensor, double gain, Generator& generator) {
  const double a = bound(xavier_std(tensor.shape(), gain));
  return uniform_(std::move(tensor), -a, a, generator);
}

Tensor xavier_normal_(Tensor tensor, double gain, Generator& generator) {
  const double std = xavier_std(tensor.shape(), gain);
  return normal_(std::move(tensor), 0, std, generator);
}

Tensor kaiming_uniform_(Tensor tensor, double a, const std::string& mode,
                        const std::string& nonlinearity, Generator& generator) {
  if (is_empty(tensor)) return tensor;
  const double limit = bound(kaiming_std(tensor.shape(), a, mode, nonlinearity));
  return uniform_(std::move(tensor), -limit, limit, generator);
}

Tensor kaiming_normal_(Tensor tensor, double a, const std::string& mode,
                       const std::string& nonlinearity, Generator& generator) {
  if (is_empty(tensor)) return tensor;
  const double std = kaiming_std(tensor.shape(), a, mode, nonlinearity);
  return normal_(std::move(tensor), 0, std, generator);
}

}  // namespace fanin::init
