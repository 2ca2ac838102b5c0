#pragma once

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

struct LayerNormOptions {
  Number eps = 1e-5;
  bool elementwise_affine = true, bias = true;
};

// Layer normalisation over the last axes (Ba et al. 2016). Default: weight 1, bias 0.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string type() const override { return "LayerNorm"; }
  std::vector<Value> arguments() const override;

 private:
  Shape shape_;
  LayerNormOptions options_;

 public:
  const Tensor weight, bias;  // [normalized_shape...]; undefined when there is none
};

}  // namespace fanin::FANIN_PRECISION
