#include "experiments/reproduce/claim.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <type_traits>

#include "experiments/reproduce/run_measures.hpp"
#include "experiments/reproduce/signal_measures.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "init/did_you_mean.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Names = std::vector<std::string>;
using Given = std::map<std::string, const toml::node*>;  // by key
using Places = std::map<std::string, std::variant<std::string*, double*, std::size_t*, bool*>>;

template <class Value>
constexpr const char* expected = std::is_same_v<Value, std::string> ? "a string"
                                 : std::is_same_v<Value, double>    ? "a number"
                                 : std::is_same_v<Value, bool>      ? "true or false"
                                                                    : "a whole number";

// A row as it is written, with what [rows] says for all of them.
struct Draft {
  Row row;
  Source source;
  std::string rule, unit;
  std::size_t epoch = 1;
  Given given;
};

Places places_in(Source& s) {
  return {{"name", &s.name},       {"spec", &s.spec},         {"init", &s.init},
          {"panel", &s.panel},     {"least_of", &s.least_of}, {"seeds", &s.seeds},
          {"measure", &s.question}};
}

Places places_in(Draft& draft) {
  Row& r = draft.row;
  Places all = {{"rule", &draft.rule}, {"unit", &draft.unit}, {"epoch", &draft.epoch},
                {"what", &r.what},     {"note", &r.note},     {"half_digit", &r.half_digit},
                {"above", &r.above},   {"below", &r.below},   {"otherwise", &r.otherwise},
                {"shown", &r.shown}};
  all.merge(places_in(draft.source));
  return all;
}

void with_epoch(std::string& text, std::size_t epoch) {
  constexpr std::string_view place = "{epoch}";
  if (const auto at = text.find(place); at != std::string::npos)
    text.replace(at, place.size(), fmt::to_string(epoch));
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file.string()) {
    claim_.id = file.stem().string();
  }

  Claim read(const toml::table& table) {
    Given given;
    take(table,
         {{"order", &claim_.order},
          {"source", &claim_.source},
          {"setting", &claim_.setting},
          {"slow", &claim_.slow}},
         {"specs", "rows", "row"}, given);
    for (const char* key : {"order", "source", "setting", "row"}) need(table, given, key);
    each(given, "specs",
         [&](const toml::node& spec) { put("specs", spec, &claim_.specs.emplace_back()); });
    Draft common;
    if (given.contains("rows")) take_row(*given["rows"], common);
    each(given, "row", [&](const toml::node& row) {
      Draft draft = common;
      take_row(row, draft);
      const auto at = draft.given.find("published");
      const toml::node* published = at == draft.given.end() ? nullptr : at->second;
      if (published == nullptr || !published->is_array()) return add_row(row, draft, published);
      for (const toml::node& number : *published->as_array())
        add_row(row, draft, &number), ++draft.epoch;
    });
    return std::move(claim_);
  }

 private:
  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    throw UsageError("{}:{}: {}", file_, at.source().begin.line, what);
  }

  void need(const toml::node& table, const Given& given, std::string_view key) const {
    if (!given.contains(std::string(key))) fail(table, fmt::format("{} is missing", key));
  }

  template <class Value>
  void put(const std::string& key, const toml::node& node, Value* place) const {
    const auto value = node.value<Value>();
    if (!value) fail(node, fmt::format("{} must be {}", key, expected<Value>));
    *place = *value;
  }

  // Puts a table's values into their places; the others are only given.
  void take(const toml::node& node, const Places& places, Names others, Given& given) const {
    if (!node.is_table()) fail(node, "expected a table");
    for (const auto& [name, place] : places) others.push_back(name);
    for (const auto& [name, entry] : *node.as_table()) {
      const std::string key(name.str());
      if (std::ranges::find(others, key) == others.end())
        fail(entry, fmt::format("unknown key \"{}\"{}", key, did_you_mean(key, others)));
      given[key] = &entry;
      if (const auto to = places.find(key); to != places.end())
        std::visit([&](auto* place) { put(key, *given[key], place); }, to->second);
    }
  }

  void take_row(const toml::node& node, Draft& draft) const {
    take(node, places_in(draft), {"published", "over", "more", "less", "tested", "expected"},
         draft.given);
  }

  template <class Read>
  void each(const Given& given, const char* key, const Read& read) const {
    const auto at = given.find(key);
    if (at == given.end()) return;
    if (!at->second->is_array()) fail(*at->second, fmt::format("{} must be a list", key));
    for (const toml::node& element : *at->second->as_array()) read(element);
  }

  // The row of a table that has the name.
  template <class Table>
  const auto* look_up(const toml::node& at, const Table& table, const char* what,
                      const std::string& name) const {
    Names known;
    for (const auto& row : table) {
      if (row.name == name) return &row;
      known.push_back(row.name);
    }
    fail(at, fmt::format("unknown {} \"{}\"{}", what, name, did_you_mean(name, known)));
  }

  // Finds the measure: "steps to 0.9" is "steps to N" with 0.9.
  void resolve(const toml::node& at, std::size_t epoch, Source& source) const {
    if (claim_.specs.size() == 1) source.spec = claim_.specs[0];
    if (!claim_.specs.empty() && std::ranges::find(claim_.specs, source.spec) == claim_.specs.end())
      fail(at, fmt::format("spec must be one of the claim's, not \"{}\"", source.spec));
    if (source.question.empty()) fail(at, "measure is missing");
    with_epoch(source.question, epoch);
    std::string name;
    std::istringstream words(source.question);
    for (std::string word; words >> word;) {
      const auto number = parse_number<double>(word);
      if (word == "N") fail(at, "measure needs a number for N");
      if (number) source.at.push_back(*number);
      name += (name.empty() ? "" : " ") + (number ? "N" : word);
    }
    source.measure =
        look_up(at, source.spec.empty() ? signal_measures() : run_measures(), "measure", name);
  }

  // What a part of a row such as `more` says beside the row, or the row alone.
  Source source_of(const toml::node& part, const Draft& draft, bool alone) const {
    Source source = draft.source;
    Given given = draft.given;
    if (!alone) take(part, places_in(source), {"over"}, given);
    if (given.contains("over")) {
      const toml::node& over = *given["over"];
      source.over = {source};
      take(over, places_in(source.over[0]), {}, given);
      resolve(over, draft.epoch, source.over[0]);
    }
    resolve(part, draft.epoch, source);
    return source;
  }

  void check_text(const toml::node& at, const std::string& shown) const {
    try {
      static_cast<void>(fmt::format(fmt::runtime(shown), 0., 0.));
    } catch (const fmt::format_error& error) {
      fail(at, fmt::format("shown \"{}\": {}", shown, error.what()));
    }
  }

  void add_row(const toml::node& node, Draft draft, const toml::node* published) {
    Row& row = claim_.rows.emplace_back(draft.row);
    for (const char* key : {"rule", "what"}) need(node, draft.given, key);
    row.rule = look_up(node, rule_table(), "rule", draft.rule);
    for (const std::string_view key : row.rule->needs)
      if (key != "published" || !draft.given.contains("expected")) need(node, draft.given, key);
    if (draft.rule == "holds" && !draft.given.contains("above")) need(node, draft.given, "below");
    check_text(node, row.shown);
    with_epoch(row.what, draft.epoch);
    if (published != nullptr && draft.rule == "not comparable")
      put("published", *published, &row.published_text);
    else if (published != nullptr)
      put("published", *published, &row.published);
    if (!draft.unit.empty() && draft.unit != "percent")
      fail(node, "unit must be \"percent\" or left out");
    row.unit = draft.unit.empty() ? Unit::plain : Unit::percent;
    for (const char* key : {"more", "less", "", "tested", "expected"}) {
      if (draft.given.contains(key))
        row.sources.push_back(source_of(*draft.given[key], draft, false));
      else if (*key == '\0' && row.sources.empty())
        row.sources.push_back(source_of(node, draft, true));
    }
    for (const Source& source : row.sources)
      if (!row.otherwise.empty() && source.measure->name != std::string("accuracy after epoch N"))
        fail(node, "otherwise goes with the measure \"accuracy after epoch N\" alone");
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
