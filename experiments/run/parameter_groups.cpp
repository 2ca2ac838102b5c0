#include "experiments/run/parameter_groups.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "experiments/task/optimisation.hpp"
#include "experiments/task/schedules.hpp"
#include "framework/core/error.hpp"
#include "framework/nn/layer_table.hpp"
#include "framework/optim/clip_grad.hpp"

namespace fanin {
namespace {

using Named = std::vector<std::pair<std::string, Tensor>>;

// A layer's own parameters, with their paths in the model.
struct Layer {
  bool embedding, last;
  Named parameters;
};

std::vector<Layer> layers_of(Module& model) {
  std::vector<Layer> layers;
  for (const auto& [path, module] : model.named_modules()) {
    Layer layer{kind_of(*module) == LayerKind::embedding, false, {}};
    for (const auto& [name, parameter] : module->named_parameters(false))
      layer.parameters.emplace_back(path.empty() ? name : path + "." + name, parameter);
    layers.push_back(std::move(layer));
  }
  const auto has_weight = [](const Layer& layer) {
    return std::ranges::any_of(layer.parameters,
                               [](const auto& p) { return p.second.shape().size() > 1; });
  };
  const auto last = std::find_if(layers.rbegin(), layers.rend(), has_weight);
  if (last != layers.rend()) last->last = true;
  return layers;
}

// Muon's parameters and AdamW's.
std::pair<Named, Named> split(Module& model) {
  std::pair<Named, Named> groups;
  for (const Layer& layer : layers_of(model))
    for (const auto& named : layer.parameters) {
      const bool hidden = !layer.embedding && !layer.last && named.second.shape().size() == 2;
      (hidden ? groups.first : groups.second).push_back(named);
    }
  if (groups.first.empty())
    throw Error(
        "optimizer muon: expected a 2-D weight that belongs neither to the last layer nor to an "
        "embedding, but the model has none; use adamw");
  return groups;
}

}  // namespace

ParameterGroups::ParameterGroups(Module& model, const TrainOptions& options,
                                 std::size_t total_steps, std::size_t epoch_steps)
    : parameters_(model.parameters()),
      momentum_(make_momentum_schedule(options.schedule, total_steps)),
      clip_norm_(options.clip_norm),
      clip_value_(options.clip_value) {
  const auto add = [&](const Named& named, TrainOptions of) {
    Member member{{of.optimizer, {}}, nullptr, {}, named.size()};
    std::vector<Tensor> parameters;
    for (const auto& [path, parameter] : named) {
      member.group.parameters.push_back(path);
      parameters.push_back(parameter);
    }
    of = with_optimizer_defaults(of);
    if (momentum_) of.momentum = momentum_(0);  // only an optimizer made with one can change it
    member.optimizer = find_optimizer(of.optimizer).make(std::move(parameters), of);
    member.lr = make_schedule(of.schedule, *of.lr, total_steps, epoch_steps);
    members_.push_back(std::move(member));
  };
  if (options.optimizer == "muon") {
    const auto [hidden, rest] = split(model);
    TrainOptions adamw = options;
    adamw.optimizer = "adamw", adamw.lr = options.adamw_lr, adamw.momentum.reset();
    add(hidden, options);
    add(rest, adamw);
  } else {
    add(model.named_parameters(), options);
  }
}

void ParameterGroups::zero_grad() {
  for (Member& member : members_) member.optimizer->zero_grad();
}

void ParameterGroups::step(std::size_t steps) {
  if (clip_norm_ > 0) clip_grad_norm_(parameters_, clip_norm_);
  if (clip_value_ > 0) clip_grad_value_(parameters_, clip_value_);
  for (Member& member : members_) {
    member.optimizer->set_lr(member.lr(steps));
    if (momentum_) member.optimizer->set_momentum(momentum_(steps));
    member.optimizer->step();
  }
}

std::vector<ParameterGroup> ParameterGroups::described() const {
  std::vector<ParameterGroup> groups;
  if (members_.size() > 1)
    for (const Member& member : members_) groups.push_back(member.group);
  return groups;
}

StepLoss ParameterGroups::with_rates(StepLoss at) const {
  if (members_.size() > 1)
    at.lr = members_[0].optimizer->lr(), at.adamw_lr = members_[1].optimizer->lr();
  return at;
}

std::vector<Optimizer::State> ParameterGroups::state() const {
  std::vector<Optimizer::State> all;
  for (const Member& member : members_)
    std::ranges::move(member.optimizer->state(), std::back_inserter(all));
  return all;
}

void ParameterGroups::load_state(std::vector<Optimizer::State> state) {
  for (const Member& member : members_) {
    const auto end = state.begin() + std::min(std::ssize(state), std::ptrdiff_t(member.parameters));
    member.optimizer->load_state({state.begin(), end});
    state.erase(state.begin(), end);
  }
  if (!state.empty())
    throw Error("optimizer: the state is of {} parameters too many", state.size());
}

}  // namespace fanin
