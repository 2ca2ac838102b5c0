// The named numbers that a claim's row may ask of runs, or of networks before training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "experiments/record/run_log.hpp"
#include "experiments/specs/spec.hpp"
#include "framework/core/generator.hpp"

namespace fanin {

// A finished run of a claim's spec.
struct Ran {
  const Run& run;
  const RunRecord& record;
  std::filesystem::path folder;
};

// A network's seed, without training.
struct Draw {
  const std::string& init;  // an init function's call, or a scheme of --init
  std::uint64_t seed;
  Generator generator;
};

using Numbers = std::vector<double>;

struct Measure {
  using OfRun = double (*)(const Ran&, const Numbers&);
  using OfRuns = Numbers (*)(const std::vector<Ran>&, const Numbers&);  // a number for each seed
  using OfDraw = double (*)(Draw&, const Numbers&);

  const char* name;                        // "steps to N": the row gives each N
  std::variant<OfRun, OfRuns, OfDraw> of;  // also takes these numbers
};

const std::vector<Measure>& run_measures();     // of finished runs
const std::vector<Measure>& signal_measures();  // of networks before training

}  // namespace fanin
