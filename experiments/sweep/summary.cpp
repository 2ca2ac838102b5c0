#include "experiments/sweep/summary.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "experiments/charts/sweep_figures.hpp"
#include "experiments/charts/write_figure.hpp"
#include "experiments/report/summary.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

// Draws what there is to draw, and says how much it was; a warning where it cannot.
std::size_t draw(const Sweep& sweep, const Records& records, const std::filesystem::path& folder) {
  std::size_t drawn = 0;
  try {
    const auto script = find_shipped("charts/render.mjs");
    if (script.empty()) throw Error("experiments/charts/render.mjs is not there");
    std::filesystem::create_directories(folder / "figures");
    for (const SweepFigure& figure : sweep_figures(sweep, records, styles_of(inits_of(sweep)))) {
      if (figure.name == "histograms") continue;  // for the page; too many for one picture
      write_figure(figure.spec, script, folder / "figures" / (figure.name + ".svg"));
      ++drawn;
    }
  } catch (const std::exception& error) {  // the numbers are safe; only their picture is missing
    say("fanin: warning: no figure for {}: {}\n", sweep.name, error.what());
  }
  return drawn;
}

// What the terminal has, where people read on one.
std::size_t stdout_columns() {
  winsize size{};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 100;
  return std::clamp<std::size_t>(size.ws_col, 60, 160);
}

}  // namespace

std::size_t summarise(const Sweep& sweep, const Records& records,
                      const std::filesystem::path& folder, bool print_table) {
  const Mixture mixture = mixture_of(sweep, records);
  for (const std::string& what : {mixture.data, mixture.model, mixture.kernels})
    if (!what.empty()) say("fanin: warning: {}: {}\n", folder.string(), what);
  write_file(folder / "summary.csv", summary_csv(sweep, records));
  write_file(folder / "timings.csv", timings_csv(sweep, records));
  write_file(folder / "statistics.csv", statistics_csv(sweep, records));
  write_file(folder / "comparisons.csv", comparisons_csv(sweep, records));
  if (print_table) show("\n{}\n", summary_table(sweep, records, stdout_columns()));
  return draw(sweep, records, folder);
}

}  // namespace fanin
