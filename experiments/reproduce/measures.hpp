// What a row of a claim may ask of a run, or of a network as initialised, by name.
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

// A seed without training.
struct Draw {
  const std::string& init;  // a call of an init function, or what --init takes
  std::uint64_t seed;
  Generator generator;
};

using Numbers = std::vector<double>;

struct Measure {
  using OfRun = double (*)(const Ran&, const Numbers&);
  using OfRuns = Numbers (*)(const std::vector<Ran>&, const Numbers&);  // a number for each seed
  using OfDraw = double (*)(Draw&, const Numbers&);

  const char* name;                        // "steps to N": the row gives a number for each N
  std::variant<OfRun, OfRuns, OfDraw> of;  // takes these numbers
};

const std::vector<Measure>& run_measures();     // of finished runs
const std::vector<Measure>& signal_measures();  // of networks as initialised: seconds each

}  // namespace fanin
