# find_package(fanin) provides the target fanin::fanin. `#include "init/fanin.hpp"` includes everything.
include(CMakeFindDependencyMacro)
set(BLA_VENDOR OpenBLAS)
foreach(package xtensor xtensor-blas BLAS fmt ZLIB OpenSSL nlohmann_json)
  find_dependency(${package})
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/fanin-targets.cmake)
