#include "framework/nn/module.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

std::string join(const std::string& prefix, const std::string& name) {
  return prefix.empty() || name.empty() ? prefix + name : prefix + "." + name;
}

// Calls visit(path, module) for a module and all below it, depth first.
template <class Root, class Visit>
void walk(Root& module, const std::string& path, const Visit& visit) {
  visit(path, module);
  for (const auto& [name, child] : module.children()) walk(*child, join(path, name), visit);
}

// The same, but it visits a module that has several paths once, under the first.
template <class Root, class Visit>
void walk_once(Root& root, const Visit& visit) {
  std::unordered_set<const Module*> seen;
  walk(root, "", [&](const std::string& path, auto& module) {
    if (seen.insert(&module).second) visit(path, module);
  });
}

// An error on its way up through nested Sequentials; each adds its part of the path.
struct LayerError : Error {
  LayerError(const std::string& where, const std::string& layer, const std::string& what)
      : Error("{} (in layer \"{}\", {})", what, where, layer),
        path(where),
        type(layer),
        cause(what) {}
  std::string path, type, cause;
};

}  // namespace

Tensor Module::operator()(const Tensor& x) {
  Tensor y = forward(x);
  for (std::size_t i = 0; i < hooks_.size(); ++i)
    if (const HookHandle hook = hooks_[i].lock()) (*hook)(*this, x, y);
  return y;
}

Tensor Module::forward_with(const Tensor& x, std::span<const Child>, std::size_t& taken) {
  taken = 0;
  return (*this)(x);
}

bool Module::can_take(std::span<const Child> next, std::size_t i, const std::string& type) {
  return i < next.size() && next[i].second->type() == type && !next[i].second->has_hooks();
}

Activation Module::activation_of(std::span<const Child> next, std::size_t i) {
  constexpr std::pair<const char*, Activation> fused[] = {
      {"ReLU", Activation::relu}, {"Tanh", Activation::tanh}, {"Sigmoid", Activation::sigmoid}};
  for (const auto& [type, activation] : fused)
    if (can_take(next, i, type)) return activation;
  return Activation::none;
}

bool Module::has_hooks() const {
  return std::ranges::any_of(hooks_, [](const auto& hook) { return !hook.expired(); });
}

Module::HookHandle Module::register_forward_hook(ForwardHook hook) {
  std::erase_if(hooks_, [](const auto& old) { return old.expired(); });
  auto handle = std::make_shared<const ForwardHook>(std::move(hook));
  hooks_.push_back(handle);
  return handle;
}

std::vector<Module*> Module::modules() {
  std::vector<Module*> result;
  for (const auto& [path, module] : named_modules()) result.push_back(module);
  return result;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> result;
  walk_once(*this,
            [&](const std::string& path, Module& module) { result.emplace_back(path, &module); });
  return result;
}

std::vector<std::pair<std::string, Tensor>> Module::named_parameters(bool recurse) const {
  if (!recurse) return parameters_;
  std::vector<std::pair<std::string, Tensor>> result;
  walk_once(*this, [&](const std::string& path, const Module& module) {
    for (const auto& [name, tensor] : module.parameters_)
      result.emplace_back(join(path, name), tensor);
  });
  return result;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> result;
  for (auto& [name, tensor] : named_parameters()) result.push_back(tensor);
  return result;
}

NamedArrays Module::state_dict() const {
  NamedArrays result;
  walk(*this, "", [&](const std::string& path, const Module& module) {
    for (const auto& [name, tensor] : module.parameters_)
      result.emplace_back(join(path, name), tensor.value());
    for (const auto& [name, array] : module.buffers_) result.emplace_back(join(path, name), array);
  });
  return result;
}

Counters Module::counters() const {
  Counters result;
  walk(*this, "", [&](const std::string& path, const Module& module) {
    for (const auto& [name, value] : module.counters_)
      result.emplace_back(join(path, name), *value);
  });
  return result;
}

void Module::set_counter(const std::string& wanted, std::int64_t value) {
  bool found = false;
  walk(*this, "", [&](const std::string& path, const Module& module) {
    for (const auto& [name, counter] : module.counters_) {
      if (join(path, name) != wanted) continue;
      *counter = value;
      found = true;
    }
  });
  if (!found) throw Error("load_state_dict: the model has no \"{}\"", wanted);
}

void Module::load_state_dict(const NamedArrays& state) {
  NamedArrays mine = state_dict();
  const std::map<std::string, Array> known(mine.begin(), mine.end()),
      given(state.begin(), state.end());
  for (const auto& [name, array] : state)
    if (!known.contains(name)) throw Error("load_state_dict: the model has no \"{}\"", name);
  for (const auto& [name, array] : mine) {
    const auto entry = given.find(name);
    if (entry == given.end())
      throw Error("load_state_dict: \"{}\" is missing from the state", name);
    if (entry->second.shape() != array.shape())
      throw Error("load_state_dict: \"{}\" is {}, the state has {}", name, to_string(array.shape()),
                  to_string(entry->second.shape()));
  }
  for (auto& [name, array] : mine) {
    const Array source = given.at(name).row_major();
    std::copy(source.begin(), source.end(), array.begin());
  }
}

std::size_t Module::parameter_count() const {
  std::size_t count = 0;
  for (const Tensor& tensor : parameters()) count += tensor.size();
  return count;
}

Tensor* Module::parameter(const std::string& name) {
  for (auto& [own, tensor] : parameters_)
    if (own == name) return &tensor;
  return nullptr;
}

void Module::apply(const std::function<void(Module&)>& visit) {
  std::unordered_set<const Module*> seen;  // among one module's children, as in PyTorch
  for (const auto& [name, child] : children_)
    if (seen.insert(child.get()).second) child->apply(visit);
  visit(*this);
}

void Module::train(bool on) {
  for (Module* module : modules()) module->training_ = on;
}

void Module::zero_grad() {
  for (Tensor& tensor : parameters()) tensor.zero_grad();
}

Tensor Module::add_parameter(std::string name, Array value) {
  return parameters_.emplace_back(std::move(name), Tensor(std::move(value), true)).second;
}

Array Module::add_buffer(std::string name, Array value) {
  return buffers_.emplace_back(std::move(name), std::move(value)).second;
}

std::int64_t& Module::add_counter(std::string name) {
  return *counters_.emplace_back(std::move(name), std::make_unique<std::int64_t>(0)).second;
}

void Module::adopt(std::string name, std::shared_ptr<Module> child) {
  if (!child) throw Error("Module: expected a module as child \"{}\", got null", name);
  if (name.empty() || name.find('.') != std::string::npos)
    throw Error("Module: \"{}\" cannot name a child; names have no dots", name);
  if (!is_utf8(name))  // no safetensors file could hold its weights
    throw Error("Module: \"{}\" cannot name a child; names are UTF-8", name);
  for (const Child& other : children_)
    if (other.first == name) throw Error("Module: a child is named \"{}\" already", name);
  children_.emplace_back(std::move(name), std::move(child));
}

Array uniform_within(const Shape& shape, std::size_t fan, Generator& generator) {
  const double bound = fan == 0 ? 0 : 1 / std::sqrt(static_cast<double>(fan));
  Array result(shape);
  generator.uniform(result, -bound, bound);
  return result;
}

Sequential::Sequential(std::vector<std::shared_ptr<Module>> children) {
  for (auto& child : children) add(std::move(child));
}

Sequential::Sequential(std::vector<Child> children) {
  for (auto& [name, child] : children) add(std::move(name), std::move(child));
}

void Sequential::add(std::shared_ptr<Module> child) {
  add(std::to_string(size()), std::move(child));
}

void Sequential::add(std::string name, std::shared_ptr<Module> child) {
  add_child(std::move(name), std::move(child));
}

Module& Sequential::operator[](std::size_t i) const {
  if (i >= size()) throw Error("Sequential: index {} is out of range for {} children", i, size());
  return *children()[i].second;
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < size(); i += 1 + taken) {
    const auto& [name, child] = children()[i];
    const auto next = std::span(children()).subspan(i + 1);
    try {
      try {
        y = child->forward_with(y, next, taken);
      } catch (const Error&) {
        if (taken == 0) throw;
        y = child->forward_with(y, {}, taken);  // alone, so that the error names the right layer
      }
    } catch (const LayerError& error) {  // from a Sequential below: its path grows
      throw LayerError(name + "." + error.path, error.type, error.cause);
    } catch (const Error& error) {
      throw LayerError(name, child->type(), error.what());
    }
  }
  return y;
}

KeepState::KeepState(Module& model) : generator_(default_generator().state()) {
  for (Module* module : model.modules()) {
    undo_.emplace_back([module, on = module->training_] { module->training_ = on; });
    for (const auto& [name, array] : module->buffers_)
      undo_.emplace_back([buffer = array, kept = array.clone()]() mutable {
        std::copy(kept.begin(), kept.end(), buffer.begin());
      });
    for (const auto& [name, counter] : module->counters_)
      undo_.emplace_back([to = counter.get(), kept = *counter] { *to = kept; });
  }
}

KeepState::~KeepState() {
  for (const auto& undo : undo_) undo();
  default_generator().set_state(generator_);
}

bool KeepState::drew() const { return default_generator().state() != generator_; }

}  // namespace fanin::FANIN_PRECISION
