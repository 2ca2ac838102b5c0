#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "framework/core/error.hpp"

namespace fanin {

// A key with its values as text, and where they were written.
struct Setting {
  std::string key;
  std::vector<std::string> values;
  std::string where;  // for errors: "mlp.toml:7" or "--set train.lr=0"
};

// An [init.NAME] table: patterns with their calls, and perhaps a `base`.
struct SchemeDraft {
  std::string name, where;
  std::vector<Setting> entries;
};

// A spec before it is checked and multiplied out into runs.
struct Draft {
  std::string where;  // the file
  Setting name, question, tuning_of, keep_weights, target_accuracy, baseline, rounding;
  Setting model;                       // built-in models, with or without options, or files
  std::vector<Setting> model_options;  // of a [model] table
  Setting inits, seeds;
  std::vector<SchemeDraft> schemes;
  std::vector<std::vector<Setting>> train;  // the alternatives, at least one
  std::vector<Setting> tune;                // grids of [train] keys
  std::vector<std::vector<Setting>> tuned;  // tables with an init, axes and tuned values
};

// Reads TOML and checks keys and types. Throws UsageError with file and line.
Draft read_draft(const std::filesystem::path& file);

// Replaces the values of a key in the draft. Throws UsageError if no spec may have the key.
void apply(const Override& change, Draft& draft);

// The spec as TOML, with the defaults of [train] spelled out.
std::string to_toml(const Draft& draft);

// Throws a UsageError with the place and the formatted message.
template <class... T>
[[noreturn]] void fail(const std::string& where, fmt::format_string<T...> what, T&&... values) {
  throw UsageError("{}: {}", where, fmt::format(what, std::forward<T>(values)...));
}

}  // namespace fanin
