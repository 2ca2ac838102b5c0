#pragma once

#include "framework/core/kernels/kernels.hpp"

// A convolution by whichever way is faster for its batch, on all threads of the run.
namespace fanin::FANIN_PRECISION {

// As kernels().conv and its gradients, of which dx, dw and db may each be null.
void convolution(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y, Real* tap);
void convolution_backward(const ConvPass&, const Real* x, const Real* w, const Real* y,
                          const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

}  // namespace fanin::FANIN_PRECISION
