#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "experiments/reproduce/reproduce.hpp"
#include "experiments/specs/spec_draft.hpp"
#include "experiments/task/choose.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"
#include "framework/nn/layer_table.hpp"
#include "init/function_table.hpp"
#include "init/scheme_table.hpp"

namespace fanin {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;  // name and summary

struct Listing {
  std::string name;
  Lines (*lines)();
};

template <class Table>
Lines lines_of(const Table& table) {
  Lines lines;
  for (const auto& row : table) lines.emplace_back(row.name, row.summary);
  return lines;
}

// The summary of a model that ships is the comment in the first line of its file.
Lines models() {
  Lines lines = lines_of(model_table());
  for (const std::string& name : shipped_models()) {
    const std::string file = "models/" + name + ".txt", text = read_file(find_shipped(file));
    const std::string first = text.substr(0, text.find('\n'));
    lines.emplace_back(name, first.starts_with("# ") ? first.substr(2) : "experiments/" + file);
  }
  lines.emplace_back(
      "FILE",
      "a file with PyTorch's print(model): a Sequential of the layers in `fanin list layers`");
  return lines;
}

Lines inits() {
  Lines lines;
  for (const Scheme& scheme : scheme_table()) {
    std::string name = scheme.name;
    for (const auto& [key, value] : scheme.options)
      name += fmt::format("{}{}={}", name.size() == scheme.name.size() ? ":" : ",", key, value);
    lines.emplace_back(name, scheme.summary);
  }
  lines.emplace_back("NAME{PATTERN=CALL;...}", "rules of your own: fanin train --help");
  return lines;
}

Lines specs() {
  Lines lines;
  const std::filesystem::path folder = find_shipped("specs");
  if (folder.empty()) return lines;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    const Setting question = read_draft(entry.path()).question;
    lines.emplace_back(entry.path().stem().string(), '"' + join(question.values, "") + '"');
  }
  std::ranges::sort(lines);
  return lines;
}

// The layers of a model file, with the arguments of PyTorch's constructors.
Lines layers() {
  Lines lines;
  for (const LayerRow& row : layer_table())
    lines.emplace_back(row.type, join(names_of(row.fields), ", "));
  return lines;
}

Lines claims() {
  Lines lines;
  for (const Claim& claim : shipped_claims()) lines.emplace_back(claim.id, claim.source);
  return lines;
}

const Listing listings[] = {{"models", models},
                            {"inits", inits},
                            {"functions", [] { return lines_of(init_function_table()); }},
                            {"layers", layers},
                            {"datasets", [] { return lines_of(dataset_table()); }},
                            {"specs", specs},
                            {"claims", claims}};

int list(const std::string& what) {
  if (!what.empty() && std::ranges::count(listings, what, &Listing::name) == 0)
    throw UsageError("list: expected {}, got \"{}\"", alternatives(names_of(listings)), what);
  for (const Listing& listing : listings) {
    if (!what.empty() && listing.name != what) continue;
    if (what.empty()) fmt::print("{}\n", listing.name);
    const Lines lines = listing.lines();
    for (const auto& [name, summary] : lines) fmt::print("  {:<22} {}\n", name, summary);
    if (lines.empty())
      fmt::print("  none found: no such folder next to the program or above this folder\n");
  }
  return 0;
}

}  // namespace

Command make_list() {
  const auto what = std::make_shared<std::string>();
  const std::string help = alternatives(names_of(listings)) +
                           ".\nAn init fills a model and a function fills one tensor;\n"
                           "claims are published results (all these lists)";
  return {"list",
          "list the models, inits, data sets and so on",
          {{"what", what.get(), help, "WHAT"}},
          "Example:\n  fanin list inits\n",
          [what] { return list(*what); }};
}

}  // namespace fanin
