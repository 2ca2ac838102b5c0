#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "experiments/task/datasets.hpp"
#include "experiments/task/options.hpp"

namespace fanin {

using Axes = std::vector<std::pair<std::string, std::string>>;  // (key, value)

// One training of a sweep.
struct Run {
  std::string name;  // <init>-seed<S>[-<axis>=<value>...]
  std::string init;  // its label; options.init also has the user's rules
  std::uint64_t seed;
  Axes axes;  // the options that differ between the runs, except init and seed
  TrainOptions options;
};

// What tuning chose for an init in the panel of these axes: values of [train] keys.
struct Tuned {
  std::string init;
  Axes axes, values;
  // By how much the choice may have lowered the accuracy; see tuning_allowance().
  double allowance = 0;
  bool left_chance = true;  // at these values, in the tuning
};

struct Sweep {
  std::string name, question;
  std::vector<Run> runs;         // panel by panel (runs of the same axes), then init by init
  std::string resolved;          // a spec that gives the same runs, with the defaults spelled out
  double target_accuracy = 0.9;  // a run that ends with this test accuracy is trained
  bool keep_weights = false;     // each run saves its trained weights next to its log
  std::string baseline = {};     // the init that all others are compared with; "": no such init
  std::size_t rounding = 0;      // further runs of each seed, with flip_bit 1, 2, ...
  // The grids of [tune], by key of [train], and what was chosen. With grids and no choice, the runs
  // are still to be tuned (sweep/tune.hpp).
  std::vector<std::pair<std::string, std::vector<std::string>>> tune = {};
  std::vector<Tuned> tuned = {};
  std::string tuning_of = {};  // the sweep whose values these runs choose; "": they compare inits

  bool tunes(const std::string& key) const;  // whether [tune] has a grid for this key
  // The choice for an init in the panel of these axes: the first [[tuned]] table that fits, which
  // need not name all axes. Null without one.
  const Tuned* tuned_for(const std::string& init, const Axes& axes) const;
};

// A value from the command line that replaces the spec's, such as train.lr = "0.1,0.03".
struct Override {
  std::string where;  // for errors: as the user wrote it
  std::string key, text;
};

// `--set key=value[,value...]`.
Override parse_override(const std::string& text);

// Reads, checks and multiplies out a spec, at the tuned values if they are given. Throws UsageError
// with file and line.
Sweep read_sweep(const std::filesystem::path& file, const std::vector<Override>& overrides = {},
                 const std::vector<Tuned>& tuned = {});

// A sweep without a file: this model under the common inits, unless the overrides say otherwise.
Sweep sweep_from_options(const std::string& model, const std::vector<Override>& overrides = {},
                         const std::vector<Tuned>& tuned = {});

}  // namespace fanin
