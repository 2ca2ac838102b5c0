#include "experiments/charts/peer.hpp"

#include "experiments/task/models.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

using namespace fanin;

TEST_CASE("PyTorch's curves are matched to runs by their commands", "[peer]") {
  const TempFolder folder;
  const auto table = folder / "curves.csv";
  Sweep sweep;
  for (const std::uint64_t seed : {0, 1}) {
    TrainOptions options;
    options.model = "lenet5";
    options.seed = seed;
    Run& run = sweep.runs.emplace_back();
    run.init = "default", run.seed = seed, run.options = options;
  }
  const std::string header = "command,epoch,step,train_loss,test_loss,test_accuracy\n";
  const std::string command = train_command(sweep.runs[1].options);
  const std::string rows = "\"" + command + "\",1,500,0.5,0.4,0.9\n\"" + command +
                           "\",2,1000000,0.3,nan,0.95\n\"fanin train other\",1,5,1,1,1\n";
  write_file(table, header + rows);
  const Records records = pytorch_records(sweep, table);
  REQUIRE(records.size() == 2);
  CHECK_FALSE(records[0]);
  REQUIRE(records[1]);
  const auto& evaluations = records[1]->evaluations;
  REQUIRE(evaluations.size() == 2);
  CHECK(evaluations[1].step == 1000000);
  CHECK(evaluations[0].test_accuracy == 0.9);
  CHECK(std::isnan(evaluations[1].test_loss));
  for (const char* row :
       {"fanin train,1,500,0.5,0.4,0.9", "\"fanin train\",1,500,0.5", "\"fanin", ""}) {
    INFO(row);
    write_file(table, header + rows + row + "\n");
    CHECK_THROWS_WITH(pytorch_records(sweep, table),
                      ContainsSubstring("curves.csv") && ContainsSubstring(row));
  }
}

TEST_CASE("accuracies recorded with PyTorch are found by spec, init and epoch", "[peer]") {
  const TempFolder folder;
  const auto table = folder / "published.csv";
  const std::string rows =
      "spec,init,seed,epoch,accuracy\na,lsuv,0,1,0.5\na,lsuv,0,2,0.6\na,lsuv,1,1,0.7\n"
      "a,lsuv2,0,1,0.1\nb,lsuv,0,1,0.2\n";
  write_file(table, rows);
  CHECK(pytorch_accuracies(table, "a", "lsuv", 1) == std::vector<double>{0.5, 0.7});
  CHECK(pytorch_accuracies(table, "a", "lsuv", 2) == std::vector<double>{0.6});
  CHECK_THROWS_WITH(pytorch_accuracies(table, "a", "lsuv", 3), ContainsSubstring("epoch 3"));
  write_file(table, rows + "a,lsuv,2,1\n");
  CHECK_THROWS_WITH(pytorch_accuracies(table, "a", "lsuv", 1), ContainsSubstring("a,lsuv,2,1"));
}
