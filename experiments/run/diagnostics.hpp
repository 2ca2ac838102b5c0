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

// Logs statistics of a run's layers before training and every so many steps, always on the same
// images. It draws no random numbers and does not change the run.
class Diagnostics {
 public:
  // every: steps between two looks; 0: only before training and at the end.
  // expectations: what the init promises for the first look; empty for weights from a file.
  Diagnostics(Module& model, Batch images, std::size_t every, RunLog& log,
              std::vector<Expectation> expectations = {}, const Loss& loss = loss_table().front());

  void before_step(std::size_t steps_done);  // looks if it is time to
  void after_step();                         // adds the update's size and logs the look
  void finish(std::size_t steps_done);       // a last look

 private:
  void look(std::size_t steps_done);

  Module& model_;
  Batch images_;
  std::size_t every_;
  RunLog& log_;
  std::vector<Expectation> expectations_;
  const Loss& loss_;
  LayerSignals pending_;  // waits for the size of the update that follows
  std::map<std::string, std::vector<std::pair<Tensor, Array>>>
      weights_;  // with their values at the look
};

}  // namespace fanin
