#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// An array of bytes in LeCun's IDX format: magic 00 00 08 rank, big-endian extents, the bytes.
struct IdxBytes {
  Shape shape;
  std::vector<std::uint8_t> data;
  std::string sha256;  // of the file, uncompressed
};

// Reads an IDX file, plain or gzip, of up to 2^32 bytes, and unpacks no more than its header
// promises. Throws Error naming a file that is missing, of another kind, too short or too long.
IdxBytes read_idx(const std::filesystem::path& path);

// Images as bytes and their labels; pixels become (x / 255 - mean) / std when a batch is made.
struct Dataset {
  std::size_t count = 0, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // [count][height][width]
  std::vector<std::uint8_t> labels;  // [count][labels_each]
  double mean = 0, std = 1;
  std::size_t labels_each = 1;
  bool tokens = false;  // the bytes are tokens, such as indices of words, not pixels

  std::size_t classes() const;  // the largest label + 1; 0 without labels
};

struct DataFile {
  std::string role;  // "train-images", "train-labels", "t10k-images", "t10k-labels"
  std::filesystem::path path;
  std::string sha256;
};

struct Data {
  Dataset train, test;
  std::vector<DataFile> files;
};

struct DataSource {
  // "mnist" or "fashion-mnist", with checked SHA-256 sums, or "idx": any IDX files named like them.
  std::string dataset = "mnist";
  std::filesystem::path folder;     // empty: $FANIN_DATA, data/<dataset>/, installed packages
  std::optional<double> mean, std;  // instead of the set's own; "idx" has none and needs both
};

// Finds, reads and checks a set's four files, plain or .gz. Throws Error if a file is missing,
// damaged or of another set (which the error names if it is known), or does not fit the others.
Data load_data(const DataSource& source);

// Makes the last `count` training images the test set. Throws Error if none are left to train on.
void hold_out(Data& data, std::size_t count);

// The copying task of Hochreiter & Schmidhuber 1997 as in Arjovsky et al. 2016. A sample has 10
// symbols from 1 to 8, then delay - 1 blanks (0), then the call to answer (9), then 10 blanks, at
// which the network must repeat the symbols in order. It is [1, delay + 20] tokens with 10 labels
// from 0 to 7. Guessing gives an accuracy of 1/8 and a loss of log 8.
constexpr std::size_t copied_symbols = 10;
Data make_copy_task(std::size_t delay, std::size_t train, std::size_t test, std::uint64_t seed = 0);

}  // namespace fanin::FANIN_PRECISION
