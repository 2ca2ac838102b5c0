#pragma once

// The framework is built twice from the same sources: in float, and in double for gradient checks.
// Each build has an inline namespace of its own, so that one program can hold both.
#ifdef FANIN_DOUBLE
#define FANIN_PRECISION f64
#else
#define FANIN_PRECISION f32
#endif

namespace fanin {
// Only this declares the namespace inline. Others reopen it without the word, as ctags needs.
inline namespace FANIN_PRECISION {}
}  // namespace fanin

namespace fanin::FANIN_PRECISION {

#ifdef FANIN_DOUBLE
using Real = double;
#else
using Real = float;
#endif

}  // namespace fanin::FANIN_PRECISION
