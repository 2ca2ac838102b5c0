#pragma once

#include <string>
#include <vector>

namespace fanin {

// One manifest of several: the first by their texts, with the rest as its "others". Each counts
// once and their order is nothing, so that runs of one machine have one machine's manifest however
// they were shared out. Texts that are no manifest are left out; "" when none is left.
std::string join_manifests(const std::vector<std::string>& texts);

}  // namespace fanin
