#include "framework/autograd/tensor.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>
#include <utility>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

struct Node {
  Array value, grad;
  bool requires_grad = false, retains_grad = false;
  bool freed = false;        // by a backward pass
  bool found = false;        // by newest_first(), while it searches
  std::uint64_t number = 0;  // of creation: inputs come before what is made from them
  std::vector<std::shared_ptr<Node>> inputs;
  Vjp vjp;

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  // A loop takes the chain apart, because recursion could exhaust the stack.
  ~Node() {
    std::vector<std::shared_ptr<Node>> chain;
    release(chain);
    while (!chain.empty()) {
      const std::shared_ptr<Node> node = std::move(chain.back());
      chain.pop_back();
      if (node.use_count() == 1) node->release(chain);
    }
  }

  void release(std::vector<std::shared_ptr<Node>>& inputs_out) {
    for (auto& input : inputs) inputs_out.push_back(std::move(input));
    inputs.clear();
    vjp = nullptr;
  }
};

namespace {

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> count = 0;
  return ++count;
}

// Adds to a gradient; the first contribution becomes the gradient.
void accumulate(Node& node, Array gradient) {
  if (!gradient.defined()) return;
  gradient = sum_to(gradient, node.value.shape()).with_lane_axis(node.value.lane_axis());
  if (!node.grad.defined()) {
    // The caller may change a leaf's gradient, so it shares no memory with another's.
    const bool own = node.vjp || !gradient.is_shared();
    node.grad = own ? std::move(gradient) : gradient.clone();
    return;
  }
  Array sum(node.value.shape(), node.value.lane_axis());  // others may use the old memory
  kernels().add(sum.size(), node.grad.data(), gradient.data(), sum.data());
  node.grad = std::move(sum);
}

// Every node that gradients reach from the root, newest first.
std::vector<std::shared_ptr<Node>> newest_first(const std::shared_ptr<Node>& root) {
  std::vector<std::shared_ptr<Node>> order{root};
  root->found = true;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = 0; j < order[i]->inputs.size(); ++j) {
      const auto& input = order[i]->inputs[j];
      if (input->requires_grad && !std::exchange(input->found, true)) order.push_back(input);
    }
  for (const auto& node : order) node->found = false;
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a->number > b->number; });
  return order;
}

}  // namespace

Tensor::Tensor(Array value, bool requires_grad) : node_(std::make_shared<Node>()) {
  node_->value = std::move(value);
  node_->requires_grad = requires_grad;
  node_->number = next_number();
}

Tensor Tensor::from_op(Array value, std::vector<Tensor> inputs, Vjp vjp) {
  Tensor result(std::move(value));
  std::erase_if(inputs, [](const Tensor& t) { return !t.defined(); });
  const auto needs_grad = [](const Tensor& t) { return t.requires_grad(); };
  if (NoGrad::active() || std::none_of(inputs.begin(), inputs.end(), needs_grad)) return result;
  result.node_->requires_grad = true;
  result.node_->vjp = std::move(vjp);
  result.node_->inputs.reserve(inputs.size());
  for (Tensor& input : inputs) result.node_->inputs.push_back(std::move(input.node_));
  return result;
}

Tensor Tensor::from_op(Array value, std::vector<Edge> edges) {
  std::vector<Tensor> inputs;
  std::vector<InputVjp> rules;
  for (Edge& edge : edges) {
    inputs.push_back(std::move(edge.input));
    rules.push_back(std::move(edge.vjp));
  }
  return from_op(std::move(value), std::move(inputs),
                 [rules = std::move(rules)](const Backward& b) {
                   std::vector<Array> gradients(rules.size());
                   for (std::size_t i = 0; i < rules.size(); ++i)
                     if (b.needs[i]) gradients[i] = rules[i](b.grad, b.out);
                   return gradients;
                 });
}

Tensor Tensor::from_op(Array value, Tensor input, InputVjp vjp) {
  return from_op(std::move(value), std::vector{Edge{std::move(input), std::move(vjp)}});
}

const std::shared_ptr<Node>& Tensor::node() const {
  if (!node_) throw Error("Tensor: an undefined tensor was used");
  return node_;
}

const Array& Tensor::value() const { return node()->value; }
Array& Tensor::value() { return node()->value; }
bool Tensor::requires_grad() const { return node()->requires_grad; }
const Array& Tensor::grad() const { return node()->grad; }
Array& Tensor::grad() { return node()->grad; }
void Tensor::zero_grad() { node()->grad = {}; }
void Tensor::retain_grad() { node()->retains_grad = true; }
const Tensor& Tensor::copy_(const Array& source) const {
  Array& target = node()->value;
  if (source.shape() != target.shape())
    throw Error("copy_: a tensor of shape {} cannot take {}", to_string(target.shape()),
                to_string(source.shape()));
  const Array laid_out = source.with_lane_axis(target.lane_axis());
  std::copy(laid_out.begin(), laid_out.end(), target.begin());
  return *this;
}

Tensor Tensor::detach() const { return Tensor(value()); }

std::size_t Tensor::dim(std::int64_t axis) const {
  return shape()[resolve_axis("dim", axis, shape().size())];
}

void Tensor::backward() {
  if (size() != 1)
    throw Error("backward: a tensor of shape {} needs the gradient of its outputs",
                to_string(shape()));
  backward(Array::full(shape(), 1));
}

void Tensor::backward(const Array& grad) {
  if (!requires_grad())
    throw Error("backward: nothing that this tensor was made from requires a gradient");
  if (grad.shape() != shape())
    throw Error("backward: gradient {} does not fit a tensor of shape {}", to_string(grad.shape()),
                to_string(shape()));
  const auto order = newest_first(node_);
  for (const auto& node : order)
    if (node->freed) throw Error("backward: an earlier backward pass freed a part of this graph");
  accumulate(*node_, grad.clone());
  for (const auto& node : order) {
    if (!node->vjp) continue;
    // Even if no gradient reached an output, its op may have got some from its other outputs.
    const Array incoming =
        node->grad.defined()
            ? (node->retains_grad ? node->grad : std::exchange(node->grad, {}))
            : Array::full(node->value.shape(), 0).with_lane_axis(node->value.lane_axis());
    std::vector<bool> needs;
    for (const auto& input : node->inputs) needs.push_back(input->requires_grad);
    std::vector<Array> gradients = node->vjp({incoming, node->value, needs});
    for (std::size_t i = 0; i < node->inputs.size(); ++i)
      if (needs[i]) accumulate(*node->inputs[i], std::move(gradients[i]));
    std::vector<std::shared_ptr<Node>> inputs;  // `order` keeps them until their own turn
    node->release(inputs);
    node->freed = true;
  }
}

std::string to_string(const Tensor& tensor) {
  std::string text = "tensor(" + to_string(tensor.value()) + ")";
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
    text.insert(at + 1, "       ");  // aligns the rows
  return text;
}

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) {
  return stream << to_string(tensor);
}

}  // namespace fanin::FANIN_PRECISION
