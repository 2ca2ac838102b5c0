#pragma once

#include <string>
#include <vector>

namespace fanin {

// `; did you mean "epochs"?` for the known word nearest to `word`: one that it is the beginning of,
// what PyTorch's users call by that name, or one a few letters away. "" when none is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

}  // namespace fanin
