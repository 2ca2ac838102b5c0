#include "experiments/reproduce/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "experiments/record/standing.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/reproduce/claim.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

// The sweeps of these claims, each once.
std::vector<Sweep> sweeps_of(const std::vector<Claim>& claims) {
  std::set<std::string> names;
  std::vector<Sweep> sweeps;
  for (const Claim& claim : claims)
    for (const std::string& name : claim.specs) {
      if (!names.insert(name).second) continue;
      const auto file = find_shipped("reproduce/specs/" + name + ".toml");
      if (file.empty()) throw Error("experiments/reproduce/specs/" + name + ".toml is not there");
      sweeps.push_back(read_sweep(file));
    }
  return sweeps;
}

// Whether all runs of a claim have ended.
bool finished(const Claim& claim, const std::filesystem::path& out) {
  for (const Sweep& sweep : sweeps_of({claim}))
    for (const Run& run : sweep.runs)
      if (standing(run_files(out / "reproduce" / sweep.name, run.name),
                   {train_command(run.options)}, Depth::sealed)
              .state != State::done)
        return false;
  return true;
}

std::vector<Claim> chosen_claims(const ReproduceOptions& options) {
  if (options.all && !options.ids.empty())
    throw UsageError("reproduce: give either --all or IDs, not both");
  std::vector<std::string> ids;
  std::vector<Claim> claims;
  for (const Claim& claim : shipped_claims()) {
    ids.push_back(claim.id);
    const bool named = std::ranges::find(options.ids, claim.id) != options.ids.end();
    const bool free = !claim.slow || (!options.sweep.fresh && finished(claim, options.sweep.out));
    if (named || options.all || (options.ids.empty() && free)) claims.push_back(claim);
  }
  for (const std::string& id : options.ids)
    if (std::ranges::find(ids, id) == ids.end())
      throw UsageError("reproduce: no published result \"{}\"{} (`fanin list claims` shows all)",
                       id, did_you_mean(id, ids));
  return claims;
}

using Table = std::vector<std::pair<const Claim&, Finding>>;

std::string table_csv(const Table& table) {
  std::string csv = csv_line(
      {"id", "source", "setting", "result", "published", "ours", "seeds", "verdict", "rule"});
  for (const auto& [claim, f] : table)
    csv += csv_line({claim.id, claim.source, claim.setting, f.what, f.published, f.ours,
                     fmt::to_string(f.seeds), to_string(f.verdict), f.why});
  return csv;
}

std::string tally(const Table& table) {
  std::size_t counts[3] = {};
  for (const auto& [claim, f] : table) ++counts[static_cast<std::size_t>(f.verdict)];
  return fmt::format("{} reproduced, {} not reproduced, {} not comparable", counts[0], counts[1],
                     counts[2]);
}

std::string table_markdown(const Table& table) {
  double by_chance = 0;
  std::size_t trainings = 0;
  std::set<std::string> sources;  // without the figure or section after the comma
  std::string lines, id;
  for (const auto& [claim, f] : table) {
    by_chance += f.missed_by_chance;
    trainings += f.missed_by_chance > 0;
    sources.insert(claim.source.substr(0, claim.source.find(',')));
    if (std::exchange(id, claim.id) != claim.id)
      lines += fmt::format(
          "\n## {}: {}\n\n{}\n\n| result | published | ours | seeds | verdict | by |\n"
          "| --- | --- | --- | --: | --- | --- |\n",
          claim.id, claim.source, claim.setting);
    lines += fmt::format("| {} | {} | {} | {} | {} | {} |\n", f.what, f.published, f.ours,
                         f.seeds > 0 ? fmt::to_string(f.seeds) : "", to_string(f.verdict), f.why);
  }
  return fmt::format(
      "# Published results\n\n{}, of {} sources. {} rows hold a number of one published training "
      "against the span of ours; were each one more seed of ours, {:.1f} would lie outside.\n{}",
      tally(table), sources.size(), trainings, by_chance, lines);
}

void print(const Table& table) {
  std::string id;
  for (const auto& [claim, f] : table) {
    if (std::exchange(id, claim.id) != claim.id) fmt::print("\n{}: {}\n", claim.id, claim.source);
    fmt::print("  {:<15} {}\n{:18}published: {}\n{:18}ours: {}\n", to_string(f.verdict), f.what, "",
               f.published, "", f.ours);
  }
  fmt::print("\n{}\n", tally(table));
}

}  // namespace

int reproduce(ReproduceOptions options) {
  const std::vector<Claim> claims = chosen_claims(options);
  const std::vector<Sweep> sweeps = sweeps_of(claims);
  const std::filesystem::path out = options.sweep.out / "reproduce";
  options.sweep.out = out;
  options.sweep.print_tables = false;
  if (const int code = sweeps.empty() ? 0 : run_sweeps(sweeps, options.sweep); code != 0) {
    say("fanin: some runs are not finished, so no result is judged yet\n");
    return code;
  }
  Evidence evidence;
  for (const Sweep& sweep : sweeps) evidence.add(sweep, out / sweep.name);
  Table table;
  for (const Claim& claim : claims) {
    say("{}\n", claim.id);
    for (const Finding& finding : judge(claim.rows, evidence)) table.push_back({claim, finding});
  }
  if (options.ids.empty()) {  // the whole table
    write_file(out / "table.csv", table_csv(table));
    write_file(out / "table.md", table_markdown(table));
  }
  print(table);
  return 0;
}

}  // namespace fanin
