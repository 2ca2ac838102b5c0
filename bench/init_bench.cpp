#include <fmt/format.h>

#include <algorithm>

#include "bench/measure.hpp"
#include "framework/core/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "init/function_table.hpp"

// Every function of the init table by the bytes that it writes.
namespace fanin {
namespace {

struct InitCase {
  std::string call;
  std::vector<Shape> shapes = {{1024, 1024}, {4096, 4096}};
};

// Functions that need an argument or another shape, or take long.
const InitCase cases[]{
    {"constant_:val=0.5"},
    {"delta_orthogonal_", {{256, 128, 3, 3}}},
    {"dirac_", {{256, 256, 4, 4}}},
    {"forget_gate_bias_", {{1 << 20}}},
    {"lecun_trunc_normal_", {{1024, 1024}}},
    {"orthogonal_", {{128, 128}, {512, 512}}},
    {"orthogonal_gates_", {{512, 128}}},
    {"sparse_:sparsity=0.1", {{1024, 1024}}},
    {"trunc_normal_", {{1024, 1024}}},
    {"trunc_normal_exact_", {{1024, 1024}}},
};

void add_all() {
  for (const InitFunction& function : init_function_table()) {
    const auto found = std::ranges::find(
        cases, function.name, [](const InitCase& c) { return c.call.substr(0, c.call.find(':')); });
    const InitCase c = found == std::end(cases) ? InitCase{function.name} : *found;
    const auto fill = parse_init_call(c.call).fill;  // throws if it needs an argument
    for (const Shape& shape : c.shapes)
      add(fmt::format("init/{}/{}", function.name, join(shape, "x")), [fill, shape] {
        const Tensor tensor = empty(shape);
        fill(tensor, default_generator());
        return Work{0, sizeof(Real) * static_cast<double>(shape.numel()), 0,
                    [=] { fill(tensor, default_generator()); }};
      });
  }
}

const Family family(add_all);

}  // namespace
}  // namespace fanin
