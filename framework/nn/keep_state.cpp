#include "framework/nn/keep_state.hpp"

#include <algorithm>

#include "framework/core/generator.hpp"

namespace fanin::FANIN_PRECISION {

KeepState::KeepState(Module& model) : generator_(default_generator().state()) {
  for (Module* module : model.modules()) {
    OfModule& kept = kept_.emplace_back(OfModule{module, module->training_, {}, {}});
    for (const auto& [name, array] : module->buffers_) kept.buffers.push_back(array.clone());
    for (const auto& [name, counter] : module->counters_) kept.counters.push_back(*counter);
  }
}

KeepState::~KeepState() {
  for (const auto& [module, training, buffers, counters] : kept_) {
    module->training_ = training;
    for (std::size_t i = 0; i < buffers.size(); ++i)
      std::copy(buffers[i].begin(), buffers[i].end(), module->buffers_[i].second.begin());
    for (std::size_t i = 0; i < counters.size(); ++i) *module->counters_[i].second = counters[i];
  }
  default_generator().set_state(generator_);
}

bool KeepState::drew() const { return default_generator().state() != generator_; }

}  // namespace fanin::FANIN_PRECISION
