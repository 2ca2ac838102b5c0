#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiments/report/records.hpp"
#include "experiments/reproduce/measures.hpp"

namespace fanin {

// Where numbers of ours come from, one for each seed.
struct Source {
  std::string name;               // in an ordering
  std::string spec, init, panel;  // without a spec nothing is trained; "" means every init or panel
  std::string least_of;           // an axis such as "lr": its best value counts, seed by seed
  std::size_t seeds = 20;         // without a spec
  const Measure* measure = nullptr;
  Numbers at;                // the numbers of "steps to 0.9"
  std::vector<Source> over;  // one or none: its numbers divide ours, seed by seed
};

// The finished runs of the specs behind claims.
class Evidence {
 public:
  void add(const Sweep& sweep, const std::filesystem::path& folder);
  // The runs that a source means, in the sweep's order. Throws Error if one is missing.
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
