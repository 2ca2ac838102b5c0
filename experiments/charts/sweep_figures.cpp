#include "experiments/charts/sweep_figures.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "experiments/charts/end_figures.hpp"
#include "experiments/charts/layer_figures.hpp"
#include "experiments/charts/step_figures.hpp"
#include "experiments/record/json_text.hpp"
#include "experiments/task/shipped.hpp"

namespace fanin {
namespace {

// A figure's name, that of its template too, and its Vega-Lite; null if a sweep has nothing for it.
struct Figure {
  const char* name;
  nlohmann::json (*make)(const Results& results, const Styles& inits);
};

constexpr std::array figure_table = {
    Figure{"convergence",
           [](const Results& results, const Styles& inits) {
             return convergence_figure(results, inits, find_shipped("peer/curves.csv"));
           }},
    Figure{"seeds", seeds_figure},
    Figure{"units", units_figure},
    Figure{"layers", layers_figure},
    Figure{"phases", phases_figure},
    Figure{"histograms", histograms_figure},
};

// Runs a command, without a shell, to its end. Returns why it failed, or nothing.
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
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  const std::size_t at = said.find("Error: ");
  if (at == std::string::npos) return command[0] + " failed";
  return said.substr(at + 7, said.find('\n', at) - at - 7);
}

}  // namespace

std::vector<std::string> inits_of(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const Run& run : sweep.runs)
    if (std::ranges::find(names, run.init) == names.end()) names.push_back(run.init);
  return names;
}

std::vector<std::string> figure_names() {
  std::vector<std::string> names;
  for (const Figure& figure : figure_table) names.emplace_back(figure.name);
  return names;
}

std::vector<SweepFigure> sweep_figures(const Results& results, const Styles& styles) {
  const Styles inits = styles_among(styles, inits_of(results.sweep));
  std::vector<SweepFigure> figures;
  for (const Figure& figure : figure_table)
    if (nlohmann::json spec = figure.make(results, inits); !spec.is_null())
      figures.push_back({figure.name, std::move(spec)});
  return figures;
}

void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg) {
  const std::filesystem::path file = std::filesystem::path(svg).replace_extension(".vl.json");
  write_file(file, dump_json(spec, 2) + "\n");
  const std::string why = failure_of({"node", script.string(), file.string(), svg.string()});
  if (!why.empty()) throw std::runtime_error("cannot draw " + svg.string() + ": " + why);
}

}  // namespace fanin
