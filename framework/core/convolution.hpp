#pragma once

#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// A convolution and its gradients: by kernels on all threads of the run, or by columns (see below)
// on one thread, whichever suits the input better. dx, dw and db may each be null.
void convolution(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y, Real* tap);
void convolution_backward(const ConvPass&, const Real* x, const Real* w, const Real* y,
                          const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

// These use OpenBLAS's matrix product, for batches that would leave lanes of kernels().conv idle.
// Each output pixel of each image has a column, which holds the inputs under the kernel's taps.
void conv_by_columns(const ConvPass&, const Real* x, const Real* w, const Real* b, Real* y,
                     Real* tap);
void conv_backward_by_columns(const ConvPass&, const Real* x, const Real* w, const Real* y,
                              const Real* tap, const Real* g, Real* dx, Real* dw, Real* db);

}  // namespace fanin::FANIN_PRECISION
