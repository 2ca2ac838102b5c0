#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/data/loader.hpp"
#include "framework/nn/module.hpp"
#include "init/recipe.hpp"

namespace fanin {

// A built-in network, from images [N, 1, 28, 28] to logits [N, 10].
struct ModelRow {
  std::string name, summary;
  std::vector<std::string> options;
  std::shared_ptr<Module> (*make)(const class NamedOptions&, Generator&);
};

const std::vector<ModelRow>& model_table();

// Models that ship as text: experiments/models/NAME.txt.
std::vector<std::string> shipped_models();

// The model that `text` names: a row of the table with options, such as "mlp:depth=30,act=tanh",
// one that ships as text, or a file with a model as PyTorch prints it. Draws the parameters in the
// order of construction. Throws UsageError for an unknown name or option and for a model of more
// than most_numbers; Error with the file's name for a file that holds no model.
std::shared_ptr<Module> make_model(const std::string& text, Generator& generator);

// The text of the file that `text` names; "" for a model that ships.
std::string model_file_text(const std::string& text);
std::string model_file_sha256(const std::string& text);  // "" for a model that ships

// Throws as make_model would.
void check_model(const std::string& text);

// The model that a run starts with, as a PyTorch script makes it: seeds the default generator,
// builds, and initialises by options.init. An init that looks at data sees the first 512 images of
// `train`, or without it those of the data set, which only such an init loads.
std::shared_ptr<Module> make_initialised(const TrainOptions& options,
                                         const Dataset* train = nullptr);

// Throws Error unless the model has parameters and gives logits [N, K] for the batch's N labels,
// with K >= classes, and needs at most most_numbers for it. It runs in eval mode, so that no
// statistics move. Batch norm without running statistics needs two images or more.
void check_output(Module& model, const Batch& batch, std::size_t classes);

// The first images of a set in file order, or all if there are fewer.
Batch first_images(const Dataset& dataset, std::size_t count);

}  // namespace fanin
