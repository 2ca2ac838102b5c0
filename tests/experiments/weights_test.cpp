#include "experiments/cli/export.hpp"

#include <cmath>

#include "framework/core/error.hpp"
#include "framework/io/npy.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/nn/text.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

TEST_CASE("export: infinite or NaN pixels, and labels that are not classes, are refused") {
  const TempFolder folder;
  ExportOptions options;
  options.start.model = "mlp:depth=1";
  options.input = (folder / "x.npy").string(), options.target = (folder / "y.npy").string();
  options.out = (folder / "out.safetensors").string();
  Array images = Array::full({2, 1, 28, 28}, 0.5), labels = Array::full({2}, 9);
  save_npy(options.input, images);
  save_npy(options.target, labels);
  CHECK(export_model(options) == 0);
  CHECK(read_safetensors(options.out).size() == 6);

  for (const Real wrong : {10.0f, -1.0f, 1e30f, 0.5f, NAN, INFINITY}) {
    labels.data()[1] = wrong;
    save_npy(options.target, labels);
    CHECK_THROWS_WITH(export_model(options),
                      EndsWith("is out of range for 10 classes") ||
                          (StartsWith(options.target) && EndsWith("is no label")));
  }
  save_npy(options.input, Array({0, 1, 28, 28}));
  CHECK_THROWS_WITH(export_model(options),
                    options.input + ": expected images [N, ...], got [0, 1, 28, 28]");
  for (const Real wrong : {NAN, -NAN, INFINITY}) {
    images.data()[700] = wrong;
    save_npy(options.input, images);
    CHECK_THROWS_WITH(export_model(options),
                      options.input + ": " + (std::isnan(wrong) ? "nan" : "inf") + " is no pixel");
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
