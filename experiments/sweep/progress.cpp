#include "experiments/sweep/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "framework/core/text.hpp"

namespace fanin {

std::string duration(double seconds) {
  const auto minutes = static_cast<long>(std::round(seconds / 60));
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (minutes < 90) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

namespace {

using namespace std::chrono_literals;

constexpr auto frame_period = 200ms;  // between drawings on a terminal
constexpr auto plain_period = 10s;    // between status lines elsewhere

bool live_terminal() {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) && term != nullptr && std::string_view(term) != "dumb" &&
         (no_color == nullptr || *no_color == '\0');
}

winsize terminal_size() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known && size.ws_row > 0 ? size : winsize{24, 80, 0, 0};
}

bool starts_character(char c) { return (c & 0xC0) != 0x80; }  // of UTF-8

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string cut(const std::string& text, std::size_t most) {
  std::size_t characters = 0, bytes = 0;
  for (; bytes < text.size(); ++bytes)
    if (starts_character(text[bytes]) && ++characters > most) break;
  return text.substr(0, bytes);
}

std::string if_known(fmt::format_string<double&> format, double value) {
  return std::isfinite(value) ? fmt::format(format, value) : "";
}

// The last `most` characters of a text, with an ellipsis in place of the ones before.
std::string tail(const std::string& text, std::size_t most) {
  const std::size_t all = width(text);
  return all <= most ? text : "…" + text.substr(cut(text, all - most + 1).size());
}

// As many of the fields, in this order, as fit the columns. An empty field is not known.
std::string fitting(const std::vector<std::string>& fields, const char* between,
                    std::size_t columns) {
  std::string line;
  for (const std::string& field : fields) {
    if (field.empty()) continue;
    const std::string longer = line.empty() ? field : line + between + field;
    if (width(longer) > columns) break;
    line = longer;
  }
  return line;
}

std::string run_line(const RunStatus& run, std::size_t name_width, std::size_t columns) {
  const std::string name = fmt::format("{:<{}}", tail(run.name, name_width), name_width);
  if (run.total_steps == 0) return fitting({name, "starting"}, "  ", columns);
  return fitting(
      {name, fmt::format("{}/{}", run.step, run.total_steps),
       if_known("acc {:.2f} %", 100 * run.accuracy), if_known("loss {:.4f}", run.loss),
       fmt::format("epoch {}", run.epoch), if_known("{:.0f} images/s", run.images_per_second)},
      "  ", columns);
}

std::string total_line(const SweepStatus& status, std::size_t columns) {
  const std::size_t total = status.done + status.failed + status.left + status.running.size();
  const double left = status.seconds_left;
  return fitting(
      {fmt::format("{} of {} done", status.done, total),
       status.failed > 0 ? fmt::format("{} failed", status.failed) : "",
       std::isfinite(left) ? fmt::format("about {} to go", duration(left)) : "",
       fmt::format("{} left", status.left), fmt::format("{} running", status.running.size())},
      ", ", columns);
}

}  // namespace

std::vector<std::string> status_lines(const SweepStatus& status, std::size_t rows,
                                      std::size_t columns) {
  std::size_t name_width = 0;
  for (const RunStatus& run : status.running) name_width = std::max(name_width, width(run.name));
  std::vector<std::string> lines;
  for (const RunStatus& run : status.running)
    lines.push_back(run_line(run, std::min(name_width, columns / 2), columns));
  if (lines.size() + 1 > rows) {
    const std::size_t shown = std::max<std::size_t>(rows, 2) - 2;
    lines.resize(shown);
    lines.push_back(cut(fmt::format("... and {} more", status.running.size() - shown), columns));
  }
  lines.push_back(total_line(status, columns));
  return lines;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(!quiet && live_terminal()) {
  next_ = std::chrono::steady_clock::now() + (terminal_ ? 0s : plain_period);
}

void Progress::report(const std::string& line) {
  if (quiet_) return;
  if (terminal_) {
    reports_ += line + "\x1b[K\n";
    next_ = {};
  } else {
    say("{}\n", line);
  }
}

void Progress::show(const SweepStatus& status) {
  const auto now = std::chrono::steady_clock::now();
  if (quiet_ || now < next_) return;
  if (terminal_) {
    next_ = now + frame_period;
    const winsize size = terminal_size();
    draw(status_lines(status, size.ws_row - 1U, size.ws_col - 1U));
  } else {
    next_ = now + plain_period;
    say("{}\n", total_line(status, 200));
  }
}

void Progress::finish() {
  if (terminal_) draw({});
}

// Moves up to where the old block begins, and writes the reports and the new block over it.
void Progress::draw(const std::vector<std::string>& lines) {
  const std::size_t columns = terminal_size().ws_col;
  std::size_t rows = 0;  // a narrowed terminal has wrapped the old lines
  for (const std::size_t drawn : drawn_)
    rows += std::max<std::size_t>(1, (drawn + columns - 1) / columns);
  std::string frame;
  if (rows > 0) frame += fmt::format("\x1b[{}A\r", rows);
  frame += reports_;
  reports_.clear();
  drawn_.clear();
  for (const std::string& line : lines) {
    drawn_.push_back(width(line));
    frame += line + "\x1b[K\n";
  }
  say("{}\x1b[J", frame);  // in one write, so that nobody sees half a frame
}

}  // namespace fanin
