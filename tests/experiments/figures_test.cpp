#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

#include "experiments/charts/figure.hpp"
#include "experiments/charts/layer_figures.hpp"
#include "experiments/charts/score_figures.hpp"
#include "experiments/sweep/report.hpp"
#include "experiments/task/models.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

using namespace fanin;
using Json = nlohmann::json;

namespace {

const Json& rows(const Json& figure, std::size_t panel = 0) {
  return figure["vconcat"][panel]["data"]["values"];
}

// The rows of one init, ordered by step.
Json rows(const Json& figure, const std::string& init) {
  Json result = Json::array();
  for (const Json& row : rows(figure)) {
    if (row["init"] == init) result.push_back(row);
  }
  return result;
}

// The "color" or "shape" of every init in a figure.
std::map<std::string, std::string> looks(const Json& figure, const std::string& channel) {
  const Json& chart = figure["vconcat"][0]["hconcat"][0];
  const Json& encoding = channel == "color" ? chart["encoding"] : chart["layer"][2]["encoding"];
  const Json& scale = encoding[channel]["scale"];
  std::map<std::string, std::string> result;
  for (std::size_t i = 0; i < scale["domain"].size(); ++i) {
    result[scale["domain"][i]] = scale["range"][i];
  }
  return result;
}

// Runs and their records.
struct Recorded {
  RunRecord& add(const std::string& init, std::uint64_t seed, const std::string& panel) {
    const std::size_t equals = panel.find('=');
    Run& added = of.runs.emplace_back(run(init, seed));
    if (!panel.empty()) added.axes = {{panel.substr(0, equals), panel.substr(equals + 1)}};
    added.options.model += ":" + panel;
    return records.emplace_back().emplace();
  }
  Styles styles() const { return styles_of(inits_of(of)); }
  Results results() const { return results_of(of, records); }

  Sweep of = sweep({});
  Records records;
};

struct CurvePoint {
  std::size_t step;
  double train_loss, test_loss, test_accuracy;
};

struct Curve {
  std::string init, panel;
  std::uint64_t seed;
  std::vector<CurvePoint> points;
};

Curve curve(const std::string& init, std::uint64_t seed, std::vector<CurvePoint> points,
            const std::string& panel = "") {
  return {init, panel, seed, std::move(points)};
}

Recorded recorded(const std::vector<Curve>& curves) {
  Recorded runs;
  for (const Curve& curve : curves) {
    RunRecord& record = runs.add(curve.init, curve.seed, curve.panel);
    for (const CurvePoint& at : curve.points)
      record.evaluations.push_back({1, at.step, at.train_loss, at.test_loss, at.test_accuracy});
  }
  return runs;
}

// The figure of these curves, in the styles of their inits.
Json convergence(const std::vector<Curve>& curves, const std::vector<Curve>& pytorch = {}) {
  const Recorded ours = recorded(curves), theirs = recorded(pytorch);
  std::string table = "command,epoch,step,train_loss,test_loss,test_accuracy\n";
  for (std::size_t i = 0; i < pytorch.size(); ++i)
    for (const CurvePoint& at : pytorch[i].points)
      table += fmt::format("\"{}\",1,{},{},{},{}\n", train_command(theirs.of.runs[i].options),
                           at.step, at.train_loss, at.test_loss, at.test_accuracy);
  const TempFolder folder;
  write_file(folder / "curves.csv", table);
  return convergence_figure(ours.results(), ours.styles(), folder / "curves.csv");
}

// The measurements of a layer with weights before training. `place` counts such layers from 1.
// Points with the same init and panel belong to one run.
struct LayerPoint {
  std::string init, panel;
  std::size_t place;
  double std, expected_std, gradient_std;  // NaN if unknown
};

Json layers_of(const std::vector<LayerPoint>& points) {
  Recorded runs;
  const LayerPoint* last = nullptr;
  for (const LayerPoint& point : points) {
    if (last == nullptr || last->init != point.init || last->panel != point.panel)
      runs.add(point.init, 0, point.panel).layers.emplace_back();
    last = &point;
    auto& layers = runs.records.back()->layers.front().layers;
    while (layers.size() < point.place) {
      LayerSignal& layer = layers.emplace_back();
      layer.weighted = true;
      layer.std = layer.gradient_std = NAN;
    }
    layers.back().std = point.std;
    if (std::isfinite(point.expected_std)) layers.back().expected_std = point.expected_std;
    layers.back().gradient_std = point.gradient_std;
  }
  return layers_figure(runs.results(), runs.styles());
}

Json seeds_of(const std::string& init, const std::vector<double>& accuracies) {
  Recorded runs;
  for (std::size_t seed = 0; seed < accuracies.size(); ++seed)
    runs.add(init, seed, "") = record({accuracies[seed]});
  runs.add("other", 0, "") = record({accuracies.front()});
  return seeds_figure(runs.results(), runs.styles());
}

}  // namespace

TEST_CASE("a convergence figure holds medians and quartiles over seeds") {
  const Json figure =
      convergence({curve("default", 0, {{100, 9, 0.5, 0.75}, {200, 9, 0.25, 0.875}}),
                   curve("default", 1, {{100, 9, 2.0, 0.25}, {200, 9, 0.75, 0.625}}),
                   curve("default", 2, {{100, 9, 1.0, 0.5}})});
  const Json data = rows(figure, "default");
  REQUIRE(data.size() == 2);
  CHECK(data[0]["step"] == 100);
  CHECK(data[0]["loss"] == 1.0);
  CHECK(data[0]["loss_low"] == 0.75);
  CHECK(data[0]["loss_high"] == 1.5);
  CHECK(data[0]["accuracy"] == 0.5);
  CHECK(data[0]["accuracy_low"] == 0.375);
  CHECK(data[0]["accuracy_high"] == 0.625);
  CHECK(data[1]["step"] == 200);
  CHECK(data[1]["loss"] == 0.75);  // the third seed has ended and stays at 1.0 and 0.5
  CHECK(data[1]["accuracy"] == 0.625);
  CHECK(figure["title"]["subtitle"] == "median and quartiles of 3 seeds");
}

TEST_CASE("a loss that is not finite counts as the worst, its accuracy as that of guessing") {
  const double inf = INFINITY;
  const Json figure =
      convergence({curve("normal", 0, {{1, NAN, inf, 0.1}}), curve("normal", 1, {{1, NAN, 2, 0.3}}),
                   curve("normal", 2, {{1, NAN, 1, NAN}}), curve("zero", 0, {{1, NAN, NAN, NAN}})});
  CHECK(rows(figure, "normal")[0]["loss"] == 2);
  CHECK(rows(figure, "normal")[0]["loss_high"] > 10);
  CHECK(rows(figure, "normal")[0]["accuracy_low"].get<double>() == Approx(0.1));
  CHECK_FALSE(rows(figure, "zero")[0].contains("loss"));
  CHECK(rows(figure, "zero")[0]["accuracy"] == 0.1);  // that of guessing
  const Json domain =
      figure["vconcat"][0]["hconcat"][0]["layer"][1]["encoding"]["y"]["scale"]["domain"];
  CHECK(domain[0].get<double>() > 0);
  CHECK(domain[1].get<double>() <= 10);
}

TEST_CASE("an init looks the same in every figure") {
  const Json one = convergence({curve("default", 0, {}), curve("zero", 0, {})});
  const Json two =
      convergence({curve("mine", 0, {}), curve("normal:std=0.1", 0, {}), curve("lsuv", 0, {}),
                   curve("normal:std=0.01", 0, {}), curve("default", 0, {})});
  for (const std::string channel : {"color", "shape"}) {
    CHECK(looks(one, channel)["default"] == looks(two, channel)["default"]);
    CHECK(looks(one, channel)["default"] != looks(one, channel)["zero"]);
  }
  std::set<std::string> colors;
  for (const auto& [init, color] : looks(two, "color")) colors.insert(color);
  CHECK(colors.size() == 5);
  CHECK(looks(two, "color")["normal:std=0.1"] ==
        looks(convergence({curve("normal", 0, {})}), "color")["normal"]);
}

TEST_CASE("a figure has a row per panel, and coinciding lines have marks at different steps") {
  std::vector<Curve> curves;
  for (const std::string panel : {"depth=5", "depth=10"}) {
    for (const std::string init : {"zero", "constant", "default"}) {
      curves.push_back(curve(init, 0, {{1, 2, 2, 0.1}, {2, 2, 2, 0.1}, {3, 2, 2, 0.1}}, panel));
    }
  }
  const Json figure = convergence(curves);
  REQUIRE(figure["vconcat"].size() == 2);
  CHECK(figure["vconcat"][1]["title"]["text"] == "depth=10");
  std::set<std::size_t> steps;
  for (const Json& row : rows(figure, 1)) {
    if (row["marked"]) steps.insert(row["step"].get<std::size_t>());
  }
  CHECK(steps.size() == 3);
}

TEST_CASE("a figure that cannot be drawn says why in one line") {
  const auto dir = std::filesystem::temp_directory_path() / "fanin-figures-test";
  std::filesystem::create_directories(dir);
  try {
    write_figure(convergence({}), dir / "no-such-script.mjs", dir / "figure.svg");
    FAIL("no error");
  } catch (const std::runtime_error& error) {
    CHECK_THAT(error.what(),
               ContainsSubstring("cannot draw") && ContainsSubstring("no-such-script"));
    CHECK_THAT(error.what(), !ContainsSubstring("\n"));
  }
  CHECK(std::filesystem::exists(dir / "figure.vl.json"));
  std::filesystem::remove_all(dir);
}

TEST_CASE("PyTorch's curves are drawn in the panel of their runs, with the seed in the subtitle") {
  const std::vector<Curve> ours = {curve("default", 3, {{100, 1, 1, 0.5}}, "depth=1"),
                                   curve("default", 3, {{100, 1, 1, 0.5}}, "depth=2")};
  const Json figure = convergence(ours, {curve("default", 3, {{100, 1, 0.75, 0.25}}, "depth=2")});
  const auto layers = [&](std::size_t panel, std::size_t view) {
    return figure["vconcat"][panel]["hconcat"][view]["layer"];
  };
  CHECK(layers(0, 0).size() == 3);
  REQUIRE(layers(1, 0).size() == 4);
  CHECK(layers(1, 0)[3]["data"]["values"][0]["loss"] == 0.75);
  CHECK(layers(1, 1)[3]["data"]["values"][0]["accuracy"] == 0.25);
  CHECK(layers(1, 1)[3]["encoding"]["y"]["field"] == "accuracy");
  CHECK(figure.dump().find("PyTorch, seed 3") != std::string::npos);
  CHECK(convergence(ours).dump().find("PyTorch") == std::string::npos);
}

TEST_CASE("a figure of layers has one row for equal panels, and shows theory if there is any") {
  const std::vector<LayerPoint> alike = {{"zero", "lr=1", 1, 0.5, NAN, 0.25},
                                         {"zero", "lr=1", 25, 0.25, NAN, 0.25},
                                         {"zero", "lr=2", 1, 0.5, NAN, 0.25},
                                         {"zero", "lr=2", 25, 0.25, NAN, 0.25}};
  const Json figure = layers_of(alike);
  REQUIRE(figure["vconcat"].size() == 1);
  CHECK_FALSE(figure["vconcat"][0].contains("title"));
  CHECK(figure.dump().find("theory") == std::string::npos);
  const Json& axis = figure["vconcat"][0]["hconcat"][0]["encoding"]["x"]["axis"];
  CHECK(axis["values"] == Json({1, 3, 6, 9, 12, 15, 18, 21, 24}));

  std::vector<LayerPoint> more = alike;
  more.push_back({"zero", "depth=3", 1, 0.5, 0.5, 0.125});
  const Json two = layers_of(more);
  REQUIRE(two["vconcat"].size() == 2);
  CHECK(two["vconcat"][0]["title"]["text"] == "lr=1 and others");
  CHECK(two["vconcat"][1]["title"]["text"] == "depth=3");
  CHECK(two.dump().find("prediction") != std::string::npos);
}

TEST_CASE("a figure of units holds medians over seeds, of inits whose units start equal") {
  Recorded runs;
  const auto add = [&runs](const std::string& init, const std::map<std::size_t, double>& shares) {
    RunRecord& record = runs.add(init, 0, "");
    for (const auto& [step, share] : shares) record.layers.push_back({step, {}, {}, share});
  };
  add("zero", {{0, 0.0}, {100, 0.5}});
  add("zero", {{0, 0.0}, {100, 0.25}});
  add("zero", {{100, 1.0}, {103, 0.0}});  // it diverged here
  add("default", {{0, 1.0}});
  const Json figure = units_figure(runs.results(), runs.styles());
  const Json& values = figure["vconcat"][0]["data"]["values"];
  REQUIRE(values.size() == 2);
  for (const Json& row : values) {
    CHECK(row["init"] == "zero");
    CHECK(row["share"] == (row["step"] == 0 ? 0.0 : 0.5));
  }
}

TEST_CASE(
    "a median is drawn at steps that half of an init's runs reached, not where one diverged") {
  const Json figure = convergence({curve("default", 0, {{100, 1, 1, 0.5}, {200, 1, 1, 0.5}}),
                                   curve("default", 1, {{100, 1, 1, 0.5}, {200, 1, 1, 0.5}}),
                                   curve("default", 2, {{100, 1, 1, 0.5}, {103, 1, NAN, 0.1}})});
  const Json data = rows(figure, "default");
  REQUIRE(data.size() == 2);
  CHECK(data[0]["step"] == 100);
  CHECK(data[1]["step"] == 200);
}

TEST_CASE("a diverged or stopped run counts up to the end of its init's curve") {
  const Json figure = convergence({curve("default", 0, {{100, 1, 1, 0.5}, {200, 1, 0.5, 0.75}}),
                                   curve("default", 1, {{100, 1, 1, 0.5}, {200, 1, 0.5, 0.75}}),
                                   curve("default", 2, {{100, 1, 3, 0.25}}),
                                   curve("default", 3, {{100, 1, NAN, 0.0}}),
                                   curve("default", 4, {{100, 1, NAN, 0.0}})});
  const Json data = rows(figure, "default");
  REQUIRE(data.size() == 2);
  CHECK(data[1]["accuracy"] == 0.25);  // not 0.75, the accuracy of the two that continue
  CHECK(data[1]["loss"] == 3);
  CHECK(data[1]["loss_high"] > 10);
}

TEST_CASE("inits without points keep their place in the legend, and all inits keep their colours") {
  const Styles all = styles_of({"zero", "mine", "default", "yours"});
  const Recorded runs = recorded({curve("yours", 0, {{1, 1, 1, 0.5}})});
  const Json figure =
      convergence_figure(runs.results(), styles_among(all, {"default", "yours"}), "");
  const Json& scale = figure["vconcat"][0]["hconcat"][0]["encoding"]["color"]["scale"];
  CHECK(scale["domain"] == Json({"default", "yours"}));
  CHECK(scale["range"] == Json({all[2].color, all[3].color}));
}

TEST_CASE("tooltips tell PyTorch's numbers from ours") {
  const Json figure = convergence({curve("default", 3, {{100, 1, 1, 0.5}})},
                                  {curve("default", 3, {{100, 1, 0.75, 0.25}})});
  CHECK(rows(figure)[0]["source"] == "fanin, median");
  const Json& theirs = figure["vconcat"][0]["hconcat"][0]["layer"][3]["data"]["values"];
  CHECK(theirs[0]["source"] == "PyTorch");
  CHECK_FALSE(rows(convergence({curve("default", 3, {{100, 1, 1, 0.5}})}))[0].contains("source"));
}

TEST_CASE("a std of 0 is drawn at the bottom of an axis that fits the other values") {
  const Json figure = layers_of({{"zero", "", 1, 0, NAN, 0.1},
                                 {"default", "", 1, 0.5, NAN, 0.1},
                                 {"default", "", 2, 0.02, NAN, 0.1}});
  std::set<double> kept;
  for (const Json& row : rows(figure)) kept.insert(row["std"].get<double>());
  CHECK(kept == std::set<double>{0, 0.02, 0.5});
  const Json& outputs = figure["vconcat"][0]["hconcat"][0];
  const Json& y = outputs["layer"][0]["encoding"]["y"];
  CHECK(y["scale"]["domain"][0].get<double>() == Approx(1e-3));
  CHECK(y["scale"]["domain"][1] == 1);
  CHECK(y["axis"]["labelExpr"].get<std::string>().find("'0'") != std::string::npos);
  const Json& gradients = figure["vconcat"][0]["hconcat"][1];  // this view has no 0
  CHECK(gradients["layer"][0]["encoding"]["y"]["axis"]["values"] == Json({0.1, 1.0}));
}

TEST_CASE("the subtitle says up to which layer theory is known") {
  const auto subtitle = [](const std::vector<LayerPoint>& points) {
    return layers_of(points)["title"]["subtitle"].get<std::string>();
  };
  const LayerPoint known = {"default", "", 1, 0.5, 0.5, 0.1},
                   unknown = {"default", "", 2, 0.5, NAN, 0.1};
  CHECK(subtitle({unknown}).find("prediction") == std::string::npos);
  CHECK(subtitle({known}).ends_with("mean-field prediction for the outputs"));
  CHECK(subtitle({known, unknown}).ends_with("for the outputs, up to layer 1 of 2"));
  const Json mark = layers_of({known})["vconcat"][0]["hconcat"][0]["layer"][1]["mark"];
  CHECK(mark["point"]["filled"] == false);  // so a single point is visible
}

TEST_CASE("with thousands of seeds, the first are drawn as dots, and all count in the mean") {
  std::vector<double> accuracies(2000, 0.9);
  std::fill_n(accuracies.begin(), 500, 0.1);
  const Json figure = seeds_of("a", accuracies);
  const Json& row = figure["vconcat"][0];
  CHECK(row["data"]["values"].size() == 501);
  CHECK(row["layer"][1]["data"]["values"][0]["accuracy"].get<double>() == Approx(0.7));
  CHECK(figure["title"]["subtitle"] ==
        "a dot for each of the first 500 seeds, a bar at the mean of all; runs below the range of "
        "an axis are drawn at its left edge");
}

TEST_CASE("the axis of final accuracies fits the trained runs, or else those that left chance") {
  const auto domain = [](const std::vector<double>& accuracies) {
    return seeds_of("a", accuracies)["vconcat"][0]["encoding"]["x"]["scale"]["domain"];
  };
  const Json narrow = domain({0.97, 0.98});
  CHECK(narrow[0].get<double>() == Approx(0.96));
  CHECK(narrow[1].get<double>() == Approx(0.985));
  CHECK(domain({0.1, 0.5, 0.97, 0.98}) == narrow);
  const Json slow = domain({0.1, 0.5, 0.7});
  CHECK(slow[0].get<double>() == Approx(0.49));
  CHECK(slow[1].get<double>() == Approx(0.71));
  CHECK(domain({0.1, 0.12})[0].get<double>() == Approx(0.09));
  CHECK(domain({1, 1})[1] == 1);
}

TEST_CASE("text from users is drawn as it is, even if it looks like a template's placeholder") {
  const Json figure = convergence({curve("{{colors}}", 0, {{1, 1, 1, 0.5}}, "act={{rows}}")});
  CHECK(rows(figure)[0]["init"] == "{{colors}}");
  CHECK(figure["vconcat"][0]["title"]["text"] == "act={{rows}}");
  CHECK(looks(figure, "color").begin()->first == "{{colors}}");
}
