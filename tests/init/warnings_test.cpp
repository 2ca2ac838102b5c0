#include "framework/core/error.hpp"
#include "init/function_table.hpp"
#include "init/init.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/captured.hpp"
#include "tests/support/catch.hpp"

// The warnings of torch.nn.init, and its deprecated names.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace fanin {
namespace {

TEST_CASE("warnings: an empty tensor, and a mean far outside the bounds") {
  Generator g(1);
  const Tensor none{Array({0, 4})};
  const std::string no_op = "warning: Initializing zero-element tensors is a no-op\n";
  CHECK(stderr_of([&] { init::kaiming_uniform_(none, 0, "fan_in", "relu", g); }) == no_op);
  CHECK(stderr_of([&] { init::kaiming_normal_(none); }) == no_op);
  CHECK(stderr_of([&] { init::orthogonal_(none); }).empty());
  const Tensor t{Array({4})};
  const std::string far =
      "warning: mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of "
      "values may be incorrect.\n";
  CHECK(stderr_of([&] { init::trunc_normal_(t, 4.1, 1, -2, 2, g); }) == far);
  CHECK(stderr_of([&] { init::trunc_normal_(t, -4.1, 1, -2, 2, g); }) == far);
  CHECK(stderr_of([&] { init::trunc_normal_(t, 4, 1, -2, 2, g); }).empty());
}

std::string warning(const std::string& name) {
  return "warning: `nn.init." + name + "` is now deprecated in favor of `nn.init." + name + "_`.\n";
}

// Checks that an old name warns and draws the same numbers as the new name.
template <class Old, class New>
void check(const std::string& name, const Shape& shape, Old old_call, New new_call) {
  INFO(name);
  Generator a(3), b(3);
  const Tensor x{Array(shape)}, y{Array(shape)};
  CHECK(stderr_of([&] { old_call(x, a); }) == warning(name));
  new_call(y, b);
  CHECK(same_bits(x.value(), y.value()));
  CHECK(a.state() == b.state());
}

using T = Tensor;
using G = Generator;

TEST_CASE("deprecated: the old names give PyTorch's warnings and draw what the new names draw") {
  using namespace init;
  const Shape m{5, 7};
  check(
      "uniform", m, [](T t, G& g) { uniform(t, -1, 2, g); },
      [](T t, G& g) { uniform_(t, -1, 2, g); });
  check(
      "normal", m, [](T t, G& g) { normal(t, 1, 2, g); }, [](T t, G& g) { normal_(t, 1, 2, g); });
  check(
      "constant", m, [](T t, G&) { constant(t, 3); }, [](T t, G&) { constant_(t, 3); });
  check(
      "eye", m, [](T t, G&) { eye(t); }, [](T t, G&) { eye_(t); });
  check(
      "dirac", {4, 2, 3}, [](T t, G&) { dirac(t, 2); }, [](T t, G&) { dirac_(t, 2); });
  check(
      "xavier_uniform", m, [](T t, G& g) { xavier_uniform(t, 2, g); },
      [](T t, G& g) { xavier_uniform_(t, 2, g); });
  check(
      "xavier_normal", m, [](T t, G& g) { xavier_normal(t, 2, g); },
      [](T t, G& g) { xavier_normal_(t, 2, g); });
  check(
      "kaiming_uniform", m, [](T t, G& g) { kaiming_uniform(t, 0, "fan_out", "relu", g); },
      [](T t, G& g) { kaiming_uniform_(t, 0, "fan_out", "relu", g); });
  check(
      "kaiming_normal", m, [](T t, G& g) { kaiming_normal(t, 0, "fan_out", "relu", g); },
      [](T t, G& g) { kaiming_normal_(t, 0, "fan_out", "relu", g); });
  check(
      "orthogonal", m, [](T t, G& g) { orthogonal(t, 2, g); },
      [](T t, G& g) { orthogonal_(t, 2, g); });
  check(
      "sparse", m, [](T t, G& g) { sparse(t, 0.5, 1, g); },
      [](T t, G& g) { sparse_(t, 0.5, 1, g); });
}

TEST_CASE("deprecated: the old names have the same defaults and generator, and return the tensor") {
  const Tensor x{Array({5, 7})}, y{Array({5, 7})};
  stderr_of([&] {
    manual_seed(4);
    const Tensor same = init::kaiming_normal(x);
    CHECK(same.value().data() == x.value().data());
    manual_seed(4);
    init::kaiming_normal_(y);
  });
  CHECK(same_bits(x.value(), y.value()));
}

TEST_CASE("deprecated: the function table takes the old names too") {
  for (const char* name :
       {"uniform", "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal",
        "kaiming_uniform", "kaiming_normal", "orthogonal", "sparse"}) {
    const std::string word = name, needed = word == "constant" ? ":val=1"
                                            : word == "sparse" ? ":sparsity=0.5"
                                                               : "";
    CHECK(stderr_of([&] { parse_init_call(word + needed); }) == warning(word));
  }
  for (const char* name : {"zeros", "ones", "trunc_normal"})  // never names in torch.nn.init
    CHECK_THROWS_WITH(parse_init_call(name), StartsWith("unknown init function"));
}

}  // namespace
}  // namespace fanin
