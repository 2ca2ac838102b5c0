#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/specs/spec.hpp"

namespace fanin {

// A key with the values that a sweep gives it, as text, and where they were written.
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

// What a spec says before it is checked and multiplied out.
struct Draft {
  std::string where;  // the file
  Setting name, question, keep_weights, target_accuracy;
  Setting model;                       // built-ins with or without options, or files
  std::vector<Setting> model_options;  // of a [model] table
  Setting inits, seeds;
  std::vector<SchemeDraft> schemes;
  std::vector<std::vector<Setting>> train;  // the alternatives, at least one
};

// Reads TOML and checks keys and types; throws UsageError with file and line.
Draft read_draft(const std::filesystem::path& file);

// The spec as TOML, with the defaults of [train] spelled out.
std::string to_toml(const Draft& draft);

// Replaces what the draft says of the key; throws UsageError when no spec may have it.
void apply(const Override& change, Draft& draft);

// "0-2,7" is 0, 1, 2, 7; what is not a range stays as it is, for the check of all seeds. Throws
// UsageError for a range that is none, or of more than 100,000.
std::vector<std::string> split_seeds(const std::string& text, const std::string& where);

// Throws UsageError.
[[noreturn]] void fail(const std::string& where, const std::string& what);

// Fails for a key that a spec (`table` "") or its [train] table (`table` "train") does not have.
[[noreturn]] void fail_unknown_key(const std::string& where, const std::string& key,
                                   const std::string& table);

}  // namespace fanin
