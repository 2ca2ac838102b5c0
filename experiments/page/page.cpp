#include "experiments/page/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "experiments/charts/figure.hpp"
#include "experiments/page/reasons.hpp"
#include "experiments/page/setting.hpp"
#include "experiments/page/words.hpp"
#include "experiments/record/events.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"

namespace fanin {

// How they are written as JSON.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Style, name, color, dark, shape)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PanelTable, panel, rows, lead, leads)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepFigure, name, spec)

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_listed_runs = 1000;

Json runs_of(const Results& results) {
  Json runs = Json::array();
  for (const auto& [run, record, outcome] : results.ended) {
    if (runs.size() == most_listed_runs) break;
    const Evaluation last = last_evaluation(record);
    Json& row =
        runs.emplace_back(Json{{"name", run.name},
                               {"outcome", outcome_names[static_cast<std::size_t>(outcome)]},
                               {"steps", record.end->steps},
                               {"command", record.start.command}});
    if (std::isfinite(last.test_accuracy)) row["accuracy"] = last.test_accuracy;
    if (std::isfinite(last.test_loss)) row["loss"] = last.test_loss;
    if (record.not_finite) row["not_finite"] = to_string(*record.not_finite);
  }
  return runs;
}

Json manifest_of(const std::filesystem::path& folder) {
  try {
    return parse_json(read_file(folder / manifest_file));
  } catch (const Error&) {  // it is not there, or damaged: the page is poorer by its versions
    return nullptr;
  }
}

Json section(const PageSweep& page, const Styles& styles) {
  const Results& results = *page.results;
  const Sweep& sweep = results.sweep;
  std::size_t done = 0, running = 0, failed = 0;
  for (const std::optional<RunRecord>& record : results.records)
    if (record) ++(!record->end ? running : record->end->status == "failed" ? failed : done);
  const Styles inits = styles_among(styles, inits_of(sweep));
  const Again again = again_elsewhere(sweep, page.folder);
  return {{"name", sweep.name},
          {"title", sweep_title(sweep)},
          {"answers", answers(results)},
          {"reasons", reasons(results)},
          {"inits", inits},
          {"tables", panel_tables(results)},
          {"methods", table_methods(results)},
          {"figures", sweep_figures(results, inits)},
          {"runs", runs_of(results)},
          {"count",
           {{"all", sweep.runs.size()}, {"done", done}, {"running", running}, {"failed", failed}}},
          {"setting", setting_in_words(results)},
          {"spec", again.spec},
          {"models", again.models},
          {"manifest", manifest_of(page.folder)}};
}

// Sweeps that have a name or a title in common are told apart by their folders.
void tell_apart(Json& sections, std::span<const PageSweep> sweeps) {
  const Json before = sections;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto alike = [&](const Json& other) {
      return other["name"] == before[i]["name"] || other["title"] == before[i]["title"];
    };
    if (std::ranges::count_if(before, alike) > 1)
      sections[i]["title"] = fmt::format("{} ({})", before[i]["title"].get<std::string>(),
                                         sweeps[i].folder.lexically_normal().string());
  }
}

// The programs that draw Vega-Lite specs, from node_modules beside the script that Node runs.
std::string chart_library(const std::filesystem::path& page_folder) {
  for (auto folder = page_folder; folder != folder.parent_path(); folder = folder.parent_path()) {
    const auto vega = folder / "node_modules/vega/build/vega.min.js",
               lite = folder / "node_modules/vega-lite/build/vega-lite.min.js";
    if (is_there(vega) && is_there(lite)) return read_file(vega) + "\n" + read_file(lite);
  }
  return "";
}

}  // namespace

void write_page(const std::filesystem::path& file, std::span<const PageSweep> sweeps, bool live) {
  const auto html = find_shipped("page/page.html");
  if (html.empty()) throw Error("experiments/page/page.html is not there");
  Json data = {{"live", live}, {"sweeps", Json::array()}};
  std::vector<std::string> inits;
  for (const PageSweep& sweep : sweeps)
    std::ranges::copy(inits_of(sweep.results->sweep), std::back_inserter(inits));
  const Styles styles = styles_of(inits);
  for (const PageSweep& sweep : sweeps) data["sweeps"].push_back(section(sweep, styles));
  tell_apart(data["sweeps"], sweeps);
  const std::string title = sweeps.size() == 1 ? sweep_title(sweeps.front().results->sweep)
                                               : "Comparisons of initialisations";
  data["title"] = title;
  const auto folder = html.parent_path();
  const std::map<std::string, std::string> parts = {
      {"title", replaced(replaced(title, "&", "&amp;"), "<", "&lt;")},
      {"style", read_file(folder / "page.css")},
      {"charts", chart_library(folder)},
      {"program", read_file(folder / "charts.js") + read_file(folder / "page.js")},
      // Inside a <script>, no "</script>" and no "<!--" of a user's may end it.
      {"data", replaced(dump_json(data), "<", "\\u003c")}};
  write_file(file,
             filled_text(read_file(html), [&](const std::string& name) { return parts.at(name); }));
}

}  // namespace fanin
