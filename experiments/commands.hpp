#pragma once

#include <string>

namespace fanin {

// `fanin list [models|inits|functions|datasets|specs]`, all of them for "".
int list_command(const std::string& what);

}  // namespace fanin
