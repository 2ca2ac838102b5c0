#include <fmt/format.h>

#include <map>

#include "bench/measure.hpp"
#include "framework/core/join.hpp"
#include "framework/ops/arithmetic.hpp"
#include "init/function_table.hpp"

// Every function of the init table by its bytes written: over 1024 x 1024 and 4096 x 4096, and
// those that need an argument or another shape, or take long, as their case says.
namespace fanin {
namespace {

struct InitCase {
  std::string call;
  std::vector<Shape> shapes;
};

InitCase case_of(const std::string& function) {
  static const std::map<std::string, InitCase> cases{
      {"constant_", {"constant_:val=0.5", {{1024, 1024}, {4096, 4096}}}},
      {"delta_orthogonal_", {"delta_orthogonal_", {{256, 128, 3, 3}}}},
      {"dirac_", {"dirac_", {{256, 256, 4, 4}}}},
      {"forget_gate_bias_", {"forget_gate_bias_", {{1 << 20}}}},
      {"lecun_trunc_normal_", {"lecun_trunc_normal_", {{1024, 1024}}}},
      {"orthogonal_", {"orthogonal_", {{128, 128}, {512, 512}}}},
      {"orthogonal_gates_", {"orthogonal_gates_", {{512, 128}}}},
      {"sparse_", {"sparse_:sparsity=0.1", {{1024, 1024}}}},
      {"trunc_normal_", {"trunc_normal_", {{1024, 1024}}}},
      {"trunc_normal_exact_", {"trunc_normal_exact_", {{1024, 1024}}}},
  };
  const auto found = cases.find(function);
  return found == cases.end() ? InitCase{function, {{1024, 1024}, {4096, 4096}}} : found->second;
}

void add_all() {
  for (const InitFunction& function : init_function_table()) {
    const InitCase c = case_of(function.name);
    const auto fill = parse_init_call(c.call).fill;  // throws where it needs an argument
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
