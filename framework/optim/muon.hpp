#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "framework/optim/optimizer.hpp"

namespace fanin::FANIN_PRECISION {

struct MuonOptions {
  double lr = 1e-3, weight_decay = 0.1, momentum = 0.95;
  bool nesterov = true;
  std::array<double, 3> ns_coefficients{3.4445, -4.7750, 2.0315};  // a, b, c
  double eps = 1e-7;
  std::size_t ns_steps = 5;
  std::string adjust_lr_fn = "original";  // or match_rms_adamw
};

// Muon for matrices [A, B], Jordan et al. 2024: m += (1 - momentum) (g - m), and with nesterov the
// gradient moves as far towards m as `momentum` says, else m is taken. Newton-Schulz steps bring
// all singular values of that near 1: X = G / |G|, then X = a X + (b S + c S S) X with S = X X^T,
// each product in bfloat16, as PyTorch computes them. Then p = (1 - lr weight_decay) p - lr r X,
// with r = sqrt(max(1, A / B)), or 0.2 sqrt(max(A, B)) for match_rms_adamw (Liu et al. 2025).
// Throws Error for a parameter that is no matrix, another adjust_lr_fn, or a number out of range.
struct Muon : Optimizer {
  Muon(std::vector<Tensor> parameters, const MuonOptions& options);
};

}  // namespace fanin::FANIN_PRECISION
