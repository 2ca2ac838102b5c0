#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <memory>

#include "experiments/task/datasets.hpp"

namespace fanin {
namespace {

// Finds the data set, checks its files and prints where they are.
int data(TrainOptions options) {
  const std::string& dataset = options.dataset;
  check_dataset(dataset);
  if (dataset == "idx") options.data_mean = 0, options.data_std = 1;  // load_data() needs some
  const Data found = load_data(options);
  for (const DataFile& file : found.files)
    fmt::print("{}  {}  {}\n", file.role, file.sha256, file.path.string());
  fmt::print("{}: {} training and {} test samples of {} by {}{}\n", dataset, found.train.count,
             found.test.count, found.train.height, found.train.width,
             dataset == "idx" || found.files.empty() ? "" : ", all files as published");
  return 0;
}

}  // namespace

Command make_data() {
  const auto options = std::make_shared<TrainOptions>();
  return {"data",
          "find a data set, check it and say where it is",
          {{"--dataset,dataset", &options->dataset,
            "name of the data set; `fanin list datasets` shows them (mnist)", "NAME"},
           {"--data-dir", &options->data_dir,
            "folder of the data set's four IDX files, named like MNIST's\n"
            "($FANIN_DATA, if set)",
            "DIR"}},
          "Example:\n  fanin data --dataset fashion-mnist\n",
          [options] { return data(*options); }};
}

}  // namespace fanin
