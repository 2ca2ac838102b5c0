#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "framework/core/array.hpp"

struct evp_md_ctx_st;

namespace fanin::FANIN_PRECISION {

// SHA-256 (FIPS 180-4) of bytes given piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(const void* bytes, std::size_t count);
  // The digest of all bytes so far, as FIPS 180-4's words H0 to H7; nothing may follow.
  std::array<std::uint32_t, 8> words();
  std::string hex();  // the same as text

 private:
  std::shared_ptr<evp_md_ctx_st> context_;
};

std::string sha256(std::string_view bytes, std::string_view more = {});  // as text

// The identity of weights: SHA-256 of a state_dict's numbers in order, as row-major float32.
std::string fingerprint(const NamedArrays& state);

}  // namespace fanin::FANIN_PRECISION
