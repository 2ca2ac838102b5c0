#include "experiments/specs/spec_draft.hpp"

#include <algorithm>
#include <optional>

#include "experiments/specs/toml_entry.hpp"
#include "experiments/task/choose.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

// How a spec writes the values of a key.
enum class Form { single, single_or_list, list, list_or_ranges };

// A key at the top of a spec. A key without a setting has code of its own that reads it.
struct SpecKey {
  std::string name;
  Setting Draft::*setting = nullptr;
  OptionKind kind = OptionKind::text;
  Form form = Form::single;
};

// In the order in which a spec is written.
const SpecKey spec_keys[] = {
    {"name", &Draft::name},
    {"question", &Draft::question},
    {"tuning_of", &Draft::tuning_of},
    {"keep_weights", &Draft::keep_weights, OptionKind::flag},
    {"target_accuracy", &Draft::target_accuracy, OptionKind::number},
    {"model", &Draft::model, OptionKind::text, Form::single_or_list},
    {"model_file"},
    {"dataset"},
    {"inits", &Draft::inits, OptionKind::text, Form::list},
    {"baseline", &Draft::baseline},
    {"init"},
    {"seeds", &Draft::seeds, OptionKind::count, Form::list_or_ranges},
    {"rounding", &Draft::rounding, OptionKind::count},
    {"train"},
    {"tune"},
    {"tuned"},
};

// Finds the row of a key of a spec. Throws UsageError for an unknown key.
const SpecKey& find_spec_key(const std::string& name, const std::string& where,
                             bool with_setting = false) {
  for (const SpecKey& key : spec_keys)
    if (key.name == name && (key.setting || !with_setting)) return key;
  fail(where, "unknown key \"{}\"{}", name, did_you_mean(name, names_of(spec_keys)));
}

// The same for a key of a [train] table.
const TrainOption& find_train_key(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const TrainOption& option : train_option_table()) {
    if (option.name == name && option.per_run)
      fail(where, "\"{}\" does not belong in [train]: the sweep sets it", name);
    if (option.name == name) return option;
    if (!option.per_run) known.push_back(option.name);
  }
  fail(where, "unknown key \"{}\" in [train]{}", name, did_you_mean(name, known));
}

// Splits at the commas.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(',', begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

// Splits at the commas between names: "normal:mean=0,std=1,zero" is two names.
std::vector<std::string> split_named(const std::string& text) {
  std::vector<std::string> names;
  for (std::string& part : split(text)) {
    const std::size_t equals = part.find('=');
    const bool open = !names.empty() &&
                      std::ranges::count(names.back(), '{') > std::ranges::count(names.back(), '}');
    if (open ||
        (!names.empty() && equals != std::string::npos && part.find_first_of(":{") > equals))
      names.back() += "," + part;
    else
      names.push_back(std::move(part));
  }
  return names;
}

// Turns "0-2,7" into 0, 1, 2, 7. Leaves a part that is not a range as it is.
std::vector<std::string> split_seeds(const std::string& text, const std::string& where) {
  constexpr std::uint64_t most_seeds = 100'000;
  std::vector<std::string> seeds;
  for (const std::string& part : split(text)) {
    const std::size_t dash = std::min(part.find('-'), part.size());
    const auto first = parse_number<std::uint64_t>(part.substr(0, dash));
    const auto last = parse_number<std::uint64_t>(part.substr(std::min(dash + 1, part.size())));
    if (!first || !last) {  // one seed, or a text that parse_seeds() refuses
      seeds.push_back(part);
      continue;
    }
    if (*first > *last)
      fail(where, "\"{}\" is not a range of seeds: it ends before it begins", part);
    if (*last - *first >= most_seeds - std::min<std::uint64_t>(seeds.size(), most_seeds))
      fail(where, "\"{}\" makes more than {} seeds", part, most_seeds);
    for (std::uint64_t i = 0; i <= *last - *first; ++i) seeds.push_back(fmt::to_string(*first + i));
  }
  return seeds;
}

void replace(std::vector<Setting>& settings, const Setting& setting) {
  const auto found = std::ranges::find(settings, setting.key, &Setting::key);
  if (found == settings.end())
    settings.push_back(setting);
  else
    *found = setting;
}

// Splits a model such as "mlp:depth=10,width=128" into its name and options.
void split_model(Draft& draft) {
  std::string& model = draft.model.values.front();
  const std::size_t colon = model.find(':');
  if (colon == std::string::npos) return;
  std::vector<Setting> options;
  for (const std::string& part : split(model.substr(colon + 1))) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return;
    options.push_back({part.substr(0, equals), {part.substr(equals + 1)}, draft.model.where});
  }
  model.resize(colon);
  draft.model_options = std::move(options);
}

// TOML takes JSON's strings. OptionKind::any gives a number if that reads back as the same text.
std::string toml_value(const std::string& text, OptionKind kind) {
  const auto number = parse_number<long>(text);
  const bool plain = kind == OptionKind::any ? number && fmt::to_string(*number) == text
                                             : kind != OptionKind::text;
  if (plain) return text;
  if (!is_utf8(text)) throw UsageError("\"{}\" is not UTF-8, which a spec must be", text);
  return json_string(text);
}

std::string assignment(const std::string& key, const std::vector<std::string>& values,
                       OptionKind kind = OptionKind::text, bool list = false) {
  std::string text;
  for (const std::string& value : values)
    text += (text.empty() ? "" : ", ") + toml_value(value, kind);
  if (list || values.size() > 1) text = "[" + text + "]";
  return fmt::format("{} = {}\n", key, text);
}

std::string train_table(const std::vector<Setting>& alternative) {
  std::string text;
  for (const Setting& setting : alternative)
    text += assignment(setting.key, setting.values, find_spec_option(setting.key)->kind);
  for (const TrainOption& option : train_option_table()) {
    const std::string value = option.get(TrainOptions());
    const bool given = std::ranges::count(alternative, option.name, &Setting::key) > 0;
    if (!option.per_run && !given && !value.empty())
      text += assignment(option.name, {value}, option.kind);
  }
  return text;
}

Setting read_setting(const Entry& entry, OptionKind kind = OptionKind::text,
                     Form form = Form::single) {
  Setting setting{entry.key, {}, entry.where()};
  const bool list = entry.node->is_array();
  if (form == Form::list_or_ranges && entry.node->is_string()) {
    setting.values = split_seeds(*scalar(*entry.node), setting.where);
  } else if (list && form != Form::single) {
    for (const Entry& value : elements(entry)) setting.values.push_back(read_value(value, kind));
  } else if (form >= Form::list) {  // "a list of strings"
    fail_type(entry, fmt::format("a list of {}s", match(*entry.node, kind).first.substr(2)));
  } else {
    setting.values.push_back(read_value(entry, kind));
  }
  return setting;
}

void read_model(const Entry& entry, Draft& draft) {
  if (!draft.model.values.empty()) fail(entry.where(), "the model is given twice");
  const auto beside = [&entry](const std::string& file) {
    return std::filesystem::path(entry.file).parent_path() / file;
  };
  if (entry.key == "model_file") {
    draft.model = read_setting(entry);
    std::string& name = draft.model.values.front();
    name = beside(name).lexically_normal().string();
  } else if (entry.node->is_string() || entry.node->is_array()) {
    draft.model = read_setting(entry, OptionKind::text, Form::single_or_list);
  } else {
    for (const Entry& option : entries(entry, "a string, a list of strings or a table")) {
      if (option.key != "name") {  // the model checks it later
        draft.model_options.push_back(read_setting(option, OptionKind::any, Form::single_or_list));
        continue;
      }
      draft.model = read_setting(option);
      std::string& name = draft.model.values.front();
      const bool built_in = std::ranges::count(model_table(), name, &ModelRow::name) > 0;
      if (!built_in && is_there(beside(name))) name = beside(name).lexically_normal().string();
    }
    if (draft.model.values.empty()) fail(entry.where(), "[model] needs a name");
  }
}

std::vector<SchemeDraft> read_schemes(const Entry& entry) {
  std::vector<SchemeDraft> schemes;
  for (const Entry& named : entries(entry, "tables [init.NAME]")) {
    SchemeDraft& scheme = schemes.emplace_back(SchemeDraft{named.key, named.where(), {}});
    for (const Entry& rule : entries(named, "a table [init." + named.key + "]")) {
      if (rule.node->is_table())
        fail(rule.where(), "a pattern with a dot needs quotes: \"{}...\"", rule.key);
      scheme.entries.push_back(read_setting(rule));
    }
  }
  return schemes;
}

std::vector<std::vector<Setting>> read_train(const Entry& entry) {
  const bool list = entry.node->is_array();
  std::vector<std::vector<Setting>> alternatives;
  for (const Entry& table : list ? elements(entry) : std::vector{entry}) {
    auto& settings = alternatives.emplace_back();
    for (const Entry& option : entries(table, list ? "a list of tables" : "a table")) {
      const OptionKind kind = find_train_key(option.key, option.where()).kind;
      settings.push_back(read_setting(option, kind, Form::single_or_list));
    }
  }
  return alternatives;
}

// The rates that --tune lr tries. They grow where the best one lies at an end.
const std::vector<std::string> usual_rates = {"0.001", "0.003", "0.01", "0.03", "0.1", "0.3"};

std::vector<Setting> read_tune(const Entry& entry) {
  std::vector<Setting> grids;
  for (const Entry& option : entries(entry)) {
    const OptionKind kind = find_train_key(option.key, option.where()).kind;
    grids.push_back(read_setting(option, kind, Form::single_or_list));
  }
  return grids;
}

// An optimizer is compared, not tuned: each has rates of its own.
void compare_optimizers(Draft& draft) {
  const auto optimizer = std::ranges::find(draft.tune, "optimizer", &Setting::key);
  if (optimizer == draft.tune.end()) return;
  for (auto& alternative : draft.train) replace(alternative, *optimizer);
  draft.tune.erase(optimizer);
}

std::vector<std::vector<Setting>> read_tuned(const Entry& entry) {
  if (!entry.node->is_array()) fail_type(entry, "tables [[tuned]]");
  std::vector<std::vector<Setting>> tables;
  for (const Entry& table : elements(entry)) {
    auto& settings = tables.emplace_back();
    for (const Entry& value : entries(table))
      settings.push_back(read_setting(value, OptionKind::any));
  }
  return tables;
}

// "lr", "lr=0.01,0.1" or "lr,optimizer=sgd,adam" as grids.
std::vector<Setting> parse_tune(const std::string& text, const std::string& where) {
  std::vector<Setting> grids;
  for (const std::string& part : split(text)) {
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    if (equals != std::string::npos || grids.empty() || find_spec_option(key)) {
      grids.push_back({find_train_key(key, where).name, {}, where});
      if (equals != std::string::npos) grids.back().values.push_back(part.substr(equals + 1));
    } else {
      grids.back().values.push_back(part);
    }
  }
  for (Setting& grid : grids) {
    if (grid.values.empty() && grid.key != "lr")
      fail(where, "{} has no grid of its own; list its values, as in {}=A,B", grid.key, grid.key);
    if (grid.values.empty()) grid.values = usual_rates;
  }
  return grids;
}

}  // namespace

void apply(const Override& change, Draft& draft) {
  const auto& [where, key, text] = change;
  if (key == "model" || key == "model_file") {
    const bool exists = is_there(text);  // a file's name may have commas
    draft.model = {key, exists ? std::vector{text} : split_named(text), where};
    draft.model_options.clear();
  } else if (key.starts_with("model.")) {
    if (draft.model_options.empty() && draft.model.values.size() == 1) split_model(draft);
    replace(draft.model_options, {key.substr(6), split(text), where});
  } else if (key == "dataset" || key.starts_with("train.")) {
    const std::string& name = find_train_key(key == "dataset" ? key : key.substr(6), where).name;
    const bool named = name == "schedule" || name == "dataset";
    for (auto& alternative : draft.train)
      replace(alternative, {name, named ? split_named(text) : split(text), where});
  } else if (key == "tune") {
    draft.tuned.clear();
    draft.tune = text.empty() ? std::vector<Setting>() : parse_tune(text, where);
    compare_optimizers(draft);
  } else {
    const SpecKey& row = find_spec_key(key, where, true);
    draft.*row.setting = {key, {text}, where};
    if (row.form == Form::list) (draft.*row.setting).values = split_named(text);
    if (row.form == Form::list_or_ranges) (draft.*row.setting).values = split_seeds(text, where);
  }
}

Draft read_draft(const std::filesystem::path& file) {
  const toml::table root = parse_toml(file);
  Draft draft;
  draft.where = file.string();
  std::optional<Setting> dataset;
  for (const Entry& entry : entries({draft.where, "", &root, {}})) {
    const SpecKey& key = find_spec_key(entry.key, entry.where());
    if (key.name == "model" || key.name == "model_file")
      read_model(entry, draft);
    else if (key.name == "dataset")
      dataset = read_setting(entry, OptionKind::text, Form::single_or_list);
    else if (key.name == "init")
      draft.schemes = read_schemes(entry);
    else if (key.name == "train")
      draft.train = read_train(entry);
    else if (key.name == "tune")
      draft.tune = read_tune(entry);
    else if (key.name == "tuned")
      draft.tuned = read_tuned(entry);
    else
      draft.*key.setting = read_setting(entry, key.kind, key.form);
  }
  if (draft.train.empty()) draft.train.emplace_back();
  if (dataset)  // a [train] option that a spec writes at its top
    for (auto& alternative : draft.train) alternative.insert(alternative.begin(), *dataset);
  compare_optimizers(draft);
  return draft;
}

std::string to_toml(const Draft& draft) {
  std::string text;
  const bool model_table = !draft.model_options.empty();
  for (const SpecKey& key : spec_keys) {
    if (!key.setting || (key.setting == &Draft::model && model_table)) continue;
    const auto& values = (draft.*key.setting).values;
    if (!values.empty()) text += assignment(key.name, values, key.kind, key.form >= Form::list);
  }
  if (model_table) {
    text += "\n[model]\n" + assignment("name", draft.model.values);
    for (const Setting& option : draft.model_options)
      text += assignment(option.key, option.values, OptionKind::any);
  }
  for (const SchemeDraft& scheme : draft.schemes) {
    text += fmt::format("\n[init.{}]\n", scheme.name);
    for (const Setting& entry : scheme.entries)
      text += assignment(toml_value(entry.key, OptionKind::text), entry.values);
  }
  for (const auto& alternative : draft.train)
    text += (draft.train.size() > 1 ? "\n[[train]]\n" : "\n[train]\n") + train_table(alternative);
  if (!draft.tune.empty()) text += "\n[tune]\n";
  for (const Setting& grid : draft.tune)
    text += assignment(grid.key, grid.values, find_spec_option(grid.key)->kind, true);
  for (const auto& table : draft.tuned) {
    text += "\n[[tuned]]\n";
    for (const Setting& value : table) {
      const TrainOption* option = find_spec_option(value.key);
      const OptionKind kind = option                     ? option->kind
                              : value.key == "allowance" ? OptionKind::number
                                                         : OptionKind::text;
      text += assignment(value.key, value.values, kind);
    }
  }
  return text;
}

}  // namespace fanin
