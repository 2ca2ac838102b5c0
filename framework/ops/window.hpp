#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/autograd/tensor.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// One number for all spatial axes, or one for each, such as a kernel's size or a stride.
struct Extents : Shape {
  Extents(std::size_t all) : Shape{all}, is_tuple(false) {}
  Extents(std::initializer_list<std::size_t> each) : Shape(each) {}
  explicit Extents(const Shape& each) : Shape(each) {}
  std::size_t of(std::size_t axis) const { return size() == 1 ? back() : (*this)[axis]; }
  bool is_tuple = true;  // PyTorch's text distinguishes (3,) from 3
};

// None in AdaptiveAvgPool2d's output size, such as (None, 7): the extent stays the input's.
constexpr std::size_t as_input = std::size_t(-1);

// Throws Error naming the layer and the argument if an extent is 0.
void check_positive(const std::string& layer, const char* name, const Extents& extents);

// Padding on both sides of each axis, as numbers or a word. "same" keeps the extents at stride 1;
// if its padding is odd, the far side gets one more, as in PyTorch. "valid" means no padding.
struct Padding : Extents {
  using Extents::Extents;
  Padding(std::size_t all) : Extents(all) {}
  Padding(const Extents& each) : Extents(each) {}
  template <std::size_t N>
  Padding(const char (&word)[N]) : Padding(std::string(word)) {}
  explicit Padding(const std::string& word);  // throws Error for another word
  std::string word;                           // empty if there are numbers
};

// A window over x [N, C, spatial...] with one group (conv sets more). Throws Error naming the
// function if a number is missing, zero or past 2^31, or if the kernel exceeds the padded input.
Window make_window(const char* function, const Shape& x, const Extents& kernel,
                   const Extents& stride, const Padding& padding, const Extents& dilation,
                   bool ceil_mode);

// The shape of the output, [N, C, spatial...].
Shape window_output(const Window& window, std::size_t spatial_axes);

// f(x) for x [N, C, spatial...]; a single sample, [C, spatial...], becomes a batch of one for f.
Tensor with_batch(const char* function, std::size_t spatial_axes, const Tensor& x,
                  const std::function<Tensor(const Tensor&)>& f);

// PyTorch's nn.functional.pad of x [N, C, spatial...] or [C, spatial...] along its spatial axes.
// `padding` holds (before, after) for each of them, the last axis first. The mode fills with zeros
// ("constant"), repeats the edge ("replicate"), mirrors at the edge without repeating it
// ("reflect"), or continues at the other end ("circular"). Throws Error for another mode and for
// padding that does not fit.
Tensor pad(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode);

}  // namespace fanin::FANIN_PRECISION
