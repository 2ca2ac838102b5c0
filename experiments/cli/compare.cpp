#include "experiments/cli/compare.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

#include "experiments/cli/commands.hpp"
#include "experiments/cli/train.hpp"
#include "experiments/report/results.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

std::filesystem::path find_spec(const std::string& text) {
  if (is_file(text)) return text;
  if (text.find('/') == std::string::npos) {
    const std::string file = text.ends_with(".toml") ? text : text + ".toml";
    auto shipped = find_shipped(std::filesystem::path("specs") / file);
    if (!shipped.empty()) return shipped;
  }
  throw UsageError(
      "no spec \"{}\": neither a file nor the name of a shipped one (fanin list specs)", text);
}

int compare(CompareOptions options) {
  if (!options.shard.empty()) options.sweep.shard = parse_shard(options.shard);
  std::erase_if(options.specs, [&options](const std::string& text) {  // `--set a=1 b=2`
    const bool set = text.find('=') != std::string::npos && !is_there(text);
    if (set) options.sets.push_back(text);
    return set;
  });
  const std::vector<Override> overrides = overrides_of(options);
  if (!options.model.empty() && !options.specs.empty())
    throw UsageError("--model and a spec exclude each other; --set model=... changes the spec's");
  std::vector<Sweep> sweeps;
  if (!options.model.empty()) {
    sweeps.push_back(sweep_from_options(options.model, overrides));
  } else {
    if (options.specs.empty()) options.specs = {"lenet5", "mlp"};
    for (const std::string& spec : options.specs)
      sweeps.push_back(read_sweep(find_spec(spec), overrides));
  }
  return run_sweeps(sweeps, options.sweep);
}

}  // namespace

std::vector<Override> overrides_of(const CompareOptions& options) {
  std::vector<Override> overrides;
  if (!options.inits.empty()) overrides.push_back({"--inits", "inits", join(options.inits, ",")});
  if (!options.seeds.empty()) overrides.push_back({"--seeds", "seeds", join(options.seeds, ",")});
  overrides.insert(overrides.end(), options.train.begin(), options.train.end());
  for (const std::string& set : options.sets) {
    const Override change = parse_override(set);
    const auto other = std::ranges::find(overrides, change.key, &Override::key);
    if (other != overrides.end())
      throw UsageError("{} is given twice: {} and {}", change.key, other->where, change.where);
    overrides.push_back(change);
  }
  return overrides;
}

std::vector<CommandOption> compare_options(CompareOptions& options) {
  const auto output = [&options](Output output) {
    return [&options, output](const std::string&) { options.sweep.output = output; };
  };
  std::vector<CommandOption> list = {
      {"spec", &options.specs,
       "spec files or names of shipped specs (lenet5 and mlp unless --model is given)", "SPEC"},
      {"--out", &options.sweep.out, "folder for the results (results)", "DIR"},
      with({.least = 1, .most = 4096},
           {"--jobs", &options.sweep.jobs, "how many runs to train at once (one per core)", "N"}),
      {"--shard", &options.shard, "train only the I-th of N equal parts of the runs", "I/N"},
      {"--fresh", &options.sweep.fresh, "remove finished runs first, and train them again"},
      {"--quiet", output(Output::quiet), "print only failures and the tables"},
      with({.excludes = "--quiet"},
           {"--json", output(Output::json),
            "print how each run ended on stdout, one JSON object per line", ""}),
      with({.one_value = true}, {"--set", &options.sets,
                                 "replace a value of the spec; commas make a list", "KEY=VALUE"}),
      {"--model", &options.model, "compare inits on this model, without a spec", "MODEL"},
      {"--inits", &options.inits, "schemes to compare", "NAME"},
      {"--seeds", &options.seeds, "seeds, as 0-4 or 0,3,7 or 0 3 7 (0-4 with --model)", "SEEDS"}};
  std::ranges::move(spec_options(options.train), std::back_inserter(list));
  return list;
}

Command make_compare() {
  const auto options = std::make_shared<CompareOptions>();
  return {"compare",
          "train a network under several inits and seeds, and compare the results",
          compare_options(*options),
          "Examples:\n  fanin compare lenet5 --set train.epochs=1 --set seeds=0,1\n  fanin compare "
          "mlp --set model.depth=5,20 --out /tmp/depths\n  fanin compare --model mlp:depth=20 "
          "--inits xavier_uniform kaiming_normal --seeds 0-4\n\nWhat the table calls a run (--set "
          "target_accuracy=0.8 replaces the 90 %):\n" +
              outcome_rules(0.9, 10),
          [options] { return compare(*options); },
          true};
}

}  // namespace fanin
