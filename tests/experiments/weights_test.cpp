#include "framework/io/safetensors.hpp"

#include <cmath>

#include "experiments/cli/command.hpp"
#include "framework/core/error.hpp"
#include "framework/io/npy.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/nn/text.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

TEST_CASE("export: labels that are not classes are refused") {
  const TempFolder folder;
  const std::string input = (folder / "x.npy").string(), target = (folder / "y.npy").string(),
                    out = (folder / "out.safetensors").string();
  const auto run = [&] {
    const Command command = make_export();
    REQUIRE(parse(command.options,
                  {"mlp:depth=1", "--input", input, "--target", target, "--out", out}));
    return command.run();
  };
  Array labels = Array::full({2}, 9);
  save_npy(input, Array::full({2, 1, 28, 28}, 0.5));
  save_npy(target, labels);
  CHECK(run() == 0);
  CHECK(read_safetensors(out).size() == 6);

  for (const Real wrong : {10.0f, -1.0f, 1e30f, 0.5f, NAN, INFINITY}) {
    labels.data()[1] = wrong;
    save_npy(target, labels);
    CHECK_THROWS_WITH(run(), EndsWith("is out of range for 10 classes") ||
                                 (StartsWith(target) && EndsWith("is no label")));
  }
}

TEST_CASE("load: a counter that is negative or too large is refused") {
  const TempFolder folder;
  const std::string path = (folder / "a.safetensors").string();
  const auto model = parse_model("BatchNorm1d(1, affine=False)");
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{1} << 62}) {
    write_safetensors(path, model->state_dict(), {{"num_batches_tracked", count}});
    CHECK_THROWS_WITH(load_weights(*model, path), path + ": \"num_batches_tracked\" is " +
                                                      std::to_string(count) +
                                                      "; expected a count from 0 to 2^53");
  }
}

}  // namespace
}  // namespace fanin
