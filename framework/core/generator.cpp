#include "framework/core/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <istream>
#include <limits>
#include <numbers>
#include <numeric>
#include <ostream>
#include <random>
#include <sstream>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/sha256.hpp"

namespace fanin::FANIN_PRECISION {

void MersenneTwister::seed(std::uint32_t value) {
  state_[0] = value;
  for (std::uint32_t i = 1; i < words; ++i)
    state_[i] = 1812433253 * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
  at_ = words;
}

void MersenneTwister::refill() {
  kernels().twist(state_.data());
  kernels().temper(state_.data(), bits_.data());
  at_ = 0;
}

std::pair<const std::uint32_t*, std::size_t> MersenneTwister::take(std::size_t n) {
  if (at_ == words) refill();
  const std::size_t count = std::min(n, words - at_);
  const std::uint32_t* from = bits_.data() + at_;
  at_ += count;
  return {from, count};
}

std::ostream& operator<<(std::ostream& stream, const MersenneTwister& twister) {
  for (const std::uint32_t word : twister.state_) stream << word << ' ';
  return stream << twister.at_;
}

std::istream& operator>>(std::istream& stream, MersenneTwister& twister) {
  MersenneTwister read;
  for (std::uint32_t& word : read.state_) stream >> word;
  stream >> read.at_;
  if (read.at_ > MersenneTwister::words) stream.setstate(std::ios::failbit);
  if (!stream) return stream;
  kernels().temper(read.state_.data(), read.bits_.data());
  twister = read;
  return stream;
}

namespace {

void require_row_major(const char* function, const Array& y) {
  if (!y.is_row_major())
    throw Error("{}: draws fill row-major arrays, got a batch-last {}", function,
                to_string(y.shape()));
}

}  // namespace

void Generator::manual_seed(std::uint64_t seed) {
  seed_ = seed;
  engine_.seed(static_cast<std::uint32_t>(seed));
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
  generator.engine_.seed_from(sequence);
  return generator;
}

std::uint64_t Generator::random64() {
  const std::uint64_t high = engine_();
  return high << 32 | engine_();
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
  const double radius = std::sqrt(-2.0 * std::log(1.0 - u2));
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
  for (Real& value : y) value = std::fma(uniform_double(), b - a, a);
#else
  for (std::size_t done = 0; done < y.size();) {
    const auto [bits, n] = engine_.take(y.size() - done);
    kernels().uniform(n, bits, static_cast<float>(a), static_cast<float>(b), y.data() + done);
    done += n;
  }
#endif
}

// Fewer than 16 numbers are drawn one by one in double; more are uniforms turned to normals 16 at
// a time, and what is left over at the end redraws the last 16.
void Generator::normal(Array& y, double mean, double std) {
  require_row_major("normal_", y);
  if (!(std >= 0)) throw Error("normal expects std >= 0.0, but found std {}", std);
  const std::size_t n = y.size();
  if (n < 16) {
    for (Real& value : y) value = static_cast<Real>(std::fma(normal_double(), std, mean));
    return;
  }
#ifdef FANIN_DOUBLE
  const auto box_muller = [&](double* u) {
    for (std::size_t j = 0; j < 8; ++j) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - u[j]));
      const double theta = 2.0 * std::numbers::pi * u[j + 8];
      u[j] = std::fma(radius * std::cos(theta), std, mean);
      u[j + 8] = std::fma(radius * std::sin(theta), std, mean);
    }
  };
  for (Real& value : y) value = uniform_double();
  for (std::size_t i = 0; i + 16 <= n; i += 16) box_muller(y.data() + i);
  if (n % 16 != 0) {
    for (std::size_t i = n - 16; i < n; ++i) y.data()[i] = uniform_double();
    box_muller(y.data() + n - 16);
  }
#else
  uniform(y, 0, 1);
  kernels().normal(n / 16 * 16, static_cast<float>(mean), static_cast<float>(std), y.data());
  if (n % 16 != 0) {
    Array last({16});
    uniform(last, 0, 1);
    kernels().normal(16, static_cast<float>(mean), static_cast<float>(std), last.data());
    std::copy(last.begin(), last.end(), y.end() - 16);
  }
#endif
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
  text << "mt19937 " << seed_ << ' ' << engine_ << ' ' << has_cached_normal_ << ' ' << std::hexfloat
       << cached_normal_;
  return text.str();
}

void Generator::set_state(const std::string& state) {
  std::istringstream text(state);
  Generator read;
  std::string kind, cached;
  text >> kind >> read.seed_ >> read.engine_ >> read.has_cached_normal_ >> cached;
  char* end = nullptr;
  read.cached_normal_ = std::strtod(cached.c_str(), &end);
  std::string more;
  if (!text || kind != "mt19937" || *end != '\0' || text >> more)
    throw Error("Generator: this is not a state that state() wrote");
  *this = read;
}

Generator& default_generator() {
  static Generator generator;
  return generator;
}

}  // namespace fanin::FANIN_PRECISION
