#pragma once

#include <string>
#include <vector>

namespace fanin {

// `; did you mean "epochs"?` for the known word nearest to `word`: one that begins with it, one
// that PyTorch's users call by that name, or one a few letters away. "" if no word is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

}  // namespace fanin
