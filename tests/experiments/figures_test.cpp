#include "experiments/charts/figures.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

using namespace fanin;
using Json = nlohmann::json;

namespace {

const Json& rows(const Json& figure, std::size_t panel = 0) {
  return figure["vconcat"][panel]["data"]["values"];
}

// The rows of one init, in the order of their steps.
Json rows(const Json& figure, const std::string& init) {
  Json result = Json::array();
  for (const Json& row : rows(figure)) {
    if (row["init"] == init) result.push_back(row);
  }
  return result;
}

// "color" or "shape" of every init of a figure.
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

// Drawn in the styles of its own inits.
template <class Point>
Styles styles_of_points(const std::vector<Point>& points) {
  std::vector<std::string> names;
  for (const Point& point : points) names.push_back(point.init);
  return styles_of(names);
}

Json convergence(const std::vector<Curve>& curves, const std::vector<Curve>& pytorch = {}) {
  return convergence_figure("title", styles_of_points(curves), curves, pytorch);
}

Json layers_of(const std::vector<LayerPoint>& points) {
  return layers_figure("title", styles_of_points(points), points);
}

Curve curve(const std::string& init, std::uint64_t seed, std::vector<CurvePoint> points,
            const std::string& panel = "") {
  return {init, panel, seed, std::move(points)};
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
  CHECK(data[1]["loss"] == 0.75);  // the third, which has ended, stays at 1.0 and 0.5
  CHECK(data[1]["accuracy"] == 0.625);
  CHECK(figure["title"]["subtitle"] == "median and quartiles of 3 seeds");
}

TEST_CASE("numbers that are not finite count as the worst, and leave no number of theirs") {
  const double inf = INFINITY;
  const Json figure =
      convergence({curve("normal", 0, {{1, NAN, inf, 0.1}}), curve("normal", 1, {{1, NAN, 2, 0.3}}),
                   curve("normal", 2, {{1, NAN, 1, NAN}}), curve("zero", 0, {{1, NAN, NAN, NAN}})});
  CHECK(rows(figure, "normal")[0]["loss"] == 2);
  CHECK(rows(figure, "normal")[0]["loss_high"] > 10);
  CHECK(rows(figure, "normal")[0]["accuracy_low"].get<double>() == Approx(0.05));
  CHECK_FALSE(rows(figure, "zero")[0].contains("loss"));
  CHECK(rows(figure, "zero")[0]["accuracy"] == 0);
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

TEST_CASE("a figure has a row per panel, and lines in one place take turns at their marks") {
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

TEST_CASE("PyTorch's curves lie over the panel of their runs, with the seed in the subtitle") {
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

TEST_CASE("a figure of layers has a row for panels that are alike, and theory where there is any") {
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
  CHECK(two.dump().find("theory") != std::string::npos);
}

TEST_CASE("a figure of units holds their medians over seeds, step by step") {
  const Json figure = units_figure("title", styles_of({"zero", "default"}),
                                   {{"zero", "", 0, 0.0},
                                    {"zero", "", 0, 0.0},
                                    {"zero", "", 100, 0.5},
                                    {"zero", "", 100, 0.25},
                                    {"zero", "", 100, 1.0},
                                    {"zero", "", 103, 0.0},  // where one diverged
                                    {"default", "", 0, 1.0}});
  const Json& values = figure["vconcat"][0]["data"]["values"];
  REQUIRE(values.size() == 3);
  for (const Json& row : values)
    CHECK(row["share"] == (row["init"] == "default" ? 1.0 : row["step"] == 0 ? 0.0 : 0.5));
}

TEST_CASE("a median is drawn where half of an init's runs have a number, not where one diverged") {
  const Json figure = convergence({curve("default", 0, {{100, 1, 1, 0.5}, {200, 1, 1, 0.5}}),
                                   curve("default", 1, {{100, 1, 1, 0.5}, {200, 1, 1, 0.5}}),
                                   curve("default", 2, {{100, 1, 1, 0.5}, {103, 1, NAN, 0.1}})});
  const Json data = rows(figure, "default");
  REQUIRE(data.size() == 2);
  CHECK(data[0]["step"] == 100);
  CHECK(data[1]["step"] == 200);
}

TEST_CASE("a run that diverged or stopped counts to the end of its init's curve") {
  const Json figure = convergence({curve("default", 0, {{100, 1, 1, 0.5}, {200, 1, 0.5, 0.75}}),
                                   curve("default", 1, {{100, 1, 1, 0.5}, {200, 1, 0.5, 0.75}}),
                                   curve("default", 2, {{100, 1, 3, 0.25}}),
                                   curve("default", 3, {{100, 1, NAN, 0.0}}),
                                   curve("default", 4, {{100, 1, NAN, 0.0}})});
  const Json data = rows(figure, "default");
  REQUIRE(data.size() == 2);
  CHECK(data[1]["accuracy"] == 0.25);  // not 0.75, of the two that are left
  CHECK(data[1]["loss"] == 3);
  CHECK(data[1]["loss_high"] > 10);
}

// The least distance between two colours as a kind of eye sees them, in CIELAB. The matrices are
// those of Machado, Oliveira & Fernandes 2009, for linear RGB.
double nearest(std::string Style::*which, const std::array<double, 9>& eye) {
  std::vector<std::array<double, 3>> labs;
  for (const Style& style : palette()) {
    std::array<double, 3> linear{}, seen{};
    for (std::size_t i = 0; i < 3; ++i) {
      const double c = std::stoi((style.*which).substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
      linear[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    for (std::size_t i = 0; i < 3; ++i)
      seen[i] = std::clamp(
          eye[3 * i] * linear[0] + eye[3 * i + 1] * linear[1] + eye[3 * i + 2] * linear[2], 0., 1.);
    const auto f = [](double t) {
      return t > 216. / 24389 ? std::cbrt(t) : (24389. / 27 * t + 16) / 116;
    };
    const double x = f((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047),
                 y = f(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]),
                 z = f((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
    labs.push_back({116 * y - 16, 500 * (x - y), 200 * (y - z)});
  }
  double least = INFINITY;
  for (std::size_t i = 0; i < labs.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      least = std::min(least, std::hypot(labs[i][0] - labs[j][0], labs[i][1] - labs[j][1],
                                         labs[i][2] - labs[j][2]));
  return least;
}

TEST_CASE("colours stay apart on white and on dark paper, for colour-blind eyes too") {
  const std::array<double, 9> usual = {1, 0, 0, 0, 1, 0, 0, 0, 1},
                              protan = {0.152286, 1.052583,  -0.204868, 0.114503, 0.786281,
                                        0.099216, -0.003882, -0.048116, 1.051998},
                              deutan = {0.367322, 0.860646, -0.227968, 0.280085, 0.672501,
                                        0.047413, -0.01182, 0.04294,   0.968881};
  for (const auto& eye : {usual, protan, deutan}) {
    CHECK(nearest(&Style::color, eye) >= 16);
    CHECK(nearest(&Style::dark, eye) >= 16);
  }
}

TEST_CASE("inits that have no points yet keep their place in the legend, and all their colours") {
  const Styles all = styles_of({"zero", "mine", "default", "yours"});
  const Json figure = convergence_figure("title", styles_among(all, {"default", "yours"}),
                                         {curve("yours", 0, {{1, 1, 1, 0.5}})});
  const Json& scale = figure["vconcat"][0]["hconcat"][0]["encoding"]["color"]["scale"];
  CHECK(scale["domain"] == Json({"default", "yours"}));
  CHECK(scale["range"] == Json({all[2].color, all[3].color}));
}

TEST_CASE("PyTorch's numbers are named beside ours") {
  const Json figure = convergence({curve("default", 3, {{100, 1, 1, 0.5}})},
                                  {curve("default", 3, {{100, 1, 0.75, 0.25}})});
  CHECK(rows(figure)[0]["source"] == "fanin, median");
  const Json& theirs = figure["vconcat"][0]["hconcat"][0]["layer"][3]["data"]["values"];
  CHECK(theirs[0]["source"] == "PyTorch");
  CHECK_FALSE(rows(convergence({curve("default", 3, {{100, 1, 1, 0.5}})}))[0].contains("source"));
}

TEST_CASE("a std of 0 stays 0, at the foot of an axis that follows the others") {
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
  const Json& gradients = figure["vconcat"][0]["hconcat"][1];  // no 0 there: no foot
  CHECK(gradients["layer"][0]["encoding"]["y"]["axis"]["values"] == Json({0.1, 1.0}));
}

TEST_CASE("the subtitle says how far theory reaches") {
  const auto subtitle = [](const std::vector<LayerPoint>& points) {
    return layers_of(points)["title"]["subtitle"].get<std::string>();
  };
  const LayerPoint known = {"default", "", 1, 0.5, 0.5, 0.1},
                   unknown = {"default", "", 2, 0.5, NAN, 0.1};
  CHECK(subtitle({unknown}).find("theory") == std::string::npos);
  CHECK(subtitle({known}).ends_with("mean-field theory of the outputs"));
  CHECK(subtitle({known, unknown}).ends_with("of the outputs, up to layer 1 of 2"));
  const Json mark = layers_of({known})["vconcat"][0]["hconcat"][0]["layer"][1]["mark"];
  CHECK(mark["point"]["filled"] == false);  // a single point is seen
}

TEST_CASE("of thousands of seeds the first are dots, and all make the median") {
  std::vector<SeedPoint> points;
  for (std::uint64_t seed = 0; seed < 2000; ++seed)
    points.push_back({"a", "", seed, seed < 500 ? 0.1 : 0.9, 1, "slow"});
  points.push_back({"b", "", 0, 0.5, 1, "slow"});
  const Json figure = seeds_figure("title", styles_of_points(points), points);
  const Json& row = figure["vconcat"][0];
  CHECK(row["data"]["values"].size() == 501);
  CHECK(row["layer"][1]["data"]["values"][0]["accuracy"] == 0.9);
  CHECK(figure["title"]["subtitle"] ==
        "a dot for each of the first 500 seeds, a bar at the median of all");
}

TEST_CASE("the axis of final accuracies fits them") {
  const auto domain = [](const std::vector<SeedPoint>& points) {
    return seeds_figure("title", styles_of_points(points),
                        points)["vconcat"][0]["encoding"]["x"]["scale"]["domain"];
  };
  const Json narrow = domain({{"a", "", 0, 0.97, 0.1, ""}, {"a", "", 1, 0.98, 0.1, ""}});
  CHECK(narrow[0].get<double>() == Approx(0.96));
  CHECK(narrow[1].get<double>() == Approx(0.99));
  const Json wide = domain({{"a", "", 0, 0.1, 2.3, ""}, {"a", "", 1, 1, 0.1, ""}});
  CHECK(wide[0].get<double>() == Approx(0.055));
  CHECK(wide[1] == 1);
}
