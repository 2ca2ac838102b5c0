#include "framework/core/error.hpp"
#include "framework/data/loader.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/shape.hpp"
#include "tests/support/catch.hpp"

// Extreme shapes that users may have. PyTorch gives these results, or refuses the shapes too.
namespace fanin {
namespace {

Tensor through(const std::string& layer, const Shape& input, bool train = true) {
  const auto model = parse_model(layer);
  model->train(train);
  return (*model)(Tensor(Array::full(input, 1)));
}

TEST_CASE("shapes: an empty batch is allowed, and its gradients are 0") {
  const std::vector<std::tuple<std::string, Shape, Shape>> cases{
      {"Linear(4, 3)", {0, 4}, {0, 3}},
      {"Conv2d(1, 2, 3)", {0, 1, 6, 6}, {0, 2, 4, 4}},
      {"MaxPool2d(2)", {0, 1, 6, 6}, {0, 1, 3, 3}},
      {"AvgPool2d(2)", {0, 1, 6, 6}, {0, 1, 3, 3}},
      {"AdaptiveAvgPool2d(2)", {0, 1, 6, 6}, {0, 1, 2, 2}},
      {"ZeroPad2d(1)", {0, 1, 6, 6}, {0, 1, 8, 8}},
      {"LayerNorm(4)", {0, 4}, {0, 4}},
      {"Softmax(1)", {0, 4}, {0, 4}},
      {"Flatten()", {0, 1, 6, 6}, {0, 36}},
      {"Embedding(4, 3)", {0}, {0, 3}},
      {"Dropout()", {0, 4}, {0, 4}},
      {"LSTM(4, 3, batch_first=True)", {0, 5, 4}, {0, 5, 3}},
      {"GRU(4, 3, num_layers=2, bidirectional=True)", {5, 0, 4}, {5, 0, 6}}};
  for (const auto& [layer, input, output] : cases) {
    INFO(layer);
    CHECK(through(layer, input).shape() == output);
  }
  for (const auto& [layer, input] :
       {std::pair<std::string, Shape>("Linear(4, 3)", {0, 4}), {"Conv2d(1, 2, 3)", {0, 1, 6, 6}}}) {
    const auto model = parse_model(layer);
    Tensor total = sum((*model)(Tensor(Array::full(input, 1))));
    total.backward();
    for (const Tensor& parameter : model->parameters())
      for (const Real g : parameter.grad()) CHECK(g == 0);
  }
  CHECK_THROWS_WITH(cross_entropy(Tensor(Array({0, 4})), {}), ContainsSubstring("[0, 4]"));
}

TEST_CASE("shapes: inputs without channels or pixels") {
  CHECK(through("Linear(0, 3)", {2, 0}).shape() == Shape{2, 3});
  CHECK(through("AdaptiveAvgPool2d(0)", {1, 1, 6, 6}).shape() == Shape{1, 1, 0, 0});
  CHECK_THROWS_WITH(through("Conv2d(1, 2, 3, padding=2)", {1, 1, 0, 6}),
                    ContainsSubstring("does not fit into input [1, 1, 0, 6]"));
  CHECK_THROWS_WITH(through("LSTM(4, 3, batch_first=True)", {2, 0, 4}),
                    ContainsSubstring("a sequence of at least one step"));
  CHECK_THROWS_WITH(through("ZeroPad2d(1)", {1, 1, 0, 6}), ContainsSubstring("is empty"));
}

TEST_CASE("shapes: windows larger than the image, negative padding, no stride") {
  CHECK_THROWS_WITH(through("Conv2d(1, 2, 7)", {1, 1, 6, 6}),
                    ContainsSubstring("conv2d: a kernel of [7, 7], dilation [1, 1], does not fit"));
  CHECK_THROWS_WITH(through("Conv2d(1, 2, 3, dilation=3)", {1, 1, 6, 6}),
                    ContainsSubstring("does not fit"));
  CHECK(through("Conv2d(1, 2, 7, padding=1)", {1, 1, 6, 6}).shape() == Shape{1, 2, 2, 2});
  CHECK_THROWS_WITH(through("MaxPool2d(7)", {2, 1, 6, 6}), ContainsSubstring("does not fit"));
  CHECK_THROWS_WITH(through("MaxPool2d((4097, 4096), 1, 2048)", {2, 1, 6, 6}),
                    ContainsSubstring("a kernel of [4097, 4096] has more than 2^24 places"));
  CHECK(through("MaxPool2d(4096, 4000, 2048)", {2, 1, 6, 6}).shape() == Shape{2, 1, 1, 1});
  CHECK_THROWS_WITH(through("MaxPool2d(2, padding=2)", {2, 1, 6, 6}),
                    ContainsSubstring("padding 2 is more than half of kernel 2"));
  for (const std::string layer :
       {"Conv2d(1, 2, 3, padding=-1)", "MaxPool2d(2, padding=-1)", "AvgPool2d(2, padding=(0, -1))",
        "ZeroPad2d(-1)", "ZeroPad2d((-4, -3, 0, 0))"})  // PyTorch's ZeroPad2d crops; fanin refuses
    CHECK_THROWS_WITH(parse_model(layer),
                      ContainsSubstring("padding must be a whole number from 0 to 2^31"));
  for (const std::string layer : {"Conv2d(1, 2, 3, stride=0)", "MaxPool2d(2, stride=0)"})
    CHECK_THROWS_WITH(parse_model(layer), ContainsSubstring("stride should not be zero"));
}

TEST_CASE("shapes: windows so far apart that a block of padded images would not fit in memory") {
  Tensor x(Array::full({16, 1, 2, 2}, 3), true);
  const Tensor w(Array::full({1, 1, 1, 1}, 2));
  Tensor total = sum(conv2d(x, w, {}, 40'000, 40'000));  // 3 by 3; the middle one is x[0, 0]
  CHECK(total.item() == 16 * 6);
  total.backward();
  for (std::size_t i = 0; i < x.grad().size(); ++i)
    CHECK(x.grad().row_major().data()[i] == (i % 4 == 0 ? 2 : 0));
}

TEST_CASE("shapes: batch norm needs two values per channel in training, and none in evaluation") {
  const std::string alone = "expected more than 1 value per channel when training, got input size ";
  CHECK_THROWS_WITH(through("BatchNorm1d(3)", {1, 3}), ContainsSubstring(alone + "[1, 3]"));
  CHECK_THROWS_WITH(through("BatchNorm2d(3)", {1, 3, 1, 1}), ContainsSubstring(alone));
  CHECK_THROWS_WITH(through("BatchNorm1d(3)", {0, 3}), ContainsSubstring(alone));  // NaN in PyTorch
  CHECK(through("BatchNorm2d(3)", {1, 3, 2, 2}).shape() == Shape{1, 3, 2, 2});
  for (const std::size_t n : {0, 1})
    CHECK(through("BatchNorm1d(3)", {n, 3}, false).shape() == Shape{n, 3});
}

TEST_CASE("shapes: batches larger than the data set, of one image, and a smaller last batch") {
  Dataset set;
  set.count = 5, set.height = 2, set.width = 1;
  set.pixels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  set.labels = {0, 1, 2, 3, 4};
  for (const std::size_t size : {1, 2, 4, 5, 6, 1'000'000'000}) {
    Generator generator(1);
    DataLoader loader(set, size, generator);
    const std::size_t batches = (5 + size - 1) / size;
    CHECK(loader.batches() == batches);
    for (std::size_t i = 0; i < 2 * batches; ++i) {
      const bool last = (i + 1) % batches == 0;
      const std::size_t n = last ? 5 - (batches - 1) * size : size;
      const Batch batch = loader.next();
      CHECK(batch.images.shape() == Shape{n, 1, 2, 1});
      CHECK(batch.labels.size() == n);
      CHECK(loader.epoch_ended() == last);
      const auto net = parse_model("Sequential(Flatten(), Linear(2, 5))");
      CHECK(cross_entropy((*net)(Tensor(batch.images)), batch.labels).shape() == Shape{});
    }
  }
  Generator generator(1);
  CHECK_THROWS_WITH(DataLoader(set, 0, generator), "DataLoader: batch_size must be positive");
}

TEST_CASE("shapes: labels that are not classes, or negative, are refused") {
  const Tensor logits(Array::full({2, 4}, 0));
  for (const std::int64_t label : {4L, -1L, 1L << 40})
    CHECK_THROWS_WITH(
        cross_entropy(logits, {0, label}),
        "cross_entropy: label " + std::to_string(label) + " is out of range for 4 classes");
}

}  // namespace
}  // namespace fanin
