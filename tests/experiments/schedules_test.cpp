#include "experiments/task/schedules.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/specs/spec.hpp"
#include "framework/core/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/tally.hpp"

namespace fanin {
namespace {

TEST_CASE("schedules: every learning rate of a run equals PyTorch's") {
  std::ifstream file(golden_path("schedules.json"));
  const auto golden = nlohmann::json::parse(file);
  CHECK(golden.size() == 32);
  for (const auto& row : golden) {
    const auto text = row.at("schedule").get<std::string>();
    const auto lr = row.at("lr").get<std::vector<double>>();
    REQUIRE(lr.size() == row.at("steps"));
    const Schedule schedule = make_schedule(text, 0.1, lr.size(), row.at("epoch"));
    const Schedule momentum = make_momentum_schedule(text, lr.size());
    CHECK(row.contains("momentum") == static_cast<bool>(momentum));
    const Tally tally("Learning rates", "schedules", text);
    for (std::size_t step = 0; step < lr.size(); ++step) {
      INFO(text << ", after " << step << " steps");
      CHECK(schedule(step) == Approx(lr[step]).epsilon(0).margin(1e-14));
      Tally::compared(schedule(step) == lr[step], std::abs(schedule(step) - lr[step]), 1e-14);
      if (momentum)
        CHECK(momentum(step) ==
              Approx(row.at("momentum")[step].get<double>()).epsilon(0).margin(1e-14));
    }
  }
}

TEST_CASE("schedules: each part of a chain counts in its own unit") {
  const Schedule mixed =
      make_schedule("warmup:steps=4,start_factor=0.5+step:step_size=1,every=epoch", 1, 30, 10);
  CHECK(mixed(0) == 0.5);
  CHECK(mixed(3) == Approx(0.875));
  CHECK(mixed(4) == 1);
  CHECK(mixed(13) == 1);  // the last step of an epoch after the warm-up
  CHECK(mixed(14) == Approx(0.1));
  CHECK(make_schedule("constant", 0.3, 10, 10)(1'000'000) == 0.3);
  CHECK(make_schedule("cosine:eta_min=1e-3", 1, 0, 10)(0) == 1);  // a run without steps
}

TEST_CASE("schedules: errors name the wrong part and what was expected") {
  const auto complaint = [](const std::string& text) -> std::string {
    try {
      make_schedule(text, 1, 1, 1);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(complaint("warmup:steps=1+constant") == "");
  CHECK(complaint("step:step_size=1,gamma=1e+0") == "");
  CHECK(complaint("cosin") ==
        "must be constant, step, multistep, exponential, cosine, linear, one_cycle or warmup, not "
        "\"cosin\"");
  CHECK(complaint("step") == "step: needs step_size");
  CHECK(complaint("warmup") == "warmup: needs steps");
  CHECK(complaint("step:step_size=1.5") ==
        "step: step_size must be a whole number from 1 to 1000000000000, got \"1.5\"");
  CHECK(complaint("step:step_size=1,gamma=-1") == "step: gamma must not be negative, got -1");
  CHECK(complaint("cosine:t_max=0") ==
        "cosine: t_max must be a whole number from 1 to 1000000000000, got \"0\"");
  CHECK(complaint("cosine:tmax=3") ==
        "cosine: unknown option \"tmax\"; expected one of t_max, eta_min, every");
  CHECK(complaint("cosine:every=batch") ==
        "cosine: every must be one of step, epoch, got \"batch\"");
  CHECK(complaint("constant:every=epoch") == "constant: takes no options, got \"every\"");
  CHECK(complaint("warmup:steps=5,start_factor=2") ==
        "warmup: start_factor must lie in [0, 1], got 2");
  CHECK_THAT(complaint("warmup:steps=5,start_factor=0"), ContainsSubstring("above 0"));
  CHECK(complaint("multistep") == "multistep: needs milestones, such as milestones=30/80");
  CHECK(complaint("multistep:milestones=30/x") ==
        "multistep: milestones must be whole numbers from 1 to 1000000000000, such as 30/80, not "
        "\"30/x\"");
  CHECK_THAT(complaint("multistep:milestones=0"), ContainsSubstring("whole numbers from 1"));
  CHECK(complaint("exponential") == "exponential: needs gamma");
  CHECK(complaint("linear:end_factor=2") == "linear: end_factor must lie in [0, 1], got 2");
  CHECK(complaint("one_cycle:pct_start=2") == "one_cycle: pct_start must lie in [0, 1], got 2");
  CHECK(complaint("one_cycle:div_factor=0") == "one_cycle: div_factor must be above 0, got 0");
  CHECK(complaint("one_cycle:max_momentum=1") == "one_cycle: a momentum must be below 1, got 1");
  CHECK_THAT(complaint("one_cycle:anneal_strategy=sin"), ContainsSubstring("cos, linear"));
  CHECK_THAT(complaint("one_cycle:every=epoch"), ContainsSubstring("unknown option \"every\""));
  CHECK_THAT(complaint("warmup:steps=3+one_cycle"), ContainsSubstring("follows no warmup"));
  for (const char* text : {"step:step_size=3+cosine", "warmup:steps=1+warmup:steps=1+cosine"})
    CHECK_THAT(complaint(text), ContainsSubstring("a warmup, a + and one more"));
  CHECK(complaint("warmup:steps=3+") == "\"\" must begin with a name");
}

TEST_CASE("schedules: can be an axis of a sweep, although they contain commas") {
  const Sweep sweep = sweep_from_options(
      "lenet5", {{"--set", "train.schedule",
                  "constant,step:step_size=3,gamma=0.5,warmup:steps=5,start_factor=0.1+cosine"}});
  std::vector<std::string> schedules;
  for (const Run& run : sweep.runs)
    if (schedules.empty() || schedules.back() != run.options.schedule)
      schedules.push_back(run.options.schedule);
  CHECK(schedules == std::vector<std::string>{"constant", "step:step_size=3,gamma=0.5",
                                              "warmup:steps=5,start_factor=0.1+cosine"});
}

}  // namespace
}  // namespace fanin
