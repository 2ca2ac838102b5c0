#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/data/dataset.hpp"

namespace fanin {

// A value of --dataset: a set of files, or a task that the program generates.
struct DatasetRow {
  std::string name, summary;
  double target = 0.9;                    // a network with this test accuracy has learnt it
  std::vector<std::string> options = {};  // of a task; a set of files has none
};

const std::vector<DatasetRow>& dataset_table();

const DatasetRow& find_dataset(const std::string& text);  // throws UsageError
void check_dataset(const std::string& text);              // throws UsageError

constexpr double chance_accuracy = 0.15;  // a run below it is at chance, for ten classes

// The accuracy of guessing among K classes. Below one and a half times that, a run is at chance.
constexpr double guessing(std::size_t classes) {
  return 1 / static_cast<double>(classes > 0 ? classes : 10);
}
constexpr double chance_of(std::size_t classes) {
  return chance_accuracy * 10 / static_cast<double>(classes > 0 ? classes : 10);
}

// Generates the data of a run, or finds it in --data-dir, $FANIN_DATA or the usual places. With
// --holdout, the last training images replace the test set.
Data load_data(const TrainOptions& options);

// The data's files with their hashes, and one hash of those hashes.
nlohmann::json data_manifest(const TrainOptions& options, const Data& data);
std::string sha256_of(const Data& data);
std::size_t classes_of(const Data& data);

}  // namespace fanin
