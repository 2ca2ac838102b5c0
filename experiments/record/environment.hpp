#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fanin {

// What a result depends on besides its spec: version, commit ("" outside of a repository),
// compiler, CPU, instruction set, OpenBLAS.
nlohmann::json environment_manifest();

// Our instruction set, and OpenBLAS's kernels where they are not those that go with it: it takes
// them by the CPU's name, and they round otherwise.
std::string version_line();  // "fanin 0.1.0 (kernels: avx512)"

}  // namespace fanin
