#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// A constructor argument as PyTorch prints it: None, True, 3, 1e-05, (5, None), 'same'.
using Tuple = std::vector<std::optional<std::int64_t>>;
using Value = std::variant<std::monostate, bool, std::int64_t, double, Tuple, std::string>;

// A number that prints as it was written, 1 or 1.0.
struct Number {
  Number(double number = 0) : value(number) {}
  Number(int number) : value(number), whole(true) {}
  operator Value() const { return whole ? Value(static_cast<std::int64_t>(value)) : Value(value); }
  double value;
  bool whole = false;
};

inline Value tuple_value(const Shape& shape) { return Tuple(shape.begin(), shape.end()); }

// A layer or a network: named parameters, buffers and children, and a function of an input.
// A layer draws its parameters in its constructor, in PyTorch's order.
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  using Child = std::pair<std::string, std::shared_ptr<Module>>;

  virtual Tensor forward(const Tensor& x) = 0;
  Tensor operator()(const Tensor& x);  // forward(), then the hooks

  // Runs this module and as many of the following ones, `next`, as fit into the same pass, and sets
  // `taken` to their number. Only Sequential calls it, and no module with hooks may be taken.
  virtual Tensor forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken);
  bool has_hooks() const;  // that are still alive

  virtual std::string type() const = 0;                        // PyTorch's class name
  virtual std::vector<Value> arguments() const { return {}; }  // as its text shows them

  const std::vector<Child>& children() const { return children_; }
  // This module, then its descendants, depth first. A module with several paths appears once, under
  // the first path, and so do its parameters. A state_dict has it under each path.
  std::vector<Module*> modules();
  std::vector<std::pair<std::string, Module*>> named_modules();  // with their paths; "" for this
  // Parameters with their paths, such as "fc1.weight"; without `recurse` this module's own.
  std::vector<std::pair<std::string, Tensor>> named_parameters(bool recurse = true) const;
  std::vector<Tensor> parameters() const;
  // Parameters and buffers with their paths in PyTorch's order; the arrays are the module's own.
  NamedArrays state_dict() const;
  // Whole numbers such as "1.num_batches_tracked", which PyTorch keeps as int64.
  Counters counters() const;
  void set_counter(const std::string& path,
                   std::int64_t value);  // throws Error for an unknown path
  // Copies every entry; throws Error naming one that is missing, unknown or of another shape.
  void load_state_dict(const NamedArrays& state);
  std::size_t parameter_count() const;

  Tensor* parameter(const std::string& name);             // one of this module's own, or null
  void apply(const std::function<void(Module&)>& visit);  // children first, as in PyTorch
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }
  void zero_grad();

  // Called after each call of the module (not of its forward() alone) while the handle lives.
  using ForwardHook = std::function<void(Module&, const Tensor& input, const Tensor& output)>;
  using HookHandle = std::shared_ptr<const ForwardHook>;
  [[nodiscard]] HookHandle register_forward_hook(ForwardHook hook);

 protected:
  // Whether next[i] is of that type and may be taken.
  static bool can_take(std::span<const Child> next, std::size_t i, const std::string& type);
  static Activation activation_of(std::span<const Child> next, std::size_t i);  // or none
  Tensor add_parameter(std::string name, Array value);
  Array add_buffer(std::string name, Array value);
  std::int64_t& add_counter(std::string name);
  // Returns the child, so that a constructor can add it and initialise a member with it.
  template <class Layer>
  std::shared_ptr<Layer> add_child(std::string name, std::shared_ptr<Layer> child) {
    adopt(std::move(name), child);
    return child;
  }

 private:
  friend class KeepState;
  void adopt(std::string name, std::shared_ptr<Module> child);

  std::vector<std::pair<std::string, Tensor>> parameters_;
  NamedArrays buffers_;
  std::vector<std::pair<std::string, std::unique_ptr<std::int64_t>>> counters_;
  std::vector<Child> children_;
  std::vector<std::weak_ptr<const ForwardHook>> hooks_;
  bool training_ = true;
};

// A layer with a row in layer_table.cpp: its class name and arguments, in the order of that row.
class TableLayer : public Module {
 public:
  std::string type() const override { return type_; }
  std::vector<Value> arguments() const override { return arguments_; }

 protected:
  explicit TableLayer(std::string type, std::vector<Value> arguments = {})
      : arguments_(std::move(arguments)), type_(std::move(type)) {}
  std::vector<Value> arguments_;

 private:
  std::string type_;
};

// U(-bound, bound) with bound = 1/sqrt(fan): what PyTorch's layers draw by default (it writes it as
// kaiming_uniform_ with a = sqrt(5)). Zeros for a fan of 0.
Array uniform_within(const Shape& shape, std::size_t fan, Generator& generator);

// Modules applied one after the other. A child's name is its number unless another one is given.
class Sequential : public Module {
 public:
  Sequential() = default;
  explicit Sequential(std::vector<std::shared_ptr<Module>> children);
  explicit Sequential(std::vector<Child> children);

  // Throws Error for a name taken, and for null.
  void add(std::shared_ptr<Module> child);
  void add(std::string name, std::shared_ptr<Module> child);
  Module& operator[](std::size_t i) const;  // throws Error out of range
  std::size_t size() const { return children().size(); }

  Tensor forward(const Tensor& x) override;
  std::string type() const override { return "Sequential"; }
};

// The destructor restores what train(), eval() and forward passes change: a model's modes, buffers
// and counters, and the default generator, from which dropout draws.
class KeepState {
 public:
  explicit KeepState(Module& model);  // the model must outlive it
  ~KeepState();
  KeepState(const KeepState&) = delete;
  KeepState& operator=(const KeepState&) = delete;

  bool drew() const;  // whether the default generator has moved since

 private:
  std::vector<std::function<void()>> undo_;
  std::string generator_;
};

}  // namespace fanin::FANIN_PRECISION
