#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// Puts back, when it dies, what passes change beside the parameters: a model's buffers, counters
// and modes, and the default generator, from which dropout draws.
class KeepState {
 public:
  explicit KeepState(Module& model);  // which must outlive it
  ~KeepState();
  KeepState(const KeepState&) = delete;
  KeepState& operator=(const KeepState&) = delete;

  bool drew() const;  // whether the default generator has moved since

 private:
  struct OfModule {
    Module* module;
    bool training;
    std::vector<Array> buffers;
    std::vector<std::int64_t> counters;
  };
  std::vector<OfModule> kept_;
  std::string generator_;
};

}  // namespace fanin::FANIN_PRECISION
