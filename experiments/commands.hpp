#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiments/options.hpp"
#include "framework/data/dataset.hpp"

namespace fanin {

// Where the options say the data lies: --data-dir, then $FANIN_DATA, then the usual places.
DataSource data_source(const TrainOptions& options);

// What a result depends on besides its spec: version, compiler, CPU, instruction set.
nlohmann::json environment_manifest();
// The data's files with their hashes; read and checked.
nlohmann::json data_manifest(const TrainOptions& options);

// `fanin list [models|inits|functions|datasets|specs]`, all of them for "".
int list_command(const std::string& what);

// `fanin data`: finds the set, checks its files, says where they are.
int data_command(const std::string& dataset, const std::string& data_dir);

}  // namespace fanin
