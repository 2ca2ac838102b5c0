#include "init/lsuv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/error.hpp"
#include "framework/nn/layer_table.hpp"
#include "framework/nn/module.hpp"

namespace fanin::init {
namespace {

double spread(const Array& x) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, square = 0;
  for (const Real value : x) mean += value / n;
  for (const Real value : x) square += (value - mean) * (value - mean);
  return std::sqrt(square / n);
}

}  // namespace

void lsuv_(Module& model, const Array& images, double tol, std::size_t tries,
           const std::optional<std::vector<Module*>>& layers) {
  const NoGrad no_grad;
  const KeepState keep(model);
  model.train();
  for (const auto& [path, layer] : model.named_modules()) {
    if (kind_of(*layer) != LayerKind::affine) continue;
    if (layers && std::ranges::find(*layers, layer) == layers->end()) continue;
    double std = std::nan("");
    const auto hook = layer->register_forward_hook([&std](Module&, const Tensor&, const Tensor& y) {
      if (std::isnan(std)) std = spread(y.value());  // of a layer called twice, the first time
    });
    for (std::size_t done = 0;; ++done) {
      std = std::nan("");
      model(Tensor(images));
      if (std::abs(std - 1) <= tol) break;
      if (!std::isfinite(std) || std == 0 || done == tries)
        throw Error(
            "lsuv: the output of {} {} has a standard deviation of {:.4g} after "
            "{} tries, and cannot be brought to 1",
            layer->type(), path, std, done);
      for (Real& weight : layer->parameter("weight")->value())
        weight = static_cast<Real>(weight / std);
    }
  }
}

}  // namespace fanin::init
