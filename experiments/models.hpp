#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin {

// A network that has a name here; it takes images [N, 1, 28, 28] and gives logits [N, 10].
struct ModelRow {
  std::string name, summary;
  std::vector<std::string> options;
  std::shared_ptr<Module> (*make)(const class NamedOptions&, Generator&);
};

const std::vector<ModelRow>& model_table();

// The model that `text` names: a row of the table with options, such as "mlp:depth=30,act=tanh",
// or a file with a model as PyTorch prints it. Parameters are drawn in construction order.
// Throws UsageError for an unknown name or option, Error naming the file for a text in it that is
// no model.
std::shared_ptr<Module> make_model(const std::string& text, Generator& generator);

// Throws as make_model would.
void check_model(const std::string& text);

}  // namespace fanin
