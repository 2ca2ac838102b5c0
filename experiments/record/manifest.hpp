#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace fanin {

// What a result depends on besides its spec: version, commit ("" outside of a repository),
// compiler, CPU, instruction set, OpenBLAS.
nlohmann::json environment_manifest();

// Our instruction set, and OpenBLAS's kernels if they are not the ones that go with it: OpenBLAS
// chooses them by the CPU's name, and they round differently.
std::string version_line();  // "fanin 0.1.0 (kernels: avx512)"

// One manifest of several: the first by their texts, with the rest as its "others". Each counts
// once, and their order does not matter, so that runs of one machine have one machine's manifest
// however they were shared out. Texts that are no manifest are left out; "" if all are.
std::string join_manifests(const std::vector<std::string>& texts);

}  // namespace fanin
