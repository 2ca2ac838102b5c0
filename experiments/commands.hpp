#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fanin {

// What a result depends on besides its spec: version, compiler, CPU, instruction set.
nlohmann::json environment_manifest();
// `fanin list [models|inits|functions|datasets|specs]`, all of them for "".
int list_command(const std::string& what);

}  // namespace fanin
