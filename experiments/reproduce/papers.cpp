// Results of papers, most of them orderings: their networks and data are larger than ours.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "experiments/report/statistics.hpp"
#include "experiments/reproduce/claims.hpp"
#include "init/mean_field.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

std::vector<bool> below(const std::vector<double>& values, double limit) {
  std::vector<bool> result;
  for (const double value : values) result.push_back(value < limit);
  return result;
}

std::vector<bool> reached(const std::vector<double>& steps) {
  return below(steps, std::numeric_limits<double>::infinity());
}

std::string median_text(const char* what, double value, bool percent = false) {
  if (!std::isfinite(value)) return fmt::format("median {}: never", what);
  return percent ? fmt::format("median {} {:.2f} %", what, 100 * value)
                 : fmt::format("median {} {:.0f}", what, value);
}

}  // namespace

std::vector<Finding> he_depth(const Evidence& evidence) {
  const auto of = [&](const char* init, const char* panel, const Evidence::Measure& measure) {
    return evidence.of("he-depth", init, measure, panel);
  };
  const auto arrives = [&](const char* what, const char* init, const char* panel) {
    const auto steps = of(init, panel, steps_to(0.9));
    return holds(what, median_text("steps to 90 %", median(steps)), reached(steps));
  };
  const auto in_the_end = of("xavier_normal", "depth=30", final_accuracy);
  const auto stalled = of("xavier_normal", "depth=30", accuracy_after(1));
  return {
      arrives("22 layers: He's converges", "kaiming_normal", "depth=22"),
      arrives("22 layers: Xavier's converges too", "xavier_normal", "depth=22"),
      ordering("22 layers: He's starts earlier", "Xavier's steps to 90 %",
               of("xavier_normal", "depth=22", steps_to(0.9)), "He's",
               of("kaiming_normal", "depth=22", steps_to(0.9))),
      arrives("30 layers: He's converges", "kaiming_normal", "depth=30"),
      noted(holds("30 layers: Xavier's stalls at chance through the first epoch",
                  median_text("accuracy", median(stalled), true), below(stalled, chance_accuracy)),
            "as below"),
      ordering("30 layers: Xavier's gets to 90 % later than He's, or never",
               "Xavier's steps to 90 %", of("xavier_normal", "depth=30", steps_to(0.9)), "He's",
               of("kaiming_normal", "depth=30", steps_to(0.9))),
      noted(holds("30 layers: Xavier's never leaves chance",
                  median_text("accuracy after six epochs", median(in_the_end), true),
                  below(in_the_end, chance_accuracy)),
            "MNIST is learned in the end at this depth; 50 layers of hanin-depth never start")};
}

std::vector<Finding> hanin_depth(const Evidence& evidence) {
  const auto panel = [](std::size_t depth) {
    return fmt::format("model=mlp:depth={},width={}", depth, depth);
  };
  const auto steps = [&](const char* init, std::size_t depth) {
    return evidence.of("hanin-depth", init, steps_to(0.2), panel(depth));
  };
  std::vector<Finding> findings;
  for (const std::size_t depth : {10, 20, 30, 40, 50}) {
    const auto he = steps("kaiming_normal", depth);
    findings.push_back(holds(fmt::format("depth {}: He's starts", depth),
                             median_text("steps to 20 %", median(he)), reached(he)));
    findings.push_back(ordering(fmt::format("depth {}: Xavier's is slower or never starts", depth),
                                "Xavier's steps to 20 %", steps("xavier_normal", depth), "He's",
                                he));
  }
  for (const std::size_t depth : {30, 40, 50}) {
    const auto xavier = steps("xavier_normal", depth);
    std::vector<bool> never = reached(xavier);
    never.flip();
    findings.push_back(holds(fmt::format("depth {}: Xavier's never starts", depth),
                             median_text("steps to 20 %", median(xavier)), never));
  }
  return findings;
}

std::vector<Finding> glorot_start(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const std::size_t epoch : {1, 3})
    findings.push_back(
        ordering(fmt::format("normalised is ahead in accuracy after epoch {}", epoch), "normalised",
                 evidence.of("glorot-tanh", "normalised", accuracy_after(epoch)), "standard",
                 evidence.of("glorot-tanh", "standard", accuracy_after(epoch)), Unit::percent));
  return findings;
}

std::vector<Finding> schoenholz_phases(const Evidence& evidence) {
  // Accuracies seed by seed, of cells within 6 xi_c and beyond: once among the cells of each depth
  // that has both, so that depth alone does not tell them apart, once of each sigma_w that has
  // both.
  struct Cells {
    std::vector<double> within, beyond;
  };
  using Groups = std::map<double, Cells>;
  std::map<std::uint64_t, std::pair<Groups, Groups>> seeds;
  const std::string spec = "schoenholz-phases";
  for (std::size_t i = 0; i < evidence.sweep(spec).runs.size(); ++i) {
    const Run& run = evidence.sweep(spec).runs[i];
    const NamedOptions init(run.init), model(run.options.model);
    const double depth = model.number("depth", 0), sigma_w = init.number("sigma_w", 1);
    const init::MeanField net{init::activation("tanh"), sigma_w, init.number("sigma_b", 0)};
    const bool reached = depth < 6 * init::fixed_point(net).xi_c;
    for (Cells* cells : {&seeds[run.seed].first[depth], &seeds[run.seed].second[sigma_w]})
      (reached ? cells->within : cells->beyond)
          .push_back(final_accuracy(evidence.records(spec)[i].value()));
  }
  const auto finding = [&](const char* what, auto groups_of) {
    std::vector<double> within, beyond;
    for (const auto& [seed, both] : seeds) {
      double in = 0, out = 0;
      std::size_t n = 0;
      for (const auto& [at, cells] : groups_of(both)) {
        if (cells.within.empty() || cells.beyond.empty()) continue;
        in += mean(cells.within), out += mean(cells.beyond), ++n;
      }
      within.push_back(in / static_cast<double>(n));
      beyond.push_back(out / static_cast<double>(n));
    }
    return ordering(what, "accuracy within", within, "beyond", beyond, Unit::percent);
  };
  return {finding("at the same depth, sigma_w with 6 xi_c above it trains better",
                  [](const auto& both) { return both.first; }),
          finding("at the same sigma_w, depths below 6 xi_c train better",
                  [](const auto& both) { return both.second; })};
}

std::vector<Finding> saxe_linear(const Evidence& evidence) {
  const std::vector<std::string> rates = {"0.0005", "0.001", "0.002", "0.005", "0.01", "0.02"};
  const auto fastest = [&](const char* init, std::size_t depth) {
    std::vector<double> best;
    for (const std::string& rate : rates) {
      const auto steps = evidence.of("saxe-linear", init, steps_to(0.7),
                                     fmt::format("depth={}, lr={}", depth, rate));
      best.resize(steps.size(), std::numeric_limits<double>::infinity());
      for (std::size_t i = 0; i < steps.size(); ++i) best[i] = std::min(best[i], steps[i]);
    }
    return best;
  };
  const auto growth = [&](const char* init) {
    std::vector<double> from = fastest(init, 5), to = fastest(init, 60);
    for (std::size_t i = 0; i < to.size(); ++i)
      if (std::isfinite(to[i])) to[i] /= from[i];
    return to;
  };
  const auto orthogonal = growth("orthogonal"), gaussian = growth("scaled_gaussian");
  return {holds("orthogonal: 60 layers learn in at most twice the steps of 5",
                fmt::format("median ratio {:.2g}", median(orthogonal)),
                below(orthogonal, std::nextafter(2, 3))),
          ordering("a scaled Gaussian's learning time grows more with depth", "Gaussian's ratio",
                   gaussian, "orthogonal's", orthogonal)};
}

}  // namespace fanin
