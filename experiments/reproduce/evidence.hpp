#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiments/report/results.hpp"
#include "experiments/reproduce/measures.hpp"

namespace fanin {

// Where numbers of ours come from, one a seed.
struct Source {
  std::string name;               // in an ordering
  std::string spec, init, panel;  // "" as spec: no training; as init or panel: all of them
  std::string least_of;           // an axis such as "lr": its best value counts, seed by seed
  std::size_t seeds = 20;         // without a spec
  std::string question;           // "steps to 0.9": the measure with its numbers
  const Measure* measure = nullptr;
  Numbers at;
  std::vector<Source> over;  // one: ours are divided by its numbers, seed by seed
};

// The finished runs of the specs behind claims.
class Evidence {
 public:
  void add(const Sweep& sweep, const std::filesystem::path& folder);
  // The runs that a source means, in the sweep's order. Throws Error where one is missing.
  std::vector<Ran> runs(const Source& source) const;

 private:
  struct Folder {
    Sweep sweep;
    std::filesystem::path path;
    Records records;
  };
  std::map<std::string, Folder> folders_;
};

Numbers numbers(const Source& source, const Evidence& evidence);

}  // namespace fanin
