#include "experiments/specs/spec.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "experiments/specs/spec_draft.hpp"
#include "experiments/specs/tuned.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"
#include "init/named_options.hpp"
#include "init/recipe.hpp"

namespace fanin {
namespace {

constexpr std::size_t most_runs = 100'000;
const std::vector<std::string> default_seeds = {"0", "1", "2", "3", "4"};
constexpr std::uint64_t largest_seed = std::numeric_limits<std::int64_t>::max();  // TOML's integers

void check_distinct(const Setting& setting) {
  std::set<std::string> seen;
  for (const std::string& value : setting.values)
    if (!seen.insert(value).second) fail(setting.where, "{} lists {} twice", setting.key, value);
}

void require(const Draft& draft, const Setting& setting, const char* key) {
  if (setting.values.empty()) fail(draft.where, "\"{}\" is missing", key);
}

std::string check_name(const Draft& draft) {
  require(draft, draft.name, "name");
  const std::string& name = draft.name.values.front();
  const auto odd = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '/'; };
  if (name.empty() || name.front() == '.' || std::ranges::any_of(name, odd))
    fail(draft.name.where,
         "name becomes a folder's name: it must not be empty, start with '.' or contain '/'");
  return name;
}

// Runs `check` and adds the place of the fault to an Error that it throws.
template <class Check>
auto check_at(const std::string& where, const Check& check) {
  try {
    return check();
  } catch (const Error& error) {
    fail(where, "{}", error.what());
  }
}

// Also rewrites each seed as a number of TOML, which has no 007.
std::vector<std::uint64_t> parse_seeds(Setting& setting) {
  std::vector<std::uint64_t> seeds;
  for (std::string& text : setting.values) {
    const auto seed = parse_number<std::uint64_t>(text);
    if (!seed || *seed > largest_seed)
      fail(setting.where, "seeds must be whole numbers from 0 to {}, not \"{}\"", largest_seed,
           text);
    seeds.push_back(*seed);
    text = fmt::to_string(*seed);
  }
  return seeds;
}

// Checks the values of a [train] table and rewrites each as its option prints it.
void normalise(std::vector<Setting>& alternative) {
  std::set<std::string> keys;
  for (Setting& setting : alternative) {
    if (!keys.insert(setting.key).second) fail(setting.where, "{} is given twice", setting.key);
    const TrainOption& option = *find_spec_option(setting.key);
    for (std::string& text : setting.values) {
      TrainOptions options;
      const std::string wrong = option.set(options, text);
      if (!wrong.empty()) fail(setting.where, "{} {}", setting.key, wrong);
      text = option.get(options);
    }
    check_distinct(setting);
  }
}

// Every combination of one value per setting. The last setting's values change fastest.
std::vector<Axes> grid(const std::vector<Setting>& settings, const std::string& where) {
  constexpr std::size_t most_values = 10'000'000;  // of all combinations
  std::vector<Axes> combinations(1);
  for (const Setting& setting : settings) {
    const std::size_t count = combinations.size() * setting.values.size();
    if (count > most_runs || count > most_values / settings.size())
      fail(where, "more than {} runs", most_runs);
    std::vector<Axes> longer;
    for (const Axes& combination : combinations) {
      for (const std::string& value : setting.values) {
        longer.push_back(combination);
        longer.back().emplace_back(setting.key, value);
      }
    }
    combinations = std::move(longer);
  }
  return combinations;
}

// What the runs of one curve plot share.
struct Panel {
  Axes axes;
  TrainOptions options;
};

// An [init.NAME] table as --init would write it: its rules, with the base before them.
std::string text_of(const SchemeDraft& scheme) {
  std::vector<Rule> rules;
  for (const Setting& entry : scheme.entries)
    rules.insert(entry.key == "base" ? rules.begin() : rules.end(),
                 {entry.key, entry.values.front()});
  return scheme_text(scheme.name, rules);
}

using Lines = std::vector<std::pair<std::string, Recipe>>;  // each after its place

// An entry of `inits`, and the recipes that must fit a model: its own, or one per line of an
// [init.NAME] table, so that an error names the line of a rule that matches nothing.
struct Init {
  Recipe recipe;
  Lines lines;
};

std::vector<Init> read_inits(const Draft& draft) {
  std::map<std::string, Lines> lines;
  for (const SchemeDraft& scheme : draft.schemes) {
    if (scheme.entries.empty()) fail(scheme.where, "[init.{}] has no rule", scheme.name);
    for (const Setting& entry : scheme.entries) {
      const std::string& value = entry.values.front();
      const bool base = entry.key == "base";
      check_at(entry.where, [&] {
        const Recipe line(base ? value : scheme_text(scheme.name, {{entry.key, value}}));
        lines[scheme.name].emplace_back(entry.where, line);
      });
    }
  }
  std::vector<Init> inits;
  Setting labels = draft.inits;
  for (std::string& init : labels.values) {
    const auto own = std::ranges::find(draft.schemes, init, &SchemeDraft::name);
    const bool named = own == draft.schemes.end();
    const Recipe recipe =
        check_at(labels.where, [&] { return Recipe(named ? init : text_of(*own)); });
    inits.push_back({recipe, named ? Lines{{labels.where, recipe}} : lines[init]});
    init = recipe.label();
  }
  check_distinct(labels);
  return inits;
}

// How a run's name calls one of several models: a file by its stem.
std::string model_label(const std::string& model) {
  const std::filesystem::path path = model;
  return is_file(path) ? path.stem().string() : model;
}

std::vector<Panel> model_panels(const Draft& draft, const std::vector<Init>& inits) {
  std::vector<Panel> panels;
  for (const std::string& name : draft.model.values) {
    for (const Axes& combination : grid(draft.model_options, draft.where)) {
      Panel& panel = panels.emplace_back();
      panel.options.model = name;
      if (draft.model.values.size() > 1) panel.axes.emplace_back("model", model_label(name));
      for (std::size_t i = 0; i < combination.size(); ++i) {
        const auto& [key, value] = combination[i];
        panel.options.model += fmt::format("{}{}={}", i == 0 ? ":" : ",", key, value);
        if (draft.model_options[i].values.size() > 1) panel.axes.emplace_back(key, value);
      }
      Generator generator;
      const auto model =
          check_at(draft.model.where, [&] { return make_model(panel.options.model, generator); });
      for (const Init& init : inits)
        for (const auto& [where, recipe] : init.lines)
          check_at(where, [&recipe = recipe, &model] { recipe.check_fits(*model); });
    }
  }
  return panels;
}

std::vector<Panel> train_panels(const Draft& draft) {
  std::vector<Panel> panels;
  std::set<std::string> mentioned;
  for (const auto& alternative : draft.train) {
    for (const Axes& combination : grid(alternative, draft.where)) {
      Panel& panel = panels.emplace_back();
      for (const auto& [key, value] : combination) {
        find_spec_option(key)->set(panel.options, value);
        mentioned.insert(key);
      }
      check_at(draft.where, [&panel] { check_train_options(panel.options); });
    }
  }
  for (const TrainOption& option : train_option_table()) {
    const auto value = [&option](const Panel& panel) {
      return option.get(with_optimizer_defaults(panel.options));
    };
    const auto differs = [&](const Panel& panel) { return value(panel) != value(panels[0]); };
    if (mentioned.contains(option.name) && std::ranges::any_of(panels, differs))
      for (Panel& panel : panels) panel.axes.emplace_back(option.name, value(panel));
  }
  return panels;
}

std::string run_name(const std::string& init, std::uint64_t seed, const Axes& axes,
                     std::size_t flip_bit) {
  std::string name = fmt::format("{}-seed{}", init, seed);
  if (flip_bit > 0) name += fmt::format("-rounding{}", flip_bit);
  for (const auto& [key, value] : axes) name += fmt::format("-{}={}", key, value);
  std::ranges::replace(name, '/', '_');  // the name of a file
  return name;
}

std::vector<Run> make_runs(Draft& draft, const std::vector<Init>& inits, std::size_t rounding) {
  const std::vector<std::uint64_t> seeds = parse_seeds(draft.seeds);
  const std::vector<Panel> models = model_panels(draft, inits), trains = train_panels(draft);
  if (models.size() * trains.size() > most_runs / (inits.size() * seeds.size() * (1 + rounding)))
    fail(draft.where, "more than {} runs", most_runs);
  std::vector<Run> runs;
  std::set<std::string> names;
  for (const Panel& model : models) {
    for (const Panel& train : trains) {
      Axes axes = model.axes;
      axes.insert(axes.end(), train.axes.begin(), train.axes.end());
      for (const Init& init : inits) {
        for (const std::uint64_t seed : seeds) {
          TrainOptions options = train.options;
          options.model = model.options.model;
          options.init = init.recipe.text();
          options.seed = seed;
          const std::string label = init.recipe.label();
          for (options.flip_bit = 0; options.flip_bit <= rounding; ++options.flip_bit) {
            runs.push_back(
                {run_name(label, seed, axes, options.flip_bit), label, seed, axes, options});
            if (!names.insert(runs.back().name).second)
              fail(draft.where, "the spec has run {} twice", runs.back().name);
          }
        }
      }
    }
  }
  return runs;
}

// The accuracy from which on a network counts as trained: the spec's, else the one at which all
// runs stop, else that of the hardest data set.
double target_accuracy(Draft& draft, const std::vector<Run>& runs) {
  Setting& target = draft.target_accuracy;
  if (target.values.empty()) {
    const double stop = runs.front().options.stop_accuracy;
    bool common = stop > chance_accuracy;
    double usual = 1;
    for (const Run& run : runs) {
      common = common && run.options.stop_accuracy == stop;
      usual = std::min(usual, find_dataset(run.options.dataset).target);
    }
    target = {"target_accuracy", {fmt::to_string(common ? stop : usual)}, draft.where};
  }
  std::string& text = target.values.front();
  const auto value = parse_number<double>(text);
  if (!value || !(*value > chance_accuracy && *value <= 1))
    fail(target.where, "target_accuracy must be above {} (chance) and at most 1, not \"{}\"",
         chance_accuracy, text);
  text = fmt::to_string(*value);  // TOML has no .8
  return *value;
}

// The label of the spec's baseline, which must be one of its inits; "" without one.
std::string check_baseline(Draft& draft, const std::vector<Init>& inits) {
  if (draft.baseline.values.empty() || draft.baseline.values.front().empty()) return "";
  std::string& name = draft.baseline.values.front();
  std::vector<std::string> labels;
  for (const Init& init : inits) labels.push_back(init.recipe.label());
  if (std::ranges::count(labels, name) == 0)
    name = check_at(draft.baseline.where, [&name] { return Recipe(name).label(); });
  if (std::ranges::count(labels, name) == 0)
    fail(draft.baseline.where, "baseline \"{}\" is not one of the inits, {}", name,
         join(labels, ", "));
  return name;
}

// How many runs of other rounding each seed has.
std::size_t check_rounding(Draft& draft) {
  constexpr std::size_t most = 100;
  if (draft.rounding.values.empty()) return 0;
  std::string& text = draft.rounding.values.front();
  const auto value = parse_number<std::size_t>(text);
  if (!value || *value > most)
    fail(draft.rounding.where, "rounding must be a whole number from 0 to {}, not \"{}\"", most,
         text);
  text = fmt::to_string(*value);
  return *value;
}

Sweep make_sweep(Draft draft, const std::vector<Override>& overrides,
                 const std::vector<Tuned>& choices) {
  for (const Override& change : overrides) apply(change, draft);
  Sweep sweep;
  sweep.name = check_name(draft);
  if (!draft.question.values.empty()) sweep.question = draft.question.values.front();
  if (!draft.tuning_of.values.empty()) sweep.tuning_of = draft.tuning_of.values.front();
  for (const std::string& keep : draft.keep_weights.values) {
    if (keep != "true" && keep != "false")
      fail(draft.keep_weights.where, "keep_weights must be true or false, not \"{}\"", keep);
    sweep.keep_weights = keep == "true";
  }
  require(draft, draft.model, "model");
  check_distinct(draft.model);
  require(draft, draft.inits, "inits");
  if (draft.seeds.values.empty()) draft.seeds = {"seeds", default_seeds, draft.where};
  const std::vector<Init> inits = read_inits(draft);
  check_distinct(draft.seeds);
  for (auto& alternative : draft.train) {
    std::erase_if(alternative, [&draft](const Setting& setting) {  // the tuned values replace it
      return std::ranges::count(draft.tune, setting.key, &Setting::key) > 0;
    });
    normalise(alternative);
  }
  normalise(draft.tune);
  for (const Setting& setting : draft.model_options) check_distinct(setting);
  sweep.baseline = check_baseline(draft, inits);
  sweep.rounding = check_rounding(draft);
  sweep.runs = make_runs(draft, inits, sweep.rounding);
  apply_tuned(draft, sweep, choices);
  sweep.target_accuracy = target_accuracy(draft, sweep.runs);
  sweep.resolved = to_toml(draft);
  return sweep;
}

}  // namespace

Override parse_override(const std::string& text) {
  const std::string where = "--set " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    fail(where, "expected key=value, such as train.lr=0.1,0.03");
  return {where, text.substr(0, equals), text.substr(equals + 1)};
}

bool Sweep::tunes(const std::string& key) const {
  return std::ranges::any_of(tune, [&key](const auto& grid) { return grid.first == key; });
}

const Tuned* Sweep::tuned_for(const std::string& init, const Axes& axes) const {
  const auto has = [&axes](const auto& axis) {
    return std::ranges::find(axes, axis) != axes.end();
  };
  for (const Tuned& choice : tuned)
    if (choice.init == init && std::ranges::all_of(choice.axes, has)) return &choice;
  return nullptr;
}

Sweep read_sweep(const std::filesystem::path& file, const std::vector<Override>& overrides,
                 const std::vector<Tuned>& tuned) {
  return make_sweep(read_draft(file), overrides, tuned);
}

Sweep sweep_from_options(const std::string& model, const std::vector<Override>& overrides,
                         const std::vector<Tuned>& tuned) {
  const std::filesystem::path path = model;
  std::string name = is_there(path) ? path.stem().string() : model;
  for (char& c : name)
    if (c == ':' || c == '/') c = '-';
  Draft draft;
  draft.where = "--model " + model;
  draft.name = {"name", {name}, draft.where};
  draft.model = {"model", {model}, draft.where};
  draft.inits = {"inits", {"zero", "xavier_uniform", "kaiming_normal", "default"}, draft.where};
  draft.train.emplace_back();
  return make_sweep(std::move(draft), overrides, tuned);
}

}  // namespace fanin
