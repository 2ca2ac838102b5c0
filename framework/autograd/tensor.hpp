#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

struct Node;

// What an op's vector-Jacobian product gets.
struct Backward {
  const Array& grad;               // of the output, in the same layout
  const Array& out;                // the op's output; a vjp reads it here and never captures it
  const std::vector<bool>& needs;  // which inputs need a gradient
};

// Returns the gradients of an op's inputs, in their order. One may stay undefined if it is zero or
// not needed. One may have the shape to which its input was broadcast: the engine sums it.
using Vjp = std::function<std::vector<Array>(const Backward&)>;

// A value, its gradient, and how to send gradients on. Copies are handles on the same node.
class Tensor {
 public:
  Tensor() = default;  // undefined
  explicit Tensor(Array value, bool requires_grad = false);
  template <class E>
  Tensor(const xt::xexpression<E>& expression) : Tensor(Array(expression)) {}

  // The result of an op. It is recorded if an input needs a gradient and there is no NoGrad.
  // `needs` and the gradients have no entries for undefined inputs, such as a missing bias. An op
  // of several outputs makes the first from its inputs, and the others with the first as the input.
  // Their vjps only store their gradients, for the first one's vjp to use (see ops/recurrent.cpp).
  static Tensor from_op(Array value, std::vector<Tensor> inputs, Vjp vjp);
  // The simple cases: each input has a rule of its own, which computes its gradient.
  using InputVjp = std::function<Array(const Array& grad, const Array& out)>;
  struct Edge;
  static Tensor from_op(Array value, std::vector<Edge> edges);
  static Tensor from_op(Array value, Tensor input, InputVjp vjp);

  bool defined() const { return node_ != nullptr; }
  const Array& value() const;
  Array& value();
  const Shape& shape() const { return value().shape(); }
  std::size_t size() const { return value().size(); }
  std::size_t dim(std::int64_t axis) const;  // an extent; negative axes count from the end
  Real item() const { return value().item(); }

  bool requires_grad() const;
  const Array& grad() const;  // undefined until a backward pass reached the tensor
  Array& grad();
  void zero_grad();       // forgets the gradient
  void retain_grad();     // keeps the gradient of a backward pass even if this is no leaf
  Tensor detach() const;  // the same memory, without history
  // Copies an array's numbers into this tensor, outside of autograd; throws on another shape.
  const Tensor& copy_(const Array& source) const;

  // Adds to the gradient of each leaf that this tensor was made from, and frees the graph. Throws
  // Error if nothing needs a gradient, or if `grad` is missing and there is more than one element.
  void backward();
  void backward(const Array& grad);

 private:
  const std::shared_ptr<Node>& node() const;
  std::shared_ptr<Node> node_;
};

struct Tensor::Edge {
  Tensor input;
  InputVjp vjp;
};

std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

// While one exists, ops record nothing. Evaluation and initialisation use it.
class NoGrad {
 public:
  NoGrad() : before_(enabled_) { enabled_ = false; }
  ~NoGrad() { enabled_ = before_; }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  static bool active() { return !enabled_; }

 private:
  static inline thread_local bool enabled_ = true;
  bool before_;
};

}  // namespace fanin::FANIN_PRECISION
