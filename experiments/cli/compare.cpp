#include "experiments/cli/compare.hpp"

#include <memory>

#include "experiments/cli/train_options.hpp"
#include "experiments/report/results.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/join.hpp"

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

}  // namespace

std::vector<Override> overrides_of(const CompareOptions& options) {
  std::vector<Override> overrides;
  if (!options.inits.empty()) overrides.push_back({"--inits", "inits", join(options.inits, ",")});
  if (!options.seeds.empty()) overrides.push_back({"--seeds", "seeds", join(options.seeds, ",")});
  for (const auto& [name, text] : options.train)
    overrides.push_back({find_spec_option(name)->flag(), "train." + name, text});
  for (const std::string& set : options.sets) {
    overrides.push_back(parse_override(set));
    for (std::size_t i = 0; i + 1 < overrides.size(); ++i)
      if (overrides[i].key == overrides.back().key)
        throw UsageError("{} is given twice: {} and {}", overrides[i].key, overrides[i].where,
                         overrides.back().where);
  }
  return overrides;
}

void add_compare_options(Command& command, CompareOptions& options) {
  command
      .option("spec", options.specs,
              "spec files or names of shipped specs (lenet5 and mlp unless --model is given)")
      .type("SPEC");
  command.option("--out", options.sweep.out, "folder of the results (results)").type("DIR");
  command.option("--jobs", options.sweep.jobs, "runs side by side (one per core)")
      .between(1, 4096)
      .type("N");
  command.option("--shard", options.shard, "do the I-th of N parts of the runs").type("I/N");
  command.flag("--fresh", options.sweep.fresh, "remove finished runs first");
  const auto quiet =
      command.flag("--quiet", options.quiet, "say nothing but failures and the tables");
  command.flag("--json", options.json, "say on stdout, a JSON object a line, how each run ended")
      .excludes(quiet);
  command.option("--set", options.sets, "replace a value of the spec; commas make a list")
      .one_value()
      .type("KEY=VALUE");
  command.option("--model", options.model, "compare on this model, without a spec").type("MODEL");
  command.option("--inits", options.inits, "schemes to compare").type("NAME");
  command.option("--seeds", options.seeds, "seeds, as 0-4 or 0,3,7 or 0 3 7 (0-4 with --model)")
      .type("SEEDS");
  add_spec_options(command, options.train);
  command.footer(
      "Examples:\n"
      "  fanin compare lenet5 --set train.epochs=1 --set seeds=0,1\n"
      "  fanin compare mlp --set model.depth=5,20 --out /tmp/depths\n"
      "  fanin compare --model mlp:depth=20 --inits xavier_uniform kaiming_normal --seeds 0-4\n\n"
      "What the table calls a run, but for --set target_accuracy=0.8 and the like:\n" +
      outcome_rules(0.9, 10));
}

namespace {

int compare(CompareOptions options) {
  if (!options.shard.empty()) options.sweep.shard = parse_shard(options.shard);
  std::erase_if(options.specs, [&options](const std::string& text) {  // `--set a=1 b=2`
    const bool set = text.find('=') != std::string::npos && !is_there(text);
    if (set) options.sets.push_back(text);
    return set;
  });
  const std::vector<Override> overrides = overrides_of(options);
  if (options.quiet) options.sweep.output = Output::quiet;
  if (options.json) options.sweep.output = Output::json;
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

Subcommand make_compare(Command& program) {
  Command command = program.subcommand(
      "compare", "train a network under several inits and seeds, and compare how it goes");
  const auto options = std::make_shared<CompareOptions>();
  add_compare_options(command, *options);
  return {std::move(command), [options] { return compare(*options); }, true};
}

}  // namespace fanin
