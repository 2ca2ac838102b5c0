#include "experiments/page/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "experiments/charts/figure_style.hpp"
#include "experiments/charts/sweep_figures.hpp"
#include "experiments/page/answers.hpp"
#include "experiments/page/setting.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/record/json_text.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_listed_runs = 1000;

Json looks_of(const Styles& inits) {
  Json looks = Json::array();
  for (const Style& style : inits)
    looks.push_back({{"name", style.init},
                     {"color", style.color},
                     {"dark", style.dark},
                     {"shape", style.shape}});
  return looks;
}

Json tables_of(const Results& results) {
  Json tables = Json::array();
  for (const PanelTable& table : panel_tables(results))
    tables.push_back({{"panel", table.panel},
                      {"rows", table.rows},
                      {"best", table.best},
                      {"leads", table.leads}});
  return tables;
}

Json runs_of(const Results& results) {
  const Sweep& sweep = results.sweep;
  Json runs = Json::array();
  for (std::size_t i = 0; i < sweep.runs.size() && runs.size() < most_listed_runs; ++i) {
    const std::optional<RunRecord>& record = results.records[i];
    if (!record || !record->end) continue;
    const Evaluation last = last_evaluation(*record);
    const Outcome which = outcome(*record, sweep.target_accuracy);
    runs.push_back({{"name", sweep.runs[i].name},
                    {"outcome", outcome_names[static_cast<std::size_t>(which)]},
                    {"steps", record->end->steps},
                    {"command", record->start.command}});
    if (std::isfinite(last.test_accuracy)) runs.back()["accuracy"] = last.test_accuracy;
    if (std::isfinite(last.test_loss)) runs.back()["loss"] = last.test_loss;
    if (record->not_finite) runs.back()["not_finite"] = to_string(*record->not_finite);
  }
  return runs;
}

Json manifest_of(const std::filesystem::path& folder) {
  if (!is_there(folder / manifest_file)) return nullptr;
  try {
    return parse_json(read_file(folder / manifest_file));
  } catch (const Error&) {  // the page is poorer by its versions
    return nullptr;
  }
}

Json section(const PageSweep& page, const Styles& styles) {
  const Results& results = *page.results;
  const Sweep& sweep = results.sweep;
  std::size_t done = 0, running = 0, failed = 0;
  for (const std::optional<RunRecord>& record : results.records)
    if (record) ++(!record->end ? running : record->end->status == "failed" ? failed : done);
  Json figures = Json::array();
  for (SweepFigure& figure : sweep_figures(sweep, results.records, styles))
    figures.push_back({{"name", figure.name}, {"spec", std::move(figure.spec)}});
  const Again again = again_elsewhere(sweep, page.folder);
  return {{"name", sweep.name},
          {"title", sweep_title(sweep)},
          {"answers", answers(results)},
          {"inits", looks_of(styles_among(styles, inits_of(sweep)))},
          {"tables", tables_of(results)},
          {"methods", table_methods(results)},
          {"figures", std::move(figures)},
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

// JSON that may stand inside a <script>: no "</script>" and no "<!--" of a user's ends it.
std::string inside_script(const Json& json) {
  std::string text = dump_json(json), safe;
  for (const char c : text) safe += c == '<' ? "\\u003c" : std::string(1, c);
  return safe;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '&')
      safe += "&amp;";
    else
      safe += c;
  }
  return safe;
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

// The template with each {{name}} replaced, in one pass: what is put in is not looked at again.
std::string filled(const std::string& text, const std::map<std::string, std::string>& parts) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("{{", at)) != std::string::npos;) {
    const std::size_t close = text.find("}}", open);
    result += text.substr(at, open - at) + parts.at(text.substr(open + 2, close - open - 2));
    at = close + 2;
  }
  return result + text.substr(at);
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
  write_file(file, filled(read_file(html), {{"title", escaped(title)},
                                            {"style", read_file(folder / "page.css")},
                                            {"charts", chart_library(folder)},
                                            {"program", read_file(folder / "charts.js") +
                                                            read_file(folder / "page.js")},
                                            {"data", inside_script(data)}}));
}

}  // namespace fanin
