#pragma once

#include <string>

namespace fanin {

// `fanin list [models|inits|functions|layers|datasets|specs|claims]`, all of them for "".
int list_command(const std::string& what);

}  // namespace fanin
