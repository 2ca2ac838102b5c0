#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>

#include "experiments/cli/train.hpp"
#include "experiments/look/layer_signal.hpp"
#include "experiments/look/signals.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/text.hpp"
#include "framework/nn/activation_table.hpp"
#include "init/init.hpp"
#include "init/recipe.hpp"

namespace fanin {
namespace {

constexpr std::size_t sample = 256;  // training images in file order
constexpr std::size_t columns = 100;

// A model under one init, and its signals.
struct Inspected {
  std::string label;
  std::shared_ptr<Module> model;
  std::vector<Expectation> expected;  // of each parameter, in their order
  std::vector<LayerSignal> signals;
};

std::string number(double value, const char* unknown = "nan") {
  return std::isnan(value) ? unknown : fmt::format("{:.3g}", value);  // fmt also prints "-nan"
}

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : "~" + text.substr(text.size() - width + 1);
}

// Calls print(i) for each of n rows, without the middle ones of very many, and ends the table.
template <class Print>
void print_rows(std::size_t n, bool all, const Print& print) {
  constexpr std::size_t most = 40, ends = 12;
  for (std::size_t i = 0; i < n; ++i) {
    if (!all && n > most && i == ends) {
      fmt::print("  ... {} more; --verbose shows them\n", n - 2 * ends);
      i = n - ends;
    }
    print(i);
  }
  fmt::print("\n");
}

void print_parameters(const Inspected& inspected, bool all) {
  fmt::print("  {:<18}{:<15}{:>7}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "parameter", "shape",
             "fan_in", "fan_out", "mean", "std", "expected", "min", "max");
  const auto parameters = inspected.model->named_parameters();
  print_rows(parameters.size(), all, [&](std::size_t i) {
    const auto& [path, tensor] = parameters[i];
    const Spread s(tensor.value());
    const Expectation& e = inspected.expected.at(i);
    const bool has_fans = tensor.shape().size() >= 2;
    const init::Fans fans = has_fans ? init::calculate_fans(tensor.shape()) : init::Fans{0, 0};
    fmt::print("  {:<18}{:<15}{:>7}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}\n", cut(path, 17),
               to_string(tensor.shape()), has_fans ? fmt::to_string(fans.in) : "",
               has_fans ? fmt::to_string(fans.out) : "", number(s.mean), number(s.std),
               number(e.std, e.by_data ? "by data" : ""), number(s.low), number(s.high));
  });
}

std::string stuck(const LayerSignal& s) {
  const ActivationRow* row = find_activation(s.type);
  if (row && row->dies) return fmt::format("  {:.0f} % dead", 100 * s.dead);
  if (row && row->bounds) return fmt::format("  {:.0f} % saturated", 100 * s.saturated);
  return s.units_are != Units::differ ? "  equal units" : "";
}

void print_signals(const Inspected& inspected, bool all) {
  fmt::print("  {:>5}  {:<12}{:<13}{:>10}{:>10}{:>10}{:>11}{:>10}\n", "layer", "name", "type",
             "mean", "std", "expected", "image std", "grad std");
  const std::vector<std::size_t> numbers = layer_numbers(inspected.signals);
  const std::map<std::string, Sigmas> all_sigmas = sigmas_of(*inspected.model, inspected.expected);
  print_rows(inspected.signals.size(), all, [&](std::size_t i) {
    const LayerSignal& s = inspected.signals[i];
    const auto sigmas = all_sigmas.find(s.path);
    const double expected =  // He et al. 2015, (6)
        sigmas == all_sigmas.end() ? std::nan("") : sigmas->second.through(s.input_square);
    fmt::print("  {:>5}  {:<12}{:<13}{:>10}{:>10}{:>10}{:>11}{:>10}{}\n",
               s.weighted ? fmt::to_string(numbers[i]) : "", cut(s.path, 11), s.type,
               number(s.mean), number(s.std), number(std::sqrt(expected), ""), number(s.image_std),
               number(s.gradient_std), stuck(s));
  });
}

// One verdict a line, or all of an init as one paragraph behind its label.
void print_verdict(const Inspected& inspected, const std::string& label) {
  const std::string blanks(2 + label.size(), ' ');
  if (!label.empty()) {
    fmt::print("{}",
               wrapped(join(verdicts(inspected.signals), "; "), columns, "  " + label, blanks));
    return;
  }
  for (const std::string& verdict : verdicts(inspected.signals))
    fmt::print("{}", wrapped(verdict, columns, blanks, blanks + "  "));
}

// What theory expects layer by layer, beside what was measured, and over all hidden layers.
void print_steps(const Inspected& inspected, bool all) {
  const auto steps = mean_field_steps(inspected.signals, *inspected.model, inspected.expected);
  if (steps.empty()) return;
  std::map<std::size_t, double> measured;  // mean squares by layer
  const std::vector<std::size_t> numbers = layer_numbers(inspected.signals);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (const LayerSignal& s = inspected.signals[i]; s.weighted)
      measured[numbers[i]] = s.std * s.std + s.mean * s.mean;
  fmt::print(
      "\n  mean-field theory: the variance q of each output, and from q 10 % smaller or larger\n"
      "  {:>5}{:>12}{:>12}{:>12}{:>12}{:>14}{:>14}\n",
      "layer", "q", "measured", "chi_1", "slope", "q -10 %", "q +10 %");
  double gradients = 1;
  for (const MeanFieldStep& step : steps) gradients *= step.chi_1;
  print_rows(steps.size(), all, [&](std::size_t i) {
    const MeanFieldStep& step = steps[i];
    fmt::print("  {:>5}{:>12}{:>12}{:>12}{:>12}{:>14}{:>14}\n", step.number, number(step.q_out),
               number(measured[step.number]), number(step.chi_1), number(step.slope),
               number(step.low), number(step.high));
  });
  const MeanFieldStep& last = steps.back();
  const double apart = last.high / last.low, spread = 1.1 / 0.9;
  const std::string over = fmt::format(
      "over these {} layers squared gradients change ×{}, and an error of 10 % in q {}: q ends "
      "between {} and {}",
      steps.size(), number(gradients),
      apart > 2 * spread          ? "grows"
      : apart < std::sqrt(spread) ? "shrinks"
                                  : "keeps its size",
      number(last.low), number(last.high));
  fmt::print("{}", wrapped(over, columns, "  ", "    "));
}

void print_mean_field(const Inspected& inspected) {
  const auto point = fixed_point_of(inspected.signals, *inspected.model, inspected.expected);
  if (!point) return;
  const double xi = point->xi_c;
  const std::string reach =
      std::isinf(xi) ? "the depth scale xi is infinite: the init is critical"
      : xi > 0
          ? fmt::format("depth scale xi = {:.2g} layers (nets deeper than 6 xi rarely train)", xi)
          : "there is no depth scale, as differences between images grow in each layer";
  const std::string q = number(point->q);
  fmt::print("  at infinite depth: {};\n  each layer multiplies squared gradients by {};\n  {}\n",
             point->xi_q < 0 ? "the variance q* = " + q + " would stay, but errors in it grow"
                             : "the variance of the outputs tends to q* = " + q,
             number(point->chi_1), reach);
}

// Prints for each layer with weights, under each init, the std of its output and of the gradient.
void print_side_by_side(const std::vector<Inspected>& all_inits, bool verbose) {
  constexpr std::size_t layer_width = 22, pair_width = 19;
  constexpr std::size_t at_once = (columns - layer_width - 2) / pair_width;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < all_inits.front().signals.size(); ++i)
    if (all_inits.front().signals[i].weighted) rows.push_back(i);
  for (std::size_t first = 0; first < all_inits.size(); first += at_once) {
    const std::size_t end = std::min(first + at_once, all_inits.size());
    std::string labels, heads;
    for (std::size_t k = first; k < end; ++k) {
      labels += fmt::format("{:>{}}", cut(all_inits[k].label, pair_width - 1), pair_width);
      heads += fmt::format("{:>11}{:>8}", "output", "grad");
    }
    fmt::print("  {:{}}{}\n  {:<{}}{}\n", "", layer_width, labels, "layer name", layer_width,
               heads);
    print_rows(rows.size(), verbose, [&](std::size_t row) {
      const LayerSignal& layer = all_inits.front().signals[rows[row]];
      std::string line =
          fmt::format("{:<5}{:<{}}", row + 1, cut(layer.path + " " + layer.type, layer_width - 6),
                      layer_width - 5);
      for (std::size_t k = first; k < end; ++k) {
        const LayerSignal& s = all_inits[k].signals[rows[row]];
        line += fmt::format("{:>11.2g}{:>8.2g}", std::abs(s.std), std::abs(s.gradient_std));
      }
      fmt::print("  {}\n", line);
    });
  }
  std::size_t width = 0;
  for (const Inspected& i : all_inits) width = std::max(width, i.label.size());
  for (const Inspected& i : all_inits) print_verdict(i, fmt::format("{:<{}}", i.label, width + 2));
}

// Prints the tables of one init, or one table of several inits, or if verbose all of them.
int inspect(TrainOptions options, const std::vector<std::string>& inits, bool verbose) {
  const std::vector<Recipe> recipes(inits.begin(), inits.end());
  check_model(options.model);
  const Data data = load_data(options);
  const Batch batch = first_images(data.train, sample);
  std::vector<Inspected> all;
  for (const Recipe& init : recipes) {
    options.init = init.text();
    Inspected& one =
        all.emplace_back(Inspected{init.label(), make_initialised(options, &data.train), {}, {}});
    one.expected = init.expected(*one.model);
    const Loss& loss = find_loss(options.loss);
    check_outputs(loss, check_output(*one.model, batch, classes_of(data)));
    one.signals = measure_signals(*one.model, batch.images, batch.labels, loss);
    if (inits.size() > 1 && !verbose) continue;
    fmt::print("{} under {}, seed {}, on {} images of {}\n\n", options.model, one.label,
               options.seed, batch.labels.size(), options.dataset);
    print_parameters(one, verbose);
    print_signals(one, verbose);
    if (inits.size() == 1) {
      print_verdict(one, "");
      print_steps(one, verbose);
      print_mean_field(one);
    }
  }
  if (inits.size() == 1) return 0;
  fmt::print("{}, seed {}, on {} images of {}: std of outputs and of gradients\n\n", options.model,
             options.seed, batch.labels.size(), options.dataset);
  print_side_by_side(all, verbose);
  return 0;
}

}  // namespace

Command make_inspect() {
  struct Options {
    TrainOptions train;
    std::vector<std::string> inits;
    bool verbose = false;
  };
  const auto options = std::make_shared<Options>();
  std::vector<CommandOption> list = train_options(
      options->train, {"seed", "loss", "init_rng", "dataset", "data_dir", "data_mean", "data_std"});
  list.push_back({"--init", &options->inits, "inits to show (the init \"default\")", "NAME"});
  list.push_back({"--verbose", &options->verbose,
                  "print all rows of all tables; with several inits, each init's own tables too"});
  const auto run = [options] {
    check_train_options(options->train);
    if (options->inits.empty()) options->inits.emplace_back("default");
    return inspect(options->train, options->inits, options->verbose);
  };
  return {
      "inspect", "show parameters, outputs and gradients before training, under one or more inits",
      std::move(list),
      "Examples:\n"
      "  fanin inspect lenet5 --init kaiming_normal       each parameter and layer in detail\n"
      "  fanin inspect mlp:depth=30 --init default xavier_uniform kaiming_normal\n"
      "`expected` is the std that theory predicts (He et al. 2015). For a parameter, it\n"
      "follows from the formula of its init; for the output of a layer, from the formulas\n"
      "of its parameters and from the measured input. `image std` is the std of an output from\n"
      "image to image, `grad std` the std of the gradient with respect to the outputs. The\n"
      "sentences below the table compare the first and the last hidden layer; a gradient's norm\n"
      "is that over all outputs of a layer. A unit is dead if it is 0 for every image.\n",
      run};
}

}  // namespace fanin
