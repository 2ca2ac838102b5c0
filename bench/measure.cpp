#include "bench/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <vector>

#include "framework/core/error.hpp"
#include "framework/core/generator.hpp"
#include "framework/core/linalg.hpp"

namespace fanin {
namespace {

// The thread's own time, as the benchmarks take it, without a shared core's other work.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median_seconds(const std::function<void()>& work) {
  work();  // pages and caches
  std::vector<double> times(9);
  for (double& time : times) {
    const double begun = cpu_seconds();
    work();
    time = cpu_seconds() - begun;
  }
  std::ranges::nth_element(times, times.begin() + 4);
  return times[4];
}

double product_rate() {
  const std::size_t n = 1024;
  const Array a = Array::full({n, n}, 1), b = Array::full({n, n}, 1);
  Array c({n, n});
  const auto product = [&] { blas_gemm({a.data(), n, n, n}, {b.data(), n, n, n}, 0, c.data()); };
  return 2.0 * n * n * n / median_seconds(product);
}

double copy_rate() {
  const std::size_t bytes = std::size_t{128} << 20;
  const std::vector<char> from(bytes, 1);
  std::vector<char> to(bytes);
  const auto copy = [&] {
    std::memcpy(to.data(), from.data(), bytes);
    benchmark::ClobberMemory();
  };
  return 2.0 * static_cast<double>(bytes) / median_seconds(copy);
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

// What this machine can do, on one thread: FLOP/s of a large product by OpenBLAS, and bytes/s, read
// and written, of a large copy.
struct Limits {
  double flops = product_rate(), bytes = copy_rate();
};

const Limits& limits() {
  static const Limits measured;
  return measured;
}

void set_rate(benchmark::State& state, const char* rate, const char* share, double amount,
              double limit) {
  const auto per_second = benchmark::Counter::kIsIterationInvariantRate;
  state.counters[rate] = benchmark::Counter(amount, per_second);
  state.counters[share] = benchmark::Counter(amount / limit, per_second);
}

void measure(benchmark::State& state, const Work& work) {
  for (auto _ : state) {
    work.run();
    benchmark::ClobberMemory();
  }
  if (work.flops > 0)
    set_rate(state, "FLOP/s", "of sgemm", work.flops, limits().flops);
  else if (work.bytes > 0)
    set_rate(state, "bytes/s", "of copy", work.bytes, limits().bytes);
  else if (work.ops > 0)
    state.counters["s/op"] = benchmark::Counter(
        work.ops, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  if (!work.label.empty()) state.SetLabel(work.label);
}

// For the report's head.
void add_context() {
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("instruction_set", kernels().name);
  benchmark::AddCustomContext("sgemm_flops", fmt::format("{:.4g}", limits().flops));
  benchmark::AddCustomContext("copy_bytes", fmt::format("{:.4g}", limits().bytes));
}

}  // namespace

Array random_array(const Shape& shape) {
  Array x(shape);
  default_generator().normal(x, 0, 1);
  return x;
}

const Operands& operands() {
  static Array x = random_array({Operands::large}), g = random_array({Operands::large});
  static Array u({Operands::large}), ones = Array::full({Operands::large}, 1);
  static Array y = ones.clone(), z = ones.clone(), weights = ones.clone();
  static const Operands all = [] {
    default_generator().uniform(u, 0.1, 1);
    return Operands{x.data(), g.data(), u.data(), ones.data(), y.data(), z.data(), weights.data()};
  }();
  return all;
}

void add(const std::string& name, const std::function<Work()>& make) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [make](benchmark::State& state) { measure(state, make()); });
}

void add(const std::string& name, double flops, double bytes, const std::function<void()>& run) {
  add(name, [=] { return Work{flops, bytes, 0, run}; });
}

}  // namespace fanin

int main(int count, char** arguments) {
  using namespace fanin;
  try {
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
    for (const auto add_family : {add_products, add_kernels, add_tables, add_steps}) add_family();
    add_context();
    benchmark::RunSpecifiedBenchmarks();
  } catch (const Error& error) {
    std::cerr << "fanin_bench: " << error.what() << "\n";
    return 1;
  }
}
