# find_package(fanin): the target fanin::fanin, with `#include "init/fanin.hpp"` for all of it.
include(CMakeFindDependencyMacro)
set(BLA_VENDOR OpenBLAS)
foreach(package xtensor xtensor-blas BLAS fmt ZLIB OpenSSL nlohmann_json)
  find_dependency(${package})
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/fanin-targets.cmake)
