#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "experiments/task/options.hpp"
#include "framework/core/error.hpp"

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

// How a spec writes the values of a key.
enum class Form { single, single_or_list, list, list_or_ranges };

// A key at the top of a spec. One without a setting has code of its own to read and to override it.
struct SpecKey {
  std::string name;
  Setting Draft::*setting = nullptr;
  OptionKind kind = OptionKind::text;
  Form form = Form::single;
};

const std::vector<SpecKey>& spec_keys();  // in the order in which a spec is written

// The row of a key of a spec, or of its [train] table. Throws UsageError for an unknown key.
const SpecKey& find_spec_key(const std::string& name, const std::string& where,
                             bool with_setting = false);
const TrainOption& find_train_key(const std::string& name, const std::string& where);

// "0-2,7" is 0, 1, 2, 7. What is not a range stays as it is, for the check of all seeds. Throws
// UsageError for a range that ends before it begins, or of more than 100,000.
std::vector<std::string> split_seeds(const std::string& text, const std::string& where);

// Replaces what the draft says of the key. Throws UsageError if no spec may have it.
void apply(const Override& change, Draft& draft);

// The spec as TOML, with the defaults of [train] spelled out.
std::string to_toml(const Draft& draft);

// Throws UsageError that says where, and what in fmt's format.
template <class... T>
[[noreturn]] void fail(const std::string& where, fmt::format_string<T...> what, T&&... values) {
  throw UsageError("{}: {}", where, fmt::format(what, std::forward<T>(values)...));
}

}  // namespace fanin
