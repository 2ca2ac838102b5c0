#include "experiments/cli/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "experiments/reproduce/claim.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/nn/layer_table.hpp"
#include "init/function_table.hpp"
#include "init/scheme_table.hpp"

namespace fanin {
namespace {

struct Line {
  std::string name, summary;
};

struct Listing {
  const char* title;
  std::vector<Line> (*lines)();
};

template <class Row>
std::vector<Line> lines_of(const std::vector<Row>& table) {
  std::vector<Line> lines;
  for (const Row& row : table) lines.push_back({row.name, row.summary});
  return lines;
}

std::vector<Line> models() {
  std::vector<Line> lines = lines_of(model_table());
  for (const std::string& name : shipped_models())
    lines.push_back({name, "experiments/models/" + name + ".txt"});
  lines.push_back({"FILE", "a model as PyTorch prints it: a Sequential of known layers"});
  return lines;
}

std::vector<Line> inits() {
  std::vector<Line> lines;
  for (const Scheme& scheme : scheme_table()) {
    std::string name = scheme.name;
    for (const auto& [key, value] : scheme.options)
      name += fmt::format("{}{}={}", name.size() == scheme.name.size() ? ":" : ",", key, value);
    lines.push_back({name, scheme.summary});
  }
  lines.push_back({"NAME{PATTERN=CALL;...}", "rules of your own: fanin train --help"});
  return lines;
}

std::vector<Line> functions() { return lines_of(init_function_table()); }

// What a model file may hold, each with the arguments that PyTorch's constructor takes.
std::vector<Line> layers() {
  std::vector<Line> lines;
  for (const LayerRow& row : layer_table()) {
    std::vector<std::string> names;
    for (const Field& field : row.fields) names.push_back(field.name);
    lines.push_back({row.type, join(names, ", ")});
  }
  return lines;
}

std::vector<Line> datasets() { return lines_of(dataset_table()); }

std::vector<Line> specs() {
  std::vector<Line> lines;
  const std::filesystem::path folder = find_shipped("specs");
  if (folder.empty()) return lines;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    std::string question;
    std::ifstream file(entry.path());
    for (std::string line; question.empty() && std::getline(file, line);)
      if (line.starts_with("question")) question = line.substr(line.find('"'));
    lines.push_back({entry.path().stem().string(), question});
  }
  std::ranges::sort(lines, {}, &Line::name);
  return lines;
}

std::vector<Line> claims() {
  std::vector<Line> lines;
  for (const Claim& claim : shipped_claims()) lines.push_back({claim.id, claim.source});
  return lines;
}

constexpr Listing listings[] = {
    {"models", models},     {"inits", inits}, {"functions", functions}, {"layers", layers},
    {"datasets", datasets}, {"specs", specs}, {"claims", claims}};

int list(const std::string& what) {
  const bool known = std::any_of(std::begin(listings), std::end(listings),
                                 [&](const Listing& listing) { return listing.title == what; });
  if (!what.empty() && !known)
    throw UsageError(
        "list: expected models, inits, functions, layers, datasets, specs or claims, got \"{}\"",
        what);
  for (const Listing& listing : listings) {
    if (!what.empty() && listing.title != what) continue;
    if (what.empty()) fmt::print("{}\n", listing.title);
    const std::vector<Line> lines = listing.lines();
    for (const Line& line : lines) fmt::print("  {:<22} {}\n", line.name, line.summary);
    if (lines.empty()) fmt::print("  none found beside the program or above this folder\n");
  }
  return 0;
}

}  // namespace

Command make_list() {
  const auto what = std::make_shared<std::string>();
  return {"list",
          "list the models, inits, data sets and so on",
          {{"what", what.get(),
            "models, inits, functions, layers, datasets, specs or claims (all of them)", "WHAT"}},
          "Example:\n  fanin list inits\n",
          [what] { return list(*what); }};
}

}  // namespace fanin
