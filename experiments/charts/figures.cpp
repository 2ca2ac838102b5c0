#include "experiments/charts/figures.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "experiments/charts/figure_style.hpp"
#include "experiments/record/json_text.hpp"
#include "experiments/task/shipped.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

// A panel's data: a row per init and step, the first init last, so that it is drawn on top. The
// inits take turns at marking their steps, so that each of several lines in one place is seen. Rows
// that have PyTorch's beside them name their source.
Json rows_of(const std::vector<Curve>& curves, const std::string& panel, const Styles& inits,
             bool named) {
  Json rows = Json::array();
  for (std::size_t i = inits.size(); i-- > 0;) {
    struct Values {
      std::vector<double> losses, accuracies;
    };
    std::map<std::size_t, Values> steps;
    std::vector<const Curve*> runs;
    for (const Curve& curve : curves)
      if (curve.panel == panel && curve.init == inits[i].init && !curve.points.empty())
        runs.push_back(&curve);
    const auto add = [](Values& values, const CurvePoint& point) {
      values.losses.push_back(point.test_loss);
      values.accuracies.push_back(std::isfinite(point.test_accuracy) ? point.test_accuracy : 0);
    };
    for (const Curve* run : runs)
      for (const CurvePoint& point : run->points) add(steps[point.step], point);
    for (const Curve* run : runs)  // one that diverged or stopped stays where it was
      for (auto& [step, values] : steps)
        if (step > run->points.back().step) add(values, run->points.back());
    // The step at which one of several diverged is no place for a median.
    std::erase_if(steps,
                  [&](const auto& step) { return 2 * step.second.losses.size() < runs.size(); });
    const std::size_t period = std::min(steps.size(), inits.size());
    std::size_t turn = i;
    for (const auto& [step, values] : steps) {
      Json row = {{"init", inits[i].init}, {"step", step}, {"marked", turn++ % period == 0}};
      add_quartiles(row, "loss", values.losses);
      add_quartiles(row, "accuracy", values.accuracies);
      if (named) row["source"] = "fanin, median";
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// A panel's curves of PyTorch, point by point.
Json pytorch_rows(const std::vector<Curve>& curves, const std::string& panel) {
  Json rows = Json::array();
  for (const Curve& curve : curves) {
    if (curve.panel != panel) continue;
    for (const CurvePoint& point : curve.points) {
      Json row = {
          {"init", curve.init}, {"source", "PyTorch"}, {"seed", curve.seed}, {"step", point.step}};
      if (std::isfinite(point.test_loss)) row["loss"] = point.test_loss;
      if (std::isfinite(point.test_accuracy)) row["accuracy"] = point.test_accuracy;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// The y axis of the losses, logarithmic. A loss above 10 nats is drawn at 10.
Json loss_axis(const std::vector<Curve>& curves) {
  double low = 1, high = 2.5;
  for (const Curve& curve : curves) {
    for (const CurvePoint& point : curve.points) {
      if (!std::isfinite(point.test_loss)) continue;
      low = std::clamp(point.test_loss * 0.9, 1e-4, low);
      high = std::clamp(point.test_loss * 1.1, high, 10.);
    }
  }
  Json ticks = Json::array();
  for (int decade = -4; decade <= 1; ++decade) {
    for (int digit : {1, 2, 5}) {
      const double tick = digit * std::pow(10, decade);
      if (low <= tick && tick <= high) ticks.push_back(tick);
    }
  }
  return {{"scale", {{"type", "log"}, {"domain", {low, high}}, {"nice", false}, {"clamp", true}}},
          {"axis", {{"title", "test loss (nats)"}, {"values", ticks}, {"format", "~g"}}}};
}

Json accuracy_axis() {
  return {{"scale", {{"domain", {0, 1}}}}, {"axis", percent_axis("test accuracy (%)")}};
}

Json step_axis(const std::vector<Curve>& curves, bool titled) {
  std::size_t last = 1;
  for (const Curve& curve : curves) {
    for (const CurvePoint& point : curve.points) last = std::max(last, point.step);
  }
  return {{"field", "step"},
          {"type", "quantitative"},
          {"scale", {{"domain", {0, last}}, {"nice", false}}},
          {"axis", {{"title", titled ? "training step" : ""}, {"grid", false}, {"tickCount", 5}}}};
}

// One field over the steps: the bands below, the medians' lines, their marks, PyTorch on top.
Json chart(const std::string& field, const Json& x, const Json& y, const Styles& inits,
           const Json& pytorch) {
  const auto y_of = [&](const std::string& name) {
    Json channel = y;
    channel["field"] = name;
    channel["type"] = "quantitative";
    return channel;
  };
  Json chart = parse_json(R"({
    "width": 290,
    "layer": [
      {"mark": {"type": "area", "opacity": 0.15}},
      {"mark": {"type": "line", "strokeWidth": 2}},
      {"transform": [{"filter": "datum.marked"}],
       "mark": {"type": "point", "filled": true, "stroke": "white", "strokeWidth": 1},
       "encoding": {"size": {"value": 80}, "opacity": {"value": 1}}},
      {"mark": {"type": "line", "strokeWidth": 1.2, "strokeDash": [3, 2], "interpolate": "linear"},
       "encoding": {"detail": {"field": "seed"}}}
    ]
  })");
  chart["encoding"]["x"] = x;
  chart["encoding"]["color"] = init_channel(inits, &Style::color);
  Json& layers = chart["layer"];
  for (Json& layer : layers) layer["encoding"]["y"] = y_of(field);
  layers[0]["encoding"]["y"] = y_of(field + "_low");
  layers[0]["encoding"]["y2"]["field"] = field + "_high";
  layers[2]["encoding"]["shape"] = init_channel(inits, &Style::shape);
  layers[3]["data"]["values"] = pytorch;
  if (pytorch.empty()) layers.erase(3);
  return chart;
}

}  // namespace

nlohmann::json convergence_figure(const std::string& title, const Styles& inits,
                                  const std::vector<Curve>& curves,
                                  const std::vector<Curve>& pytorch) {
  std::vector<std::string> panels;
  std::set<std::uint64_t> seeds;
  for (const Curve& curve : curves) {
    if (std::ranges::find(panels, curve.panel) == panels.end()) panels.push_back(curve.panel);
    seeds.insert(curve.seed);
  }

  Json rows = Json::array();
  for (const std::string& panel : panels) {
    const Json x = step_axis(curves, panel == panels.back());
    const Json peers = pytorch_rows(pytorch, panel);
    Json row = {{"data", {{"values", rows_of(curves, panel, inits, !peers.empty())}}},
                {"bounds", "flush"},
                {"spacing", 75},
                {"hconcat",
                 {chart("loss", x, loss_axis(curves), inits, peers),
                  chart("accuracy", x, accuracy_axis(), inits, peers)}}};
    for (Json& view : row["hconcat"]) view["height"] = panels.size() > 1 ? 160 : 240;
    if (!panel.empty()) {
      row["title"] = small_title(panel);
    }
    rows.push_back(std::move(row));
  }

  std::string subtitle = seeds.size() > 1
                             ? "median and quartiles of " + std::to_string(seeds.size()) + " seeds"
                             : "one seed";
  if (!pytorch.empty())
    subtitle += "; thin and dashed: PyTorch, seed " + std::to_string(pytorch.front().seed);
  return figure(title, subtitle, "vconcat", rows);
}

namespace {

// Runs a command, without a shell, to its end. Returns why it failed, nothing when it did not.
std::string failure_of(std::vector<std::string> command) {
  std::vector<char*> argv(command.size() + 1);  // the last one null
  std::ranges::transform(command, argv.begin(), [](std::string& word) { return word.data(); });

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::strerror(errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);

  std::string said;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) said.append(buffer, n);
  close(ends[0]);
  if (error != 0) return command[0] + ": " + std::strerror(error);

  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  const std::size_t at = said.find("Error: ");
  if (at == std::string::npos) return command[0] + " failed";
  return said.substr(at + 7, said.find('\n', at) - at - 7);
}

}  // namespace

void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg) {
  const std::filesystem::path file = std::filesystem::path(svg).replace_extension(".vl.json");
  write_file(file, dump_json(spec, 2) + "\n");
  const std::string why = failure_of({"node", script.string(), file.string(), svg.string()});
  if (!why.empty()) throw std::runtime_error("cannot draw " + svg.string() + ": " + why);
}

}  // namespace fanin
