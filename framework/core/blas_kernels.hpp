// Which of its kernels OpenBLAS uses. It chooses them by the CPU's model when the program starts;
// OPENBLAS_CORETYPE names others. If it does not know the model, it takes kernels of 2004, some
// four times slower. If OPENBLAS_CORETYPE is not set, we then name kernels that the CPU has.
#pragma once

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// Throws UsageError if OpenBLAS uses kernels that this CPU cannot run, which would crash.
void check_blas_kernels();

}  // namespace fanin::FANIN_PRECISION
