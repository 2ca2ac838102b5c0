// The runs of a sweep as figures show them: panel by panel, and medians over the seeds of an init.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"

namespace fanin {

struct RecordedRun {
  const Run& run;
  const RunRecord& record;
};

// The runs of one place on the sweep's axes, "depth=10"; "" in a sweep without axes.
struct Panel {
  std::string name;
  std::vector<RecordedRun> runs;
};

// Those of the recorded runs that pass the test, in the sweep's order.
std::vector<Panel> panels_of(
    const Sweep& sweep, const Records& records,
    const std::function<bool(const RunRecord&)>& test = [](const RunRecord&) { return true; });

// What the seeds of a panel gave, by init, place (a step or a layer) and field.
using Fields = std::map<std::string, std::vector<double>>;
using Seeds = std::map<std::string, std::map<std::size_t, Fields>>;

// Leaves out the places that fewer than half of an init's runs came to: the step at which one of
// several diverged is no place for a median.
void keep_common(Seeds& seeds);

// A row per init and place: the median of each field.
nlohmann::json median_rows(const Seeds& seeds, const std::string& place_name);

}  // namespace fanin
