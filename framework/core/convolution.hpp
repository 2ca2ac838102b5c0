#pragma once

#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// A convolution and its gradients, on all threads of the run, by the kernels or by columns,
// whichever is faster for the batch. dx, dw and db may each be null.
void convolution(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y, Real* tap);
void convolution_backward(const ConvPass&, const Real* x, const Real* w, const Real* y,
                          const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

// The same as products by OpenBLAS, for batches that would leave many lanes of kernels().conv idle.
// Each output pixel of each image has a column, which holds the inputs under the kernel's taps.
void conv_by_columns(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y,
                     Real* tap);
void conv_backward_by_columns(const ConvPass&, const Real* x, const Real* w, const Real* y,
                              const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

}  // namespace fanin::FANIN_PRECISION
