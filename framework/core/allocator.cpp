#include "framework/core/allocator.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <new>
#include <unordered_map>
#include <vector>

#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

constexpr std::size_t alignment = 64;

// Large arrays lie in huge pages: fewer faults when they are new, and products that read them by
// columns do not run out of page-table entries (a tenth of a step of wide networks).
constexpr std::size_t huge_page = std::size_t{1} << 21;

// Sanitizers must see every allocation, so their builds keep nothing.
#ifdef FANIN_NO_CACHE
constexpr bool caching = false;
#else
constexpr bool caching = true;
#endif

// Classes an eighth of a power of two apart: at most 12.5 % of a block is lost to rounding.
std::size_t size_class(std::size_t bytes) {
  const std::size_t step = std::max(alignment, std::bit_ceil(bytes) / 16);
  return (bytes + step - 1) / step * step;
}

void* system_allocate(std::size_t bytes) {
  const bool huge = bytes >= huge_page;
  void* block = nullptr;  // std::aligned_alloc wants multiples of the alignment
  if (posix_memalign(&block, huge ? huge_page : alignment, bytes) != 0) throw std::bad_alloc();
  // Advice only: if the system has no huge pages, small ones serve.
  if (huge) madvise(block, bytes / huge_page * huge_page, MADV_HUGEPAGE);
  return block;
}

// Blocks may outlive a thread's cache, as static arrays do at exit, so a flag lies beside it.
thread_local bool cache_alive = false;

class Cache {
 public:
  Cache() { cache_alive = true; }
  ~Cache() {
    cache_alive = false;
    for (auto& [bytes, blocks] : free_)
      for (void* block : blocks) std::free(block);
  }
  void* take(std::size_t bytes) {
    auto& blocks = free_[bytes];
    if (blocks.empty()) return system_allocate(bytes);
    void* block = blocks.back();
    blocks.pop_back();
    return block;
  }
  void give(void* block, std::size_t bytes) { free_[bytes].push_back(block); }

 private:
  std::unordered_map<std::size_t, std::vector<void*>> free_;
};

Cache& cache() {
  thread_local Cache cache;
  return cache;
}

struct Release {
  std::size_t bytes;
  void operator()(Real* block) const {
    if (caching && cache_alive)
      cache().give(block, bytes);
    else
      std::free(block);
  }
};

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
thread_local std::size_t limit = unlimited, numbers_left = unlimited;

// Numbers that an array counts for at least: its block, its handle, what else a layer keeps of it.
constexpr std::size_t least_count = 128;

}  // namespace

ArrayLimit::ArrayLimit(std::size_t numbers)
    : outer_limit_(limit), outer_left_(numbers_left), start_(std::min(numbers_left, numbers)) {
  if (numbers < numbers_left) limit = numbers;
  numbers_left = start_;
}

ArrayLimit::~ArrayLimit() {
  limit = outer_limit_;
  numbers_left = outer_left_ - (start_ - numbers_left);
}

std::shared_ptr<Real[]> allocate(std::size_t count) {
  const std::size_t counted = std::max(count, least_count);
  if (counted > numbers_left) throw Error("too large: it takes more than {} numbers in all", limit);
  numbers_left -= counted;
  const std::size_t bytes = size_class(std::max<std::size_t>(count, 1) * sizeof(Real));
  void* block = caching ? cache().take(bytes) : system_allocate(bytes);
  return std::shared_ptr<Real[]>(static_cast<Real*>(block), Release{bytes});
}

}  // namespace fanin::FANIN_PRECISION
