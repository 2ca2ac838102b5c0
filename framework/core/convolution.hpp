#pragma once

#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// A convolution and its gradients, by the way that is faster for its batch, on all threads of the
// run. dx, dw and db may each be null.
void convolution(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y, Real* tap);
void convolution_backward(const ConvPass&, const Real* x, const Real* w, const Real* y,
                          const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

// The same as products by OpenBLAS, for batches that would leave kernels().conv's lanes idle: each
// output pixel of each image is a column of what the kernel's taps see there.
void conv_by_columns(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y,
                     Real* tap);
void conv_backward_by_columns(const ConvPass&, const Real* x, const Real* w, const Real* y,
                              const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

}  // namespace fanin::FANIN_PRECISION
