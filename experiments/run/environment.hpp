#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fanin {

// What a result depends on besides its spec: version, commit ("" outside of a repository),
// compiler, CPU, instruction set, OpenBLAS.
nlohmann::json environment_manifest();

// The instruction set of our kernels, and OpenBLAS's where they are not those that go with it.
std::string version_line();  // "fanin 0.1.0 (kernels: avx512)"

// OpenBLAS takes the kernels of the CPU's name, and those of two CPUs may round otherwise. Has it
// take those that go with ours, unless OPENBLAS_CORETYPE names some: begins the program anew.
void choose_openblas(char** argv);

}  // namespace fanin
