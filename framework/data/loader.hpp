#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/generator.hpp"
#include "framework/data/dataset.hpp"

namespace fanin::FANIN_PRECISION {

struct Batch {
  Array images;                      // [N, 1, H, W], batch-last
  std::vector<std::int64_t> labels;  // [N * labels_each], sample by sample
};

// The samples of a dataset at the given indices.
class Batcher {
 public:
  explicit Batcher(const Dataset& dataset);
  Batch operator()(const std::int64_t* indices, std::size_t count) const;

 private:
  const Dataset& dataset_;
  std::array<Real, 256> value_of_;  // each byte's (x / 255 - mean) / std, rounded as in PyTorch
};

// Endless batches, epoch after epoch, in the order of PyTorch's DataLoader(shuffle=True).
// `own_generator` is PyTorch's generator=g: each epoch draws an int64 base seed from g, then
// randperm(n), and at its end a randperm(n) that nobody uses. `plain` is PyTorch's default: the
// generator stands for the global one and draws the base seed and the sampler's seed. `file` is
// shuffle=False.
class DataLoader {
 public:
  enum class Order { own_generator, plain, file };

  // The loader draws when epochs begin and end. The generator must outlive it.
  DataLoader(const Dataset& dataset, std::size_t batch_size, Generator& generator,
             Order order = Order::own_generator);

  std::size_t batches() const { return (dataset_.count + batch_size_ - 1) / batch_size_; }
  std::size_t epoch() const { return epoch_; }  // of the batch that next() returned last; from 1
  bool epoch_ended() const { return at_ == order_.size(); }
  Batch next();

  // Where the loader is, and the state of the generator when that epoch began.
  struct Position {
    std::size_t epoch = 0, at = 0;
    std::string generator;
  };
  Position position() const { return {epoch_, at_, epoch_generator_}; }
  // Continues from that position. The generator stays as it was, because callers restore it
  // themselves. Throws Error for a position that this dataset does not have.
  void seek(const Position& position);

 private:
  void begin_epoch();

  const Dataset& dataset_;
  Batcher batcher_;
  std::size_t batch_size_;
  Generator& generator_;
  Order kind_;
  std::vector<std::int64_t> order_;
  std::size_t at_ = 0, epoch_ = 0;
  std::string epoch_generator_;  // its state before this epoch drew from it
};

}  // namespace fanin::FANIN_PRECISION
