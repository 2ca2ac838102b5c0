// What a reader needs to know, and to have, to do a sweep again.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// The network, the data with the start of their SHA-256, the training and the seeds, each with its
// name.
std::vector<std::pair<std::string, std::string>> setting_in_words(const Results& results);

// The spec with its models' files, (name, text), to be saved side by side: the spec names them
// without a folder. The text is the one in model.txt of the sweep's folder, where that holds one.
struct Again {
  std::string spec;
  std::vector<std::pair<std::string, std::string>> models;
};
Again again_elsewhere(const Sweep& sweep, const std::filesystem::path& folder);

}  // namespace fanin
