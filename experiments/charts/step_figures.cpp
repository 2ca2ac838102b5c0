#include "experiments/charts/step_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "experiments/charts/peer.hpp"
#include "experiments/report/tables.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

constexpr double off = 1e300;  // for infinity, which JSON has not

// The losses and accuracies of a panel; what is not finite counts as the worst.
Seeds scores_of(const Panel& panel) {
  Seeds scores;
  const auto add = [](Fields& fields, const Evaluation& at) {
    fields["loss"].push_back(std::isfinite(at.test_loss) ? at.test_loss : off);
    fields["accuracy"].push_back(std::isfinite(at.test_accuracy) ? at.test_accuracy : 0);
  };
  for (const auto& [run, record] : panel.runs)
    for (const Evaluation& at : record.evaluations) add(scores[run.init][at.step], at);
  for (const auto& [run, record] : panel.runs)  // one that diverged or stopped stays where it was
    for (auto& [step, fields] : scores[run.init])
      if (const auto& all = record.evaluations; !all.empty() && step > all.back().step)
        add(fields, all.back());
  keep_common(scores);
  return scores;
}

// A row per init and step, the first init last, so that it is drawn on top: medians that are finite
// and quartiles. The inits take turns at marking their steps, so that each of several lines in one
// place is seen. Rows that have PyTorch's beside them name their source.
Json score_rows(const Panel& panel, const Styles& inits, bool named) {
  Json rows = Json::array();
  Seeds scores = scores_of(panel);
  for (std::size_t i = inits.size(); i-- > 0;) {
    const auto& steps = scores[inits[i].name];
    const std::size_t period = std::min(steps.size(), inits.size());
    std::size_t turn = i;
    for (const auto& [step, fields] : steps) {
      Json row = {{"init", inits[i].name}, {"step", step}, {"marked", turn++ % period == 0}};
      for (const auto& [field, values] : fields) {
        const Quartiles at = quartiles(values);
        if (at.median > off / 1000) continue;  // or between it and a number
        row[field] = at.median;
        row[field + "_low"] = at.low;
        row[field + "_high"] = at.high;
      }
      if (named) row["source"] = "fanin, median";
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// PyTorch's curves in the panel of that name, point by point.
Json pytorch_rows(const Sweep& sweep, const Records& pytorch, const std::string& panel) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < pytorch.size(); ++i) {
    const Run& run = sweep.runs[i];
    if (!pytorch[i] || panel_name(run.axes) != panel) continue;
    for (const Evaluation& at : pytorch[i]->evaluations) {
      Json row = {{"init", run.init}, {"source", "PyTorch"}, {"seed", run.seed}, {"step", at.step}};
      if (std::isfinite(at.test_loss)) row["loss"] = at.test_loss;
      if (std::isfinite(at.test_accuracy)) row["accuracy"] = at.test_accuracy;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// How far the axes go. A loss above 10 nats is drawn at 10.
Json domains(const Records& records) {
  std::size_t last = 1;
  double low = 1, high = 2.5;
  for (const auto& record : records) {
    if (!record) continue;
    for (const Evaluation& at : record->evaluations) {
      last = std::max(last, at.step);
      if (!std::isfinite(at.test_loss)) continue;
      low = std::clamp(at.test_loss * 0.9, 1e-4, low);
      high = std::clamp(at.test_loss * 1.1, high, 10.);
    }
  }
  Json ticks = Json::array();
  for (int decade = -4; decade <= 1; ++decade) {
    for (int digit : {1, 2, 5}) {
      const double tick = digit * std::pow(10, decade);
      if (low <= tick && tick <= high) ticks.push_back(tick);
    }
  }
  return {{"step_domain", {0, last}}, {"loss_domain", {low, high}}, {"loss_ticks", ticks}};
}

}  // namespace

Json convergence_figure(const Results& results, const Styles& inits,
                        const std::filesystem::path& pytorch) {
  const Sweep& sweep = results.sweep;
  const FigureTemplate shell("convergence", sweep, inits);
  const std::vector<Panel> panels = panels_of(results);
  const Records peers = pytorch.empty() ? Records() : pytorch_records(sweep, pytorch);
  std::set<std::uint64_t> seeds;
  Json values = domains(results.records), charts = Json::array();
  values["height"] = panels.size() > 1 ? 160 : 240;
  for (const Panel& panel : panels) {
    for (const RecordedRun& of : panel.runs) seeds.insert(of.run.seed);
    const Json dashed = pytorch_rows(sweep, peers, panel.name);
    values["step_title"] = &panel == &panels.back() ? "training step" : "";
    values["rows"] = score_rows(panel, inits, !dashed.empty());
    values["pytorch"] = dashed;
    Json chart = shell.chart(values);
    for (Json& view : chart["hconcat"])
      if (dashed.empty()) view["layer"].erase(3);
    charts.push_back(titled(std::move(chart), panel.name));
  }
  std::string subtitle =
      seeds.size() > 1 ? fmt::format("median and quartiles of {} seeds", seeds.size()) : "one seed";
  const auto peer = std::ranges::find_if(peers, [](const auto& run) { return run.has_value(); });
  if (peer != peers.end())
    subtitle += fmt::format("; thin and dashed: PyTorch, seed {}",
                            sweep.runs[static_cast<std::size_t>(peer - peers.begin())].seed);
  return shell.figure(subtitle, std::move(charts));
}

Json units_figure(const Results& results, const Styles& inits) {
  const FigureTemplate shell("units", results.sweep, inits);
  bool equal = false;
  Json charts = Json::array();
  for (const Panel& panel : panels_of(results)) {
    Seeds shares;
    for (const auto& [run, record] : panel.runs) {
      for (const LayerSignals& look : record.layers) {
        const std::optional<double> share = distinct_share(look);
        if (!share) continue;
        equal = equal || (look.step == 0 && *share < 0.5);
        shares[run.init][look.step]["share"].push_back(*share);
      }
    }
    if (shares.empty()) continue;
    keep_common(shares);
    charts.push_back(shell.chart({{"panel", panel.name}, {"rows", median_rows(shares, "step")}}));
  }
  if (!equal) return nullptr;
  return shell.figure("of the hidden layers, medians over the seeds", std::move(charts));
}

}  // namespace fanin
