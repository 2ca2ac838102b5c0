#include "experiments/page/page.hpp"

#include <nlohmann/json.hpp>

#include "experiments/page/words.hpp"
#include "experiments/task/models.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

// Runs of an init in a panel. Each seed ends at one of these accuracies.
struct Example {
  void add(const std::string& init, const std::vector<double>& accuracies, const Axes& axes = {}) {
    for (std::size_t seed = 0; seed < accuracies.size(); ++seed) {
      of.runs.push_back(run(init, seed, axes));
      records.push_back(record({accuracies[seed]}, "completed", 0.25));
    }
  }
  // Without the last sentence, which says at which learning rate the inits train.
  Words words() const {
    Words sentences = answers(results_of(of, records));
    if (sentences.back().starts_with("All inits train at one learning rate")) sentences.pop_back();
    return sentences;
  }

  Sweep of = sweep({});
  Records records;
};

Axes depth(int layers) { return {{"depth", std::to_string(layers)}}; }

TEST_CASE("answers: inits that the seeds cannot tell apart, those behind, and stuck ones") {
  Example results;
  results.add("zero", {0.1, 0.1, 0.1, 0.1, 0.1});
  results.add("good", {0.95, 0.96, 0.97, 0.95, 0.96});
  results.add("alike", {0.96, 0.95, 0.96, 0.96, 0.95});
  results.add("worse", {0.9, 0.91, 0.92, 0.9, 0.91});
  results.add("slow", {0.5, 0.6, 0.7, 0.6, 0.5});
  CHECK(
      results.words() ==
      Words{"good and alike end between 95.6 and 95.8 % on average; these seeds cannot tell "
            "them apart. 2 inits are ahead of worse (90.8 %): good by 5.0 points (5.0 to 5.0) and "
            "alike by "
            "4.8 points (2.9 to 6.7). Below 90 % in every seed: slow ends at 58.0 % on average. "
            "zero never leaves chance.",
            "5 seeds are too few to show a difference of one point reliably: the interval of a "
            "difference is typically ±1.9 points. More seeds make it narrower; see `fanin compare "
            "--help`.",
            "With so few seeds the intervals assume a near-normal spread."});
}

TEST_CASE("answers: say if there are too few seeds, or if no seed left chance") {
  Example results;
  results.add("a", {0.95, 0.96}, depth(3));
  results.add("b", {0.5, 0.6}, depth(3));
  results.add("a", {0.1, 0.1}, depth(9));
  results.add("b", {0.1, 0.1}, depth(9));
  const Words words = results.words();
  REQUIRE(words.size() == 2);
  CHECK(words[0] ==
        "depth=3: a ends at 95.5 % on average. Below 90 % in every seed: b ends at 55.0 % on "
        "average.");
  CHECK(words[1] == "depth=9: a and b never leave chance.");
  CHECK(Example().words() == Words{"No run has ended yet."});
}

TEST_CASE("answers: with many settings, say where each init trains in most seeds") {
  Example results;
  for (const int layers : {1, 2, 3, 4, 5}) {
    results.add("all", {0.95, 0.95, 0.2}, depth(layers));
    results.add("shallow", {layers < 3 ? 0.95 : 0.2}, depth(layers));
    results.add("odd", {layers % 2 == 1 ? 0.95 : 0.2}, depth(layers));
    results.add("odder", {layers == 2 ? 0.2 : 0.95}, depth(layers));
    results.add("none", {0.1}, depth(layers));
    results.add("never", {0.2}, depth(layers));
  }
  CHECK(results.words() ==
        Words{"In most seeds all trains everywhere.", "In most seeds shallow trains up to depth=2.",
              "In most seeds odd trains at depth=1, depth=3 and depth=5.",
              "In most seeds odder trains in 4 of 5 settings.",
              "never never reached 90 %; its best run ended at 20.0 %.",
              "none never leaves chance.", "'Trains' means ending at 90 % test accuracy or more."});
}

TEST_CASE("answers: settings that are not ascending numbers are listed, not given as a range") {
  Example results;
  for (const std::string act : {"tanh", "relu", "selu", "gelu", "silu"})
    results.add("two", {act == "tanh" || act == "relu" ? 0.95 : 0.2}, {{"act", act}});
  CHECK(results.words()[0] == "In most seeds two trains at act=tanh and act=relu.");
}

TEST_CASE("answers: an unfinished sweep says how many runs it has, and one init is not best") {
  Example results;
  results.add("a", {0.95, 0.94});
  results.of.runs.push_back(run("b", 0));
  results.records.push_back(std::nullopt);
  CHECK(results.words() == Words{"So far, 2 of 3 runs:", "a ends at 94.5 % on average."});
  results.records.back() = record({0.91});
  CHECK(results.words()[0].starts_with(
      "a has the highest mean, 94.5 %; these seeds cannot tell it apart from b (91.0 %)."));
}

TEST_CASE("answers: tell diverged runs from runs that stayed at chance") {
  Example results;
  results.add("good", {0.95, 0.96});
  results.add("zero", {0.1, 0.1});
  results.add("wild", {0.1, 0.1});
  results.add("mixed", {0.1, 0.1});
  for (const std::size_t i : {4, 5, 6}) results.records[i] = record({0.1}, "diverged");
  CHECK_THAT(
      results.words()[0],
      EndsWith(" wild diverged in 2 of 2 seeds and rose above chance in 0. mixed diverged in 1 of "
               "2 seeds and rose above chance in 0. zero never leaves chance."));
}

// The data in a page.
nlohmann::json data_of(const std::string& html) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const std::size_t begin = html.find(open) + open.size();
  return nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

TEST_CASE("page: its data are complete, whatever characters the question has") {
  const TempFolder folder;
  Example results;
  results.of.question = "Is </script><b>a & b</b> {{data}} better?";
  results.add("zero", {0.1});
  results.add("default", {0.95, 0.9});
  results.of.runs.push_back(run("default", 2));
  results.records.push_back(record({0.5}));
  results.records.back()->end.reset();  // still running
  results.of.runs.push_back(run("default", 3));
  results.records.push_back(std::nullopt);
  results.records[0]->start.data = "0123456789abcdef";
  const Results of = results_of(results.of, results.records);
  const PageSweep page{&of, folder / "none"};
  write_page(folder / "report.html", {&page, 1}, true);
  const std::string html = read_file(folder / "report.html");
  CHECK(html.find("<title>Is &lt;/script>&lt;b>a &amp; b&lt;/b> {{data}} better?</title>") !=
        std::string::npos);
  CHECK(html.find("<b>a") == std::string::npos);
  const auto data = data_of(html);
  CHECK(data["live"] == true);
  const auto& section = data["sweeps"][0];
  CHECK(section["title"] == results.of.question);
  CHECK(section["count"] ==
        nlohmann::json({{"all", 5}, {"done", 3}, {"running", 1}, {"failed", 0}}));
  const std::vector<std::pair<std::string, std::string>> setting = section["setting"];
  CHECK(setting == std::vector<std::pair<std::string, std::string>>{
                       {"network", "lenet5"},
                       {"data", "mnist (SHA-256 0123456789ab…)"},
                       {"training", "sgd, lr 0.01, batches of 64, 1 epoch"},
                       {"seeds", "0, 1, 2, 3"}});
  CHECK(section["runs"].size() == 3);
  CHECK(section["tables"][0]["rows"].size() == 3);
  CHECK(section["inits"][0]["name"] == "zero");
  CHECK(section["manifest"].is_null());
  REQUIRE(section["figures"].size() >= 2);
  CHECK(section["figures"][0]["name"] == "convergence");
  CHECK(section["figures"][1]["name"] == "seeds");
  CHECK(section["figures"][1]["spec"]["vconcat"][0]["data"]["values"].size() == 3);
}

TEST_CASE("page: several sweeps are not live, and have one colour per init and distinct names") {
  const TempFolder folder;
  Example one, two;
  one.add("default", {0.95});
  one.add("mine", {0.95});
  two.add("yours", {0.95});
  two.add("mine", {0.95});
  const Results first = results_of(one.of, one.records), second = results_of(two.of, two.records);
  const std::vector<PageSweep> pages = {{&first, "results/a"}, {&second, "results/b/"}};
  write_page(folder / "report.html", pages);
  const auto data = data_of(read_file(folder / "report.html"));
  CHECK(data["live"] == false);
  REQUIRE(data["sweeps"].size() == 2);
  CHECK(data["sweeps"][0]["title"] == "Why? (results/a)");
  CHECK(data["sweeps"][1]["title"] == "Why? (results/b/)");
  const auto color = [&](int sweep, int init) { return data["sweeps"][sweep]["inits"][init]; };
  CHECK(color(0, 1) == color(1, 1));
  CHECK(color(0, 1)["color"] != color(1, 0)["color"]);
  for (const auto& section : data["sweeps"])
    CHECK(section["figures"][0]["spec"]["vconcat"][0]["hconcat"][0]["encoding"]["color"]["scale"]
                 ["range"][1] == color(0, 1)["color"]);
}

TEST_CASE("page: a pasted network is saved with the spec, which finds it in its own folder") {
  const TempFolder folder;
  const auto model = folder / "net.txt";
  const std::string text = "Sequential(\n  (0): Flatten()\n  (1): Linear(784, 10)\n)\n";
  write_file(model, text);
  Example results;
  results.add("default", {0.95});
  results.of.runs[0].options.model = model.string();
  results.of.resolved = "model = " + nlohmann::json(model.string()).dump() + "\n";
  const Results of = results_of(results.of, results.records);
  const PageSweep page{&of, folder / "none"};
  write_page(folder / "report.html", {&page, 1});
  const auto section = data_of(read_file(folder / "report.html"))["sweeps"][0];
  CHECK(section["spec"] == "model = \"net.txt\"\n");
  CHECK(section["models"] == nlohmann::json::array({nlohmann::json::array({"net.txt", text})}));
  CHECK(section["setting"][0][1] == "net.txt");
}

}  // namespace
}  // namespace fanin
