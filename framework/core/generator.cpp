#include "framework/core/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>
#include <sstream>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/sha256.hpp"

namespace fanin::FANIN_PRECISION {

namespace {

void require_row_major(const char* function, const Array& y) {
  if (!y.is_row_major())
    throw Error("{}: draws fill row-major arrays, got a batch-last {}", function,
                to_string(y.shape()));
}

// Turns n uniforms into normals, 16 at a time, by Box & Muller 1958 on pairs 8 apart.
void to_normals(std::size_t n, double mean, double std, Real* y) {
#ifdef FANIN_DOUBLE
  for (std::size_t i = 0; i < n; i += 16)
    for (double* u = y + i; u < y + i + 8; ++u) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - u[0]));
      const double theta = 2.0 * std::numbers::pi * u[8];
      u[0] = std::fma(radius * std::cos(theta), std, mean);
      u[8] = std::fma(radius * std::sin(theta), std, mean);
    }
#else
  kernels().normal(n, static_cast<float>(mean), static_cast<float>(std), y);
#endif
}

}  // namespace

void Generator::manual_seed(std::uint64_t seed) {
  seed_ = seed;
  state_[0] = static_cast<std::uint32_t>(seed);
  for (std::uint32_t i = 1; i < words; ++i)
    state_[i] = 1812433253 * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
  used_ = words;
  has_cached_normal_ = false;
  cached_normal_ = 0;
}

Generator Generator::stream(std::uint64_t seed, const std::string& name) {
  Sha256 hash;
  const std::string text = fmt::format("{} {}", seed, name);
  hash.update(text.data(), text.size());
  const auto words = hash.words();
  std::seed_seq sequence(words.begin(), words.end());
  Generator generator(seed);
  sequence.generate(generator.state_.begin(), generator.state_.end());
  return generator;
}

void Generator::refill() {
  kernels().twist(state_.data());
  kernels().temper(state_.data(), bits_.data());
  used_ = 0;
}

std::uint64_t Generator::random64() {
  const std::uint64_t high = random();
  return high << 32 | random();
}

double Generator::uniform_double() {
  return static_cast<double>(random64() & ((std::uint64_t{1} << 53) - 1)) * 0x1p-53;
}

double Generator::normal_double() {
  if (has_cached_normal_) {
    has_cached_normal_ = false;
    return cached_normal_;
  }
  const double u1 = uniform_double();
  const double u2 = uniform_double();
  const double radius = std::sqrt(-2.0 * std::log1p(-u2));
  const double theta = 2.0 * std::numbers::pi * u1;
  cached_normal_ = radius * std::sin(theta);
  has_cached_normal_ = true;
  return radius * std::cos(theta);
}

void Generator::uniform(Array& y, double a, double b) {
  require_row_major("uniform_", y);
  if (!(a <= b))
    throw Error("uniform_ expects to return a [from, to) range, but found from={} > to={}", a, b);
  if (!(b - a <= std::numeric_limits<Real>::max()))
    throw Error(
        "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to={} and "
        "from={} which result in to-from to exceed the limit",
        b, a);
#ifdef FANIN_DOUBLE
  for (Real& value : y) {
    const double x = std::fma(uniform_double(), b - a, a);
    value = x == b ? a : x;
  }
#else
  for (std::size_t done = 0; done < y.size();) {
    if (used_ == words) refill();
    const std::size_t n = std::min(y.size() - done, words - used_);
    kernels().uniform(n, bits_.data() + used_, static_cast<float>(a), static_cast<float>(b),
                      y.data() + done);
    used_ += n, done += n;
  }
#endif
}

// Fewer than 16 numbers are drawn one by one in double. More are uniforms turned into normals, 16
// at a time; if some are left over, the last 16 are drawn again.
void Generator::normal(Array& y, double mean, double std) {
  require_row_major("normal_", y);
  if (!(std >= 0)) throw Error("normal expects std >= 0.0, but found std {}", std);
  const std::size_t n = y.size();
  if (n < 16) {
    for (Real& value : y) value = static_cast<Real>(std::fma(normal_double(), std, mean));
    return;
  }
  uniform(y, 0, 1);
  to_normals(n / 16 * 16, mean, std, y.data());
  if (n % 16 != 0) {
    Array last({16});
    uniform(last, 0, 1);
    to_normals(16, mean, std, last.data());
    std::copy(last.begin(), last.end(), y.end() - 16);
  }
}

namespace {

double normal_cdf(double x) { return (1 + std::erf(x / std::numbers::sqrt2)) / 2; }

// P(low < Z < high), exact in either tail.
double normal_mass(double low, double high) {
  const auto upper_tail = [](double x) { return std::erfc(x / std::numbers::sqrt2) / 2; };
  return low > 0 ? upper_tail(low) - upper_tail(high) : upper_tail(-high) - upper_tail(-low);
}

// The share of uniform draws from [low, high] that a normal density, scaled to 1 at its highest
// point in there, accepts.
double accepted_share(double low, double high) {
  if (low < 0 && high < 0) return accepted_share(-high, -low);
  const double peak = std::max(low, 0.);
  constexpr double far_out = 30;  // not far beyond it erfc underflows
  const double area = peak > far_out ? -std::expm1(-low * (high - low)) / low  // Robert 1995
                                     : normal_mass(low, high) * std::sqrt(2 * std::numbers::pi) *
                                           std::exp(peak * peak / 2);
  return area / (high - low);
}

constexpr std::size_t most_rounds = 10'000;

// Fills `x` by draw(array). As long as keep(place) refuses a value, it draws all again and takes
// what it needs of that. Returns whether most_rounds sufficed.
bool draw_until_kept(Array& x, const auto& draw, const auto& keep) {
  draw(x);
  std::vector<std::size_t> refused;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!keep(i)) refused.push_back(i);
  if (refused.empty()) return true;
  Array again(x.shape());
  for (std::size_t round = 1; !refused.empty(); ++round) {
    if (round == most_rounds) return false;
    draw(again);
    for (const std::size_t i : refused) x.data()[i] = again.data()[i];
    std::erase_if(refused, [&](std::size_t i) { return keep(i); });
  }
  return true;
}

}  // namespace

void Generator::trunc_normal(Array& y, double mean, double std, double a, double b) {
  require_row_major("trunc_normal_", y);
  if (std == 0) throw Error("trunc_normal_: std must not be 0");
  if (!(a <= b)) throw Error("trunc_normal_: a must not be above b, got a {} and b {}", a, b);
  const double low = (a - mean) / std, high = (b - mean) / std;
  if (normal_cdf(high) - normal_cdf(low) > 0.3) {
    const auto least = static_cast<Real>(a), most = static_cast<Real>(b);
    draw_until_kept(
        y, [&](Array& x) { normal(x, mean, std); },
        [&](std::size_t i) { return !(y.data()[i] < least || y.data()[i] > most); });
    return;
  }
  const double share = accepted_share(std::min(low, high), std::max(low, high));
  const double rounds = (std::log(static_cast<double>(y.size())) + 1) / share;
  const double peak = (std::clamp(mean, a, b) - mean) / std;
  const auto shift = static_cast<Real>(mean), scale = static_cast<Real>(std);
  const auto log_peak = static_cast<Real>(-0.5 * (peak * peak));
  Array chance(y.shape());
  const auto draw = [&](Array& x) {
    uniform(x, a, b);
    uniform(chance, 0, 1);
  };
  const auto keep = [&](std::size_t i) {
    const Real z = (y.data()[i] - shift) / scale;
    return !(std::log(chance.data()[i]) > z * z * Real(-0.5) - log_peak);
  };
  if (rounds > static_cast<double>(most_rounds) || !draw_until_kept(y, draw, keep))
    throw Error(
        "trunc_normal_: mean {} and std {} accept one of {:.2g} draws from [{}, {}], so a tensor "
        "of shape {} would take more than {} rounds of draws; bring a and b nearer to mean, or use "
        "trunc_normal_erfinv_",
        mean, std, 1 / share, a, b, to_string(y.shape()), most_rounds);
}

void Generator::bernoulli(Array& y, double p) {
  require_row_major("bernoulli_", y);
  if (!(p >= 0 && p <= 1)) throw Error("bernoulli_ expects p to be in [0, 1], but got p={}", p);
  for (Real& value : y) value = uniform_double() < p ? 1 : 0;
}

std::vector<std::int64_t> Generator::randperm(std::size_t n) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i + 1 < n; ++i) std::swap(order[i], order[i + random() % (n - i)]);
  return order;
}

std::string Generator::state() const {
  std::ostringstream text;
  text << "mt19937 " << seed_ << ' ';
  for (const std::uint32_t word : state_) text << word << ' ';
  text << used_ << ' ' << has_cached_normal_ << ' ' << std::hexfloat << cached_normal_;
  return text.str();
}

void Generator::set_state(const std::string& state) {
  std::istringstream text(state);
  Generator read;
  std::string kind, cached;
  text >> kind >> read.seed_;
  for (std::uint32_t& word : read.state_) text >> word;
  text >> read.used_ >> read.has_cached_normal_ >> cached;
  char* end = nullptr;
  read.cached_normal_ = std::strtod(cached.c_str(), &end);
  std::string more;
  if (!text || kind != "mt19937" || read.used_ > words || *end != '\0' || text >> more)
    throw Error("Generator: this is not a state that state() wrote");
  kernels().temper(read.state_.data(), read.bits_.data());
  *this = read;
}

Generator& default_generator() {
  static Generator generator;
  return generator;
}

}  // namespace fanin::FANIN_PRECISION
