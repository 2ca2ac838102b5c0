#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/data/dataset.hpp"

namespace fanin {

// What --dataset may say: a set of files, or a task that the program makes.
struct DatasetRow {
  std::string name, summary;
  std::vector<std::string> options;  // after a colon
  bool made = false;
  double target = 0.9;  // the test accuracy of a network that has learnt it
};

const std::vector<DatasetRow>& dataset_table();

const DatasetRow& find_dataset(const std::string& text);  // throws UsageError
void check_dataset(const std::string& text);              // throws UsageError

// The data of a run, made or found: --data-dir, then $FANIN_DATA, then the usual places. The images
// that --holdout sets apart take the test set's place.
Data load_data(const TrainOptions& options);

// The data's files with their hashes.
nlohmann::json data_manifest(const TrainOptions& options, const Data& data);
std::string sha256_of(
    const Data& data);  // of those hashes; of nothing if the program makes the data
std::size_t classes_of(const Data& data);

}  // namespace fanin
