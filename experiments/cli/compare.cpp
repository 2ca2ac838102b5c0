#include <memory>

#include "experiments/cli/train.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/sweep/tune.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

std::filesystem::path find_spec(const std::string& text) {
  if (is_file(text)) return text;
  if (text.find('/') == std::string::npos) {
    const std::string file = text.ends_with(".toml") ? text : text + ".toml";
    auto shipped = find_shipped(std::filesystem::path("specs") / file);
    if (!shipped.empty()) return shipped;
  }
  throw UsageError("no spec \"{}\": it is neither a file nor one of `fanin list specs`", text);
}

int compare(CompareOptions options) {
  if (options.quiet) options.sweep.output = Output::quiet;
  if (options.json) options.sweep.output = Output::json;
  if (!options.shard.empty()) options.sweep.shard = parse_shard(options.shard);
  std::erase_if(options.specs, [&options](const std::string& text) {  // `--set a=1 b=2`
    const bool set = text.find('=') != std::string::npos && !is_there(text);
    if (set) options.sets.push_back(text);
    return set;
  });
  const std::vector<Override> overrides = overrides_of(options);
  if (!options.model.empty() && !options.specs.empty())
    throw UsageError(
        "give either --model or a spec, not both; --set model=... replaces the model of a spec");
  std::vector<SpecReader> specs;
  if (options.specs.empty()) options.specs = {"lenet5", "mlp"};
  if (!options.model.empty()) options.specs = {""};
  for (const std::string& spec : options.specs)
    specs.emplace_back([&, file = options.model.empty() ? find_spec(spec) : ""](
                           const std::vector<Override>& more, const std::vector<Tuned>& tuned) {
      std::vector<Override> all = overrides;  // of two for a key, the later one wins
      all.insert(all.end(), more.begin(), more.end());
      return file.empty() ? sweep_from_options(options.model, all, tuned)
                          : read_sweep(file, all, tuned);
    });
  std::vector<Sweep> sweeps;
  for (const SpecReader& read : specs) sweeps.push_back(read({}, {}));
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    if (sweeps[i].tune.empty() || !sweeps[i].tuned.empty()) continue;
    int exit_code = 0;
    auto best = tuned(sweeps[i], specs[i], options.sweep, exit_code);
    if (!best) return exit_code;
    sweeps[i] = std::move(*best);
  }
  return run_sweeps(sweeps, options.sweep);
}

}  // namespace

Command make_compare() {
  const auto options = std::make_shared<CompareOptions>();
  return {
      "compare",
      "train a network under several inits and seeds, and compare the results",
      compare_options(*options),
      "Examples:\n"
      "  fanin compare lenet5 --set train.epochs=1 --set seeds=0,1\n"
      "  fanin compare mlp --set model.depth=5,20 --out /tmp/depths\n"
      "  fanin compare --model mlp:depth=20 --inits xavier_uniform kaiming_normal --seeds 0-4\n"
      "\n"
      "The table (90 % is the target accuracy; --set target_accuracy=0.8 changes it):\n" +
          table_methods(0.9, 10, 100) +
          "\nHow many seeds? If the difference of a pair varies over the seeds with a standard "
          "deviation of\n0.2 points, 5 seeds show a difference of one point in 99 % of sweeps of "
          "five inits. If the\nstandard deviation is 0.6 points, 10 seeds show it in 91 %. "
          "docs/results.md has more numbers.\n",
      [options] { return compare(*options); },
      true};
}

}  // namespace fanin
