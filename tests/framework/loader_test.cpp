#include "framework/data/loader.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/core/error.hpp"
#include "framework/data/dataset.hpp"
#include "framework/nn/text.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/tally.hpp"

namespace fanin {
namespace {

// Images of two pixels that encode the sample's index, so a batch shows which samples it has.
Dataset numbered(std::size_t count) {
  Dataset data;
  data.count = count, data.height = 1, data.width = 2;
  for (std::size_t i = 0; i < count; ++i) {
    data.pixels.push_back(static_cast<std::uint8_t>(i / 256));
    data.pixels.push_back(static_cast<std::uint8_t>(i % 256));
    data.labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  return data;
}

std::vector<std::int64_t> indices(const Batch& batch) {
  std::vector<std::int64_t> result;
  for (std::size_t n = 0; n < batch.labels.size(); ++n) {
    const auto byte = [&](std::size_t pixel) {
      return std::lround(255 * batch.images.at({n, 0, 0, pixel}));
    };
    result.push_back(byte(0) * 256 + byte(1));
    CHECK(batch.labels[n] == result.back() % 10);
  }
  return result;
}

TEST_CASE("loader: the batches equal PyTorch's in every epoch") {
  std::ifstream file(golden_path("training.json"));
  const auto golden = nlohmann::json::parse(file).at("batches");
  CHECK(golden.size() == 4);
  const Dataset data = numbered(60'000);
  for (const auto& row : golden) {
    const bool own = row.at("loader_rng") == "own";
    const auto seed = row.at("seed").get<std::uint64_t>();
    const Tally tally("Draws", "batches of DataLoader", row.dump());
    INFO(row.at("loader_rng") << ", seed " << seed);
    // With the global generator, the loader draws after the model, which is LeNet-5 here.
    Generator generator(seed);
    if (!own)
      parse_model(
          "Sequential((conv1): Conv2d(1, 6, 5) (conv2): Conv2d(6, 16, 5) (fc1): Linear(400, 120) "
          "(fc2): Linear(120, 84) (fc3): Linear(84, 10))",
          generator);
    DataLoader loader(data, 64, generator,
                      own ? DataLoader::Order::own_generator : DataLoader::Order::plain);
    CHECK(loader.batches() == 938);
    for (std::size_t epoch : {1, 2}) {
      std::vector<std::int64_t> seen;
      for (std::size_t i = 0; i < loader.batches(); ++i) {
        const Batch batch = loader.next();
        CHECK(loader.epoch() == epoch);
        CHECK(loader.epoch_ended() == (i + 1 == loader.batches()));
        const auto part = indices(batch);
        CHECK(part.size() == (i + 1 == loader.batches() ? 32 : 64));
        seen.insert(seen.end(), part.begin(), part.end());
      }
      const auto want = row.at("epoch" + std::to_string(epoch)).get<std::vector<std::int64_t>>();
      CHECK(std::vector(seen.begin(), seen.begin() + 20) == want);
      Tally::compared(std::vector(seen.begin(), seen.begin() + 20) == want);
      CHECK(std::set(seen.begin(), seen.end()).size() == 60'000);
    }
  }
}

TEST_CASE("loader: batch sizes that do not divide the count, or exceed it") {
  const Dataset data = numbered(10);
  Generator generator(1);
  for (std::size_t size : {1, 3, 10, 11}) {
    DataLoader loader(data, size, generator);
    std::set<std::int64_t> seen;
    std::size_t batches = 0;
    do {
      for (std::int64_t i : indices(loader.next())) seen.insert(i);
      ++batches;
    } while (!loader.epoch_ended());
    CHECK(batches == loader.batches());
    CHECK(seen.size() == 10);
  }
  CHECK_THROWS_WITH(DataLoader(data, 0, generator), "DataLoader: batch_size must be positive");
}

TEST_CASE("loader: continues from a position as if it had never stopped") {
  const auto order =
      GENERATE(DataLoader::Order::own_generator, DataLoader::Order::plain, DataLoader::Order::file);
  const std::size_t before = GENERATE(0U, 1U, 4U, 5U, 7U);  // an epoch has five batches
  const Dataset data = numbered(100);
  Generator generator(3), other(4);
  DataLoader loader(data, 23, generator, order), resumed(data, 23, other, order);
  for (std::size_t i = 0; i < before; ++i) loader.next();
  resumed.seek(loader.position());
  CHECK(other.state() == Generator(4).state());
  other.set_state(generator.state());
  for (std::size_t i = 0; i < 12; ++i) {
    INFO("batch " << i << " after " << before);
    CHECK(indices(resumed.next()) == indices(loader.next()));
    CHECK(resumed.epoch() == loader.epoch());
    CHECK(resumed.epoch_ended() == loader.epoch_ended());
    CHECK(other.state() == generator.state());
  }
  CHECK_THROWS_WITH(resumed.seek({1, 101, generator.state()}),
                    "DataLoader: no position 101 in 100 samples");
}

TEST_CASE("loader: pixels are normalised in float, and images are batch-last") {
  Dataset data;
  data.count = 256, data.height = data.width = 1;
  data.mean = 0.1307, data.std = 0.3081;
  for (std::size_t i = 0; i < 256; ++i) data.pixels.push_back(static_cast<std::uint8_t>(i));
  data.labels.assign(256, 0);
  std::vector<std::int64_t> all(256);
  for (std::size_t i = 0; i < 256; ++i) all[i] = static_cast<std::int64_t>(i);
  const Batch batch = Batcher(data)(all.data(), all.size());
  CHECK(batch.images.shape() == Shape{256, 1, 1, 1});
  CHECK(batch.images.is_batch_last());
  for (std::size_t i = 0; i < 256; ++i) {
    // As torchvision's ToTensor and Normalize do.
    const float want = (static_cast<float>(i) / 255.0f - 0.1307f) / 0.3081f;
    CHECK(batch.images.at({i, 0, 0, 0}) == want);
  }
  for (std::int64_t bad : {-1, 256}) CHECK_THROWS_AS(Batcher(data)(&bad, 1), Error);
}

TEST_CASE("loader: the last images are held out, and replace the test set") {
  Data data;
  data.train.count = 5, data.train.height = 1, data.train.width = 2;
  data.train.pixels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  data.train.labels = {0, 1, 2, 3, 4};
  data.test = data.train;
  data.test.count = 1;
  hold_out(data, 0);
  CHECK(data.test.count == 1);
  CHECK_THROWS_WITH(hold_out(data, 5), "holdout: 5 of 5 training images leave none to train on");
  hold_out(data, 2);
  CHECK(data.train.count == 3);
  CHECK(data.train.labels == std::vector<std::uint8_t>{0, 1, 2});
  CHECK(data.train.pixels == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5});
  CHECK(data.test.count == 2);
  CHECK(data.test.labels == std::vector<std::uint8_t>{3, 4});
  CHECK(data.test.pixels == std::vector<std::uint8_t>{6, 7, 8, 9});
}

TEST_CASE("loader: in the copying task, the labels are the shown symbols, in order") {
  const Data data = make_copy_task(7, 50, 20);
  for (const Dataset* set : {&data.train, &data.test}) {
    REQUIRE(set->width == 27);
    REQUIRE(set->pixels.size() == set->count * 27);
    REQUIRE(set->labels.size() == set->count * 10);
    for (std::size_t n = 0; n < set->count; ++n)
      for (std::size_t i = 0; i < 27; ++i) {
        const std::size_t token = set->pixels[n * 27 + i];
        if (i < 10)
          CHECK(token == set->labels[n * 10 + i] + 1U);
        else
          CHECK(token == (i == 16 ? 9 : 0));
      }
  }
  CHECK(data.train.count == 50);
  CHECK(data.test.count == 20);
  CHECK(std::set<std::uint8_t>(data.train.labels.begin(), data.train.labels.end()).size() == 8);
  CHECK(make_copy_task(7, 50, 20).test.pixels == data.test.pixels);
  CHECK(make_copy_task(7, 50, 20, 1).test.pixels != data.test.pixels);
  CHECK_THROWS_WITH(make_copy_task(0, 1, 1), ContainsSubstring("must be above 0"));

  const std::int64_t picked[] = {3, 1};
  const Batch batch = Batcher(data.train)(picked, 2);
  REQUIRE(batch.labels.size() == 20);
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(batch.labels[i] ==
          data.train.labels[static_cast<std::size_t>(picked[i / 10]) * 10 + i % 10]);
  for (std::size_t i = 0; i < 27; ++i)
    CHECK(batch.images.at({1, 0, 0, i}) == data.train.pixels[27 + i]);
}

}  // namespace

TEST_CASE("loader: without shuffling, batches are in file order in every epoch") {
  const Dataset data = numbered(10);
  Generator generator(0);
  DataLoader loader(data, 4, generator, DataLoader::Order::file);
  for (int epoch : {1, 2}) {
    CHECK(indices(loader.next()) == std::vector<std::int64_t>{0, 1, 2, 3});
    CHECK(indices(loader.next()) == std::vector<std::int64_t>{4, 5, 6, 7});
    CHECK(indices(loader.next()) == std::vector<std::int64_t>{8, 9});
    CHECK(loader.epoch_ended());
    CHECK(loader.epoch() == static_cast<std::size_t>(epoch));
  }
}

}  // namespace fanin
