#include "experiments/reproduce/reproduce.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>
#include <set>
#include <sstream>
#include <string_view>
#include <type_traits>
#include <utility>

#include "experiments/record/standing.hpp"
#include "experiments/report/csv.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/choose.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Names = std::vector<std::string>;
using Scope = std::vector<const toml::table*>;  // the first table that has a key gives its value

const Names claim_keys{"specs", "rows", "row", "order", "setting", "slow", "source"};
const Names divisor_keys{"init", "least_of", "measure", "name", "panel", "seeds", "spec"};
const Names source_keys{"over", "init", "least_of", "measure", "name", "panel", "seeds", "spec"};
const Names row_keys{"published",  "over",  "more",  "less",      "tested",   "expected",
                     "above",      "below", "epoch", "init",      "least_of", "measure",
                     "half_digit", "name",  "note",  "otherwise", "panel",    "rule",
                     "seeds",      "shown", "spec",  "unit",      "what"};

template <class Value>
constexpr const char* expected = std::is_same_v<Value, std::string> ? "a string"
                                 : std::is_same_v<Value, double>    ? "a number"
                                 : std::is_same_v<Value, bool>      ? "true or false"
                                                                    : "a whole number";

[[noreturn]] void fail(const toml::node& at, const std::string& what) {
  throw UsageError("{}:{}: {}", *at.source().path, at.source().begin.line, what);
}

const toml::node* find(const Scope& scope, std::string_view key) {
  for (const toml::table* table : scope)
    if (const toml::node* node = table->get(key)) return node;
  return nullptr;
}

void need(const toml::node& table, const Scope& scope, std::string_view key) {
  if (!find(scope, key)) fail(table, fmt::format("{} is missing", key));
}

// The scope inside a table. An unknown key in it is an error.
Scope inside(const toml::node& node, const Names& known, const Scope& around) {
  if (!node.is_table()) fail(node, "expected a table");
  for (const auto& [name, entry] : *node.as_table()) {
    const std::string key(name.str());
    if (std::ranges::find(known, key) == known.end())
      fail(entry, fmt::format("unknown key \"{}\"{}", key, did_you_mean(key, known)));
  }
  Scope scope{node.as_table()};
  scope.insert(scope.end(), around.begin(), around.end());
  return scope;
}

template <class Value>
Value value_of(const toml::node& node, const char* key) {
  const auto value = node.value<Value>();
  if (!value) fail(node, fmt::format("{} must be {}", key, expected<Value>));
  return *value;
}

// Sets each place whose key the scope has. The arguments are key, place, key, place, ...
template <class Value, class... More>
void put(const Scope& scope, const char* key, Value& place, More&&... more) {
  if (const toml::node* node = find(scope, key)) place = value_of<Value>(*node, key);
  if constexpr (sizeof...(more) > 0) put(scope, more...);
}

const toml::array& list(const Scope& scope, const char* key) {
  static const toml::array none;
  const toml::node* node = find(scope, key);
  if (node == nullptr) return none;
  if (!node->is_array()) fail(*node, fmt::format("{} must be a list", key));
  return *node->as_array();
}

// The row of that name in a table.
template <class Table>
const auto* look_up(const toml::node& at, const Table& table, const char* what,
                    const std::string& name) {
  const Names known = names_of(table);
  const auto found = std::ranges::find(known, name);
  if (found == known.end())
    fail(at, fmt::format("unknown {} \"{}\"{}", what, name, did_you_mean(name, known)));
  return &table[static_cast<std::size_t>(found - known.begin())];
}

// Reads the source that a row, or a part of it such as `more`, describes.
Source source_of(const toml::node& at, const Scope& scope, const Names& specs, std::size_t epoch,
                 const toml::node* over) {
  Source source;
  std::string question;
  put(scope, "name", source.name, "spec", source.spec, "init", source.init, "panel", source.panel,
      "least_of", source.least_of, "seeds", source.seeds, "measure", question);
  if (over != nullptr)
    source.over = {source_of(*over, inside(*over, divisor_keys, scope), specs, epoch, nullptr)};
  if (specs.size() == 1) source.spec = specs[0];
  if (!specs.empty() && std::ranges::find(specs, source.spec) == specs.end())
    fail(at, fmt::format("spec must be one of the claim's, not \"{}\"", source.spec));
  if (question.empty()) fail(at, "measure is missing");
  std::string name;  // "steps to 0.9" is "steps to N" with 0.9
  std::istringstream words(replaced(question, "{epoch}", fmt::to_string(epoch)));
  for (std::string word; words >> word;) {
    const auto number = parse_number<double>(word);
    if (word == "N") fail(at, "measure needs a number for N");
    if (number) source.at.push_back(*number);
    name += (name.empty() ? "" : " ") + (number ? "N" : word);
  }
  source.measure =
      look_up(at, source.spec.empty() ? signal_measures() : run_measures(), "measure", name);
  return source;
}

Row row_of(const toml::node& at, const Scope& scope, const Names& specs, std::size_t epoch,
           const toml::node* published) {
  Row row;
  std::string rule, unit;
  put(scope, "rule", rule, "unit", unit, "what", row.what, "note", row.note, "half_digit",
      row.half_digit, "above", row.above, "below", row.below, "otherwise", row.otherwise, "shown",
      row.shown);
  for (const char* key : {"rule", "what"}) need(at, scope, key);
  row.rule = look_up(at, rule_table(), "rule", rule);
  for (const std::string_view key : row.rule->needs)
    if (key != "published" || !find(scope, "expected")) need(at, scope, key);
  if (rule == "holds" && !find(scope, "above")) need(at, scope, "below");
  try {
    static_cast<void>(fmt::format(fmt::runtime(row.shown), 0., 0.));
  } catch (const fmt::format_error& error) {
    fail(at, fmt::format("shown \"{}\": {}", row.shown, error.what()));
  }
  row.what = replaced(row.what, "{epoch}", fmt::to_string(epoch));
  if (published != nullptr && rule == "not comparable")
    row.published_text = value_of<std::string>(*published, "published");
  else if (published != nullptr)
    row.published = value_of<double>(*published, "published");
  if (!unit.empty() && unit != "percent") fail(at, "unit must be \"percent\" or left out");
  row.percent = !unit.empty();
  for (const char* key : {"more", "less", "", "tested", "expected"}) {
    if (const toml::node* part = find(scope, key)) {
      const Scope in_part = inside(*part, source_keys, scope);
      row.sources.push_back(source_of(*part, in_part, specs, epoch, find(in_part, "over")));
    } else if (*key == '\0' && row.sources.empty()) {
      row.sources.push_back(source_of(at, scope, specs, epoch, find(scope, "over")));
    }
  }
  for (const Source& source : row.sources)
    if (rule == "ahead" && source.measure->name != std::string("final accuracy"))
      fail(at, "the rule \"ahead\" goes with the measure \"final accuracy\" alone");
  for (const Source& source : row.sources)
    if (!row.otherwise.empty() && source.measure->name != std::string("accuracy after epoch N"))
      fail(at, "otherwise goes with the measure \"accuracy after epoch N\" alone");
  return row;
}

}  // namespace

Claim read_claim(const std::filesystem::path& file) try {
  const toml::table table = toml::parse(read_file(file), file.string());
  const Scope scope = inside(table, claim_keys, {});
  Claim claim;
  claim.id = file.stem().string();
  put(scope, "order", claim.order, "source", claim.source, "setting", claim.setting, "slow",
      claim.slow);
  for (const char* key : {"order", "source", "setting", "row"}) need(table, scope, key);
  for (const toml::node& spec : list(scope, "specs"))
    claim.specs.push_back(value_of<std::string>(spec, "specs"));
  Scope common;
  if (const toml::node* rows = find(scope, "rows")) common = inside(*rows, row_keys, {});
  for (const toml::node& row : list(scope, "row")) {
    const Scope in_row = inside(row, row_keys, common);
    std::size_t epoch = 1;
    put(in_row, "epoch", epoch);
    const toml::node* published = find(in_row, "published");
    if (published == nullptr || !published->is_array())
      claim.rows.push_back(row_of(row, in_row, claim.specs, epoch, published));
    else  // a row for each number, epoch by epoch
      for (const toml::node& number : *published->as_array())
        claim.rows.push_back(row_of(row, in_row, claim.specs, epoch++, &number));
  }
  return claim;
} catch (const toml::parse_error& error) {
  throw UsageError("{}:{}: {}", file.string(), error.source().begin.line, error.description());
}

std::vector<Claim> shipped_claims() {
  std::vector<Claim> claims;
  const std::filesystem::path folder = find_shipped("reproduce/claims");
  if (folder.empty()) return claims;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".toml") claims.push_back(read_claim(entry.path()));
  std::ranges::sort(claims, {}, &Claim::order);
  return claims;
}

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
          "\n"
          "## {}: {}\n"
          "\n"
          "{}\n"
          "\n"
          "| result | published | ours | seeds | verdict | by |\n"
          "| --- | --- | --- | --: | --- | --- |\n",
          claim.id, claim.source, claim.setting);
    lines += fmt::format("| {} | {} | {} | {} | {} | {} |\n", f.what, f.published, f.ours,
                         f.seeds > 0 ? fmt::to_string(f.seeds) : "", to_string(f.verdict), f.why);
  }
  return fmt::format(
      "# Published results\n"
      "\n"
      "{}, of {} sources. {} rows hold a number of one published training against the span of "
      "ours; were each one more seed of ours, {:.1f} would lie outside.\n"
      "{}",
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
