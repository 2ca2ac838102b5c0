#include "experiments/cli/data.hpp"

#include <fmt/format.h>

#include <memory>

#include "experiments/task/datasets.hpp"

namespace fanin {
namespace {

// Finds the set, checks its files, says where they are.
int data(const std::string& dataset, const std::string& data_dir) {
  check_dataset(dataset);
  TrainOptions options;
  options.dataset = dataset, options.data_dir = data_dir;
  if (dataset == "idx") options.data_mean = 0, options.data_std = 1;  // not needed to look
  const Data found = load_data(options);
  for (const DataFile& file : found.files)
    fmt::print("{}  {}  {}\n", file.role, file.sha256, file.path.string());
  fmt::print("{}: {} training and {} test samples of {} by {}{}\n", dataset, found.train.count,
             found.test.count, found.train.height, found.train.width,
             dataset == "idx" || found.files.empty() ? "" : ", all files as published");
  return 0;
}

}  // namespace

Subcommand make_data(Command& program) {
  struct Options {
    std::string dataset = "mnist", data_dir;
  };
  Command command = program.subcommand("data", "find a data set, check it and say where it is");
  const auto options = std::make_shared<Options>();
  command.option("--dataset,dataset", options->dataset, "as `fanin list datasets` shows (mnist)")
      .type("NAME");
  command.option("--data-dir", options->data_dir, "folder of the four IDX files").type("DIR");
  command.footer("Example:\n  fanin data --dataset fashion-mnist\n");
  return {std::move(command), [options] { return data(options->dataset, options->data_dir); }};
}

}  // namespace fanin
