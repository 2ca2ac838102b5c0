#include "framework/data/loader.hpp"

#include <algorithm>
#include <numeric>

#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {

Batcher::Batcher(const Dataset& dataset) : dataset_(dataset) {
  // In float, as torchvision's ToTensor and Normalize compute it.
  const auto mean = static_cast<float>(dataset.mean), std = static_cast<float>(dataset.std);
  for (std::size_t i = 0; i < value_of_.size(); ++i)
    value_of_[i] = static_cast<Real>(
        dataset.tokens ? static_cast<float>(i) : (static_cast<float>(i) / 255.0f - mean) / std);
}

Batch Batcher::operator()(const std::int64_t* indices, std::size_t count) const {
  const std::size_t size = dataset_.height * dataset_.width;
  Batch batch{Array({count, 1, dataset_.height, dataset_.width}, 0), {}};
  Real* images = batch.images.data();  // memory [H W][N]
  std::vector<const std::uint8_t*> sources;
  for (std::size_t n = 0; n < count; ++n) {
    const auto index = static_cast<std::size_t>(indices[n]);
    if (index >= dataset_.count) throw Error("Batcher: an index is out of range");
    sources.push_back(dataset_.pixels.data() + index * size);
    const auto labels =
        dataset_.labels.begin() + static_cast<std::ptrdiff_t>(index * dataset_.labels_each);
    batch.labels.insert(batch.labels.end(), labels,
                        labels + static_cast<std::ptrdiff_t>(dataset_.labels_each));
  }
  for (std::size_t pixel = 0; pixel < size; ++pixel)
    for (std::size_t n = 0; n < count; ++n) *images++ = value_of_[sources[n][pixel]];
  return batch;
}

DataLoader::DataLoader(const Dataset& dataset, std::size_t batch_size, Generator& generator,
                       Order order)
    : dataset_(dataset),
      batcher_(dataset),
      batch_size_(batch_size),
      generator_(generator),
      kind_(order) {
  if (batch_size == 0) throw Error("DataLoader: batch_size must be positive");
}

void DataLoader::begin_epoch() {
  constexpr std::uint64_t positive = (std::uint64_t{1} << 63) - 1;
  epoch_generator_ = generator_.state();
  (void)generator_.random64();  // the workers' base seed
  if (kind_ == Order::file) {
    order_.resize(dataset_.count);
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
  } else if (kind_ == Order::own_generator) {
    order_ = generator_.randperm(dataset_.count);
  } else {
    Generator sampler(generator_.random64() & positive);
    order_ = sampler.randperm(dataset_.count);
  }
  at_ = 0;
  ++epoch_;
}

void DataLoader::seek(const Position& position) {
  if (position.at > dataset_.count)
    throw Error("DataLoader: no position {} in {} samples", position.at, dataset_.count);
  if (position.epoch > 0) {
    const std::string now = generator_.state();
    generator_.set_state(position.generator);
    begin_epoch();
    generator_.set_state(now);
  }
  epoch_ = position.epoch, at_ = position.at;
}

Batch DataLoader::next() {
  if (at_ == order_.size()) begin_epoch();
  const std::size_t count = std::min(batch_size_, order_.size() - at_);
  Batch batch = batcher_(order_.data() + at_, count);
  at_ += count;
  // PyTorch asks the exhausted sampler once more, which draws a permutation that nobody uses.
  if (at_ == order_.size() && kind_ == Order::own_generator)
    (void)generator_.randperm(dataset_.count);
  return batch;
}

}  // namespace fanin::FANIN_PRECISION
