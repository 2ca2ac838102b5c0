// What a sweep's results say, and what a reader needs to do the sweep again, in words.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// What the statistics say, in sentences: for few panels, which inits lead, whom the best is ahead
// of (exactly if the family's interval excludes 0), and in counts how the other inits ended; for
// many, where each init trains in most seeds and where one is ahead.
std::vector<std::string> answers(const Results& results);

// Why inits stay at chance or diverge in most of their seeds, one sentence an init with the numbers
// of its signals before training, in the first panel where it does.
std::vector<std::string> reasons(const Results& results);

// Names and texts.
using Named = std::vector<std::pair<std::string, std::string>>;

// The network, the data with the start of their SHA-256, the training and the seeds.
Named setting_in_words(const Results& results);

// The spec with its models' files, to be saved side by side: the spec names them without a folder.
// The text of a single model is the one in model.txt of the sweep's folder, if that is there.
struct Again {
  std::string spec;
  Named models;
};
Again again_elsewhere(const Sweep& sweep, const std::filesystem::path& folder);

}  // namespace fanin
