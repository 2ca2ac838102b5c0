// How a sweep was made, and what a reader needs to do it again.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// At which training options the inits are compared: at one learning rate, or each at its best.
std::string rates_in_words(const Results& results);

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
