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

// Makes a built-in model such as "mlp:depth=30,act=tanh", a shipped one, or one from a file as
// PyTorch prints it. Draws the parameters in the order of construction. Throws UsageError for an
// unknown name or option, and for a model that is too large, and Error naming a bad file.
std::shared_ptr<Module> make_model(const std::string& text, Generator& generator);

// The text of the user's file that `text` names, and its hash; "" for other models.
std::string model_file_text(const std::string& text);
std::string model_file_sha256(const std::string& text);

// Throws as make_model does.
void check_model(const std::string& text);

// Makes a run's model as a PyTorch script does: seeds the default generator, builds the model and
// initialises it. An init that needs data sees the first 512 images of `train`, else loads them.
std::shared_ptr<Module> make_initialised(const TrainOptions& options,
                                         const Dataset* train = nullptr);

// Flips the last bit of one weight that is not 0, which `which` picks. After it a run differs from
// the same run by rounding only, until training amplifies that (Summers & Dinneen 2021).
void flip_last_bit(Module& model, std::size_t which);

// The logits [N, K], K >= classes, to which the model maps the batch. Throws Error if the model has
// no parameters, gives another shape, or needs more than most_numbers in memory. Runs it in eval
// mode, so that no statistics change. Batch norm without running statistics needs at least two
// images.
Array check_output(Module& model, const Batch& batch, std::size_t classes);

// The first images of a set in file order, or all if there are fewer.
Batch first_images(const Dataset& dataset, std::size_t count);

// Finds experiments/<name> or share/fanin/experiments/<name> in the nearest folder above the
// program or above the working directory. Returns an empty path if no folder has it.
std::filesystem::path find_shipped(const std::filesystem::path& name);

}  // namespace fanin
