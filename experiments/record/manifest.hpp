#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace fanin {

// What a result depends on besides its spec: version, commit ("" outside of a repository),
// compiler, CPU, instruction set and OpenBLAS.
nlohmann::json environment_manifest();

// "fanin 0.1.0 (kernels: avx512)". It names OpenBLAS's kernels, too, if they do not go with ours:
// OpenBLAS chooses them by the CPU's name, and they round differently.
std::string version_line();

// One manifest of several: the first in sorted order, with the rest as its "others". Each counts
// once, so that the shards of one machine give the manifest of one machine. Texts that are not
// manifests are left out; "" if all are.
std::string join_manifests(const std::vector<std::string>& texts);

}  // namespace fanin
