#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fanin {

// What a result depends on besides its spec: version, commit ("" outside of a repository),
// compiler, CPU, instruction set.
nlohmann::json environment_manifest();

std::string version_line();  // "fanin 0.1.0 (kernels: avx512)"

}  // namespace fanin
