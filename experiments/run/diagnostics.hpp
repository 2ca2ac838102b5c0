#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/look/signals.hpp"
#include "experiments/record/run_log.hpp"
#include "init/recipe.hpp"

namespace fanin {

// Looks into a run's layers before training and after every so many steps, always through the same
// images, and logs what it sees. It draws nothing and changes no bit of the run.
class Diagnostics {
 public:
  // every: 0 looks only before training and at the end.
  // expectations: what the init promises of the first look; empty for weights from a file.
  Diagnostics(Module& model, Batch images, std::size_t every, RunLog& log,
              std::vector<Expectation> expectations = {}, const Loss& loss = loss_table().front());

  void before_step(std::size_t steps_done);  // looks, if it is time to
  void after_step();                         // adds the update's size, and logs
  void finish(std::size_t steps_done);       // a last look

 private:
  void look(std::size_t steps_done);

  Module& model_;
  Batch images_;
  std::size_t every_;
  RunLog& log_;
  std::vector<Expectation> expectations_;
  const Loss& loss_;
  LayerSignals pending_;  // seen but not logged: the update that follows is part of it
  std::map<std::string, std::vector<std::pair<Tensor, Array>>> weights_;  // and as they were then
};

}  // namespace fanin
