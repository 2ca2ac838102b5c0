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

// A part of a line, "" if nothing is known, and how soon it goes if there is no room: the highest
// rank first.
struct Field {
  std::string text;
  int rank;
};

constexpr int all_ranks = 5, ranks_before_names = 3;  // a long name gives way before those to 3

std::string joined(const std::vector<Field>& fields, int most, const char* between) {
  std::string text;
  for (const Field& field : fields)
    if (field.rank <= most && !field.text.empty())
      text += (text.empty() ? "" : between) + field.text;
  return text;
}

std::string if_known(fmt::format_string<double&> format, double value) {
  return std::isfinite(value) ? fmt::format(format, value) : "";
}

std::string statistics(const RunStatus& run, int most) {
  if (run.total_steps == 0) return "starting";
  return joined({{fmt::format("epoch {}", run.epoch), 3},
                 {fmt::format("{}/{}", run.step, run.total_steps), 0},
                 {if_known("loss {:.4f}", run.loss), 2},
                 {sparkline(run.losses, 8), 4},
                 {if_known("acc {:.2f} %", 100 * run.accuracy), 1},
                 {if_known("{:.0f} images/s", run.images_per_second), 5}},
                most, "  ");
}

// The last `most` characters of a text, an ellipsis for what comes before them.
std::string tail(const std::string& text, std::size_t most) {
  const std::size_t all = width(text);
  if (all <= most || most == 0) return most == 0 ? "" : text;
  return "…" + text.substr(cut(text, all - most + 1).size());
}

std::string run_line(const RunStatus& run, std::size_t name_width, std::size_t columns, int most) {
  const std::string numbers = statistics(run, most);
  const std::size_t taken = width(numbers) + 2, room = columns > taken ? columns - taken : 0;
  return fmt::format("{:<{}}  {}", tail(run.name, room), std::min(name_width, room), numbers);
}

// "12 of 51 done, 2 running, 37 left, 1 failed, about 4 min to go", or what fits the columns of it.
std::string total_line(const SweepStatus& status, std::size_t columns) {
  const std::size_t total = status.done + status.failed + status.left + status.running.size();
  const double left = status.seconds_left;
  const std::vector<Field> fields = {
      {fmt::format("{} of {} done", status.done, total), 0},
      {fmt::format("{} running", status.running.size()), 4},
      {fmt::format("{} left", status.left), 3},
      {status.failed > 0 ? fmt::format("{} failed", status.failed) : "", 1},
      {std::isfinite(left) ? fmt::format("about {} to go", duration(left)) : "", 2}};
  int most = all_ranks;
  while (most > 0 && width(joined(fields, most, ", ")) > columns) --most;
  return joined(fields, most, ", ");
}

}  // namespace

std::vector<std::string> status_lines(const SweepStatus& status, std::size_t rows,
                                      std::size_t columns) {
  constexpr std::size_t short_name = 8;
  std::size_t name_width = 0;
  for (const RunStatus& run : status.running) name_width = std::max(name_width, width(run.name));
  int most = all_ranks;
  const auto crowded = [&](const RunStatus& run) {
    const std::size_t name =
        most > ranks_before_names ? name_width : std::min(name_width, short_name);
    return name + 2 + width(statistics(run, most)) > columns;
  };
  while (most > 0 && std::ranges::any_of(status.running, crowded)) --most;
  std::vector<std::string> lines;
  for (const RunStatus& run : status.running)
    lines.push_back(run_line(run, name_width, columns, most));
  if (lines.size() + 1 > rows) {
    const std::size_t shown = std::max<std::size_t>(rows, 2) - 2;
    lines.resize(shown);
    lines.push_back(fmt::format("... and {} more", status.running.size() - shown));
  }
  lines.push_back(total_line(status, columns));
  return lines;
}

std::string sparkline(const std::vector<double>& losses, std::size_t most) {
  std::vector<double> finite = losses;
  std::erase_if(finite, [](double x) { return !std::isfinite(x); });
  if (finite.size() < 2) return "";
  const std::size_t n = std::min(most, finite.size());
  std::vector<double> means;
  for (std::size_t i = 0; i < n; ++i) {
    const auto begin = finite.begin() + static_cast<std::ptrdiff_t>(i * finite.size() / n),
               end = finite.begin() + static_cast<std::ptrdiff_t>((i + 1) * finite.size() / n);
    means.push_back(std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin));
  }
  const auto [low, high] = std::ranges::minmax(means);
  constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  for (const double mean : means)
    text += blocks[high > low ? std::lround(7 * (mean - low) / (high - low)) : 0];
  return text;
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

// Goes up to where the old block begins, and writes the reports and the new block over it.
void Progress::draw(std::vector<std::string> lines) {
  const std::size_t columns = terminal_size().ws_col;
  std::size_t rows = 0;  // a terminal made narrower has wrapped the old lines
  for (const std::size_t drawn : drawn_)
    rows += std::max<std::size_t>(1, (drawn + columns - 1) / columns);
  std::string frame;
  if (rows > 0) frame += fmt::format("\x1b[{}A\r", rows);
  frame += reports_;
  reports_.clear();
  drawn_.clear();
  for (std::string& line : lines) {
    line = cut(line, columns - 1);
    drawn_.push_back(width(line));
    frame += line + "\x1b[K\n";
  }
  say("{}\x1b[J", frame);  // at once, so that no half-drawn frame is ever seen
}

}  // namespace fanin
