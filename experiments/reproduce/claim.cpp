#include "experiments/reproduce/claim.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <type_traits>

#include "experiments/report/tables.hpp"
#include "experiments/task/choose.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "init/did_you_mean.hpp"
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

// A key and where its value goes.
template <class Value>
struct Field {
  const char* key;
  Value& place;
};

template <class Value>
constexpr const char* expected = std::is_same_v<Value, std::string> ? "a string"
                                 : std::is_same_v<Value, double>    ? "a number"
                                 : std::is_same_v<Value, bool>      ? "true or false"
                                                                    : "a whole number";

const toml::node* find(const Scope& scope, std::string_view key) {
  for (const toml::table* table : scope)
    if (const toml::node* node = table->get(key)) return node;
  return nullptr;
}

std::string with_epoch(const std::string& text, std::size_t epoch) {
  return replaced(text, "{epoch}", fmt::to_string(epoch));
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file.string()) {
    claim_.id = file.stem().string();
  }

  Claim read(const toml::table& table) {
    const Scope scope = inside(table, claim_keys, {});
    put(scope, Field{"order", claim_.order}, Field{"source", claim_.source},
        Field{"setting", claim_.setting}, Field{"slow", claim_.slow});
    for (const char* key : {"order", "source", "setting", "row"}) need(table, scope, key);
    for (const toml::node& spec : list(scope, "specs"))
      put(spec, Field{"specs", claim_.specs.emplace_back()});
    Scope common;
    if (const toml::node* rows = find(scope, "rows")) common = inside(*rows, row_keys, {});
    for (const toml::node& row : list(scope, "row")) add_rows(row, inside(row, row_keys, common));
    return std::move(claim_);
  }

 private:
  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    throw UsageError("{}:{}: {}", file_, at.source().begin.line, what);
  }

  void need(const toml::node& table, const Scope& scope, std::string_view key) const {
    if (!find(scope, key)) fail(table, fmt::format("{} is missing", key));
  }

  // The scope inside a table. An unknown key in it is an error.
  Scope inside(const toml::node& node, const Names& known, const Scope& around) const {
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
  void put(const toml::node& node, const Field<Value>& field) const {
    const auto value = node.value<Value>();
    if (!value) fail(node, fmt::format("{} must be {}", field.key, expected<Value>));
    field.place = *value;
  }

  // Sets the fields that the scope has.
  template <class... Value>
  void put(const Scope& scope, const Field<Value>&... fields) const {
    const auto put_one = [&](const auto& field) {
      if (const toml::node* node = find(scope, field.key)) put(*node, field);
    };
    (put_one(fields), ...);
  }

  const toml::array& list(const Scope& scope, const char* key) const {
    static const toml::array none;
    const toml::node* node = find(scope, key);
    if (node == nullptr) return none;
    if (!node->is_array()) fail(*node, fmt::format("{} must be a list", key));
    return *node->as_array();
  }

  // The row of that name in a table.
  template <class Table>
  const auto* look_up(const toml::node& at, const Table& table, const char* what,
                      const std::string& name) const {
    const Names known = names_of(table);
    const auto found = std::ranges::find(known, name);
    if (found == known.end())
      fail(at, fmt::format("unknown {} \"{}\"{}", what, name, did_you_mean(name, known)));
    return &table[static_cast<std::size_t>(found - known.begin())];
  }

  // From a row, or a part of a row such as `more`.
  Source source_of(const toml::node& at, const Scope& scope, std::size_t epoch,
                   const toml::node* over) const {
    Source source;
    std::string question;
    put(scope, Field{"name", source.name}, Field{"spec", source.spec}, Field{"init", source.init},
        Field{"panel", source.panel}, Field{"least_of", source.least_of},
        Field{"seeds", source.seeds}, Field{"measure", question});
    if (over != nullptr)
      source.over = {source_of(*over, inside(*over, divisor_keys, scope), epoch, nullptr)};
    if (claim_.specs.size() == 1) source.spec = claim_.specs[0];
    if (!claim_.specs.empty() && std::ranges::find(claim_.specs, source.spec) == claim_.specs.end())
      fail(at, fmt::format("spec must be one of the claim's, not \"{}\"", source.spec));
    if (question.empty()) fail(at, "measure is missing");
    std::string name;  // "steps to 0.9" is "steps to N" with 0.9
    std::istringstream words(with_epoch(question, epoch));
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

  // Adds one row, or one for each of a list of published numbers, epoch by epoch.
  void add_rows(const toml::node& at, const Scope& scope) {
    std::size_t epoch = 1;
    put(scope, Field{"epoch", epoch});
    const toml::node* published = find(scope, "published");
    if (published == nullptr || !published->is_array()) return add_row(at, scope, epoch, published);
    for (const toml::node& number : *published->as_array()) add_row(at, scope, epoch++, &number);
  }

  void add_row(const toml::node& at, const Scope& scope, std::size_t epoch,
               const toml::node* published) {
    Row& row = claim_.rows.emplace_back();
    std::string rule, unit;
    put(scope, Field{"rule", rule}, Field{"unit", unit}, Field{"what", row.what},
        Field{"note", row.note}, Field{"half_digit", row.half_digit}, Field{"above", row.above},
        Field{"below", row.below}, Field{"otherwise", row.otherwise}, Field{"shown", row.shown});
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
    row.what = with_epoch(row.what, epoch);
    if (published != nullptr && rule == "not comparable")
      put(*published, Field{"published", row.published_text});
    else if (published != nullptr)
      put(*published, Field{"published", row.published});
    if (!unit.empty() && unit != "percent") fail(at, "unit must be \"percent\" or left out");
    row.percent = !unit.empty();
    for (const char* key : {"more", "less", "", "tested", "expected"}) {
      if (const toml::node* part = find(scope, key)) {
        const Scope in_part = inside(*part, source_keys, scope);
        row.sources.push_back(source_of(*part, in_part, epoch, find(in_part, "over")));
      } else if (*key == '\0' && row.sources.empty()) {
        row.sources.push_back(source_of(at, scope, epoch, find(scope, "over")));
      }
    }
    for (const Source& source : row.sources)
      if (!row.otherwise.empty() && source.measure->name != std::string("accuracy after epoch N"))
        fail(at, "otherwise goes with the measure \"accuracy after epoch N\" alone");
  }

  std::string file_;
  Claim claim_;
};

}  // namespace

Claim read_claim(const std::filesystem::path& file) {
  try {
    return Reader(file).read(toml::parse(read_file(file)));
  } catch (const toml::parse_error& error) {
    throw UsageError("{}:{}: {}", file.string(), error.source().begin.line, error.description());
  }
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

}  // namespace fanin
