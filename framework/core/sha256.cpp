#include "framework/core/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>

#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {

static_assert(std::endian::native == std::endian::little,
              "fingerprints are of little-endian bytes");

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw Error("sha256: libcrypto offers no SHA-256");
}

void Sha256::update(const void* bytes, std::size_t count) {
  EVP_DigestUpdate(context_.get(), bytes, count);
}

std::array<std::uint32_t, 8> Sha256::words() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_DigestFinal_ex(context_.get(), digest, nullptr);
  std::array<std::uint32_t, 8> words{};
  for (std::size_t i = 0; i < 32; ++i) words[i / 4] = words[i / 4] << 8 | digest[i];
  return words;
}

std::string Sha256::hex() {
  std::string text;
  for (const std::uint32_t word : words()) text += fmt::format("{:08x}", word);
  return text;
}

std::string sha256(std::string_view bytes, std::string_view more) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  hash.update(more.data(), more.size());
  return hash.hex();
}

std::string fingerprint(const NamedArrays& state) {
  Sha256 hash;
  for (const auto& [name, array] : state) {
    const Array plain = array.row_major();
    const std::vector<float> numbers(plain.begin(), plain.end());
    hash.update(numbers.data(), numbers.size() * sizeof(float));
  }
  return hash.hex();
}

}  // namespace fanin::FANIN_PRECISION
