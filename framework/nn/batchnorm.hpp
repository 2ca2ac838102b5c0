#pragma once

#include "framework/nn/module.hpp"

namespace fanin::inline FANIN_PRECISION {

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;  // the share of a batch in the running statistics
  bool affine = true, track_running_stats = true;
};

// Batch normalisation over all axes but the channels (Ioffe & Szegedy 2015); in eval mode by the
// running statistics where they are tracked. Default: weight 1, bias 0, running mean 0, variance 1.
// The count of batches is kept as a number of its own, not in the state_dict: only float arrays
// are.
class BatchNorm : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::vector<Value> arguments() const override;

 protected:
  BatchNorm(std::size_t num_features, const BatchNormOptions& options);
  virtual bool accepts(std::size_t rank) const = 0;
  virtual const char* expected() const = 0;  // "[N, C] or [N, C, L]"

 private:
  std::size_t features_;
  BatchNormOptions options_;
  std::int64_t* batches_tracked_;  // null when not tracked

 public:
  const Tensor weight, bias;              // undefined when not affine
  const Array running_mean, running_var;  // undefined when not tracked
};

class BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(std::size_t num_features, const BatchNormOptions& options = {})
      : BatchNorm(num_features, options) {}
  std::string type() const override { return "BatchNorm1d"; }

 private:
  bool accepts(std::size_t rank) const override { return rank == 2 || rank == 3; }
  const char* expected() const override { return "[N, C] or [N, C, L]"; }
};

class BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(std::size_t num_features, const BatchNormOptions& options = {})
      : BatchNorm(num_features, options) {}
  std::string type() const override { return "BatchNorm2d"; }

 private:
  bool accepts(std::size_t rank) const override { return rank == 4; }
  const char* expected() const override { return "[N, C, H, W]"; }
};

}  // namespace fanin::inline FANIN_PRECISION
