#pragma once

#include <concepts>
#include <optional>
#include <string>

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"

// torch.nn.init: functions that fill a tensor in place, outside of autograd, and return it. To fill
// an Array, pass Tensor(array), which shares its memory. Numbers are drawn in row-major order of
// the indices whatever the layout; PyTorch's own order differs if a tensor is not contiguous.
namespace fanin::init {

struct Fans {
  std::size_t in, out;
};

// fan_in = size(1) * product of the rest, fan_out = size(0) * product of the rest.
// Throws Error below two dimensions.
Fans calculate_fans(const Shape& shape);

// Variance scaling: the standard deviation gain / sqrt(fan). Fan::mean is the mean of both fans
// (Glorot & Bengio 2010). Throws as calculate_fans.
enum class Fan { in, out, mean };
double scaled_std(const Shape& shape, Fan fan, double gain = 1);

// The recommended gain of a nonlinearity: 1 for linear, convolutions and sigmoid, 5/3 tanh,
// sqrt(2) relu, sqrt(2 / (1 + slope^2)) leaky_relu (slope 0.01 unless given), 3/4 selu.
// Throws Error for another name and for NaN. A bool is no slope, so it does not compile.
double calculate_gain(const std::string& nonlinearity, std::optional<double> param = {});
double calculate_gain(const std::string& nonlinearity, std::same_as<bool> auto param) = delete;

Tensor uniform_(Tensor tensor, double a = 0, double b = 1,
                Generator& generator = default_generator());
Tensor normal_(Tensor tensor, double mean = 0, double std = 1,
               Generator& generator = default_generator());
Tensor constant_(Tensor tensor, double value);  // throws Error past float's range
Tensor ones_(Tensor tensor);
Tensor zeros_(Tensor tensor);

// Glorot & Bengio 2010: std = gain / sqrt(mean of both fans). Throws Error if there are no fans.
double xavier_std(const Shape& shape, double gain = 1);
Tensor xavier_uniform_(Tensor tensor, double gain = 1, Generator& generator = default_generator());
Tensor xavier_normal_(Tensor tensor, double gain = 1, Generator& generator = default_generator());

// He et al. 2015: gain = calculate_gain(nonlinearity, a); mode is fan_in or fan_out. Throws Error
// for another mode. A tensor without elements stays as it is, with a warning.
double kaiming_std(const Shape& shape, double a = 0, std::string mode = "fan_in",
                   const std::string& nonlinearity = "leaky_relu");
Tensor kaiming_uniform_(Tensor tensor, double a = 0, const std::string& mode = "fan_in",
                        const std::string& nonlinearity = "leaky_relu",
                        Generator& generator = default_generator());
Tensor kaiming_normal_(Tensor tensor, double a = 0, const std::string& mode = "fan_in",
                       const std::string& nonlinearity = "leaky_relu",
                       Generator& generator = default_generator());

// N(mean, std^2) cut to [a, b], both absolute, by rejection as in PyTorch since 2.12: normal draws
// if [a, b] holds more than 0.3 of them, else uniform draws from [a, b]. Warns if mean is more than
// 2 std outside [a, b]. Throws Error for std = 0, for a > b, and if it takes over 10,000 rounds.
Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2,
                     Generator& generator = default_generator());

// trunc_normal_ of PyTorch up to 2.11. It inverts the error function in float, so values far in a
// tail are coarse, and infinite ones become a or b. Throws Error for std = 0 and for a > b.
Tensor trunc_normal_erfinv_(Tensor tensor, double mean = 0, double std = 1, double a = -2,
                            double b = 2, Generator& generator = default_generator());

// Ones on the diagonal of a matrix. Throws Error for another rank.
Tensor eye_(Tensor tensor);

// A convolution [out, in / groups, kernel...] that passes channel d of the input on as channel d of
// the output, in each group. Throws Error unless the rank is 3 to 5 and `groups` divides `out`.
Tensor dirac_(Tensor tensor, std::size_t groups = 1);

// Saxe et al. 2014: rows or columns of the flattened tensor [rows, rest] orthonormal, times gain,
// by the QR decomposition of normal draws. Throws Error below two dimensions.
Tensor orthogonal_(Tensor tensor, double gain = 1, Generator& generator = default_generator());

// Martens 2010: N(0, std^2) with ceil(sparsity rows) entries of each column of a matrix set to
// zero. Throws Error for another rank.
Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01,
               Generator& generator = default_generator());

// Warns about a name that torch.nn.init once had; they are below.
void renamed(const std::string& old_name);

// The names that torch.nn.init once had, without the underscore: they warn on stderr and forward,
// default arguments included.
[[deprecated]] Tensor uniform(auto&&... x) { return renamed(__func__), uniform_(x...); }
[[deprecated]] Tensor normal(auto&&... x) { return renamed(__func__), normal_(x...); }
[[deprecated]] Tensor constant(auto&&... x) { return renamed(__func__), constant_(x...); }
[[deprecated]] Tensor eye(auto&&... x) { return renamed(__func__), eye_(x...); }
[[deprecated]] Tensor dirac(auto&&... x) { return renamed(__func__), dirac_(x...); }
[[deprecated]] Tensor xavier_uniform(auto&&... x) {
  return renamed(__func__), xavier_uniform_(x...);
}
[[deprecated]] Tensor xavier_normal(auto&&... x) { return renamed(__func__), xavier_normal_(x...); }
[[deprecated]] Tensor kaiming_uniform(auto&&... x) {
  return renamed(__func__), kaiming_uniform_(x...);
}
[[deprecated]] Tensor kaiming_normal(auto&&... x) {
  return renamed(__func__), kaiming_normal_(x...);
}
[[deprecated]] Tensor orthogonal(auto&&... x) { return renamed(__func__), orthogonal_(x...); }
[[deprecated]] Tensor sparse(auto&&... x) { return renamed(__func__), sparse_(x...); }

}  // namespace fanin::init
