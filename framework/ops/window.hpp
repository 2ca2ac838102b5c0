#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/autograd/tensor.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// One number for every spatial axis, or one for each: a kernel's size, a stride ...
struct Extents : Shape {
  Extents(std::size_t all) : Shape{all}, is_tuple(false) {}
  Extents(std::initializer_list<std::size_t> each) : Shape(each) {}
  explicit Extents(const Shape& each) : Shape(each) {}
  std::size_t of(std::size_t axis) const { return size() == 1 ? back() : (*this)[axis]; }
  bool is_tuple = true;  // (3,) rather than 3, which PyTorch's text tells apart
};

// In AdaptiveAvgPool2d's output size, (None, 7): the input's own extent.
constexpr std::size_t as_input = std::size_t(-1);

// Throws Error naming the layer and the argument if an extent is 0.
void check_positive(const std::string& layer, const char* name, const Extents& extents);

// Padding on both sides of each axis; or "same": as much as keeps the extents at stride 1, the odd
// one on the far side, as in PyTorch; or "valid": none.
struct Padding : Extents {
  using Extents::Extents;
  Padding(std::size_t all) : Extents(all) {}
  Padding(const Extents& each) : Extents(each) {}
  template <std::size_t N>
  Padding(const char (&word)[N]) : Padding(std::string(word)) {}
  explicit Padding(const std::string& word);  // throws Error for another word
  std::string word;                           // empty when numbers say it
};

// The window of one group over x [N, C, spatial...]. Throws Error naming the function if a number
// is missing, zero or past 2^31, or if the kernel is larger than the padded input.
Window make_window(const char* function, const Shape& x, const Extents& kernel,
                   const Extents& stride, const Padding& padding, const Extents& dilation,
                   bool ceil_mode);

// The output's shape, [N, C, spatial...].
Shape window_output(const Window& window, std::size_t spatial_axes);

// f of x [N, C, spatial...]; a sample without batch, [C, spatial...], is taken as a batch of one.
Tensor with_batch(const char* function, std::size_t spatial_axes, const Tensor& x,
                  const std::function<Tensor(const Tensor&)>& f);

// PyTorch's nn.functional.pad: x [N, C, spatial...] or [C, spatial...] with one to three spatial
// axes, made longer before and after; `padding` holds (before, after) for each spatial axis, the
// last axis first. Modes: "constant" gives zeros, "circular" goes on at the other end, "reflect"
// back from the edge, which is not repeated, "replicate" repeats the edge. Throws Error for another
// mode, a padding that does not fit the axes, and one too large: above the extent if circular, from
// the extent on if reflected.
Tensor pad(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode);

}  // namespace fanin::FANIN_PRECISION
